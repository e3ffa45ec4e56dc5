"""What the catalogue says of one explanation: enough for a table row, without opening arrays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from shapviz.store.family import family_of

__all__ = ["Record", "as_record", "job_row"]


@dataclass(frozen=True)
class Record:
    """One explanation in the catalogue, finished or not.

    Attributes
    ----------
    key : str
        Address in the store and in links; for a job without one yet, its own name or id.
    name : str
        As given by whoever asked for it.
    state : "queued", "computing", "complete", "cancelled" or "failed"
        Queued: waiting, or stopped with its finished parts kept. Cancelled: kept too, and nobody
        goes on until asked to.
    done, samples : int
        Samples finished (live, the part in work included) and in all; 0 when not known yet.
    features, outputs : int
        Counts; outputs is 1 for a model with one output.
    output_names : tuple of str
    explainer, model, data : str
        Words for a table: "deep", "Keras MLP", "442 patients".
    gap : float or None
        Mean absolute additivity gap over samples and outputs, output units; None until complete.
    created : datetime
        When it was asked for, UTC.
    message : str
        Why it failed or stopped; what it is doing while computing.
    sparkline : tuple of float
        The five largest importances, descending (summed over outputs); empty until complete.
    demo : str or None
        Name of the demo it belongs to.
    started : datetime or None
        When its present run began.
    rate : float or None
        Samples a second in the present run.
    model_rows : int or None
        Rows sent to the model; None until complete.
    seconds : float or None
        Computing time of all parts; None until complete.
    sample_noun : str
        What one sample is, e.g. "patient"; "sample" where nobody said.
    reusable : bool
        False when the model has no digest: asking again computes again.
    family : str or None
        Digest of the question without how exactly it was asked: see `store.family`. None until
        complete, and where a method has no such choice.
    exactness : (int, int)
        Segments and orders that were used.
    """

    key: str
    name: str
    state: str
    done: int
    samples: int
    features: int
    outputs: int
    output_names: tuple[str, ...]
    explainer: str
    model: str
    data: str
    gap: float | None
    created: datetime
    message: str = ""
    sparkline: tuple[float, ...] = ()
    demo: str | None = None
    started: datetime | None = None
    rate: float | None = None
    model_rows: int | None = None
    seconds: float | None = None
    sample_noun: str = "sample"
    reusable: bool = True
    family: str | None = None
    exactness: tuple[int, int] = (0, 0)

    @property
    def eta(self) -> float | None:
        """Seconds left at the present rate; None when not computing or not known yet."""
        if self.state != "computing" or not self.rate:
            return None
        return max(0, self.samples - self.done) / self.rate


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _rate(row: dict[str, Any], done: float) -> float | None:
    if row["state"] != "computing" or row["started"] is None:
        return None
    elapsed = row["updated"] - row["started"]
    gained = done - row["started_done"]
    return gained / elapsed if elapsed > 0 and gained > 0 else None


def as_record(row: dict[str, Any]) -> Record:
    """Return the record of a row of the explanations table."""
    done = row["done"] + (row["running"] if row["state"] == "computing" else 0.0)
    facts = row["facts"] or {}
    family, exactness = family_of(row.get("provenance") or {}, row["output_names"]) or (
        None,
        (0, 0),
    )
    return Record(
        key=row["key"],
        name=row["name"],
        state=row["state"],
        done=min(int(done), row["samples"]),
        samples=row["samples"],
        features=row["features"],
        outputs=row["outputs"],
        output_names=tuple(row["output_names"] or ()),
        explainer=row["explainer"],
        model=row["model"],
        data=row["data"],
        gap=facts.get("gap"),
        created=datetime.fromtimestamp(row["created"], UTC),
        message=row["message"],
        sparkline=tuple(facts.get("sparkline", ())),
        demo=row["demo"],
        started=_moment(row["started"]),
        rate=_rate(row, done),
        model_rows=facts.get("model_rows"),
        seconds=facts.get("seconds"),
        sample_noun=row["sample_noun"],
        reusable=row["values_key"] is not None,
        family=family,
        exactness=exactness,
    )


RECORDED = {"preparing": "computing", "cancelling": "computing"}
"""What the queue tells apart and a listing does not."""


def job_row(job: dict[str, Any]) -> dict[str, Any]:
    """Return a queued job in the columns of an explanation, for `as_record`."""
    return {
        "key": job["slug"] or job["id"],
        "name": job["name"],
        "state": RECORDED.get(job["state"], job["state"]),
        "done": 0,
        "running": 0.0,
        "samples": job["samples"],
        "features": 0,
        "outputs": 0,
        "output_names": [],
        "explainer": job["explainer"],
        "model": job["model"],
        "data": job["data"],
        "created": job["created"],
        "updated": job["created"],
        "started": None,
        "started_done": 0,
        "message": job["message"],
        "facts": None,
        "demo": job["demo"],
        "sample_noun": job["sample_noun"],
        "values_key": job["id"],
    }
