"""Round trips with shap's own objects, and our figures drawn from theirs."""

from __future__ import annotations

import subprocess
import sys
from functools import cache

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression

from shapviz import figures, views
from shapviz.errors import InputError, MissingExtraError
from shapviz.explanation import Explanation
from tests.conftest import missing

RNG = np.random.default_rng(0)
X = pd.DataFrame(RNG.normal(size=(8, 3)), columns=["age", "bmi", "bp"])
Y = X["age"] * 2 - X["bmi"]


@cache
def shap():
    try:
        import shap
    except ImportError:
        missing("shap is not installed")
    return shap


@cache
def one_output():
    return shap().LinearExplainer(LinearRegression().fit(X, Y), X)(X)


@cache
def two_outputs():
    model = RandomForestClassifier(5, max_depth=3, random_state=0).fit(X, Y > 0)
    return shap().TreeExplainer(model)(X)


@cache
def texts():
    lengths = lambda rows: np.array([float(len(row)) for row in rows])  # noqa: E731
    return shap().Explainer(lengths, shap().maskers.Text(r"\W"))(["a bb ccc", "dddd e"])


def test_one_output_comes_over_whole():
    theirs, e = one_output(), Explanation.from_shap(one_output())
    np.testing.assert_array_equal(e.values, theirs.values)
    np.testing.assert_array_equal(e.base_values, theirs.base_values)
    np.testing.assert_array_equal(e.data, X)
    assert e.feature_names == ("age", "bmi", "bp")
    assert not e.has_outputs
    assert e.standard_errors is None
    assert e.provenance["explainer"] == "shap"
    assert e.provenance["predictions"] == "unknown"
    assert "predictions" not in Explanation.from_shap(theirs, predictions=Y).provenance


def test_several_outputs_come_over_whole():
    e = Explanation.from_shap(two_outputs(), output_names=["ill", "well"], units="probability")
    np.testing.assert_array_equal(e.values, two_outputs().values)
    assert e.has_outputs
    assert e.base_values.shape == (8, 2)
    assert (e.output_names, e.units) == (("ill", "well"), "probability")


@pytest.mark.parametrize(
    ("take", "values", "outputs"),
    [
        (lambda e: e[2], (1, 3, 2), True),
        (lambda e: e[2:4], (2, 3, 2), True),
        (lambda e: e[:, "bmi"], (8, 1, 2), True),
        (lambda e: e[..., 1], (8, 3), False),
        (lambda e: e[2][..., 1], (1, 3), False),
        (lambda e: e[:, "bmi"][..., 1], (8, 1), False),
    ],
)
@pytest.mark.parametrize("with_data", [True, False])
def test_slices_get_their_axes_back(take, values, outputs, with_data):
    theirs = take(two_outputs())
    if not with_data:
        theirs.data = None
    e = Explanation.from_shap(theirs)
    assert e.values.shape == values
    assert e.has_outputs == outputs
    np.testing.assert_array_equal(e.values.ravel(), np.ravel(theirs.values))
    np.testing.assert_array_equal(e.base_values.ravel(), np.ravel(theirs.base_values))
    if with_data:
        np.testing.assert_array_equal(e.data.ravel(), np.ravel(theirs.data))


def test_texts_come_one_by_one_with_their_words():
    e = Explanation.from_shap(texts()[0])
    assert e.feature_names == ("a", "bb", "ccc")
    np.testing.assert_array_equal(e.values[0], texts()[0].values)
    assert [word.strip() for word in e.data[0]] == ["a", "bb", "ccc"]
    assert len(Explanation.from_shap(texts()[:1])) == 1
    with pytest.raises(InputError, match=r"samples of 2 shapes. Read texts one by one"):
        Explanation.from_shap(texts())


def test_images_come_with_their_axes_and_ranked_outputs_with_each_samples_names():
    values, data = RNG.normal(size=(2, 4, 5, 3, 2)), RNG.random((2, 4, 5, 3))
    names = [["cat", "dog"], ["dog", "cow"]]
    theirs = shap().Explanation(values, np.ones((2, 2)), data, output_names=names)
    e = Explanation.from_shap(theirs)
    assert e.feature_shape == (4, 5, 3)
    assert e.output_names.tolist() == names
    assert figures.image(e).data
    with pytest.raises(InputError, match=r"slice one sample as e\[3:4\]"):
        Explanation.from_shap(shap().Explanation(values[0], np.ones(2), data[0]))


