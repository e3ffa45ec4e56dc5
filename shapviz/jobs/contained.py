"""Models that nobody vouched for: prepared and explained in a child process of the worker.

The child has a store of its own with the job's model and tables, and nothing of the real one. What
it says is a claim: keys are sealed with the digest of the model's file, so that no claim can be
taken for the answer to somebody else's question.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from shapviz.digests import digest_of_json
from shapviz.errors import JobError, Words, complaint
from shapviz.explanation import Explanation
from shapviz.jobs.claims import DESCRIBED, PREPARED, PROBED, disbelieved, is_plain, sealed, shaped
from shapviz.jobs.loading import labels_of, ready
from shapviz.jobs.spec import JobSpec
from shapviz.settings import Settings
from shapviz.store import Store
from shapviz.store.parcel import from_parcel, to_parcel
from shapviz.types import Cancel, Progress
from shapviz.uploads.arrays import read_npy
from shapviz.uploads.limits import ChildLimits
from shapviz.uploads.registered import child_limits
from shapviz.uploads.sandbox import Child
from shapviz.uploads.telling import tell

__all__ = ["explain", "is_contained", "prepare", "probe", "relabel"]

KEPT = 2
"""Children that one worker keeps, each with a model loaded."""

TIMEOUT = 1800.0
"""Seconds one part, or loading a model, may take."""

ANSWER = 2**26
LARGEST_ARRAY = 2**34

Json = dict[str, Any]


def is_contained(store: Store, spec: JobSpec) -> bool:
    """Whether a job's model may be opened in a child process only."""
    stored = spec.model["kind"] == "stored"
    return stored and not store.materials.model(spec.model["digest"]).trusted


def prepare(store: Store, spec: JobSpec) -> Json:
    """Return what `tasks.prepare` does, from the child, its keys sealed.

    Raises
    ------
    ShapvizError
        As the child raised it; UploadError where it crashed, met a limit or answered nonsense.
    """
    found = call(store, spec, "shapviz.jobs.contained:prepare_here", {})
    believed = shaped(found, PREPARED, spec.name)
    described = shaped(believed["described"], DESCRIBED, spec.name)
    _check_samples(store, spec, described["samples"])
    digest = str(spec.model["digest"])
    described = {**sealed(described, digest), **_words(spec)}
    return {**sealed(believed, digest), "described": described, "about": dict(spec.about)}


def probe(store: Store, spec: JobSpec, todo: Json) -> Json:
    """Return what `probe.probe` does, from the child, its keys sealed.

    Raises
    ------
    ShapvizError
        As `prepare`.
    """
    found = call(store, spec, "shapviz.jobs.probe:probe_here", {"todo": todo})
    believed = shaped(found, PROBED, spec.name)
    _check_samples(store, spec, believed["samples"])
    pace = believed["pace"]
    if len(pace) != 2 or not all(is_plain(each) for each in pace):
        raise disbelieved(spec.name, "a pace that is none")
    return sealed(believed, str(spec.model["digest"]))


