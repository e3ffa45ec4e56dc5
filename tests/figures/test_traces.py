"""Figures by their trace arrays, texts and axes."""

from __future__ import annotations

import time

import numpy as np
import pytest

from shapviz import Explanation, figures, views
from shapviz.errors import InputError
from shapviz.figures.dots import SIZE
from shapviz.figures.layout import percent_texts, probability_texts, tick_texts, ticks
from shapviz.figures.text import row_label, safe, width
from shapviz.figures.theme import LIGHT, blend
from tests.contracts.figure import large
from tests.views.examples import FOREIGN, LONG, images, paired, table


def texts(figure):
    return [note.text for note in figure.layout.annotations]


def test_waterfall_bars_start_where_the_row_below_ends():
    figure = figures.waterfall(table(), sample=3)
    own, rest = figure.data
    base = [*own.base, *rest.base]
    ends = [b + x for b, x in zip(base, [*own.x, *rest.x], strict=True)]
    assert base[:-1] == pytest.approx(ends[1:])
    assert base[-1] == pytest.approx(-0.5)
    assert rest.marker.pattern.shape == "/"
    assert own.marker.color[0] == (LIGHT.up if own.x[0] > 0 else LIGHT.down)


def test_interactions_fill_the_lower_triangle_and_write_few_numbers():
    explanation = paired(table())
    view = views.interactions(explanation)
    figure = figures.interactions(explanation)
    cells = np.array(figure.data[0].z, dtype=float)
    assert np.isnan(cells).sum() == 15
    assert cells[2, 1] == pytest.approx(view.sizes[2, 1] / view.sizes.max())
    assert figure.data[0].hovertext[2][1] == (
        f"<b>{view.names[2]}</b> with {view.names[1]}: {view.texts[2][1]}"
    )
    assert view.texts[2][1] in texts(figure)
    assert len(texts(figures.interactions(explanation, max_display=9))) == 9 + 9


def test_waterfall_whiskers_are_1_96_standard_errors_and_can_be_left_out():
    explanation = table()
    own = figures.waterfall(explanation, sample=3).data[0]
    assert list(own.error_x.array) == pytest.approx([1.96 * 0.05] * 9)
    assert figures.waterfall(explanation, sample=3, errors=False).data[0].error_x.array is None


def test_waterfall_shows_the_probability_under_the_log_odds():
    figure = figures.waterfall(table(), sample=3)
    shown = dict(zip(figure.layout.xaxis.tickvals, figure.layout.xaxis.ticktext, strict=True))
    assert shown[0.0] == "0<br>50&#37;"
    assert figure.layout.xaxis.title.text == "Output: log-odds, and probability below"


def test_waterfall_writes_signed_values_in_their_direction_s_colour():
    explanation = table()
    figure = figures.waterfall(explanation, sample=3)
    view = views.waterfall(explanation, 3)
    note = next(
        n for n in figure.layout.annotations if n.text == "<b>" + f"{_signed(view.values[0])}</b>"
    )
    assert note.font.color == LIGHT.effect_text(view.values[0])


def _signed(x):
    return ("+" if x > 0 else "−") + f"{abs(x):.2f}"


def test_force_numbers_are_texts_of_invisible_bars_that_fit_or_hide():
    figure = figures.force(table(), sample=3)
    numbers, names = figure.data
    assert figure.layout.uniformtext.mode == "hide"
    assert numbers.marker.color == "rgba(0,0,0,0)"
    assert all(text.count("<br>") == 2 for text in names.text)
    assert len(figure.layout.shapes) == len(numbers.text) + 2


@pytest.mark.parametrize("base", [-30.0, 0.0, 30.0])
def test_force_labels_never_leave_the_strip(base):
    values = np.array([[3.0, 2.0, -1.0]])
    figure = figures.force(Explanation(values=values, base_values=base))
    low, high = figure.layout.xaxis.range
    for note in figure.layout.annotations:
        if note.xref == "paper":
            continue
        share = (note.x - low) / (high - low)
        room = 1 - share if note.xanchor == "left" else share
        assert room >= 0.2


def test_force_all_one_way():
    figure = figures.force(Explanation(values=[[1.0, 2.0]], base_values=0.0))
    prediction = next(n for n in figure.layout.annotations if "Prediction" in n.text)
    assert prediction.xanchor == "right"