def test_interactions_and_other_things_are_refused():
    model = RandomForestClassifier(3, max_depth=2, random_state=0).fit(X, Y > 0)
    theirs = shap().TreeExplainer(model)(X, interactions=True)
    square = shap().Explanation(theirs.values[..., 1], np.ones(8), X.to_numpy())
    with pytest.raises(InputError, match=r"which are interactions. Sum them"):
        Explanation.from_shap(square)
    with pytest.raises(InputError, match=r"Use shapviz\.from_values for plain arrays"):
        Explanation.from_shap(3)
    bare = shap().Explanation(one_output().values)
    with pytest.raises(InputError, match="base_values"):
        Explanation.from_shap(bare)
    assert Explanation.from_shap(bare, base_values=1.5).base_values.tolist() == [1.5] * 8


@pytest.mark.parametrize("make", [one_output, two_outputs])
def test_there_and_back(make):
    e = Explanation.from_shap(make(), sample_names=list("abcdefgh"))
    back = Explanation.from_shap(e.to_shap(), provenance=e.provenance)
    assert back.equals(e)
    again = Explanation.from_shap(e[2:3].to_shap())
    np.testing.assert_array_equal(again.values, e.values[2:3])
    assert again.sample_names == ("c",)


def test_what_shap_gets_is_a_copy_that_its_own_slices_read():
    e = Explanation(
        values=RNG.normal(size=(4, 2, 3)),
        base_values=[0.0, 1.0, 2.0],
        data=np.zeros((4, 2)),
        display_data=np.array([["x", "y"]] * 4),
        standard_errors=np.ones((4, 2, 3)),
        feature_names=["a", "b"],
        output_names=["p", "q", "r"],
    )
    theirs = e.to_shap()
    np.testing.assert_array_equal(theirs[1, "b", "q"].values, e.values[1, 1, 1])
    np.testing.assert_array_equal(theirs.error_std, e.standard_errors)
    theirs.values[:] = 0
    assert (e.values != 0).all()
    back = Explanation.from_shap(e.to_shap())
    assert back.display_data[0].tolist() == ["x", "y"]
    assert back.standard_errors is None
    picture = Explanation(values=np.ones((2, 3, 4, 1)), base_values=0.0).to_shap()
    assert picture.feature_names is None


@pytest.mark.parametrize("make", [one_output, two_outputs])
def test_our_figures_draw_their_values(make):
    e = Explanation.from_shap(make())
    output = 1 if e.has_outputs else None
    values = e.values[..., 1] if e.has_outputs else e.values
    drawn = figures.waterfall(e, sample=3, output=output)
    view = views.waterfall(e, 3, output=output)
    assert sorted(np.abs(view.values)) == pytest.approx(sorted(np.abs(values[3])))
    assert view.ends[0] == pytest.approx(e.predictions[3, 1] if output else e.predictions[3])
    assert len(drawn.data)
    swarm = figures.beeswarm(e, output=output)
    xs = np.concatenate([np.asarray(t.x, dtype=float) for t in swarm.data if t.x is not None])
    assert np.isin(np.round(values.ravel(), 6), np.round(xs, 6)).all()


def test_without_shap_reading_works_and_writing_names_the_extra(monkeypatch):
    theirs = one_output()
    monkeypatch.setitem(sys.modules, "shap", None)
    e = Explanation.from_shap(theirs)
    with pytest.raises(MissingExtraError, match=r"pip install 'shapviz\[shap\]'"):
        e.to_shap()


def test_reading_does_not_import_shap():
    code = (
        "import sys; from types import SimpleNamespace as S; import numpy as np; import shapviz;"
        "e = S(values=np.ones((2, 3)), base_values=1.0, data=None, feature_names=None,"
        " output_names=None); shapviz.Explanation.from_shap(e); print('shap' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"
