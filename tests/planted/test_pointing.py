"""Explanations point at what was planted."""

from __future__ import annotations

import numpy as np
import pytest

from tests.planted.causes import CAUSES, pointing

ENOUGH = 0.95


def test_pointing_is_told_right_from_wrong():
    planted = np.array([[True, False, False], [False, True, True]])
    assert pointing(np.array([[3.0, 1.0, 2.0], [0.0, 2.0, 1.0]]), planted) == (1.0, 1.0)
    assert pointing(np.array([[1.0, 3.0, 2.0], [5.0, 2.0, 1.0]]), planted) == (0.0, 2.5)


def _point(name, n):
    cause = CAUSES[name](n, np.random.default_rng(0))
    assert cause.accuracy > 0.95
    for method, scores in cause.methods.items():
        hits, rank = pointing(scores(), cause.planted)
        assert hits >= ENOUGH, f"{method} points at {hits:.0%}, mean rank {rank:.2f}"


def test_the_planted_column_is_found():
    """The quickest; words are looked for in `samples/test_corpus.py` too."""
    _point("column", 20)


@pytest.mark.slow
@pytest.mark.parametrize("name", list(CAUSES))
def test_every_planted_cause_is_found(name):
    _point(name, 60)
