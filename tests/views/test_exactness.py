"""Exactness: what each rung is, how far a sample's values moved, and when they have settled."""

from __future__ import annotations

import numpy as np
import pytest

from shapviz import Explanation
from shapviz.errors import InputError
from shapviz.explainers.deep.walk import TOLERANCE
from shapviz.views import exactness
from shapviz.views.exactness import SETTLED
from shapviz.views.words import alt_text

COARSE = np.array([[4.0, -4.0, 0.0], [1.0, 1.0, 1.0]])


def rung(segments, values, *, errors=None, units="", asked=None, names=None):
    known = {"explainer": "deep", "segments": segments, "parameters": {"segments": asked}}
    return Explanation(
        values=values,
        base_values=0.0,
        standard_errors=None if errors is None else np.full(np.shape(values), errors),
        units=units,
        output_names=names,
        provenance=known if segments == 1 else {**known, "orders": 2},
    )


def ladder(units=""):
    moved = COARSE + np.array([[0.8, 0.0, 0.0], [0.0, 0.0, 0.0]])
    again = moved + np.array([[0.0, 0.0, 0.088], [3.0, 0.0, 0.0]])
    return [
        rung(1, COARSE, units=units),
        rung(2, moved, errors=0.25, units=units),
        rung(3, again, errors=0.125, units=units),
    ]


def test_each_rung_says_what_it_is_and_how_far_the_values_moved():
    view = exactness(ladder(), 0)
    assert [r.label for r in view.rungs] == ["DeepSHAP (1 segment)", "2 segments", "3 segments"]
    assert [r.largest_error for r in view.rungs] == [None, 0.25, 0.125]
    assert view.rungs[0].moved is None
    # 0.8 of a range from −4 to 4.8; then 0.088 of the same.
    assert [r.moved for r in view.rungs[1:]] == pytest.approx([0.8 / 8.8, 0.088 / 8.8])
    assert [r.settled for r in view.rungs] == [False, False, True]
    assert [r.whole_way for r in view.rungs] == [False, False, True]
    assert [r.to_finest for r in view.rungs] == pytest.approx([0.8 / 8.8, 0.088 / 8.8, 0.0])
    assert [r.short for r in view.rungs] == ["DeepSHAP", "2", "3 segments"]
    assert view.to_frame()["orders"].tolist() == [0, 2, 2]


def test_the_sentence_is_about_the_rung_that_is_shown():
    said = [alt_text(exactness(ladder(), 0, shown=k).sentence) for k in range(3)]
    assert "DeepSHAP" in said[0]
    assert "three segments would move the values by at most 9.1%" in said[0]
    assert "9.1%" in said[1]
    assert "0.25" in said[1]
    assert "not settled" in said[1]
    assert "1.0%" in said[2]
    assert "have settled" in said[2]
    assert "Shapley values" in exactness(ladder(), 0).footnote


def test_another_sample_moves_by_its_own_range():
    view = exactness(ladder(), 1, shown=2)
    assert [r.moved for r in view.rungs[1:]] == [0.0, 1.0]
    assert "not settled" in alt_text(view.sentence)


def test_values_that_come_from_nothing_have_no_range_to_compare_with():
    flat = [rung(1, [[1.0, 1.0]]), rung(2, [[2.0, 2.0]], errors=0.0)]
    view = exactness(flat, shown=1)
    assert view.rungs[1].moved == float("inf")
    assert "more than the whole" in alt_text(view.sentence)


def test_one_output_of_several_is_compared():
    def several(segments, second):
        values = np.stack([COARSE, COARSE * second], axis=-1)
        return rung(segments, values, names=["a", "b"])

    found = [several(1, 1.0), several(2, 2.0)]
    assert exactness(found, output=0).rungs[1].moved == 0.0
    assert exactness(found, output=1).rungs[1].moved == 0.25


def test_errors_under_probabilities_are_percentage_points():
    assert "pp" in alt_text(exactness(ladder("probability"), shown=1).sentence)


def test_as_many_segments_in_more_orders_are_told_apart():
    found = [rung(2, COARSE), rung(2, COARSE).replace(provenance={"segments": 2, "orders": 8})]
    labels = [r.label for r in exactness(found).rungs]
    assert labels == ["2 segments, 2 orders", "2 segments, 8 orders"]


def test_an_automatic_number_of_segments_says_so():
    found = [rung(1, COARSE), rung(3, COARSE, errors=0.1, asked="auto")]
    assert exactness(found).rungs[1].label == "automatic, up to 3 segments"


def test_settled_is_what_auto_stops_at():
    assert SETTLED == TOLERANCE


@pytest.mark.parametrize(
    ("found", "shown", "says"),
    [
        ([], 0, "same samples"),
        ([rung(1, COARSE), rung(2, COARSE[:1])], 0, "same samples"),
        ([rung(None, COARSE)], 0, "segments"),
        ([rung(1, COARSE)], 1, "from 0 to 0"),
    ],
)
def test_what_is_no_ladder_is_refused(found, shown, says):
    with pytest.raises(InputError, match=says):
        exactness(found, shown=shown)
