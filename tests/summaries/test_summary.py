"""Distributions, extremes and the drawn sample: against plain NumPy on the same rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from shapviz.explanation import Explanation
from shapviz.store import Store
from shapviz.summaries import distributions, summary
from tests.store.fakes import rich_explanation


def made(n: int = 500, outputs: int = 2) -> Explanation:
    rng = np.random.default_rng(0)
    data = rng.normal(size=(n, 4))
    data[::7, 1] = np.nan
    values = np.nan_to_num(data)[:, :, None] * rng.normal(size=(4, outputs))
    return Explanation(values=values, base_values=np.zeros((n, outputs)), data=data)


def test_histograms_and_quantiles_are_numpys() -> None:
    e = made()
    found = distributions(e.values, e.data)
    for j in range(4):
        for k in range(2):
            counts, edges = np.histogram(e.values[:, j, k], bins=64)
            np.testing.assert_array_equal(found.value_counts[j, k], counts)
            assert (found.value_low[j, k], found.value_high[j, k]) == (edges[0], edges[-1])
        column = e.data[np.isfinite(e.data[:, j]), j]
        np.testing.assert_array_equal(found.data_counts[j], np.histogram(column, bins=64)[0])
        assert found.data_missing[j] == 500 - len(column)
        np.testing.assert_allclose(found.data_quantiles[j, 4], np.median(column), rtol=1e-12)
    np.testing.assert_allclose(
        found.value_quantiles[..., 4], np.median(e.values, axis=0), rtol=1e-12
    )


def test_the_rasters_colour_is_the_mean_rank_of_the_data() -> None:
    x = np.arange(128.0)
    rising = distributions(x[:, None, None], x[:, None]).colour[0, 0]
    assert (np.diff(rising) > 0).all()
    assert rising[0] == pytest.approx(0.5 / 127)
    falling = distributions(-x[:, None, None], x[:, None]).colour[0, 0]
    np.testing.assert_allclose(falling, rising[::-1], rtol=1e-5)
    assert np.isnan(distributions(x[:, None, None], None).colour).all()
    assert np.isnan(distributions(x[:2, None, None], x[:2, None]).colour[0, 0, 1:-1]).all()


def test_extremes_say_whose_they_are() -> None:
    e = made()
    found = summary(e).extremes
    np.testing.assert_array_equal(found.low, e.values.min(axis=0))
    np.testing.assert_array_equal(found.high_at, e.values.argmax(axis=0))


@pytest.mark.parametrize("kind", ["few", "many", "mixed", "pairs"])
def test_the_store_keeps_what_is_made_in_memory(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "many":
        monkeypatch.setattr("shapviz.summaries.summing.DRAWN", 100)
        monkeypatch.setattr("shapviz.summaries.summing.SHOWN", 30)
        monkeypatch.setattr("shapviz.store.commit.SHARD_SAMPLES", 64)
    e = rich_explanation(50) if kind == "mixed" else made()
    if kind == "pairs":
        pairs = np.zeros((500, 4, 4, 2))
        pairs[:, range(4), range(4)] = e.values
        e = e.replace(interactions=pairs)
    store = Store(tmp_path)
    stored, fresh = store.summary(store.put(e, name="e")), summary(e)
    for group in ("importance", "extremes", "distributions"):
        for name, array in vars(getattr(fresh, group)).items():
            np.testing.assert_allclose(getattr(getattr(stored, group), name), array, rtol=1e-12)
    np.testing.assert_array_equal(stored.shown, fresh.shown)
    if kind == "many":
        assert len(stored.drawn) == 100
        assert stored.sample is not None
        assert stored.sample.equals(e[stored.shown.tolist()])
    else:
        assert stored.sample is None
    if kind == "pairs":
        assert stored.interactions is not None
        np.testing.assert_allclose(stored.interactions, np.abs(pairs).mean(axis=0), rtol=1e-12)
    else:
        assert stored.interactions is None


def test_pixels_one_by_one_have_no_distributions(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(3, 100, 101, 1, 2))
    e = Explanation(values=values, base_values=np.zeros((3, 2)), data=values[..., 0])
    store = Store(tmp_path)
    found = store.summary(store.put(e, name="pixels"))
    assert found.distributions is None
    assert summary(e).distributions is None
    assert found.importance.mean_abs.shape == (10_100, 2)
