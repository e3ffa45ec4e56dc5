"""What runs on a worker: preparing a question, explaining a part, hearing that it should stop.

JSON in and JSON out; arrays go to the store, each attempt in a place of its own. Never writes to
the catalogue: the coordinator does.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from distributed import get_worker

from shapviz.digests import digest_of_json
from shapviz.errors import JobCancelled, JobError, complaint
from shapviz.jobs import contained
from shapviz.jobs.adopting import leave_word
from shapviz.jobs.known import cut, explained, known_of, remember
from shapviz.jobs.loading import Address, ready, store_at
from shapviz.jobs.spec import JobSpec
from shapviz.store import Store
from shapviz.store.question import Asked
from shapviz.store.row_digests import row_digests
from shapviz.store.staging import stage_part, stage_row_digests

__all__ = ["TOPIC", "Token", "explain_part", "prepare", "relabel", "stop"]

TOPIC = "shapviz"
"""Where workers say how far they are; the coordinator listens."""

TOLD_SECONDS = 0.25
"""Between two words on progress."""

_STOPPED: dict[str, None] = {}
"""Attempts that were told to stop, oldest first."""

REMEMBERED = 10_000

Json = dict[str, Any]


class Token:
    """Whether an attempt was told to stop: a look at a table in memory, no message."""

    def __init__(self, attempt: str) -> None:
        self.attempt = attempt

    def is_set(self) -> bool:
        """Return True once `stop` was called for this attempt."""
        return self.attempt in _STOPPED


async def stop(attempts: list[str]) -> None:
    """Tell attempts on this worker to stop; those that have not begun will not.

    A coroutine, because Dask runs nothing else without waiting for it.
    """
    for attempt in attempts:
        _STOPPED[attempt] = None
    while len(_STOPPED) > REMEMBERED:
        del _STOPPED[next(iter(_STOPPED))]


def prepare(attempt: str, address: Address, spec: Json) -> Json:
    """Load what a job needs and return what is asked, digested; the model explains nothing yet.

    Returns
    -------
    dict
        ``key``, ``values_key``, ``described`` (columns of the catalogue), ``about``,
        ``rows_digest``, ``question`` (its digest), ``why``, ``known`` (rows that are in the
        store), ``ranges`` (of the parts, where some are), ``lost`` (labels that go with what
        it replaces), ``seconds``.
    """
    started = time.perf_counter()
    _told(attempt, "begun")
    asked_spec, store = JobSpec.from_json(spec), store_at(address)
    if contained.is_contained(store, asked_spec):
        return {**contained.prepare(store, asked_spec), "known": 0, "ranges": None, "lost": []}
    found = ready(address, asked_spec)
    asked = found.asked()
    known = None
    if asked.alike is not None and not _complete(store, asked.key):
        digests = row_digests(asked.rows)
        stage_row_digests(store.files, asked.key, digests)
        known = remember(store, asked, found.spec.id, digests)
    count = 0 if known is None else known.count
    return {
        "key": asked.key,
        "values_key": asked.values_key,
        "described": asked.described(),
        "about": asked.about,
        "rows_digest": asked.rows_digest,
        "question": digest_of_json(asked.question),
        "why": found.explainer.why or "",
        "known": count,
        "ranges": cut(known) if known is not None and count else None,
        "lost": _lost(store, asked, found.spec.name),
        "seconds": time.perf_counter() - started,
    }


def explain_part(
    attempt: str,
    address: Address,
    spec: Json,
    key: str,
    index: int,
    question: str,
    some_known: bool,
    start: int,
    stop: int,
) -> Json:
    """Explain rows and stage them, and return their manifest.

    Parameters
    ----------
    attempt : str
        Names this try, in progress and when it is told to stop.
    address : (str, str or None)
        The store.
    spec : dict
        A `JobSpec` as JSON.
    key, index
        Of the explanation and the part.
    question : str
        Digest that `prepare` returned: this worker must have loaded the same model.
    some_known : bool
        Whether some of the job's rows are in the store.
    start, stop : int
        Rows.

    Returns
    -------
    dict
        ``location``, ``document``, ``manifest``, ``checksum``, ``seconds`` (of the explainer),
        ``worked`` (of everything).

    Raises
    ------
    JobCancelled
        It was told to stop.
    JobError
        This worker has another model than the one that was asked about.
    ShapvizError
        Whatever the explainer refuses.
    """
    began = time.perf_counter()
    token = Token(attempt)
    _stop_if_told(token)
    _told(attempt, "begun")
    asked, store, relay = JobSpec.from_json(spec), store_at(address), _relay(attempt)
    if contained.is_contained(store, asked):
        piece, seconds = contained.explain(
            store, asked, question, start, stop, progress=relay, cancel=token
        )
    else:
        found = ready(address, asked)
        _check_same(digest_of_json(found.explainer.question(**asked.call)), question)
        known = known_of(store, found) if some_known else None
        piece, seconds = explained(found, store, (start, stop), known, relay, token)
    files = store.files
    result = {**stage_part(files, key, index, piece, attempt), "seconds": seconds}
    leave_word(files, key, index, {**result, "start": start, "stop": stop})
    return {**result, "worked": time.perf_counter() - began}


def relabel(attempt: str, address: Address, spec: Json, key: str, index: int, source: str) -> Json:
    """Stage a complete explanation's values under this job's labels; no model is called."""
    began = time.perf_counter()
    _told(attempt, "begun")
    asked, store = JobSpec.from_json(spec), store_at(address)
    if contained.is_contained(store, asked):
        whole = contained.relabel(store, asked, source)
    else:
        whole = ready(address, asked).asked().relabel(store.get(source))
    staged = stage_part(store.files, key, index, whole, attempt)
    return {**staged, "seconds": 0.0, "worked": time.perf_counter() - began}


def _lost(store: Store, asked: Asked, name: str) -> list[str]:
    """Labels of explanations that this one takes the place of, and that it does not have."""
    older = store.catalogue.older(asked.key, asked.values_key, name)
    complete = [row["key"] for row in older if row["state"] == "complete"]
    return list(dict.fromkeys(label for key in complete for label in asked.lost(store.get(key))))


def _complete(store: Store, key: str) -> bool:
    row = store.catalogue.row(key)
    return row is not None and row["state"] == "complete"


def _told(attempt: str, what: str, **more: Any) -> None:
    get_worker().log_event(TOPIC, {"attempt": attempt, "what": what, **more})


def _relay(attempt: str) -> Callable[[int, int], None]:
    """Progress of one part as a share, a few times a second at most."""
    last = time.monotonic()

    def relay(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if total > 0 and now - last >= TOLD_SECONDS:
            last = now
            _told(attempt, "share", share=min(1.0, done / total))

    return relay


def _stop_if_told(token: Token) -> None:
    if token.is_set():
        fix = "Resume the job to go on."
        raise JobCancelled(complaint("cancel", "stay unset", "a stop before it began", fix))


def _check_same(found: str, wanted: str) -> None:
    if found != wanted:
        raise JobError(
            complaint(
                "model",
                "be the same on every worker",
                f"{found[:12]} where {wanted[:12]} was prepared",
                "Give all workers the same version of shapviz and the same store.",
            )
        )
