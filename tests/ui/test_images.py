"""The page of images: cards, controls that change the picture, links to samples."""

from __future__ import annotations

import numpy as np

from shapviz import Store
from shapviz.ui.image_parts import window
from tests.ui.stores import digits
from tests.ui.test_pages import charts, url, words
from tests.views.examples_windows import mixed


def test_a_picture_its_classes_others_and_the_mean_stand_on_the_page(show, keys):
    app = show("images", explanation=keys.digits)
    assert url(app)["sample"] == "0"
    large = ["image", "image 1", "image 2", "image key"]
    pairs = ["image grid", *(f"image grid {k}" for k in range(2, 12, 2)), "image grid key"]
    means = ["image mean", "image mean 1", "image mean 2", "image mean key"]
    assert charts(app) == [*large, *pairs, *means]
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


def test_the_grid_shows_the_open_class_when_asked(show, keys):
    app = show("images", explanation=keys.digits, sample=3, output="two")
    app.get("button_group")[-1].set_value("own").run()
    assert "pushed its own class" in words(app)
    app.get("button_group")[-1].set_value("open").run()
    assert not app.exception
    assert "pushed “two”" in words(app)


def test_explainers_of_the_same_pictures_stand_beside(tmp_path, at_store, show):
    store = Store(tmp_path)
    first = digits()
    key = store.put(first, name="Pictures, Deep")
    other = first.replace(provenance={"explainer": "gradient"}, values=first.values * 2)
    store.put(other, name="Pictures, Gradient")
    store.put(other, name="Pictures, Gradient again")
    store.put(first.replace(data=first.data[::-1]), name="Other pictures")
    at_store(str(tmp_path))
    app = show("images", explanation=key)
    assert "methods" in charts(app)
    assert "Two explainers see much the same" in words(app)


def test_a_picture_among_several_inputs_stands_on_the_page(tmp_path, at_store, show):
    store = Store(tmp_path)
    key = store.put(mixed(n=6), name="Scan and record")
    at_store(str(tmp_path))
    app = show("images", explanation=key, sample=1)
    assert {"image", "image 1", "image grid", "image mean"} <= set(charts(app))
    assert "“scan” is one of three inputs" in words(app)
    app = show("sequences", explanation=key, sample=1)
    assert {"sequence", "sequence steps"} <= set(charts(app))
    assert "“pulse” is one of three inputs" in words(app)
    assert "went wrong" not in words(app)


def test_the_window_holds_the_sample():
    assert all(i in window(range(50), i) for i in range(50))
    assert window([], 3) == ()


def test_dependence_takes_images_by_parts_of_their_frame(show, keys):
    app = show("dependence", explanation=keys.digits)
    assert " brightness" in words(app)
    assert charts(app) == ["dependence", "dependence 1", "dependence 2", "dependence 3"]
    (which,) = [each for each in app.get("button_group") if "Single pixels" in each.options]
    which.set_value("pixels").run()
    assert not app.exception
    assert url(app)["parts"] == "pixels"
    assert " brightness" not in words(app)
    # As a click on a bar of Overview links to it.
    pixel = digits().feature_names[5]
    app = show("dependence", explanation=keys.digits, feature=pixel)
    assert pixel in [box.value for box in app.selectbox]


def test_another_class_than_the_answer_is_the_one_that_every_card_shows(show, keys):
    explanation = digits()
    other = explanation.output_names[int(np.argmin(explanation.predictions[3]))]
    asked = {"explanation": keys.digits, "sample": 3, "output": other}
    assert "; its answer is" in words(show("prediction", **asked))
    shown = words(show("images", **asked))
    assert "; its answer is" in shown
    assert f"pushed “{other}”" in shown
