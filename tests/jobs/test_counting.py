"""Rows that a job sends are counted exactly from few samples, however many the probe got to."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from shapviz.jobs.counting import rows_of

SAMPLE, CALL = 7, 30


def sent(samples: int) -> int:
    """A sample takes seven rows, a call thirty, and one sample alone is asked about twice."""
    return SAMPLE * samples + CALL + (samples == 1)


class Piece:
    def __init__(self, samples):
        self.samples, self.provenance = samples, {"model_rows": sent(samples)}

    def __len__(self):
        return self.samples


def found(samples, **call):
    return SimpleNamespace(
        rows=range(samples),
        spec=SimpleNamespace(call=call),
        explainer=lambda rows, **_: Piece(len(rows)),
        part=lambda start, stop: (range(samples)[start:stop], call),
    )


@pytest.mark.parametrize("seen", [None, 1, 2, 3, 20])
@pytest.mark.parametrize("sizes", [[1] * 24, [2] * 12, [5, 5, 5, 5, 4], [8, 0, 1, 8, 7], [24]])
def test_samples_and_calls_are_told_apart(seen, sizes):
    piece = None if seen is None else Piece(seen)
    counted = rows_of(found(24), np.arange(24), sizes, piece)
    assert counted == (sum(sent(size) for size in sizes if size), True)


def test_of_few_samples():
    assert rows_of(found(1), np.arange(1), [1], None) == (sent(1), True)
    assert rows_of(found(2), np.arange(2), [2], Piece(2)) == (sent(2), True)
    assert rows_of(found(3), np.arange(3), [3], None) == (sent(3), True)


def test_a_tolerance_decides_by_itself():
    assert rows_of(found(24, tolerance=0.1), np.arange(24), [24], Piece(20))[1] is False
    assert rows_of(found(24, outputs="top 1"), np.arange(24), [24], Piece(20))[1] is False
