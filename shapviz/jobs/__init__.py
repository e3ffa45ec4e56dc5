"""Work that outlives a page: a queue of questions, workers that answer, one process that writes.

``jobs.submit(store, spec)`` asks; the coordinator hands parts to Dask's workers and commits what
they return. Asking loads neither Dask nor a model.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shapviz.jobs.asking import Job, cancel, delete, every, find, resume, submit
    from shapviz.jobs.previewing import Preview, ask_preview, find_preview, preview
    from shapviz.jobs.spec import JobSpec

__all__ = [
    "Job",
    "JobSpec",
    "Preview",
    "ask_preview",
    "cancel",
    "delete",
    "every",
    "find",
    "find_preview",
    "preview",
    "resume",
    "submit",
]

_ASKING = ("Job", "cancel", "delete", "every", "find", "resume", "submit")
_PREVIEWING = ("Preview", "ask_preview", "find_preview", "preview")
_HOMES = {
    "JobSpec": "shapviz.jobs.spec",
    **dict.fromkeys(_ASKING, "shapviz.jobs.asking"),
    **dict.fromkeys(_PREVIEWING, "shapviz.jobs.previewing"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'shapviz.jobs' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