def explain(
    store: Store,
    spec: JobSpec,
    question: str,
    start: int,
    stop: int,
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> tuple[Explanation, float]:
    """Return the explanation of some rows from the child, and the seconds its explainer took.

    Parameters
    ----------
    store : Store
        The real one; the child does not see it.
    spec : JobSpec
    question : str
        Digest that `prepare` returned.
    start, stop : int
        Rows.
    progress : callable, optional
        Told model rows.
    cancel : Cancel, optional
        Once set, the child is stopped; the next part loads the model again.

    Raises
    ------
    ShapvizError
        As the child raised it; UploadError where it crashed, met a limit, or answered other rows.
    JobCancelled
        `cancel` was set.
    """
    with _children.lent(store, spec) as room:
        told = {"question": question, "start": start, "stop": stop}
        found = room.call(
            "shapviz.jobs.contained:explain_here", told, progress=progress, cancel=cancel
        )
        piece = room.explanation(found)
    if len(piece) != stop - start:
        raise disbelieved(spec.name, f"{len(piece)} rows for {stop - start}")
    return piece, float(found["seconds"])


def relabel(store: Store, spec: JobSpec, source: str) -> Explanation:
    """Return a complete explanation under this job's labels; no model is needed for that."""
    whole = store.get(source)
    labels = labels_of(store, spec)
    known = {k: v for k, v in whole.provenance.items() if k not in ("sample_noun", *spec.about)}
    return whole.replace(**labels, provenance={**known, **spec.about})


def call(
    store: Store,
    spec: JobSpec,
    function: str,
    arguments: Mapping[str, Any],
    *,
    cancel: Cancel | None = None,
) -> Json:
    """Return what a function answers in the job's child, given its store's address and the spec.

    Parameters
    ----------
    function : str
        "module:function" of ``address``, ``spec`` and what is in `arguments`; JSON in and out.

    Raises
    ------
    ShapvizError
        As the child raised it; UploadError where it crashed, met a limit, or answered nonsense.
    """
    with _children.lent(store, spec) as room:
        return room.call(function, arguments, cancel=cancel)


def _check_samples(store: Store, spec: JobSpec, claimed: int) -> None:
    """UploadError for another number of samples than the table has."""
    rows = store.materials.data(spec.data["digest"]).rows
    start, stop = spec.data.get("rows") or (0, rows)
    if claimed != len(range(rows)[slice(start, stop)]):
        raise disbelieved(spec.name, f"{claimed} samples of {rows}")


def _words(spec: JobSpec) -> Json:
    """Columns that say what the asker said, whatever the child says."""
    columns = {"model": "model_name", "data": "data_name", "sample_noun": "sample_noun"}
    return {column: spec.about[word] for column, word in columns.items() if word in spec.about}


# The worker's side ------------------------------------------------------------------------------


class _Room:
    """A child with a store of its own, in which lie one job's model and tables."""

    def __init__(self, store: Store, spec: JobSpec, limits: ChildLimits) -> None:
        self._spec = spec
        self.child = Child(limits, what=spec.name)
        try:
            self._address = self._furnish(store, spec)
        except BaseException:
            self.child.close()
            raise

    def _furnish(self, store: Store, spec: JobSpec) -> list[str | None]:
        """Copy what the job names; before the child was asked anything, so nobody interferes."""
        url = str(self.child.folder / "store")
        own, real = Store(url).materials, store.materials
        record = real.model(spec.model["digest"])
        path = real.model_path(record.digest)
        own.add_model(path, name=record.name, format=record.format)
        for digest in {spec.data["digest"], spec.background.get("digest", spec.data["digest"])}:
            names = real.names(digest)
            own.add_table(real.table(digest), name=real.data(digest).name, names=names)
        return [url, None]

    def call(self, function: str, arguments: Mapping[str, Any], **how: Any) -> Json:
        told = {"address": self._address, "spec": self._spec.to_json(), **arguments}
        found = self.child.call(function, told, timeout=TIMEOUT, **how)
        if not isinstance(found, dict):
            raise disbelieved(self._spec.name, "something else")
        return found

    def explanation(self, found: Json) -> Explanation:
        """The explanation whose arrays lie in the child's folder, every part of it looked at."""
        try:
            names = [str(name) for name in found["arrays"]]
            arrays = {
                name: read_npy(self.child.folder / f"{i}.npy", self._spec.name, LARGEST_ARRAY)
                for i, name in enumerate(names)
            }
            return from_parcel(found["document"], lambda name: arrays[name])
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise disbelieved(self._spec.name, type(error).__name__) from error


class _Lent:
    """A room while it is used; thrown away when its child has ended."""

    def __init__(self, room: _Room, give_back: Callable[[_Room], None]) -> None:
        self._room, self._give_back = room, give_back

    def __enter__(self) -> _Room:
        return self._room

    def __exit__(self, *error: object) -> None:
        self._give_back(self._room)


class _Children:
    """The last few rooms, by what their explainer is made of and which rows it is asked about."""

    def __init__(self) -> None:
        self._rooms: OrderedDict[Any, _Room] = OrderedDict()
        self._lock = threading.RLock()

    def lent(self, store: Store, spec: JobSpec) -> _Lent:
        self._lock.acquire()
        try:
            key = digest_of_json([store.url, spec.source, dict(spec.data)])
            if key not in self._rooms:
                while len(self._rooms) >= KEPT:
                    self._rooms.popitem(last=False)[1].child.close()
                limits = replace(child_limits(Settings()), cpu=None, answer=ANSWER)
                self._rooms[key] = _Room(store, spec, limits)
            self._rooms.move_to_end(key)
            room = self._rooms[key]
            # Jobs may share a model and rows and ask differently.
            room._spec = spec
            return _Lent(room, self._back)
        except BaseException:
            self._lock.release()
            raise

    def _back(self, room: _Room) -> None:
        ended = [key for key, each in self._rooms.items() if each.child.closed]
        for key in ended:
            del self._rooms[key]
        self._lock.release()

    def close(self) -> None:
        """End all children."""
        with self._lock:
            while self._rooms:
                self._rooms.popitem()[1].child.close()


_children = _Children()


# The child's side ---------------------------------------------------------------------------------


def prepare_here(address: list[Any], spec: Json) -> Json:
    """In the child: load what the job needs and say what is asked, digested."""
    started = time.perf_counter()
    found = ready((address[0], None), JobSpec.from_json(spec))
    asked = found.asked()
    return {
        "key": asked.key,
        "values_key": asked.values_key,
        "described": asked.described(),
        "about": asked.about,
        "rows_digest": asked.rows_digest,
        "question": digest_of_json(asked.question),
        "why": found.explainer.why or "",
        "seconds": time.perf_counter() - started,
    }


def explain_here(address: list[Any], spec: Json, question: str, start: int, stop: int) -> Json:
    """In the child: explain rows and leave the arrays in its folder, its working folder."""
    found = ready((address[0], None), JobSpec.from_json(spec))
    if digest_of_json(found.explainer.question(**found.spec.call)) != question:
        fix = "Give all workers the same version of shapviz and the same store."
        raise JobError(complaint("model", "be the same on every worker", Words("another"), fix))
    rows, asked = found.part(start, stop)
    started = time.perf_counter()
    piece = found.explainer(rows, **asked, progress=tell)
    seconds = time.perf_counter() - started
    document, arrays = to_parcel(piece)
    for i, array in enumerate(arrays.values()):
        np.save(Path(f"{i}.npy"), np.asarray(array, order="C"), allow_pickle=False)
    return {"document": document, "arrays": list(arrays), "seconds": seconds}
