"""Sentences: what the numbers say, in words."""

from __future__ import annotations

import numpy as np
import pytest

from shapviz import Explanation, views
from shapviz.views.words import (
    Span,
    alt_text,
    amount_text,
    axis_percent,
    called,
    described,
    effect_text,
    headed,
    inline,
    join,
    quoted,
    say,
    share,
    spell,
)
from tests.views.examples import cases, classes, table


def text(view):
    return alt_text(view.sentence)


def one(values, **fields):
    given = {
        "base_values": -0.953,
        "data": np.ones((1, len(values))),
        "feature_names": ["Radius error", "Perimeter error", "Worst symmetry"][: len(values)],
        "feature_units": ["px", "px", ""][: len(values)],
        "output_names": ["malignant"],
        "units": "log-odds",
        "provenance": {"sample_noun": "biopsy"},
    }
    return Explanation(values=[values], **{**given, **fields})


def test_interactions_name_the_strongest_pair_and_the_share_of_all():
    pairs = np.array([[[2.0, 0.5, 0.0], [0.5, 0.2, 0.1], [0.0, 0.1, 0.3]]])
    explanation = one(list(pairs[0].sum(axis=1)), interactions=pairs)
    assert text(views.interactions(explanation)) == (
        "Radius error and perimeter error interact most: together they move the output by 1.0 "
        "log-odds on average beyond what each does alone. Interactions carry 32% of all effects."
    )
    assert "Estimated" not in views.interactions(explanation).footnote
    unsure = explanation.replace(standard_errors=[[0.1, 0.1, 0.1]])
    assert "Estimated; how far off is not known." in views.interactions(unsure).footnote
    alone = one([2.0, 0.2, 0.3], interactions=[np.diag([2.0, 0.2, 0.3])])
    assert text(views.interactions(alone)).startswith("No two features interact")
    single = one([2.0], interactions=[[[2.0]]])
    assert text(views.interactions(single)).startswith("There is only one feature")


def test_prediction_sentence_reads_as_written_in_the_look():
    explanation = one(
        [2.87, 1.40, -1.30],
        data=[[1.21, 8.08, 0.156]],
        predictions=[1.44],
        truth=["malignant"],
        sample_names=["38"],
    )
    view = views.force(explanation, 0)
    assert view.title == "Biopsy 38: 80.8% malignant"
    assert text(view) == (
        "The model starts from −0.953 log-odds (27.8%) and ends at 1.44 (80.8%). "
        "Radius error of 1.21\u202fpx (+2.87) and perimeter error of 8.08\u202fpx (+1.40) push it "
        "up most; worst symmetry of 0.156 (−1.30) pulls it back. "
        "The biopsy was in fact malignant."
    )
    assert [s.role for s in view.sentence if s.text in ("+2.87", "−1.30", "malignant")] == [
        "up",
        "down",
        "strong",
    ]


def test_prediction_sentence_downwards_and_alone():
    assert text(views.force(one([-2.0, -1.9, 1.0]))).endswith(
        "push it down most; worst symmetry of 1 (+1.00) pulls it back up."
    )
    assert text(views.force(one([1.0, 0.1, 0.0]))).endswith("(+1.00) pushes it up most.")
    assert text(views.force(one([0.0, 0.0, 0.0]))).endswith("No feature moves it.")
    # The gap moves the output up although every value pushes down: still a true sentence.
    odd = one([-1.0, -0.2, -0.1], predictions=[3.0])
    assert "(−1.00) pushes it down most" in text(views.force(odd))


@pytest.mark.parametrize(
    ("truth", "said"),
    [([1], "malignant"), ([0], "not malignant"), (["benign"], "benign"), ([True], "malignant")],
)
def test_truth_beside_one_probability(truth, said):
    assert text(views.force(one([1.0, 0.0, 0.0], truth=truth))).endswith(f"in fact {said}.")


