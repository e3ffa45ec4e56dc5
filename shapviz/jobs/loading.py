"""From a job's spec to an explainer and its rows, on a worker: each model is loaded once.

The one room of jobs that loads models; the coordinator and pages never import it.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from shapviz.background import Background, kmeans, sample
from shapviz.errors import InputError, Words, complaint
from shapviz.explainers.auto import Explainer
from shapviz.explainers.base import BaseExplainer, take
from shapviz.jobs.hiding import is_hiding, made_masker, samples_for
from shapviz.jobs.spec import JobSpec
from shapviz.models import as_predictor
from shapviz.models.loading import load_model
from shapviz.samples import Loaded as LoadedDemo
from shapviz.samples import demo_named
from shapviz.store import Store
from shapviz.store.question import Asked, ask
from shapviz.types import IntArray

__all__ = ["Ready", "Recent", "labels_of", "ready", "store_at"]

KEPT = 4
"""Explainers that one worker keeps loaded."""

T = TypeVar("T")
Address = tuple[str, str | None]
"""A store's URL and its catalogue's, where that is elsewhere."""


@dataclass(frozen=True, eq=False)
class Ready:
    """An explainer and the rows of one job.

    Attributes
    ----------
    explainer : BaseExplainer
    rows : array or DataFrame
        All samples.
    labels : mapping
        truth, metadata, display_data, sample_names: one entry a sample.
    spec : JobSpec
    loading : float
        Seconds that making the explainer took, its model included, when it was made.
    """

    explainer: BaseExplainer
    rows: Any
    labels: Mapping[str, Any]
    spec: JobSpec
    loading: float

    def asked(self) -> Asked:
        """Return the digests of the question, as `Store.explain` would have them."""
        call = {**self.spec.call, **self.labels}
        return ask(self.explainer, self.rows, call, self.spec.about, self.spec.name)

    def part(self, start: int, stop: int) -> tuple[Any, dict[str, Any]]:
        """Return the rows of a part and the arguments of its call, nothing digested."""
        return self._chosen(slice(start, stop), range(start, stop))

    def picked(self, positions: IntArray) -> tuple[Any, dict[str, Any]]:
        """Return the same for rows that do not lie together."""
        return self._chosen(positions, positions)

    def _chosen(self, at: Any, counted: Iterable[Any]) -> tuple[Any, dict[str, Any]]:
        rows = take(self.rows, at)
        labels = {name: take(value, at) for name, value in self.labels.items()}
        if "sample_names" not in labels:
            names = rows.index if hasattr(rows, "index") else counted
            labels["sample_names"] = [str(name) for name in names]
        return rows, {**self.spec.call, **labels}


class Recent:
    """The last few things made, by key; one thread makes while others wait."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.RLock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what is held, or make it."""
        with self._lock:
            if key not in self._held:
                self.put(key, make())
            self._held.move_to_end(key)
            found: T = self._held[key]
            return found

    def put(self, key: Hashable, value: Any) -> None:
        """Hold something, in place of what is held."""
        with self._lock:
            self._held[key] = value
            self._held.move_to_end(key)
            while len(self._held) > self._most:
                self._held.popitem(last=False)


_ready = Recent(2)
_explainers = Recent(KEPT)
_demos = Recent(KEPT)
_models = Recent(KEPT)


@cache
def store_at(address: Address) -> Store:
    """Return this process's handle of a store."""
    return Store(*address)


def ready(address: Address, spec: JobSpec) -> Ready:
    """Return what a job needs on this worker; models and explainers stay loaded.

    Raises
    ------
    ShapvizError
        A material is missing or unreadable, a column is not there, or the explainer refuses.
    """
    # Every part asks; choosing columns and rows of a large table takes as long as explaining some.
    found: Ready = _ready.get((address, spec.id, spec.name), lambda: _made(address, spec))
    return found


def _made(address: Address, spec: JobSpec) -> Ready:
    store = store_at(address)
    if spec.model["kind"] == "demo":
        explainer, loading = _explainers.get((address, spec.source), lambda: _of_demo(store, spec))
        demo = _demo(store, spec).for_explainer(spec.explainer)
        # Several inputs side by side: rows are taken of all at once.
        X = explainer.packed(demo.X)
        labels = {
            "truth": demo.truth,
            "metadata": demo.metadata,
            "display_data": explainer.packed_display(demo.display_data),
        }
        rows = slice(*(spec.data.get("rows") or (0, len(X))))
        given = {name: take(v, rows) for name, v in labels.items() if v is not None}
        return Ready(explainer, take(X, rows), given, spec, loading)
    rows, found = _data(store, spec)
    explainer, loading = _explainers.get((address, spec.source), lambda: _stored(store, spec))
    return Ready(explainer, rows, found, spec, loading)


def _of_demo(store: Store, spec: JobSpec) -> tuple[BaseExplainer, float]:
    began = time.perf_counter()
    demo = _demo(store, spec).for_explainer(spec.explainer)
    explainer = Explainer(demo.model, demo.background, spec.explainer, **demo.options)
    return explainer, time.perf_counter() - began


