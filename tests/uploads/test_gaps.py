"""What of an array is no number, counted a range at a time."""

from __future__ import annotations

import numpy as np
import pytest

from shapviz.uploads import gaps
from shapviz.uploads.gaps import Gaps, gaps_of


@pytest.mark.parametrize("block", [1, 24, 10**6])
def test_every_gap_is_counted_once_and_the_first_is_placed(monkeypatch, block):
    monkeypatch.setattr(gaps, "BLOCK", block)
    array = np.ones((9, 4, 3), dtype=np.float32)
    assert gaps_of(array) is None
    array[7, 1, 2] = np.nan
    array[8, 0, 0] = -np.inf
    array[8, 3] = np.nan
    assert gaps_of(array) == Gaps(4, 1, 108, (7, 1, 2))


def test_a_sum_that_overflows_is_no_gap():
    assert gaps_of(np.full((4, 2), 3e38, dtype=np.float32)) is None