def test_truth_beside_several_classes_and_beside_a_number():
    explanation = classes()
    position = int(explanation.truth[0])
    assert text(views.force(explanation, 0)).endswith(f"The sample was in fact class {position}.")
    price = Explanation(values=[[1.0]], base_values=100.0, units="€", truth=[151.0])
    assert text(views.force(price)).endswith("The true value was 151\u202f€.")


def test_overview_sentence():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 30))
    values = X * np.r_[1.0, np.full(29, 0.5)]
    explanation = Explanation(
        values=values,
        base_values=0.0,
        data=X,
        feature_names=["Worst area", *(f"f{j}" for j in range(29))],
        output_names=["malignant"],
        units="log-odds",
    )
    size = np.abs(values).mean(axis=0)
    tenth = np.sort(size)[::-1][:10].sum() / size.sum()
    assert text(views.bar(explanation)) == (
        f"Worst area matters most: it moves the output by {size[0]:.2g} log-odds on average, and "
        f"high values push towards “malignant”. The first ten of 30 features carry "
        f"{100 * tenth:.0f}% of the total effect, so no single feature decides."
    )


def test_overview_directions():
    X = np.linspace(-1, 1, 50)[:, None]
    price = {"base_values": 0.0, "data": X}
    down = Explanation(values=-X, **price)
    assert text(views.bar(down)) == "feature 0 moves the output by 0.51 on average."
    pair = Explanation(values=np.c_[-3 * X, X], base_values=0.0, data=np.c_[X, X])
    assert "and high values push it down. It alone carries 75%" in text(views.bar(pair))
    valley = Explanation(values=np.c_[3 * X**2, X], base_values=0.0, data=np.c_[X, X])
    assert "high values" not in text(views.bar(valley))
    probability = classes()
    assert "percentage points on average" in text(views.bar(probability))


def test_dependence_words():
    x = np.linspace(100, 1500, 300)[:, None]
    explanation = Explanation(
        values=(x - 798) / 500,
        base_values=0.0,
        data=x,
        feature_names=["Worst area"],
        feature_units=["px²"],
        output_names=["malignant"],
        units="log-odds",
    )
    view = views.dependence(explanation, "Worst area")
    assert view.title == "Worst area: the higher, the more “malignant”"
    assert text(view) == (
        "Below 798\u202fpx² it pushes the output down (to −1.37 log-odds), "
        "above it pushes up (to +1.38)."
    )
    falling = views.dependence(explanation.replace(values=(798 - x) / 500, predictions=None))
    assert falling.title == "Worst area: the higher, the less “malignant”"
    assert "pushes the output up (to +1.37 log-odds), above it pushes down (to −1.38)" in text(
        falling
    )


def test_dependence_without_a_finding():
    rng = np.random.default_rng(0)
    noise = Explanation(
        values=rng.normal(size=(99, 1)), base_values=0.0, data=rng.normal(size=(99, 1))
    )
    assert views.dependence(noise).title == "feature 0: no clear direction"
    assert text(views.dependence(cases()["all zero"], 0)) == "It never moves the output."
    assert "without its data" in text(views.dependence(cases()["no data"], 0))
    messy = cases()["messy"]
    assert text(views.dependence(messy, "empty")) == "Every value of empty is missing."
    assert views.dependence(messy, "word").title.endswith("pushes up most")


def test_waterfall_sentence_counts_the_movement():
    view = views.waterfall(table(n=1))
    sizes = np.sort(np.abs(table(n=1).values[0]))[::-1]
    assert (
        text(view)
        == f"Nine features explain {100 * sizes[:9].sum() / sizes.sum():.0f}% of the movement."
    )
    assert view.footnote == (
        "9 of 12 features, largest first. Whiskers: ±\u202f1.96 standard errors. "
        "Hatched: the other 3, summed."
    )


def test_every_view_has_words_for_every_example():
    makers = (
        views.bar,
        views.beeswarm,
        views.importance_beeswarm,
        views.waterfall,
        views.force,
        views.force_stacked,
        views.trust,
        views.dependence,
        views.dependence_small,
    )
    for case, explanation in cases().items():
        for make in makers:
            view = make(explanation)
            assert view.title, (case, make)
            assert text(view).endswith((".", "”")), (case, make)
            assert "nan" not in text(view).lower().replace("maligna", ""), (case, make)
            assert "  " not in text(view), (case, make)
            assert len(view.to_frame().columns) > 0, (case, make)


