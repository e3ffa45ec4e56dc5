"""Views of images: regions, options, several samples and explainers, the mean over the frame."""

from __future__ import annotations

import numpy as np
import pytest

from shapviz import Explanation, figures, views
from shapviz.errors import InputError
from shapviz.figures.image_cells import region_lines
from shapviz.figures.image_mean import image_mean_key
from shapviz.figures.image_pixels import boundaries, composite, reduced
from shapviz.figures.theme import LIGHT
from shapviz.views import image_values
from shapviz.views.image_places import place_words
from shapviz.views.words import alt_text
from tests.views.examples import by_region, images, table


def test_a_region_s_value_stands_at_each_of_its_pixels():
    explanation = by_region()
    view = views.image(explanation, 2, output="class 1")
    assert view.title == "Which regions decided this image?"
    for region in range(8):
        held = view.panels[0].values[view.regions == region]
        assert held == pytest.approx(explanation.values[2, region, 1])
    frame = view.to_frame()
    assert list(frame) == ["output", "y", "x", "shap_value", "region"]


def test_the_runner_up_stands_beside_the_class_that_is_asked_for():
    explanation = by_region()
    likely = int(np.argmax(explanation.predictions[0]))
    view = views.image(explanation, 0, output=3, also=1)
    assert view.panels[0].output == 3
    assert len(view.panels) == 2
    assert (view.panels[1].output == likely) is (likely != 3)


def test_the_percentile_moves_where_colours_end():
    sizes = np.abs(views.image(images(), 1).panels[0].values)
    low = views.image(images(), 1, output=views.image(images(), 1).panels[0].output, clip=50)
    assert low.limit == pytest.approx(np.percentile(sizes, 50))
    assert "50th percentile" in low.footnote
    assert "up to the largest value" in views.image(images(), clip=100).footnote


def test_a_channel_shows_its_own_pixels_and_values():
    explanation = images(channels=5)
    view = views.image(explanation, 0, output=2, channel=3)
    np.testing.assert_allclose(view.panels[0].values, explanation.values[0, :, :, 3, 2])
    assert view.picture.ndim == 2
    assert "Channel 3 of 5" in view.footnote
    assert "mean of 5 channels" in views.image(explanation).footnote


def test_photographs_keep_their_range_and_others_are_stretched():
    photograph = by_region()
    assert views.image(photograph).picture == pytest.approx(photograph.wholes[0])
    bytes_ = photograph.replace(wholes=np.round(photograph.wholes * 255))
    assert views.image(bytes_).picture == pytest.approx(np.round(photograph.wholes[0] * 255) / 255)
    centred = photograph.replace(wholes=photograph.wholes * 2 - 1)
    assert (views.image(centred).picture.min(), views.image(centred).picture.max()) == (0, 1)
    assert views.image(photograph).backdrop > 0
    assert 0 < views.image(images()).backdrop < views.image(photograph).backdrop


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"clip": 0}, "`clip` must be a number above 0 up to 100"),
        ({"clip": 101}, "`clip` must be"),
        ({"opacity": 1.5}, "`opacity` must be a number from 0 to 1"),
        ({"backdrop": -1}, "`backdrop` must be"),
        ({"channel": 3}, "`channel` must be a whole number from 0 to 2"),
        ({"channel": True}, "`channel` must be"),
        ({"sample": 9}, "sample"),
        ({"output": "cat"}, "output"),
    ],
)
def test_options_out_of_range_are_said(options, message):
    with pytest.raises(InputError, match=message):
        views.image(by_region(), **options)


@pytest.mark.parametrize("make", [views.image, views.image_grid, views.image_mean])
def test_what_is_no_image_is_said(make):
    with pytest.raises(InputError, match="hold images"):
        make(table())
    with pytest.raises(InputError, match="hold images"):
        make(images().replace(data=None))
    mixed = Explanation(values=np.zeros((1, 6)), base_values=0.0, inputs={"a": (2, 2), "b": (2,)})
    with pytest.raises(InputError, match="hold images"):
        make(mixed)


def test_a_grid_shows_the_samples_asked_for_with_their_own_class():
    explanation = images(n=20)
    view = views.image_grid(explanation, samples=(7, 3), selected=3)
    assert [cell.sample for cell in view.cells] == [7, 3]
    assert [cell.panel.output for cell in view.cells] == [
        int(np.argmax(explanation.predictions[i])) for i in (7, 3)
    ]
    assert {cell.panel.output for cell in views.image_grid(explanation, output=5).cells} == {5}
    assert len(views.image_grid(explanation).cells) == 12
    with pytest.raises(InputError, match="`samples` must be 1 to 60 samples"):
        views.image_grid(explanation, samples=())


def test_a_click_on_a_picture_carries_its_sample():
    figure = figures.image_grid(images(n=20), samples=(7, 3))
    marks = [trace for trace in figure.data if trace.type == "scatter" and trace.mode == "markers"]
    told = [np.unique(trace.customdata).tolist() for trace in marks]
    assert told == [[7], [7], [3], [3]]