def test_beeswarm_draws_every_point_and_colours_by_the_raw_value():
    explanation = table()
    view = views.beeswarm(explanation)
    trace = figures.beeswarm(view).data[0]
    j = view.rows[0].feature
    assert np.array_equal(trace.customdata, np.arange(60))
    assert np.allclose(trace.x, explanation.values[:, j], rtol=1e-6)
    assert np.allclose(trace.marker.color, explanation.data[:, j], rtol=1e-6)
    assert np.allclose(
        [trace.marker.cmin, trace.marker.cmax], np.percentile(explanation.data[:, j], [5, 95])
    )


def test_beeswarm_row_stays_inside_its_row():
    same = np.zeros((900, 2))
    same[:, 1] = np.linspace(0, 1, 900)
    trace = figures.beeswarm(Explanation(values=same, base_values=0.0, data=same)).data
    for dots in trace:
        middle = np.median(dots.y)
        assert np.abs(np.asarray(dots.y) - middle).max() <= 37 / 2
        assert dots.marker.size == SIZE


def test_missing_values_are_hollow_and_categories_grey():
    rng = np.random.default_rng(0)
    gaps = np.where(rng.random(30) < 0.4, np.nan, 1.0 + rng.random(30))
    explanation = Explanation(values=rng.normal(size=(30, 1)), base_values=0.0, data=gaps[:, None])
    full, hollow = figures.beeswarm(explanation).data
    assert hollow.marker.color == "rgba(0,0,0,0)"
    assert len(full.x) + len(hollow.x) == 30
    words = Explanation(
        values=rng.normal(size=(30, 1)), base_values=0.0, data=rng.choice(["a", "b"], (30, 1))
    )
    (grey,) = figures.beeswarm(words).data
    assert grey.marker.color == LIGHT.neutral
    assert set(grey.text) == {"a", "b"}


def test_selected_sample_is_ringed_at_its_own_points():
    explanation = table()
    figure = figures.importance_beeswarm(explanation, selected=7)
    outer, inner = figure.data[-2:]
    view = views.importance_beeswarm(explanation)
    assert list(outer.x) == pytest.approx(explanation.values[7, view.bars.features])
    assert outer.marker.line.color == LIGHT.ink
    assert list(inner.x) == list(outer.x)


def test_overview_shares_its_rows():
    figure = figures.importance_beeswarm(table())
    assert list(figure.layout.yaxis.range) == list(figure.layout.yaxis2.range)
    bars = figure.data[0]
    assert list(bars.error_x.array) == pytest.approx(
        views.bar(table()).high - views.bar(table()).sizes
    )
    assert any("others" in t or "other features" in t for t in texts(figure))
    assert "<b>Every sample</b>" in texts(figure)


def test_dependence_points_trend_and_histogram():
    explanation = table(n=200)
    view = views.dependence(explanation, "Feature A")
    figure = figures.dependence(view)
    cloud = figure.data[0]
    assert np.allclose(cloud.x, explanation.data[:, 0], rtol=1e-6)
    assert np.array_equal(cloud.customdata, np.arange(200))
    histogram = next(trace for trace in figure.data if trace.type == "bar")
    assert sum(histogram.y) == 200 - view.outside
    assert figure.layout.xaxis.title.text == "Feature A (px²)"
    halo, line = (
        trace for trace in figure.data if trace.type == "scatter" and trace.line.width in (5, 2.5)
    )
    assert (halo.line.color, line.line.color) == (LIGHT.page, LIGHT.ink)


def test_small_multiples_share_their_scale_and_know_their_panels():
    view = views.dependence_small(table(n=100), after="Feature A")
    ranges = {tuple(figures.dependence_small(view, k).layout.yaxis.range) for k in range(3)}
    assert len(ranges) == 1
    with pytest.raises(InputError, match="from 0 to 2"):
        figures.dependence_small(view, 3)


def test_image_panels_share_one_symmetric_scale():
    figure = figures.image(images(), sample=1)
    overlays = [trace for trace in figure.data if trace.type == "heatmap"]
    assert len(overlays) == 6
    assert len({(o.zmin, o.zmax) for o in overlays}) == 1
    assert overlays[0].zmin == -overlays[0].zmax
    assert figure.data[0].source.startswith("data:image/png;base64,")


def test_stacked_force_fills_exactly_between_its_edges():
    view = views.force_stacked(table())
    figure = figures.force_stacked(view)
    bottom = figure.data[view.values.shape[1]]
    assert np.allclose(bottom.y, view.edges(1)[:, -1], rtol=1e-5)


