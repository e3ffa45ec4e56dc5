"""The generated demos: what was planted in their windows and pictures is what explanations show."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pytest

from shapviz.explainers.registry import find
from shapviz.explanation import Explanation
from shapviz.samples import DemoJob, Loaded, demo_named, picture_and_table, sensors
from shapviz.views.windows import window_of

NAMES = ("sensors", "picture_and_table")


def test_windows_are_the_same_for_a_seed_and_hold_one_fault_each():
    made, again = sensors.windows(60, 3), sensors.windows(60, 3)
    np.testing.assert_array_equal(made.raw, again.raw)
    assert not np.array_equal(made.raw, sensors.windows(60, 4).raw)
    assert np.bincount(made.kind).tolist() == [20, 20, 20]
    names = list(sensors.SIGNALS)
    for k, (signal, length, _) in enumerate(sensors.FAULTS.values(), start=1):
        planted = made.planted[made.kind == k]
        assert (planted.sum(axis=(1, 2)) == length).all()
        assert planted[:, :, names.index(signal)].sum() == planted.sum()
    assert not made.planted[made.kind == 0].any()


def test_parts_cost_what_the_generator_says():
    made = picture_and_table.parts(2000, 5)
    scratched = made.scratch.any(axis=(1, 2))
    assert scratched.mean() == 0.5
    hours, coated = made.table[:, 0], made.table[:, 1] == 1
    rest = made.cost - 40 - 0.01 * hours
    for where, euros in ((~scratched, 0), (scratched & ~coated, 60), (scratched & coated, 120)):
        assert rest[where].mean() == pytest.approx(euros, abs=1)
    assert 0 <= made.picture.min() <= made.picture.max() <= 1


@cache
def loaded(name: str) -> Loaded:
    return demo_named(name).load(Path(mkdtemp()))


@cache
def explained(name: str, method: str) -> Explanation:
    demo, made = demo_named(name), loaded(name).for_explainer(method)
    job: DemoJob = next(job for job in demo.jobs if job.explainer == method)
    explainer = find(method)(made.model, made.background, **made.options)
    return explainer(made.X, **job.call, display_data=made.display_data, truth=made.truth)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_networks_are_good_on_what_they_have_not_seen(name):
    made, demo = loaded(name), demo_named(name)
    assert made.score > 0.95
    assert len(made.truth) == len(made.train) == demo.samples
    assert made.train.mean() == 0.75


@pytest.mark.slow
@pytest.mark.parametrize("method", ["deep", "gradient", "partition"])
def test_windows_point_at_the_planted_fault(method):
    e, made = explained("sensors", method), loaded("sensors")
    seen, fresh = int(made.train.sum()), int((~made.train).sum())
    first, second = sensors.windows(sensors.TRAINED, 0), sensors.windows(sensors.SHOWN, 1)
    planted = np.concatenate([first.planted[:seen], second.planted[:fresh]])
    kind = np.concatenate([first.kind[:seen], second.kind[:fresh]])
    right = e.predictions.argmax(axis=1) == kind
    hits = []
    for i in np.flatnonzero((kind > 0) & right):
        window = window_of(e, i)
        values = window.laid(e.flat().values[i, :, kind[i]])
        best = values >= values.max()
        # A block of all signals is right where it holds part of the fault.
        hits.append(bool((best & planted[i]).any()))
    assert len(hits) >= 70
    assert np.mean(hits) >= 0.95, np.mean(hits)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["deep", "partition"])
def test_pictures_point_at_the_scratch_and_tables_at_what_costs(method):
    e, made = explained("picture_and_table", method), loaded("picture_and_table")
    seen, fresh = int(made.train.sum()), int((~made.train).sum())
    first = picture_and_table.parts(picture_and_table.TRAINED, 0)
    second = picture_and_table.parts(picture_and_table.SHOWN, 1)
    scratch = np.concatenate([first.scratch[:seen], second.scratch[:fresh]])
    laid = e.on_regions()["picture"] if e.regions else e.values["picture"][..., 0]
    has = scratch.any(axis=(1, 2))
    best = laid == laid.max(axis=(1, 2), keepdims=True)
    assert (best & scratch).any(axis=(1, 2))[has].mean() >= 0.95
    shares = e.input_shares
    moved = e.predictions - e.base_values
    assert np.abs(sum(shares.values()) - moved).max() <= 1e-4 * np.abs(moved).max()
    # A scratch costs: its picture always pushes up, any other always down.
    assert (shares["picture"][has] > 0).mean() >= 0.95
    assert (shares["picture"][~has] < 0).mean() >= 0.95
    hours, coated, shift, humidity = np.abs(e.values["table"]).mean(axis=0)
    assert min(hours, coated) > 5 * max(shift, humidity)