def _stored(store: Store, spec: JobSpec) -> tuple[BaseExplainer, float]:
    began = time.perf_counter()
    return _explainer(store, spec), time.perf_counter() - began


def _demo(store: Store, spec: JobSpec) -> LoadedDemo:
    demo = demo_named(str(spec.model["demo"]))
    # Whatever job asks: the code that makes it cannot change while this process lives.
    return _demos.get((store.url, demo.name), lambda: demo.load(store.folder / "models"))


def labels_of(store: Store, spec: JobSpec) -> dict[str, Any]:
    """Return what stands beside the rows of a job on stored tables; no model is loaded."""
    return _data(store, spec)[1]


def _data(store: Store, spec: JobSpec) -> tuple[Any, dict[str, Any]]:
    """The rows to explain and the labels beside them."""
    digest = spec.data["digest"]
    table, names = store.materials.table(digest), store.materials.names(digest)
    labels: dict[str, Any] = {}
    if names is not None:
        labels["sample_names"] = np.array(names)
    if spec.data.get("rows") is not None:
        wanted = slice(*spec.data["rows"])
        table = take(table, wanted)
        labels = {name: value[wanted] for name, value in labels.items()}
    for label, word in (("truth", "target"), ("sample_names", "names")):
        name = spec.data.get(word)
        if name is not None:
            labels[label] = _column(table, name).to_numpy()
    if spec.data.get("metadata"):
        labels["metadata"] = _columns(table, spec.data["metadata"]).reset_index(drop=True)
    rows = _features(table, spec)
    if is_hiding(spec.background) and hasattr(rows, "index"):
        # Texts leave their table, and with it the names of its rows.
        labels.setdefault("sample_names", np.array([str(name) for name in rows.index]))
    return samples_for(spec.background, rows), labels


def _features(table: Any, spec: JobSpec) -> Any:
    return _scaled(_chosen_columns(table, spec), spec.data.get("scale"))


def _scaled(rows: Any, scale: float | None) -> Any:
    if scale is None:
        return rows
    if isinstance(rows, pd.DataFrame) or rows.dtype.kind not in "biuf":
        rule = "be left out where the data are no array of numbers"
        got = Words(f"{scale:g} for a table")
        raise InputError(
            complaint("scale", rule, got, "A table's columns have units of their own.")
        )
    divided = rows.astype(np.result_type(rows.dtype, np.float32))
    divided /= scale
    return divided


def _chosen_columns(table: Any, spec: JobSpec) -> Any:
    names = spec.data.get("features")
    if names is None:
        spoken = [spec.data.get("target"), spec.data.get("names"), *spec.data.get("metadata", ())]
        if not isinstance(table, pd.DataFrame):
            return table
        return table.drop(columns=[name for name in spoken if name in table.columns])
    return _columns(table, names)


def _columns(table: Any, names: Any) -> pd.DataFrame:
    known = list(table.columns) if isinstance(table, pd.DataFrame) else []
    missing = [name for name in names if name not in known]
    if missing:
        listed = ", ".join(map(str, known[:20])) or "no columns: it is an array"
        rule = f"name columns of the table ({listed})"
        raise InputError(complaint("data", rule, missing[0], "Name one of them."))
    found: pd.DataFrame = table[list(names)]
    return found


def _column(table: Any, name: str) -> pd.Series[Any]:
    found: pd.Series[Any] = _columns(table, [name])[name]
    return found


def _explainer(store: Store, spec: JobSpec) -> BaseExplainer:
    digest = spec.model["digest"]
    record = store.materials.model(digest)
    model = _models.get(
        (store.url, digest, record.trusted),
        lambda: load_model(store.materials.model_path(digest), trusted=record.trusted),
    )
    options = dict(spec.options)
    if "model_id" not in options and as_predictor(model).digest is None:
        # Its bytes are what the store knows it by.
        options["model_id"] = f"stored:{digest}"
    return Explainer(model, _background(store, spec), spec.explainer, **options)


def _background(store: Store, spec: JobSpec) -> Any:
    """The rows that stand for absence, or a masker that finds something else."""
    asked = spec.background
    if is_hiding(asked):
        return made_masker(asked)
    if "digest" in asked:
        table = _features(store.materials.table(asked["digest"]), spec)
    else:
        table, _ = _data(store, spec)
    how, size, seed = asked.get("how", "all"), asked.get("size", 100), asked.get("seed", 0)
    makers: dict[str, Callable[[], Background]] = {
        "all": lambda: Background(table),
        "sample": lambda: sample(table, min(size, len(table)), seed=seed),
        "kmeans": lambda: kmeans(table, min(size, len(table)), seed=seed),
    }
    if how not in makers:
        rule = f"be one of {', '.join(makers)}"
        raise InputError(complaint("background", rule, how, "Name one of them."))
    return makers[how]()