def test_a_true_class_stands_under_its_name():
    explanation = images(channels=1)
    names = tuple(f"kind {k}" for k in range(explanation.values.shape[-1]))
    counted = np.arange(len(explanation)) % len(names)
    explanation = explanation.replace(truth=counted, output_names=names)
    view = views.image_grid(explanation)
    assert [cell.truth for cell in view.cells] == [names[k] for k in counted[: len(view.cells)]]


def test_regions_are_called_by_their_place_and_have_no_value():
    explanation = by_region()
    view = views.waterfall(explanation, 2, output=0)
    assert set(view.value_texts) == {""}
    placed = [name for name in view.names if name.endswith(")")]
    assert placed
    top = int(explanation.regions[2][0, 0])
    assert f"{explanation.feature_names[top]} (upper left)" in placed
    said = alt_text(views.force(explanation, 2, output=0).sentence)
    assert " of 0." not in said
    assert "no value of its own" in alt_text(views.dependence(explanation, 0, output=0).sentence)


def test_pictures_drawn_one_by_one_are_those_of_the_whole_figure():
    explanation = images()
    view = views.image_grid(explanation, samples=[0, 1, 2], selected=2)
    assert len(view.cells) == 3
    last = figures.image_grid(view, part=(2, 4), columns=2)
    marks = {
        mark for trace in last.data if trace.customdata is not None for mark in trace.customdata
    }
    assert marks == {2}
    assert not [note for note in last.layout.annotations if "pushes" in note.text]
    means = views.image_mean(explanation)
    alone = figures.image_mean(means, panel=1)
    whole = figures.image_mean(means)
    assert [trace.type for trace in alone.data] == ["heatmap", "scatter"]
    np.testing.assert_array_equal(alone.data[1].customdata, whole.data[3].customdata)
    keys = [note.text for note in image_mean_key(means).layout.annotations]
    assert any("mean |SHAP value|" in text for text in keys)


def test_explainers_stand_in_rows_of_the_same_classes():
    first, pixel = by_region(), _as_pixels(by_region())
    view = views.image_methods({"Partition": first, "Deep": pixel}, 0, max_display=3)
    assert [row.name for row in view.rows] == ["Partition", "Deep"]
    assert [[panel.output for panel in row.panels] for row in view.rows] == [
        list(np.argsort(-first.predictions[0])[:3])
    ] * 2
    # The same values, shared out among pixels: seen alike.
    assert view.agreement == pytest.approx(1.0)
    assert "see much the same" in alt_text(view.sentence)
    heads = [note.text for note in figures.image_methods(view).layout.annotations]
    assert "<b>Partition</b>" in heads
    opposite = pixel.replace(values=-pixel.values, predictions=pixel.predictions)
    assert views.image_methods({"a": first, "b": opposite}, 0).agreement == pytest.approx(-1.0)


def _as_pixels(regional: Explanation) -> Explanation:
    sizes = np.stack([np.bincount(held.ravel(), minlength=9)[held] for held in regional.regions])
    values = regional.on_regions() / sizes[..., None]
    return Explanation(
        values=np.repeat(values[:, :, :, None], 3, axis=3) / 3,
        base_values=regional.base_values,
        predictions=regional.predictions,
        data=regional.wholes,
        output_names=regional.output_names,
        units=regional.units,
    )


def test_explainers_of_other_images_do_not_stand_together():
    with pytest.raises(InputError, match="`explanations` must be of the same images"):
        views.image_methods({"a": by_region(), "b": by_region(side=15)})
    with pytest.raises(InputError, match="hold one explanation at least"):
        views.image_methods({})


def test_the_mean_finds_the_part_that_matters_and_its_strongest_sample():
    values = np.zeros((5, 16, 16, 1))
    values[:, 1:3, 13:15] = np.arange(1, 6)[:, None, None, None] * [[[1.0], [-1.0]]] * 1.0
    explanation = Explanation(values=values, base_values=0.0, data=values, units="€")
    view = views.image_mean(explanation)
    assert view.panels[0].means[1, 13] == pytest.approx(3.0)
    assert "upper right" in alt_text(view.sentence)
    assert "100%" in alt_text(view.sentence)
    assert view.panels[0].strongest[0, 6] == 4
    points = figures.image_mean(view).data[1]
    assert points.customdata[6] == 4
    assert view.panels[0].blocks.sum() * 4 == pytest.approx(view.panels[0].means.sum())


def test_places_are_named_and_a_region_counts_once():
    values = np.zeros((9, 9))
    values[0, 0], values[8, 8] = 1.0, 3.0
    assert place_words(values) == " 75% of the push up comes from the lower right."
    assert place_words(-values) == " 75% of the push down comes from the lower right."
    assert place_words(np.zeros((9, 9))) == ""
    regions = np.zeros((9, 9), dtype=np.int32)
    regions[6:, 6:] = 1
    # As much for either region, however large: the large one is spread over eight ninths.
    laid = np.ones((9, 9))
    assert place_words(laid, regions) == " 50% of the push up comes from the lower right."
    assert place_words(np.ones((9, 9))) == ""