def test_ticks_are_round_and_signed_with_a_true_minus():
    assert tick_texts(ticks(-1.1, 3.6), plus=True) == ["−1", "0", "+1", "+2", "+3"]
    assert tick_texts(ticks(-1.1, 2.5, 7), plus=True)[:3] == ["−1", "−0.5", "0"]
    assert ticks(2.0, 2.0) == [2.0]


@pytest.mark.parametrize("span", [(0.28, 0.3), (57.0, 57.00002), (1.2e7, 1.2001e7), (-3e-7, 5e-7)])
def test_ticks_of_a_small_range_differ(span):
    texts = tick_texts(at := ticks(*span), plus=False)
    assert len(at) > 2
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize(
    ("at", "texts"),
    [
        ([0.2, 0.3], ["20%", "30%"]),
        ([0.5695, 0.5744, 0.5793], ["57.0%", "57.4%", "57.9%"]),
        ([0.57441, 0.57443], ["57.441%", "57.443%"]),
        ([0.9933, 0.9991, 0.9997, 0.99995], ["99.33%", "99.91%", "99.97%", ">99.99%"]),
        ([1e-13, 1e-9, 1e-7, 0.5, 1 - 1e-9, 1 - 1e-13], ["", "", "<0.1%", "50%", ">99.9%", ""]),
        ([0.0, 0.5, 1.0], ["0%", "50%", "100%"]),
    ],
)
def test_percentages_of_ticks_differ(at, texts):
    assert percent_texts(at) == texts


def test_the_axis_of_a_probability_is_empty_beyond_it():
    assert probability_texts([-0.1, 0.0, 0.5]) == ["", "0%", "50%"]


def test_a_waterfall_of_tiny_values_has_ticks_that_differ():
    tiny = Explanation(
        values=[[0.004, -0.002]], base_values=0.3, output_names=["yes"], units="log-odds"
    )
    texts = figures.waterfall(tiny).layout.xaxis.ticktext
    below = [text.split("<br>")[1] for text in texts]
    assert len(set(below)) == len(below) > 2


def test_row_labels_wrap_once_then_shorten():
    label = row_label(LONG)
    assert len(label.lines) == 2
    assert max(map(len, label.lines)) <= 28
    assert label.hover == LONG
    assert row_label("Worst area").hover is None
    assert row_label(FOREIGN).width <= 196
    assert row_label("   ").lines == ("–",)


def test_widths_are_close_to_the_real_face():
    # Measured in a browser at 100 px: 1264.6 for the regular face.
    assert width("Every sample Worst area +2.87", 100) == pytest.approx(1264.6, rel=0.06)


def test_safe_text_keeps_what_people_wrote():
    assert safe("50 % of <b>") == "50 &#37; of &lt;b&gt;"
    assert '"' not in safe('say "hi"')
    assert "&quot;" not in safe('say "hi"')


def test_blend_ends_where_it_should():
    assert blend("#000000", "#FFFFFF", 1.0) == "#FFFFFF"
    assert LIGHT.sequential_steps(9) == list(LIGHT.sequential)


def test_many_samples_stay_small_and_fast():
    explanation = large()
    start = time.perf_counter()
    figure = figures.importance_beeswarm(explanation, selected=19_999)
    size = len(figure.to_json())
    assert size <= 500_000
    assert time.perf_counter() - start < 3
    assert any(19_999 in np.asarray(t.customdata) for t in figure.data if t.customdata is not None)


@pytest.mark.parametrize(
    ("draw", "axis"), [(figures.beeswarm, "x"), (figures.dependence, "y"), (figures.image, "z")]
)
def test_under_probabilities_hover_and_axis_count_percentage_points(draw, axis):
    pictures = draw is figures.image
    explanation = (images() if pictures else table()).replace(units="probability")
    plain = explanation.replace(units="")

    def values(of):
        traces = [t for t in draw(of).data if "SHAP value" in (t.hovertemplate or "")]
        assert traces
        return traces, np.concatenate([np.ravel(trace[axis]) for trace in traces])

    traces, points = values(explanation)
    assert all("pp" in t.hovertemplate and "% points" not in t.hovertemplate for t in traces)
    np.testing.assert_allclose(points, 100 * values(plain)[1], rtol=1e-5)


def test_a_time_step_stays_on_one_line():
    names = ("Vibration, t = 7", "heat")
    explanation = Explanation(values=[[1.0, 0.5]], base_values=0.0, feature_names=names)
    texts = [text for trace in figures.force(explanation).data for text in trace.text]
    assert any(text.startswith("Vibration,<br>t = 7<br>") for text in texts)
