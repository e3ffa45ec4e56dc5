"""Explainer: which method it picks, and that it says why."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge
from sklearn.tree import DecisionTreeClassifier

import shapviz
from shapviz.errors import InputError, MissingExtraError, UnsupportedOpError
from shapviz.explainers import REGISTRY, auto, trees
from shapviz.explainers.auto import Explainer
from shapviz.explainers.exact import ExactExplainer
from shapviz.explainers.kernel import KernelExplainer
from shapviz.explainers.linear import LinearExplainer
from shapviz.explainers.partition import PartitionExplainer
from shapviz.explainers.permutation import PermutationExplainer
from shapviz.explainers.tree import TreeExplainer
from tests.explainers.boosters import lightgbm_fitted


def total(rows):
    return rows.sum(axis=1)


@pytest.mark.parametrize(
    ("d", "kind", "why"),
    [
        (
            1,
            ExactExplainer,
            "Exact: 1 feature makes only 2 coalitions, few enough to ask for both.",
        ),
        (
            12,
            ExactExplainer,
            "Exact: 12 features make only 4,096 coalitions, few enough to ask for all of them.",
        ),
        (
            13,
            KernelExplainer,
            "Kernel: 13 features make too many coalitions to ask for all of them, so some are "
            "drawn; Exact asks for all, up to 12 features.",
        ),
    ],
)
def test_functions_get_exact_or_kernel(d, kind, why):
    explainer = Explainer(total, np.zeros((1, d)))
    assert type(explainer) is kind
    assert explainer.why == why


def test_a_named_algorithm_is_used():
    explainer = Explainer(total, np.zeros((1, 3)), algorithm="permutation")
    assert type(explainer) is PermutationExplainer
    assert explainer.why == "Permutation: asked for by name."


ROWS = np.random.default_rng(0).normal(size=(40, 3))
YES = (ROWS[:, 0] > 0).astype(int)


def test_linear_models_get_linear_on_their_score():
    explainer = Explainer(Ridge().fit(ROWS, YES), ROWS[:5])
    assert type(explainer) is LinearExplainer
    assert explainer.why == "Linear: the coefficients of a Ridge give exact values."
    classifier = LogisticRegression().fit(ROWS, YES)
    for link in ("identity", "logit"):
        explainer = Explainer(classifier, ROWS[:5], link=link, output_names=["no", "yes"])
        assert explainer.why.endswith(
            "Log-odds are explained; algorithm='kernel' explains its answers."
        )
    assert type(Explainer(Ridge().fit(ROWS, YES), ROWS[:5], link="logit")) is ExactExplainer
    assert type(Explainer(PoissonRegressor().fit(ROWS, YES), ROWS[:5])) is ExactExplainer


def test_trees_get_tree_and_boosters_say_whose_values_they_have():
    explainer = Explainer(DecisionTreeClassifier(max_depth=2).fit(ROWS, YES), ROWS[:5])
    assert type(explainer) is TreeExplainer
    assert explainer.why == "Tree: shap explains a DecisionTreeClassifier by its trees."
    booster = lightgbm_fitted(YES, ROWS)
    assert Explainer(booster, ROWS[:5], link="logit").why == (
        "Tree: lightgbm explains a LGBMClassifier by its trees. Its values are path-dependent: "
        "training rows stand in for absence. Log-odds are explained; algorithm='kernel' explains "
        "its answers."
    )


def test_trees_without_shap_are_played_and_it_says_so(monkeypatch):
    def missing():
        raise MissingExtraError("`model` must be … Install it: pip install …")

    monkeypatch.setattr(trees, "_shap", missing)
    explainer = Explainer(DecisionTreeClassifier(max_depth=2).fit(ROWS, YES), ROWS[:5])
    assert type(explainer) is ExactExplainer
    assert "Tree would suit it. `model` must be … Install it" in explainer.why


def test_partition_is_there_by_name_with_its_hierarchy():
    tree = [["a", "c"], "b"]
    names = ["a", "b", "c"]
    explainer = Explainer(
        total, np.zeros((1, 3)), algorithm="partition", hierarchy=tree, feature_names=names
    )
    assert type(explainer) is PartitionExplainer
    assert explainer.why == "Partition: asked for by name."
    assert explainer.hierarchy.nested(names) == tree


def test_options_reach_the_explainer():
    explainer = Explainer(total, np.zeros((1, 2)), feature_names=["a", "b"], units="kg")
    e = explainer(np.ones((1, 2)))
    assert e.feature_names == ("a", "b")
    assert e.units == "kg"


def test_an_unknown_algorithm_is_refused_with_the_list():
    with pytest.raises(InputError, match="'auto' or one of 'exact', 'permutation', 'partition'"):
        Explainer(total, np.zeros((1, 2)), algorithm="magic")


class Stub:
    """Stands in for Deep and Gradient, which have tests of their own."""

    why = None

    def __init__(self, model, background, **options):
        self.options = options


class Refusing:
    def __init__(self, model, background, **options):
        raise UnsupportedOpError("`Erfinv` must have a rule; got none. Use GradientExplainer.")


class FakeKeras:
    kind = "keras"


@pytest.fixture
def keras_like(monkeypatch):
    monkeypatch.setattr(auto, "as_predictor", lambda model, **options: FakeKeras())


def test_keras_models_get_deep(monkeypatch, keras_like):
    monkeypatch.setattr(auto, "find", {"deep": Stub}.__getitem__)
    explainer = Explainer(None, None, link="logit")
    assert explainer.why == "Deep: it can follow every operation inside this Keras model."
    assert explainer.options == {"link": "logit"}


def test_an_op_without_a_rule_means_gradient_said_aloud(monkeypatch, keras_like):
    monkeypatch.setattr(auto, "find", {"deep": Refusing, "gradient": Stub}.__getitem__)
    explainer = Explainer(None, None)
    assert isinstance(explainer, Stub)
    assert explainer.why.startswith("Gradient: Deep cannot follow part of this Keras model.")
    assert "Erfinv" in explainer.why


def test_another_failure_of_deep_is_not_hidden(monkeypatch, keras_like):
    def broken(model, background, **options):
        raise InputError("`background` must have at least one row; got none. Pass some.")

    monkeypatch.setattr(auto, "find", {"deep": broken, "gradient": Stub}.__getitem__)
    with pytest.raises(InputError, match="background"):
        Explainer(None, None)


def test_every_registered_method_is_public():
    for name, address in REGISTRY.items():
        class_name = address.partition(":")[2]
        assert class_name.lower() == f"{name}explainer"
        assert class_name in shapviz.__all__


def test_the_registry_loads_no_tensorflow():
    code = (
        "import sys, shapviz.explainers as e; e.REGISTRY; e.KernelExplainer; e.Explainer;"
        "bad = {'tensorflow', 'keras', 'plotly', 'streamlit'} & set(sys.modules);"
        "print(bad or 'none')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "none"


def test_an_unknown_attribute_is_an_attribute_error():
    import shapviz.explainers

    with pytest.raises(AttributeError, match="no attribute 'Magic'"):
        shapviz.explainers.Magic


def test_a_hierarchy_asks_for_partition():
    rows = np.random.default_rng(0).normal(size=(6, 3))
    given = Explainer(np.sum, rows, hierarchy=[0, [1, 2]])
    assert isinstance(given, PartitionExplainer)
    assert given.why == (
        "Partition: a hierarchy of features was given, and its Owen values follow one."
    )
    assert isinstance(Explainer(np.sum, rows, hierarchy=None), ExactExplainer)


NAMES_OF_SHAP = {
    "function": ("permutation", "partition", "kernel", "sampling", "exact"),
    "linear": ("linear", "additive"),
    "tree": ("tree",),
    "keras": ("deep", "gradient"),
}


@pytest.mark.parametrize("kind", NAMES_OF_SHAP)
def test_every_name_in_shap_s_documentation_explains(kind):
    rows = np.random.default_rng(0).normal(size=(12, 3)).astype("float32")

    def model():
        if kind == "keras":
            keras = pytest.importorskip("keras")
            return keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, "tanh")])
        if kind == "tree":
            pytest.importorskip("shap")
            return DecisionTreeClassifier(random_state=0).fit(rows, rows[:, 0] > 0)
        if kind == "linear":
            return Ridge().fit(rows, rows[:, 0])
        return lambda each: np.tanh(each).prod(axis=1)

    for name in NAMES_OF_SHAP[kind]:
        explainer = Explainer(model(), rows[:8], algorithm=name)
        assert explainer.name == name
        assert explainer.why.startswith(f"{name.capitalize()}: asked for by name.")
        assert explainer(rows[8:]).values.shape[:2] == (4, 3)


@pytest.mark.parametrize("option", ["budget", "tolerance"])
def test_an_option_of_another_method_is_refused_with_why_this_one_was_picked(option):
    explainer = Explainer(total, np.zeros((1, 3)))
    for ask in (explainer.question, lambda **asked: explainer(np.ones((1, 3)), **asked)):
        with pytest.raises(InputError, match=f"`{option}` must be .* Exact: 3 features make only"):
            ask(**{option: 5})
    # Labels change no number.
    assert explainer.question(truth=[1.0]) == explainer.question()
    named = Explainer(total, np.zeros((1, 3)), "kernel")
    assert named.question(**{option: 50})["explainer"] == "kernel"
