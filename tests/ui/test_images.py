"""The page of images: cards, controls that change the picture, links to samples."""

from __future__ import annotations

from shapviz.ui.image_parts import window
from tests.ui.test_pages import charts, url, words


def test_a_picture_its_classes_others_and_the_mean_stand_on_the_page(show, keys):
    app = show("images", explanation=keys.digits)
    assert url(app)["sample"] == "0"
    assert charts(app) == ["image", "classes", "image grid", "image mean"]
    assert "12 of 12 images" in words(app)
    assert "cannot be shown" not in words(app)
    assert "went wrong" not in words(app)


def test_the_percentile_of_the_colours_is_said(show, keys):
    app = show("images", explanation=keys.digits, sample=3)
    assert "clipped at the 99th percentile" in words(app)
    clip = next(slider for slider in app.slider if "percentile" in slider.label)
    clip.set_value(91.0).run()
    assert not app.exception
    assert "clipped at the 91st percentile" in words(app)


def test_the_window_holds_the_sample():
    assert all(i in window(range(50), i) for i in range(50))
    assert window([], 3) == ()