def test_reduction_keeps_the_mean_and_the_edges():
    array = np.random.default_rng(0).random((50, 70))
    small = reduced(array, 20)
    assert max(small.shape) <= 20
    assert small[0, 0] == pytest.approx(array[:4, :4].mean())
    assert reduced(array, 70) is array
    assert reduced(np.arange(30).reshape(5, 6), 3).tolist() == [
        [0, 2, 4],
        [12, 14, 16],
        [24, 26, 28],
    ]


def test_outlines_of_regions_lie_between_them():
    regions = np.array([[0, 0, 1], [0, 0, 1], [2, 2, 2]])
    assert sorted(region_lines(regions)) == sorted([(-0.5, 1.5, 2.5, 1.5), (1.5, -0.5, 1.5, 1.5)])
    assert boundaries(regions).sum() == 4


def test_an_overlay_ends_in_full_colour_and_is_nothing_at_zero():
    values = np.array([[0.0, 2.0, -1.0]])
    grey = np.array([[0.0, 0.5, 1.0]])
    bare = composite(grey, values, 1.0, LIGHT)
    hexes = ["#{:02X}{:02X}{:02X}".format(*pixel) for pixel in bare[0]]
    assert hexes == [LIGHT.page, LIGHT.up, LIGHT.down]
    assert composite(grey, values, 1.0, LIGHT, opacity=0.0).min() == 255
    under = composite(np.zeros((1, 3, 3)), 0 * values, 1.0, LIGHT, backdrop=0.4)
    assert under[0, 0].tolist() == [153, 153, 153]


def test_parts_of_the_frame_sum_what_lies_in_them():
    explanation = images()
    found = views.frame_parts(explanation)
    assert found.feature_names[0] == "Upper left brightness"
    third = explanation.values[:, :2, :2]
    np.testing.assert_allclose(found.values[:, 0], third.sum(axis=(1, 2, 3)))
    np.testing.assert_allclose(found.data[:, 0], explanation.data[:, :2, :2].mean(axis=(1, 2, 3)))
    np.testing.assert_allclose(found.additivity_gap, explanation.additivity_gap, atol=1e-9)
    assert views.dependence(found).feature < 9


def test_regions_are_shared_out_over_the_parts_that_they_lie_in():
    explanation = by_region()
    found = views.frame_parts(explanation)
    np.testing.assert_allclose(found.values.sum(axis=1), explanation.values.sum(axis=1))
    laid = image_values.overlay(explanation, 0, 0)
    held = explanation.regions[0]
    even = laid / np.bincount(held.ravel())[held]
    side = -(-len(laid) // 3)
    np.testing.assert_allclose(found.values[0, 0, 0], even[:side, :side].sum())


def test_channels_sum_over_the_frame():
    explanation = images(channels=3)
    found = views.frame_parts(explanation, "channels")
    assert found.feature_names == ("Mean red", "Mean green", "Mean blue")
    np.testing.assert_allclose(found.values[:, 1], explanation.values[:, :, :, 1].sum(axis=(1, 2)))
    with pytest.raises(InputError, match="have such parts"):
        views.frame_parts(by_region(), "channels")


def test_the_class_that_is_asked_for_comes_first_under_every_explainer():
    first = by_region()
    least = int(np.argmin(first.predictions[0]))
    view = views.image_methods({"Partition": first, "Deep": _as_pixels(first)}, 0, output=least)
    assert [row.panels[0].output for row in view.rows] == [least, least]
    assert view.rows[0].panels[0].quoted in alt_text(view.sentence)


def test_regions_within_their_interval_have_no_colour_and_say_so():
    explanation = by_region()
    sure = np.zeros(explanation.values.shape)
    assert views.image(explanation.replace(standard_errors=sure), 0).panels[0].unclear is None
    errors = sure.copy()
    errors[:, 3] = np.abs(explanation.values[:, 3]) + 1
    view = views.image(explanation.replace(standard_errors=errors), 0)
    held = view.regions == 3
    np.testing.assert_array_equal(view.panels[0].unclear, held)
    assert "1.96 standard errors" in view.footnote
    (heat,) = [trace for trace in figures.image(view, panel=1).data if trace.type == "heatmap"]
    assert not heat.z[held].any()
    assert heat.customdata[held].all()
    assert "not told from zero" in heat.text[held][0]


def test_a_name_that_is_cut_to_fit_its_tile_stands_whole_in_the_hover_label():
    long = "Carassius auratus, the common goldfish"
    explanation = images(outputs=2).replace(output_names=[long, "tench"])
    notes = figures.image(explanation).layout.annotations
    (cut,) = [note for note in notes if "goldfish" in (note.hovertext or "")]
    assert long in cut.hovertext
    assert "\u2026" in cut.text
    assert not [note for note in notes if "tench" in note.text and note.hovertext]
