"""Views by their arrays."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapviz import Explanation, views
from shapviz.errors import InputError
from shapviz.views.columns import column_of
from shapviz.views.image import outline
from shapviz.views.one_output import one_output
from shapviz.views.partners import strongest_partner
from shapviz.views.presence import present
from shapviz.views.swarm import TALLEST, offsets
from shapviz.views.trend import level_means, local_linear
from tests.views.examples import by_region, classes, images, messy, paired, table, texts, token_ids
from tests.views.examples_windows import blocks, mixed, windows


def test_waterfall_leads_from_the_base_value_to_base_plus_values():
    explanation = table()
    view = views.waterfall(explanation, 5, max_display=4)
    assert view.starts[-1] == pytest.approx(-0.5)
    assert view.ends[0] == pytest.approx(-0.5 + explanation.values[5].sum())
    assert view.starts[:-1] == pytest.approx(view.ends[1:])
    assert np.all(np.diff(np.abs(view.values[:-1])) <= 0)
    assert view.names[-1] == "8 other features"
    assert view.features[-1] == -1
    assert view.standard_errors[-1] == pytest.approx(0.05 * np.sqrt(8))


def test_waterfall_never_hides_a_single_feature_behind_one_other():
    view = views.waterfall(table(d=10), max_display=9)
    assert len(view.names) == 10
    assert -1 not in view.features


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.floats(-1e6, 1e6))
@settings(max_examples=50, deadline=None)
def test_force_pushes_add_up_to_every_value(values, base):
    view = views.force(Explanation(values=[values], base_values=base))
    scale = np.abs(values).sum() + abs(base) + 1e-300
    assert sum(p.value for p in view.pushes) == pytest.approx(np.sum(values), abs=1e-12 * scale)
    for side in (view.ups, view.downs):
        edges = [view.meeting, *(push.start for push in side)]
        assert [push.end for push in side] == edges[:-1]
    assert all(push.value > 0 for push in view.ups)
    assert all(push.value < 0 for push in view.downs)


def test_force_merges_what_is_below_4_5_percent_at_the_far_end():
    view = views.force(Explanation(values=[[10.0, 0.3, 0.2, -5.0]], base_values=0.0))
    assert [push.name for push in view.ups] == ["feature 0", "2 others"]
    assert view.ups[1].value == pytest.approx(0.5)


def test_interactions_count_each_pair_whole_and_main_effects_once():
    explanation = paired(table())
    view = views.interactions(explanation, max_display=3)
    size = np.abs(explanation.interactions).mean(axis=0)
    order = np.argsort(-np.abs(explanation.values).mean(axis=0))[:3]
    assert list(view.features) == list(order)
    assert np.diag(view.sizes) == pytest.approx(np.diag(size)[order])
    assert view.sizes[1, 0] == view.sizes[0, 1] == pytest.approx(2 * size[order[1], order[0]])
    assert view.to_frame().shape == (6, 3)
    with pytest.raises(InputError, match=r"must have interactions.*interactions=True"):
        views.interactions(table())


def test_bar_holds_importance_with_intervals_around_it():
    explanation = table()
    view = views.bar(explanation, max_display=5)
    mean = np.abs(explanation.values).mean(axis=0)
    assert view.sizes == pytest.approx(np.sort(mean)[::-1][:5])
    assert np.all(view.low <= view.sizes)
    assert np.all(view.high >= view.sizes)
    assert view.others_total == pytest.approx(np.sort(mean)[::-1][5:].sum())
    assert sorted(view.order) == list(range(12))


def test_bar_by_maximum_sorts_by_it_and_claims_no_interval():
    values = np.zeros((10, 3))
    values[:, 0], values[0, 1] = 1.0, -5.0
    view = views.bar(Explanation(values=values, base_values=0.0), measure="maximum")
    assert list(view.features[:2]) == [1, 0]
    assert view.sizes[0] == 5.0
    assert view.low is None


def test_bar_of_one_sample_claims_no_interval():
    assert views.bar(table(n=1)).low is None


def test_same_seed_same_view():
    a, b = views.importance_beeswarm(table(n=1500)), views.importance_beeswarm(table(n=1500))
    assert np.array_equal(a.bars.low, b.bars.low)
    assert all(
        np.array_equal(p.samples, q.samples)
        for p, q in zip(a.swarm.rows, b.swarm.rows, strict=True)
    )


def test_beeswarm_above_1000_keeps_extremes_and_the_selected_sample_and_says_so():
    explanation = table(n=3000, d=3)
    view = views.beeswarm(explanation, selected=17)
    for row in view.rows:
        column = explanation.values[:, row.feature]
        assert {int(np.argmin(column)), int(np.argmax(column)), 17} <= set(row.samples.tolist())
        assert 1000 <= row.samples.size <= 1007
        assert row.x == pytest.approx(column[row.samples])
    assert "1\u202f000 of 3\u202f000 samples and the 6 most extreme of each row" in view.footnote


def test_pooled_row_holds_the_other_features_own_values():
    explanation = table(n=50, d=30)
    pooled = views.beeswarm(explanation).rows[-1]
    assert pooled.name == "20 other features"
    assert pooled.x == pytest.approx(explanation.values[pooled.samples, pooled.members])
    assert "1\u202f000 of 1\u202f000 values" in views.beeswarm(explanation).footnote


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=400))
@settings(max_examples=50, deadline=None)
def test_swarm_offsets_stay_inside_the_row_and_are_centred(values):
    x = np.array(values)
    out = offsets(x, x, (float(x.min()), float(x.max())))
    assert np.abs(out).max() <= TALLEST / 2 + 1e-9
    assert abs(out.sum()) < 1e-6 * max(1, len(values))


def test_swarm_stacks_by_feature_value():
    out = offsets(np.zeros(5), np.array([3.0, 1.0, np.nan, 2.0, 0.0]), (-1.0, 1.0))
    assert list(np.argsort(out)) == [4, 1, 3, 0, 2]


def test_trend_follows_a_straight_line_exactly_and_its_band_covers_noise():
    x = np.linspace(0, 10, 500)
    line = local_linear(x, 3 * x - 1)
    assert line.y == pytest.approx(3 * line.x - 1)
    rng = np.random.default_rng(0)
    covered = []
    for _ in range(40):
        noisy = local_linear(x, 3 * x + rng.normal(size=500))
        covered.append((noisy.low <= 3 * noisy.x) & (3 * noisy.x <= noisy.high))
    assert 0.9 <= np.mean(covered) <= 0.99


def test_trend_needs_samples_and_spread():
    assert local_linear(np.arange(5.0), np.arange(5.0)) is None
    assert local_linear(np.ones(50), np.arange(50.0)) is None
    means = level_means(np.array([0.0, 0.0, 1.0]), np.array([1.0, 3.0, 5.0]))
    assert list(means.y) == [2.0, 5.0]


def interacting(n=800, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 6))
    X[:, 4] = X[:, 0] + 0.1 * rng.normal(size=n)  # correlates with the shown feature
    values = np.zeros((n, 6))
    values[:, 0] = X[:, 0] + 0.5 * X[:, 0] * X[:, 2]
    return Explanation(values=values, base_values=0.0, data=X)


def test_partner_is_the_interacting_feature_and_its_score_is_high():
    partner = strongest_partner(one_output(interacting()), 0)
    assert partner.feature == 2
    assert partner.score > 0.7


def test_partner_is_none_in_an_additive_model_and_in_noise():
    additive = table(n=500)
    assert strongest_partner(one_output(additive), 0) is None
    rng = np.random.default_rng(0)
    noisy = additive.replace(values=additive.values + rng.normal(size=(500, 12)), predictions=None)
    assert strongest_partner(one_output(noisy), 0) is None


def test_partner_skips_features_that_repeat_the_shown_one():
    rng = np.random.default_rng(0)
    x = rng.normal(size=600)
    copy = x + 0.2 * rng.normal(size=600)
    values = np.zeros((600, 2))
    values[:, 0] = x * copy
    explanation = Explanation(values=values, base_values=0.0, data=np.c_[x, copy])
    assert strongest_partner(one_output(explanation), 0) is None


def test_dependence_colour_automatic_chosen_or_none():
    explanation = interacting()
    assert views.dependence(explanation, 0).partner == 2
    assert views.dependence(explanation, 0).score > 0.7
    chosen = views.dependence(explanation, 0, colour="feature 3")
    assert (chosen.partner, chosen.score) == (3, None)
    assert np.array_equal(chosen.colour, explanation.data[:, 3])
    assert views.dependence(explanation, 0, colour=None).colour is None
    assert views.dependence(explanation, 0, colour="none").colour is None
    assert views.dependence(explanation, 0, trend=False).trend is None


def test_dependence_histogram_counts_what_is_inside_and_says_what_is_not():
    view = views.dependence(table(n=1000), 0)
    assert view.counts.size == 40
    assert view.counts.sum() + view.outside == 1000
    assert f"{view.outside} outside" in view.footnote


def test_dependence_jitters_discrete_values_and_keeps_the_true_ones():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 4, 200).astype(float)
    explanation = Explanation(values=(x - 1.5)[:, None], base_values=0.0, data=x[:, None])
    view = views.dependence(explanation)
    assert view.kind == "discrete"
    assert np.array_equal(view.values, x)
    assert 0 < np.abs(view.x - x).max() <= 0.18
    assert list(view.trend.x) == [0, 1, 2, 3]
    assert list(view.counts[::2]) == list(np.bincount(x.astype(int)))


def test_dependence_keeps_missing_values_for_a_rug():
    explanation = messy()
    view = views.dependence(explanation, "gaps")
    assert view.missing == int(np.isnan(explanation.data[:, 0].astype(float)).sum())
    assert np.isnan(view.x).sum() == view.missing
    word = views.dependence(explanation, "word")
    assert word.categories == ("high", "low")
    assert set(word.to_frame()["value"].dropna()) == {"high", "low"}


def test_dependence_above_3000_samples_draws_3000_and_the_selected_one():
    view = views.dependence(table(n=4000, d=2), 0, selected=3)
    assert 3000 <= view.samples.size <= 3001
    assert 3 in view.samples
    assert view.counts.sum() + view.outside == 4000


def test_small_multiples_take_the_next_features():
    view = views.dependence_small(table(n=200), after="Feature A")
    assert [panel.feature for panel in view.panels] == list(views.bar(table(n=200)).order[1:4])
    assert view.title == "The next three, on the same scale"
    assert view.limits[0] == min(panel.y.min() for panel in view.panels)


def test_stacked_force_stacks_meet_at_the_prediction():
    explanation = table(n=600)
    view = views.force_stacked(explanation, selected=5)
    assert view.samples.size in (400, 401)
    total = explanation.values[view.samples].sum(axis=1)
    assert view.values.sum(axis=1) == pytest.approx(total)
    ups, downs = view.edges(1), view.edges(-1)
    assert ups[:, 0] == pytest.approx(view.predictions)
    assert (ups[:, -1] + downs[:, -1]) == pytest.approx(2 * view.predictions - total)
    assert np.all(np.diff(ups, axis=1) <= 0)
    assert np.all(np.diff(downs, axis=1) >= 0)


def test_stacked_force_orders():
    explanation = table(n=30)
    assert list(views.force_stacked(explanation, order="original").samples) == list(range(30))
    by_output = views.force_stacked(explanation, order="output")
    assert np.all(np.diff(by_output.predictions) >= 0)
    by_feature = views.force_stacked(explanation, order="Feature B")
    assert np.all(np.diff(explanation.data[by_feature.samples, 1]) >= 0)
    with pytest.raises(InputError, match="order"):
        views.force_stacked(explanation, order="colour")


def test_trust_counts_certain_signs_and_the_gap():
    values = np.array([[2.0, 1.0, 0.05], [2.1, 0.9, 0.0], [-0.1, 3.0, 0.0]])
    explanation = Explanation(
        values=values,
        base_values=0.0,
        predictions=values.sum(axis=1) + np.array([0.5, 0.0, 0.0]),
        standard_errors=np.full((3, 3), 0.1),
        data=np.array([[0.0, 0.0, 0.0], [0.1, 0.0, 0.0], [5.0, 5.0, 5.0]]),
        units="log-odds",
    )
    first = views.trust(explanation, 0)
    assert first.gap == pytest.approx(0.5)
    assert first.gap_share == pytest.approx(0.5 / 3.55)
    assert (first.certain, first.shown) == (2, 3)
    assert (first.agreeing, first.neighbours) == (1, 2)
    assert "".join(s.text for s in first.sentence) == (
        "Not yet: the values miss the prediction by 0.50 log-odds, "
        "14% of the distance from the base value."
    )
    second = views.trust(explanation, 1)
    assert "one small one could have either sign" in "".join(s.text for s in second.sentence)
    assert dict(second.metrics)["Additivity gap"] == "0"


def test_neighbours_of_numbers_are_those_found_column_by_column(monkeypatch):
    rng = np.random.default_rng(3)
    X = rng.normal(size=(40, 7))
    X[rng.random(X.shape) < 0.1] = np.nan
    X[:, 5] = 1.0
    e = Explanation(values=rng.normal(size=X.shape), base_values=0.0, data=X)
    # Objects are looked at one column after the other.
    same = e.replace(data=X.astype(object), display_data=None)
    monkeypatch.setattr(importlib.import_module("shapviz.views.trust"), "CELLS", 100)
    for i in range(0, 40, 9):
        one, other = views.trust(e, i), views.trust(same, i)
        assert (one.agreeing, one.neighbours) == (other.agreeing, other.neighbours)


def test_regions_of_pictures_have_no_neighbours():
    found = views.trust(by_region(), 0, output=1)
    assert found.neighbours == 0
    assert "Neighbours" not in found.footnote


def test_trust_without_standard_errors_says_so():
    view = views.trust(table().replace(standard_errors=None))
    assert view.largest_error is None
    assert dict(view.metrics)["Signs certain"] == "–"
    assert "gives no standard errors" in view.footnote


def test_several_outputs_default_to_the_largest_prediction_of_the_sample():
    explanation = classes()
    view = views.waterfall(explanation, 4)
    best = int(np.argmax(explanation.predictions[4]))
    assert view.output == f"class {best}"
    assert views.waterfall(explanation, 4, output=1).output == "class 1"
    assert views.waterfall(explanation, 4, output="class 2").output == "class 2"
    assert views.bar(explanation).output == "class 0"


def test_outputs_named_by_sample():
    explanation = classes().replace(
        output_names=np.array([[f"top {i}", "b", "c"] for i in range(30)], dtype=object)
    )
    assert views.waterfall(explanation, 4, output=0).output == "top 4"
    assert views.bar(explanation, output=0).output == ""
    with pytest.raises(InputError, match="output"):
        views.waterfall(explanation, 4, output="b")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda e: views.waterfall(e, 60), "from 0 to 59"),
        (lambda e: views.force(e, "nobody"), "sample"),
        (lambda e: views.bar(e, output="benign"), "malignant"),
        (lambda e: views.dependence(e, "Feature Z"), "Did you mean"),
        (lambda e: views.dependence(e, 12), "from 0 to 11"),
        (lambda e: views.dependence(e, 0, colour="blue"), "colour"),
        (lambda e: views.beeswarm(e, selected=-61), "from 0 to 59"),
        (lambda e: views.bar(e, max_display=0), "whole number from 1 on"),
        (lambda e: views.bar(e, measure="median"), "'average', 'maximum'"),
        (lambda e: views.image(e), "hold images"),
    ],
)
def test_wrong_options_name_the_rule(call, message):
    with pytest.raises(InputError, match=message):
        call(table())


def test_columns_of_every_kind():
    assert column_of([1, 2, None], 3).limits(0, 100) == (1.0, 2.0)
    assert list(column_of(["b", None, "a"], 3).codes) == [1, -1, 0]
    assert column_of(np.array([True, False]), 2).levels().tolist() == [0.0, 1.0]
    assert np.isnan(column_of([np.inf, -np.inf], 2).numbers).all()
    assert not column_of(None, 2).known
    mixed = column_of(np.array([1, "x", None], dtype=object), 3)
    assert mixed.categories == ("1", "x")
    assert column_of(np.array([None, np.nan], dtype=object), 2).limits() is None


def test_image_panels_come_by_prediction_and_sum_channels():
    explanation = images(channels=3)
    view = views.image(explanation, 2)
    order = np.argsort(-explanation.predictions[2])[:6]
    assert [panel.output for panel in view.panels] == list(order)
    assert view.panels[0].values == pytest.approx(explanation.values[2][..., order[0]].sum(axis=-1))
    assert view.picture.shape == (6, 6, 3)
    assert view.footnote.startswith("Six of 8 classes.")


def test_outline_walks_around_the_ink():
    mask = np.zeros((4, 4), dtype=bool)
    mask[1:3, 1:3] = True
    assert sorted(outline(mask)) == sorted(
        [(0.5, 0.5, 2.5, 0.5), (0.5, 2.5, 2.5, 2.5), (0.5, 0.5, 0.5, 2.5), (2.5, 0.5, 2.5, 2.5)]
    )


def test_images_take_every_table_view_too():
    explanation = images()
    for make in (views.waterfall, views.bar, views.beeswarm, views.force, views.trust):
        assert make(explanation, output=0).title


def test_views_never_change_the_explanation():
    explanation = table()
    before = explanation.values.copy()
    views.importance_beeswarm(explanation, selected=1)
    views.dependence(explanation)
    assert np.array_equal(before, explanation.values)


@pytest.mark.parametrize(
    ("explanation", "sample", "own"),
    [
        (token_ids(free=False), 0, 2),
        (token_ids(free=True), 0, 4),  # its padding carries something
        (token_ids(free=True), 1, 3),
        (by_region(), 0, 9),
        (by_region(), -1, 8),
        (blocks(), 0, 3),
        (windows(), 0, 36),
        (mixed(), 0, 71),
        (table(), 0, 12),
    ],
)
def test_places_that_a_sample_does_not_have_are_no_features(explanation, sample, own):
    errors = np.where(explanation.values == 0, 0.0, 1e-9) if explanation.inputs is None else None
    told = explanation.replace(standard_errors=errors)
    i = range(len(told))[sample]
    trusted = views.trust(told, i, output=0 if told.has_outputs else None, max_display=100)
    assert trusted.shown == own
    assert trusted.certain in (None, own)
    options = {"output": 0 if told.has_outputs else None}
    shown = views.waterfall(told, i, **options, max_display=100)
    assert len(shown.names) == own
    assert f"of {own} features" in shown.footnote
    assert f"of {own} features" in views.force(told, i, **options).footnote


def test_texts_have_no_nearest_texts():
    view = views.trust(texts(), 4)
    assert (view.agreeing, view.neighbours) == (0, 0)
    assert "Neighbours" not in view.footnote


def test_a_token_of_no_value_is_a_feature_and_an_empty_text_keeps_its_places():
    explanation = Explanation(
        values=[[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]],
        base_values=0.0,
        data=np.array([["so ", "good", ""], ["", "", ""]], dtype=object),
        provenance={"modality": "text"},
    )
    found = present(explanation, explanation.values)
    assert found.tolist() == [[True, True, False], [True, True, True]]
