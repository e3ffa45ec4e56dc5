"""Importance, the largest values and the drawn sample: against plain NumPy on the same rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from shapviz.explanation import Explanation
from shapviz.store import Store
from shapviz.store.stored_summary import read_summary
from shapviz.summaries import summary
from tests.store.fakes import rich_explanation


def made(n: int = 500, outputs: int = 2) -> Explanation:
    rng = np.random.default_rng(0)
    data = rng.normal(size=(n, 4))
    data[::7, 1] = np.nan
    values = np.nan_to_num(data)[:, :, None] * rng.normal(size=(4, outputs))
    return Explanation(values=values, base_values=np.zeros((n, outputs)), data=data)


def test_the_largest_is_that_of_all_samples() -> None:
    e = made()
    np.testing.assert_array_equal(summary(e).largest, np.abs(e.values).max(axis=0))


@pytest.mark.parametrize("kind", ["few", "many", "mixed", "pairs"])
def test_the_store_keeps_what_is_made_in_memory(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "many":
        monkeypatch.setattr("shapviz.summaries.summing.SHOWN", 30)
        monkeypatch.setattr("shapviz.store.commit.SHARD_SAMPLES", 64)
    e = rich_explanation(50) if kind == "mixed" else made()
    if kind == "pairs":
        pairs = np.zeros((500, 4, 4, 2))
        pairs[:, range(4), range(4)] = e.values
        e = e.replace(interactions=pairs)
    store = Store(tmp_path)
    stored, fresh = store.summary(store.put(e, name="e")), summary(e)
    for name, array in vars(fresh.importance).items():
        np.testing.assert_allclose(getattr(stored.importance, name), array, rtol=1e-12)
    np.testing.assert_array_equal(stored.largest, fresh.largest)
    np.testing.assert_array_equal(stored.shown, fresh.shown)
    if kind == "many":
        assert len(stored.shown) == 30
        assert stored.sample is not None
        assert stored.sample.equals(e[stored.shown.tolist()])
    else:
        assert stored.sample is None
    if kind == "pairs":
        assert stored.interactions is not None
        np.testing.assert_allclose(stored.interactions, np.abs(pairs).mean(axis=0), rtol=1e-12)
    else:
        assert stored.interactions is None


def test_a_summary_is_never_larger_than_its_values(tmp_path: Path) -> None:
    store, rng = Store(tmp_path), np.random.default_rng(0)
    for n in (2, 8, 12):
        values = rng.normal(size=(n, 40, 40, 3))
        e = Explanation(values=values, base_values=0.0, data=values)
        key = store.put(e, name=f"{n} photographs")
        (kept,) = tmp_path.glob(f"arrays/{key}-*")
        stored = [path.stat().st_size for path in kept.glob("summary")]
        assert sum(stored) <= values.nbytes
        assert bool(stored) == (n >= 8)
        for found in (store.importance(key), store.summary(key).importance):
            np.testing.assert_allclose(found.mean_abs, np.abs(values).mean(axis=0).ravel())
            np.testing.assert_array_equal(found.order, summary(e).importance.order)


def test_a_summary_of_an_earlier_version_opens() -> None:
    e = made()
    fresh = summary(e)
    low, high = e.values.min(axis=0), e.values.max(axis=0)
    arrays = {
        "summary/importance/mean_abs": fresh.importance.mean_abs,
        "summary/importance/low": fresh.importance.low,
        "summary/importance/high": fresh.importance.high,
        "summary/importance/order": fresh.importance.order,
        "summary/extremes/low": low,
        "summary/extremes/high": high,
        "summary/distributions/colour": np.zeros((4, 2, 64)),
        "summary/drawn": fresh.shown,
        "summary/shown": fresh.shown,
    }
    found = read_summary(500, arrays)
    np.testing.assert_array_equal(found.largest, fresh.largest)
    np.testing.assert_array_equal(found.importance.order, fresh.importance.order)
