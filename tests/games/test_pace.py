"""Batches grow towards the time they may take, within memory."""

from __future__ import annotations

import pytest

from shapviz.games.pace import FIRST_ROWS, TARGET_SECONDS, Pace, cut_pairs, cut_rows


def run(pace: Pace, seconds_per_row: float, overhead: float, batches: int) -> list[int]:
    sizes = []
    for _ in range(batches):
        sizes.append(pace.rows)
        pace.observe(pace.rows, overhead + pace.rows * seconds_per_row)
    return sizes


def test_it_settles_near_the_target_whatever_the_model_costs():
    for cost in (1e-7, 1e-5, 1e-3, 0.05):
        sizes = run(Pace(10**9), cost, 1e-3, 12)
        assert 0.5 * TARGET_SECONDS <= sizes[-1] * cost <= TARGET_SECONDS


def test_a_model_slower_than_the_target_gets_single_rows():
    assert run(Pace(10**9), 2.0, 0.0, 3)[-1] == 1


def test_memory_bounds_it():
    assert max(run(Pace(500), 1e-9, 0.0, 10)) == 500
    assert Pace(3).rows == 3
    assert Pace(0).rows == 1


def test_the_end_of_a_piece_of_work_is_no_evidence():
    pace = Pace(10**9)
    run(pace, 1e-6, 0.0, 8)
    before = pace.rows
    pace.observe(1, 1e-3)
    assert pace.rows == before > FIRST_ROWS
    pace.observe(1, 1.0)
    assert pace.rows == 1


@pytest.mark.parametrize(("t", "b", "rows"), [(5, 3, 7), (5, 3, 2), (1, 10, 3), (4, 1, 100)])
def test_cuts_cover_every_pair_once_and_keep_to_the_pace(t, b, rows):
    pace = Pace(rows)
    seen = []
    for (pairs, part), size in cut_pairs(t, b, pace):
        cells = [(i, j) for i in range(t)[pairs] for j in range(b)[part]]
        assert len(cells) == size <= rows
        seen += cells
    assert seen == [(i, j) for i in range(t) for j in range(b)]
    assert [i for at, _ in cut_rows(t, pace) for i in range(t)[at]] == list(range(t))


@pytest.mark.parametrize("rows", [1, 7, 40, 65, 300, 10**6])
def test_cuts_keep_runs_whole_or_lie_in_one(rows):
    t, b, each = 60, 5, 12
    pace, seen = Pace(rows), 0
    pace.rows = rows
    for (pairs, part), size in cut_pairs(t, b, pace, each):
        count = pairs.stop - pairs.start
        inside = pairs.start // each == (pairs.stop - 1) // each
        assert inside or pairs.start % each == count % each == 0
        assert count * (part.stop - part.start) == size <= rows
        seen += size
    assert seen == t * b
