"""Scenes whose cause is known: where it is, that it is found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from shapviz.samples import photographs
from shapviz.samples.photographs import CLASSES, DEMO, scenes


def test_scenes_say_where_the_piece_is():
    pictures, kinds, causes = scenes(9, seed=3)
    assert pictures.shape == (9, 64, 64, 3)
    assert pictures.dtype == np.float32
    assert 0 <= pictures.min() < pictures.max() <= 1
    assert list(kinds[:3]) == list(CLASSES)
    assert [bool(cause.any()) for cause in causes[:3]] == [True, True, False]
    # A flower is redder than what it was put into.
    red = pictures[0, ..., 0] - pictures[0, ..., 2]
    assert red[causes[0]].mean() > red[~causes[0]].mean() + 0.2
    again, _, _ = scenes(9, seed=3)
    np.testing.assert_array_equal(pictures, again)


def test_the_ground_of_a_scene_does_not_tell_its_kind():
    pictures, kinds, causes = scenes(300, seed=0)
    grounds = np.array([p[~c].mean(axis=0) for p, c in zip(pictures, causes, strict=True)])
    means = {kind: grounds[kinds == kind].mean(axis=0) for kind in CLASSES}
    for kind in CLASSES:
        assert np.abs(means[kind] - means["neither"]).max() < 0.1


@pytest.mark.slow
def test_the_piece_is_what_decides(tmp_path: Path):
    from shapviz.explainers.registry import find

    made = DEMO.load(tmp_path)
    assert made.score > 0.93
    assert len(made.X) == len(made.truth) == DEMO.samples
    shown = photographs.SHOWN
    causes = np.concatenate(
        [
            scenes(photographs.HELD_OUT, seed=1)[2][:shown],
            scenes(photographs.FITTED, seed=0)[2][:shown],
        ]
    )
    planted = causes.any(axis=(1, 2))
    for job in DEMO.jobs:
        given = made.for_explainer(job.explainer)
        explainer = find(job.explainer)(given.model, given.background, **given.options)
        found = explainer(given.X[planted], **job.call)
        laid = found.values.sum(axis=3) if found.regions is None else found.on_regions()
        hits = []
        for values, cause, truth in zip(laid, causes[planted], made.truth[planted], strict=True):
            own = values[..., CLASSES.index(truth)]
            hits.append(bool(cause[own == own.max()].any()))
        assert np.mean(hits) >= 0.9, job.explainer