def test_grammar():
    assert say("a", "b", Span("c", "up"), "", "d") == (Span("ab"), Span("c", "up"), Span("d"))
    assert alt_text(join([say("a"), say("b"), say("c")])) == "a, b and c"
    assert (spell(9), spell(10), spell(11)) == ("nine", "ten", "11")
    assert (inline("Worst area"), inline("BMI"), inline("Éa")) == ("worst area", "BMI", "éa")
    assert described("Sex", "female", "", known=True) == "sex “female”"
    assert described("Age", float("nan"), "years", known=True) == "age, missing"
    assert described("Age", 3.0, "years", known=False, opening=True) == "Age"
    assert (share(0.001), share(0.61)) == ("<1%", "61%")
    assert (axis_percent(0.5), axis_percent(0.047), axis_percent(0.9999)) == (
        "50%",
        "4.7%",
        ">99.9%",
    )


def test_effects_under_probabilities_are_percentage_points_everywhere():
    assert effect_text(-0.0531, "probability") == "−5.3\u202fpp"
    assert effect_text(-0.0531, "log-odds") == "−0.05"
    assert amount_text(0.0014, "probability", 2) == "0.14\u202fpp"
    view = views.bar(classes())
    assert view.texts[0].endswith("\u202fpp")
    assert "in percentage points" in view.footnote
    assert views.beeswarm(classes()).values_title == "SHAP value (percentage points)"
    assert "\u202fpp)" in text(views.force(classes()))
    assert "\u202fpp" in text(views.dependence(classes(), 0))


def test_a_class_that_is_a_number_says_what_it_is():
    assert (called("0"), called("-1"), called("1.5"), called("3", "€")) == (
        "class 0", "class -1", "class 1.5", "output 3",
    )  # fmt: skip
    assert (called("Barolo"), called("2nd"), called("nan")) == ("Barolo", "2nd", "nan")
    assert (quoted("0"), quoted("Barolo")) == ("class 0", "“Barolo”")
    assert (headed("0"), headed("Barolo"), headed("")) == ("Class 0", "“Barolo”", "Output")
    digits = classes().replace(output_names=["0", "1", "2"])
    view = views.waterfall(digits, 0, output="1")
    assert view.prediction_note == "class 1"


def test_the_score_is_explained_and_only_drawn_bands_are_mentioned():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 3))
    explanation = Explanation(values=np.c_[X[:, 0] * X[:, 1], X[:, 1:]], base_values=0.0, data=X)
    view = views.dependence(explanation, 0)
    assert "(score " in text(view)
    assert "Score: share of the effect’s spread" in view.footnote
    assert "Score" not in views.dependence(explanation, 0, colour="none").footnote
    assert "band" in views.dependence_small(explanation).footnote
    for alone in (views.dependence_small(table(n=1)), views.dependence(table(n=1))):
        assert "band" not in alone.footnote
        assert "Line" not in alone.footnote


def test_a_picture_of_a_number_is_not_read_as_a_class():
    number = Explanation(
        values=np.ones((1, 4, 4, 1)), base_values=0.0, data=np.ones((1, 4, 4, 1)), units="years"
    )
    assert text(views.image(number)).startswith("The model’s prediction is 16.0 years. Orange")
    assert "reads it as" in text(views.image(number.replace(units="log-odds")))


def test_a_gap_of_nothing_is_nothing_and_a_tiny_one_stays_short():
    flat = classes()
    gaps = [
        dict(views.trust(flat.replace(predictions=flat.predictions + by), 0).metrics)
        for by in (2e-7, 0.003)
    ]
    assert gaps[0]["Additivity gap"] == "<0.001\u202fpp"
    assert gaps[1]["Additivity gap"] == "+0.300\u202fpp"
