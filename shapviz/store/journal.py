"""What the catalogue and the caller are told when work begins, stops, or replaces a record."""

from __future__ import annotations

import time
from collections.abc import Sequence

from shapviz.errors import JobCancelled
from shapviz.store.catalogue import Catalogue
from shapviz.store.question import Asked

__all__ = ["NO_DIGEST", "begin", "replaced", "stopped"]

NO_DIGEST = (
    "The model has no digest, so this explanation is stored but never found again: the next call "
    'computes it anew. Pass model_id="…" to the explainer, and change it when the model changes.'
)


def begin(catalogue: Catalogue, asked: Asked, name: str, demo: str | None) -> None:
    """Make a computing row: a new one, or the one that was stopped."""
    row = catalogue.row(asked.key)
    now = time.time()
    if row is not None:
        done = {"done": row["done"], "started_done": row["done"]}
        catalogue.update(asked.key, state="computing", message="", running=0.0, started=now, **done)
        return
    row = {"key": asked.key, "name": name, "demo": demo, "state": "computing", "location": ""}
    catalogue.insert({**asked.described(), **row, "started": now})


def stopped(catalogue: Catalogue, key: str, error: BaseException) -> None:
    """Say in the catalogue why the work ended."""
    row = catalogue.row(key)
    kept = f"{row['done']} of {row['samples']} samples" if row else "nothing"
    if isinstance(error, JobCancelled) or not isinstance(error, Exception):
        changes = {"state": "queued", "message": f"Stopped; {kept} are kept."}
    else:
        reason = str(error) or type(error).__name__
        changes = {"state": "failed", "message": reason}
    catalogue.update(key, running=0.0, **changes)


def replaced(name: str, lost: Sequence[str]) -> str:
    """Return the warning that a record's labels went with it."""
    return (
        f"{name!r} was replaced by one without the {', '.join(lost)} that it had. Give them again "
        "to have them back; use another name to keep both."
    )
