"""The small parts of the pages: filters, tables, words, positions, and what they load."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from shapviz import Explanation
from shapviz.figures.text import width
from shapviz.ui import cards, numbers_table, opening, progress, ranges, read, state
from shapviz.views.one_output import one_output
from tests.ui.stores import digits, prices, tumour


def as_opened(explanation, output=None, sample=None):
    source = read.Source("nowhere", "key", len(explanation))
    return opening.Opened(None, source, explanation, output, str(output), sample)


@pytest.mark.parametrize(
    ("points", "sample"),
    [
        ([{"customdata": 7}], 7),
        ([{"customdata": [7]}], 7),
        ([{"customdata": 7.0}], 7),
        ([{"x": 1}, {"customdata": [3]}], 3),
        ([{"customdata": "7"}], None),
        ([{"customdata": -1}], None),
        ([{"customdata": []}], None),
        ([{"customdata": True}], None),
        ([], None),
    ],
)
def test_only_a_position_opens_a_prediction(points, sample):
    assert cards.clicked_sample(points) == sample


@pytest.mark.parametrize(
    ("points", "feature"),
    [
        ([{"curve_number": 0, "point_index": 1}], "BMI"),
        ([{"curve_number": 2, "point_index": 1}], None),
        ([{"curve_number": 0, "point_index": 2}], None),
        ([{"curve_number": 0}], None),
        ([], None),
    ],
)
def test_only_a_bar_opens_a_feature(points, feature):
    assert cards.clicked_bar(points, ["Age", "BMI"]) == feature


@pytest.mark.parametrize("asked", ["", " ", "-1", "3", "1.0", "¹", "zebra"])
def test_what_is_neither_position_nor_name_is_refused(asked):
    with pytest.raises(state.LinkError, match="position from 0 to 2"):
        state.find_sample(asked, ["a", "b", "c"])


def test_a_name_of_digits_wins_when_typed_and_loses_in_the_address():
    names = ["2", "1", "0"]
    assert state.find_sample("2", names, typed=True) == 0
    assert state.find_sample("2", names) == 2


def test_a_probability_is_filtered_in_percent_and_a_number_in_its_units():
    prediction, error = ranges.measures(as_opened(tumour()))
    assert (prediction.low, prediction.high, prediction.is_share) == (0, 100, True)
    assert error.is_share
    prediction, error = ranges.measures(as_opened(prices()))
    assert not prediction.is_share
    assert "€" in prediction.label
    finite = prediction.numbers
    assert prediction.low <= finite.min()
    assert finite.max() <= prediction.high
    assert (prediction.high - prediction.low) / prediction.step <= 1.1 * ranges.STEPS


def test_the_whole_range_keeps_everything_and_a_narrow_one_its_ends():
    view = as_opened(prices())
    prediction, _ = ranges.measures(view)
    whole = {"prediction": (prediction.low, prediction.high)}
    assert ranges.inside(view, "all", whole).size == 30
    chosen = sorted(prediction.numbers)[10:20]
    narrow = {"prediction": (float(chosen[0]), float(chosen[-1]))}
    found = ranges.inside(view, "all", narrow)
    assert sorted(prediction.numbers[found]) == chosen


def test_a_sample_without_truth_is_outside_a_narrow_error_range():
    explanation = prices()
    truth = explanation.truth.copy()
    truth[4] = np.nan
    view = as_opened(explanation.replace(truth=truth))
    _, error = ranges.measures(view)
    assert 4 in ranges.inside(view, "all", {})
    assert 4 not in ranges.inside(view, "all", {"error": (error.low, error.high - error.step)})


def test_correct_and_wrong_share_the_samples():
    view = as_opened(tumour())
    correct, wrong = (set(ranges.inside(view, kind, {})) for kind in ("correct", "wrong"))
    assert correct
    assert wrong
    assert not correct & wrong
    assert correct | wrong == set(range(80))


def test_a_model_without_errors_is_said_to_be_right():
    explanation = tumour()
    right = np.where(explanation.predictions > 0, "malignant", "benign")
    view = as_opened(explanation.replace(truth=right))
    assert ranges.none_of_that_kind(view, "wrong") == "The model is right on all 80 biopsies."
    assert ranges.none_of_that_kind(view, "correct") is None
    assert ranges.none_of_that_kind(as_opened(explanation), "wrong") is None


@pytest.mark.parametrize(
    ("shape", "modality"),
    [
        ((4, 4, 1), "image"),
        ((8, 5, 3), "image"),
        ((8, 5, 12), "image"),
        ((8, 5), "sequence"),
        ((3, 5, 1), "table"),
        ((30,), "table"),
    ],
)
def test_axes_say_what_a_sample_is(shape, modality):
    values = np.zeros((2, *shape))
    explanation = Explanation(values=values, base_values=np.zeros(2), data=values)
    assert as_opened(explanation).modality == modality


def test_no_number_in_the_table_is_wider_than_its_column():
    explanation = tumour().replace(standard_errors=np.full((80, 12), 1.73e-5))
    table = numbers_table.table(one_output(explanation), 3)
    assert table["s.e."][0] == "1.7×10⁻⁵"
    room = numbers_table._wide(table["s.e."], "s.e.") - numbers_table._PADDING
    assert width("1.7×10⁻⁵", 14) <= room
    assert numbers_table._fit("Hue", 130) == "Hue"
    short = numbers_table._fit("OD280/OD315 of diluted wine", 130)
    assert short.endswith("…")
    assert width(short, 14) <= 130 - numbers_table._PADDING


def test_percentage_points_in_the_table():
    table = numbers_table.table(one_output(digits(), "two"), 0)
    largest = np.abs(one_output(digits(), "two").values[0]).max()
    assert abs(float(table["SHAP value"][0].replace("−", "-"))) == pytest.approx(
        100 * largest, abs=0.005
    )


def test_equal_predictions_have_no_range():
    assert ranges.measures(as_opened(tumour(n=1))) == []
    assert ranges.measures(as_opened(tumour(n=1).replace(units="", truth=None))) == []


def test_the_table_is_sorted_and_signed():
    one = one_output(tumour())
    table = numbers_table.table(one, 3)
    order = np.argsort(-np.abs(one.values[3]))
    assert list(table["Feature"]) == [f"Worst part {j}" for j in order]
    assert list(table.columns) == ["Feature", "Value", "SHAP value", "s.e.", "Percentile"]
    assert all(text[0] in "+−0" for text in table["SHAP value"])
    assert "-" not in "".join(table["SHAP value"])


def test_a_missing_value_and_a_category_have_no_percentile():
    table = numbers_table.table(one_output(prices()), 3).set_index("Feature")
    assert "Percentile" not in table  # neither of the two has one
    table = numbers_table.table(one_output(prices()), 4).set_index("Feature")
    assert 0 <= table.loc["Area", "Percentile"] < 100
    assert np.isnan(table.loc["Town", "Percentile"])
    assert "s.e." not in table


def test_percentiles_count_what_is_below():
    numbers = np.array([1.0, 2.0, 2.0, np.nan, 5.0])
    assert numbers_table.percentile(numbers, 0) == 0
    assert numbers_table.percentile(numbers, 1) == 25
    assert numbers_table.percentile(numbers, 4) == 75
    assert numbers_table.percentile(numbers, 3) is None


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "1 s"), (119, "119 s"), (121, "2 min"), (7300, "2.0 h")]
)
def test_durations(seconds, words):
    assert progress.duration(seconds) == words


def test_outputs_by_name_by_position_and_alone():
    assert opening.output_choices(tumour()) == {"malignant": None}
    assert opening.output_choices(digits()) == {"one": "one", "two": "two", "three": "three"}
    twice = digits().replace(output_names=["a", "a", "b"])
    assert opening.output_choices(twice) == {"a (1)": 0, "a (2)": 1, "b (3)": 2}
    own = digits()[..., :2].replace(output_names=np.full((12, 2), "x", dtype=object))
    assert opening.output_choices(own) == {
        "output 1 of each sample": 0,
        "output 2 of each sample": 1,
    }


def test_without_a_choice_the_sample_s_own_class_is_open():
    explanation = digits()
    likely = np.argmax(explanation.predictions, axis=1)
    for sample in range(len(explanation)):
        name = opening.pick_output(explanation, None, sample)
        assert name == explanation.output_names[likely[sample]]
    assert opening.pick_output(explanation, None, None) == "one"


def test_an_output_by_position_and_its_name_first():
    assert opening.pick_output(digits(), "2", None) == "three"
    backwards = digits().replace(output_names=["2", "1", "0"])
    assert opening.pick_output(backwards, "0", None) == "0"
    with pytest.raises(state.LinkError, match="output"):
        opening.pick_output(digits(), "3", None)


def test_equal_names_are_told_apart_by_their_date():
    from tests.ui.test_home import DONE

    other = replace(DONE, key="other", created=DONE.created.replace(day=13))
    alone = replace(DONE, key="alone", name="Wine")
    found = opening.labels([DONE, other, alone])
    assert found["alone"] == "Wine"
    assert len(set(found.values())) == 3


def test_the_whole_dashboard_loads_no_tensorflow_and_no_dask():
    code = (
        "import sys, shapviz.ui.frame, shapviz.ui.demos, shapviz.ui.home_table, "
        "shapviz.ui.picker, shapviz.ui.numbers_table, shapviz.ui.key_numbers, "
        "shapviz.ui.explain_steps, shapviz.ui.explain_cost, shapviz.ui.explain_running, "
        "shapviz.ui.explain_history, shapviz.ui.explain_facts; "
        "print(sorted({'tensorflow', 'keras', 'dask', 'distributed'} & set(sys.modules)))"
    )
    root = Path(__file__).resolve().parents[2]
    out = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert out.stdout.strip() == "[]"
