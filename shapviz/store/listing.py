"""What a store holds, from its catalogue alone: no arrays, nothing made where there is nothing."""

from __future__ import annotations

from pathlib import Path

from shapviz.errors import StoreError, complaint
from shapviz.store.catalogue import Catalogue
from shapviz.store.record import Record, as_record, job_row

__all__ = ["CATALOGUE", "existing", "records"]

CATALOGUE = "catalogue.sqlite"

LOCAL = ("file", "local")

SAID_BY_QUEUE = {"queued": "queued", "preparing": "queued", "cancelled": "cancelled"}
"""States of a job that say more than its unfinished explanation: the queue knows them first."""


def existing(url: str) -> Path:
    """Return the local folder of a store that is there; make nothing.

    Parameters
    ----------
    url : str
        Folder or ``file://`` URL.

    Raises
    ------
    StoreError
        There is no store, or it is not a local folder; the message names the place.
    """
    scheme, separator, rest = url.partition("://")
    if separator and scheme not in LOCAL:
        raise StoreError(
            complaint(
                "store",
                "be a local folder",
                url,
                "Open other file systems in Python: shapviz.Store(url, catalogue=…).",
            )
        )
    folder = Path(rest if separator else url).expanduser().absolute()
    if not (folder / CATALOGUE).is_file():
        raise StoreError(
            complaint(
                "store",
                f"be a folder that holds {CATALOGUE}",
                str(folder),
                "Name the right one with --store or SHAPVIZ_STORE, or make one: `shapviz serve` "
                "and shapviz.Store(…) do.",
            )
        )
    return folder


def records(catalogue: Catalogue) -> list[Record]:
    """Return a record of everything, newest first; then the queued jobs, in order of work."""
    rows = {row["key"]: row for row in catalogue.rows()}
    jobs = catalogue.queue.rows()
    for job in jobs:
        made = rows.get(job["key"])
        if made is not None and made["state"] != "complete" and job["state"] in SAID_BY_QUEUE:
            made.update(state=SAID_BY_QUEUE[job["state"]], message=job["message"])
    waiting = [
        as_record(job_row(job))
        for job in jobs
        if job["key"] not in rows and job["state"] not in ("deleting", "deleted", "complete")
    ]
    return [as_record(row) for row in rows.values()] + waiting
