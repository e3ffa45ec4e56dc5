"""What every explainer owes its callers. A new explainer subclasses this and says what it takes.

    class TestMine(ExplainerContract):
        explainer_class = MyExplainer
        call_options = {"budget": 64}

The models are small dense networks, given as layers, so that a method that only takes Keras models
overrides `model` and explains the same functions.
"""

from __future__ import annotations

import json
import threading
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest

from shapviz.errors import InputError, JobCancelled, ModelError
from tests.oracles import agree, linear_values, shapley

rng = np.random.default_rng(7)
X = rng.normal(size=(6, 4))
BACKGROUND = rng.normal(size=(8, 4))
COEFFICIENTS = np.array([[1.0], [-2.0], [0.5], [0.25]])

_HIDDEN = rng.normal(size=(4, 5))
_HIDDEN[1] = _HIDDEN[0]  # features 0 and 1 are interchangeable
_HIDDEN[3] = 0.0  # feature 3 does nothing

Layer = tuple[np.ndarray, np.ndarray, str]
NETWORKS: dict[str, list[Layer]] = {
    "linear": [(COEFFICIENTS, np.array([3.0]), "linear")],
    "two outputs": [
        (_HIDDEN, np.full(5, 0.1), "tanh"),
        (rng.normal(size=(5, 2)), np.array([0.5, -1.0]), "linear"),
    ],
    "interacting": [
        (_HIDDEN, np.full(5, 0.1), "tanh"),
        (rng.normal(size=(5, 1)), np.array([0.5]), "linear"),
    ],
    "one feature": [(np.array([[2.0]]), np.array([1.0]), "linear")],
    "nan": [(np.full((4, 1), np.nan), np.array([0.0]), "linear")],
}
ACTIVATIONS = {"linear": lambda z: z, "tanh": np.tanh}


def numpy_model(kind: str):
    """The network of that kind as a plain function (n, d) -> (n,) or (n, outputs)."""

    def f(rows):
        h = np.asarray(rows, dtype=float)
        for weights, bias, activation in NETWORKS[kind]:
            h = ACTIVATIONS[activation](h @ weights + bias)
        return h[:, 0] if h.shape[1] == 1 else h

    return f


def keras_model(kind: str):
    """The same network as a Keras model, float32."""
    import keras

    layers = NETWORKS[kind]
    model = keras.Sequential([keras.Input((len(layers[0][0]),))])
    for weights, bias, activation in layers:
        model.add(keras.layers.Dense(len(bias), activation=activation))
        model.layers[-1].set_weights([weights, bias])
    return model


class ExplainerContract:
    """Subclass it, set `explainer_class`; override the hooks that do not suit."""

    explainer_class: ClassVar[Any]
    options: ClassVar[dict[str, Any]] = {}
    """Given to the constructor."""
    call_options: ClassVar[dict[str, Any]] = {}
    """Given to every call."""
    rel: ClassVar[float] = 1e-9
    """Tolerance of sums and of what must be equal, relative to the scale."""
    exact: ClassVar[bool] = True
    """Whether symmetric features get equal values and idle ones zero, at these call options."""
    shapley: ClassVar[bool] = True
    """Whether the values are those of brute force at these call options."""
    takes_budget: ClassVar[bool] = True
    takes_frames: ClassVar[bool] = True

    def model(self, kind: str) -> Any:
        """A model of `NETWORKS`; override with `keras_model` where functions are not taken."""
        return numpy_model(kind)

    def reference(self, kind: str) -> Any:
        """What `model` computes, as a function of rows; override both together."""
        return numpy_model(kind)

    def make(self, kind: str = "interacting", background: Any = BACKGROUND, **options: Any) -> Any:
        return self.explainer_class(self.model(kind), background, **{**self.options, **options})

    def explain(self, kind: str = "interacting", rows: Any = X, **call: Any) -> Any:
        return self.make(kind)(rows, **{**self.call_options, **call})

    # Numbers --------------------------------------------------------------------------------

    @pytest.mark.parametrize("kind", ["linear", "interacting", "two outputs"])
    def test_values_add_up(self, kind):
        e = self.explain(kind)
        assert agree(e.base_values + e.values.sum(axis=1), e.predictions, self.rel)
        assert np.abs(e.additivity_gap).max() <= self.rel * np.abs(e.predictions).max()

    @pytest.mark.parametrize("kind", ["linear", "interacting", "two outputs"])
    def test_base_and_predictions_are_the_model_s(self, kind):
        e = self.explain(kind)
        f = self.reference(kind)
        assert agree(e.predictions, f(X), self.rel)
        assert agree(
            e.base_values,
            np.broadcast_to(f(BACKGROUND).mean(axis=0), e.base_values.shape),
            self.rel,
        )
        assert agree(self.make(kind).expected_value, e.base_values[0], self.rel)

    def test_a_linear_model_has_its_closed_form(self):
        expected = linear_values(COEFFICIENTS[:, 0], X, BACKGROUND)
        assert agree(self.explain("linear").values, expected, self.rel)
        assert not agree(self.explain("interacting").values, expected, 0.1)

    def test_values_are_shapley_values(self):
        if not self.shapley:
            pytest.skip("estimates something else, or not in full at these options")
        expected = shapley(self.reference("two outputs"), X, BACKGROUND)
        assert agree(self.explain("two outputs").values, expected, self.rel)

    def test_an_idle_feature_gets_nothing(self):
        e = self.explain("interacting")
        if self.exact:
            assert np.abs(e.values[:, 3]).max() <= self.rel * np.abs(e.values).max()
        else:
            assert (np.abs(e.values[:, 3]) <= 5 * e.standard_errors[:, 3]).all()

    def test_interchangeable_features_get_the_same(self):
        rows, background = X.copy(), BACKGROUND.copy()
        rows[:, 1], background[:, 1] = rows[:, 0], background[:, 0]
        e = self.make("interacting", background)(rows, **self.call_options)
        gap = np.abs(e.values[:, 0] - e.values[:, 1])
        if self.exact:
            assert gap.max() <= self.rel * np.abs(e.values).max()
        else:
            assert (gap <= 5 * (e.standard_errors[:, 0] + e.standard_errors[:, 1])).all()

    def test_a_feature_equal_to_the_background_gets_exactly_zero(self):
        rows, background = X.copy(), BACKGROUND.copy()
        rows[:, 2] = background[:, 2] = 1.5
        e = self.make("two outputs", background)(rows, **self.call_options)
        assert (e.values[:, 2] == 0.0).all()
        if e.standard_errors is not None:
            assert (e.standard_errors[:, 2] == 0.0).all()

    def test_a_sample_equal_to_the_background_gets_nothing(self):
        e = self.make("interacting", BACKGROUND[:1])(BACKGROUND[:1], **self.call_options)
        assert (e.values == 0.0).all()

    def test_the_seed_decides_the_numbers(self):
        first, again = self.explain(seed=3), self.explain(seed=3)
        assert agree(again.values, first.values, self.rel)

    def test_values_do_not_depend_on_companions(self):
        rows, background = X.copy(), BACKGROUND.copy()
        background[:, 2] = 1.5
        rows[4, 2] = 1.5  # one sample has fewer players than its neighbours
        explainer = self.make("two outputs", background)
        whole = explainer(rows, **self.call_options)
        part = explainer(rows[3:5], **self.call_options)
        assert agree(part.values, whole.values[3:5], self.rel)
        assert agree(part.base_values, whole.base_values[3:5], self.rel)
        if whole.standard_errors is not None and np.abs(whole.standard_errors).max() > 0:
            # Two standard errors of nothing but rounding need not agree in their digits.
            scale = np.abs(whole.values).max()
            gap = np.abs(part.standard_errors - whole.standard_errors[3:5]).max()
            assert gap <= max(self.rel, 1e-7) * scale

    # Shapes and labels ----------------------------------------------------------------------

    def test_one_output_has_no_output_axis(self):
        e = self.explain("linear")
        assert e.values.shape == (6, 4)
        assert e.base_values.shape == e.predictions.shape == e.additivity_gap.shape == (6,)

    def test_several_outputs_have_one(self):
        e = self.explain("two outputs")
        assert e.values.shape == (6, 4, 2)
        assert e.base_values.shape == e.predictions.shape == (6, 2)
        if e.standard_errors is not None:
            assert e.standard_errors.shape == e.values.shape

    def test_one_sample_and_one_feature(self):
        background = np.array([[0.0], [1.0]])
        e = self.make("one feature", background)(np.array([[3.0]]), **self.call_options)
        assert agree(e.values, [[5.0]], self.rel)

    def test_arrays_are_read_only(self):
        e = self.explain()
        for array in (e.values, e.base_values, e.predictions, e.additivity_gap, e.data):
            with pytest.raises(ValueError, match="read-only"):
                array[...] = 0.0

    def test_chosen_outputs_are_slices_of_all(self):
        explainer = self.make("two outputs", output_names=["calm", "storm"])
        whole = explainer(X, **self.call_options)
        for choice in (["storm"], [1], "storm", 1):
            e = explainer(X, outputs=choice, **self.call_options)
            assert e.output_names == ("storm",)
            assert agree(e.values, whole.values[..., 1:], self.rel)
        swapped = explainer(X, outputs=["storm", "calm"], **self.call_options)
        assert agree(swapped.values, whole.values[..., ::-1], self.rel)

    def test_a_frame_names_features_and_samples(self):
        if not self.takes_frames:
            pytest.skip("takes arrays only")
        names = list("abcd")
        frame = pd.DataFrame(X, columns=names, index=[f"row {i}" for i in range(6)])
        e = self.make("interacting", pd.DataFrame(BACKGROUND, columns=names))(
            frame, **self.call_options
        )
        assert e.feature_names == tuple(names)
        assert e.sample_names[2] == "row 2"
        assert agree(e.values, self.explain().values, self.rel)

    def test_companions_are_kept(self):
        e = self.explain("linear", truth=np.arange(6.0), sample_names=list("uvwxyz"))
        assert e.truth.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
        assert e.sample_names == tuple("uvwxyz")

    def test_units_follow_the_argument(self):
        assert self.make("linear", units="mmol/L")(X, **self.call_options).units == "mmol/L"

    # Provenance -----------------------------------------------------------------------------

    def test_provenance_says_where_the_numbers_came_from(self):
        explainer = self.make("linear", model_id="the line")
        p = dict(explainer(X, seed=5, **self.call_options).provenance)
        assert json.loads(json.dumps(p))["explainer"] == explainer.name
        assert p["seed"] == 5
        assert p["link"] == "identity"
        assert p["base"] in {"link_of_mean", "mean_of_link"}
        assert {"estimand", "parameters", "budget"} <= set(p)
        assert {"shapviz", "numpy", "python"} <= set(p["versions"])
        assert all(isinstance(p["digests"][key], str) for key in ("model", "background", "data"))
        assert p["model_rows"] >= len(X)
        assert p["seconds"] >= 0.0

    def test_the_question_tells_what_changes_the_numbers(self):
        explainer = self.make("two outputs", model_id="m", output_names=["calm", "storm"])
        question = explainer.question(seed=1, outputs=["storm"])
        assert json.loads(json.dumps(question)) == question
        assert question == explainer.question(seed=1, outputs=[1])
        other = self.make("two outputs", BACKGROUND[:5], model_id="m")
        changed = [
            explainer.question(seed=2, outputs=["storm"]),
            explainer.question(seed=1),
            other.question(seed=1, outputs=[1]),
        ]
        assert all(q != question for q in changed)

    # Bad input ------------------------------------------------------------------------------

    def test_a_wrong_width_is_refused(self):
        with pytest.raises(InputError, match="`X` must"):
            self.explain(rows=X[:, :3])

    def test_no_samples_are_refused(self):
        with pytest.raises(InputError, match="at least one sample"):
            self.explain(rows=X[:0])

    def test_an_empty_background_is_refused(self):
        with pytest.raises(InputError, match="`background` must have at least one row"):
            self.make(background=BACKGROUND[:0])

    def test_a_model_that_answers_nan_is_refused(self):
        with pytest.raises(ModelError, match="must return finite numbers"):
            self.explain("nan")

    def test_an_unknown_output_is_refused(self):
        explainer = self.make("two outputs", output_names=["calm", "storm"])
        with pytest.raises(InputError, match=r"got 'rain'.*'calm', 'storm'"):
            explainer(X, outputs=["rain"], **self.call_options)
        with pytest.raises(InputError, match="positions 0 to 1"):
            explainer(X, outputs=[2], **self.call_options)

    def test_misaligned_companions_are_refused(self):
        with pytest.raises(InputError, match="`truth` must have one entry for each of the 6"):
            self.explain(truth=np.zeros(5))

    def test_a_bad_seed_or_budget_is_refused(self):
        with pytest.raises(InputError, match="`seed` must be a whole number"):
            self.explain(seed=0.5)
        with pytest.raises(InputError, match="`budget` must"):
            self.explain(budget=0)

    def test_a_budget_is_refused_where_it_means_nothing(self):
        if self.takes_budget:
            pytest.skip("takes a budget")
        with pytest.raises(InputError, match="`budget` must be left out"):
            self.explain(budget=1000)

    # Progress and cancel --------------------------------------------------------------------

    def test_progress_never_falls_and_ends_at_the_total(self):
        seen: list[tuple[int, int]] = []
        self.explain(progress=lambda done, total: seen.append((done, total)))
        done = [step for step, _ in seen]
        assert len({total for _, total in seen}) == 1
        assert done == sorted(done)
        assert seen[-1][0] == seen[-1][1] > 0

    def test_cancel_raises(self):
        stop = threading.Event()
        stop.set()
        with pytest.raises(JobCancelled, match="`cancel` must stay unset"):
            self.explain(cancel=stop)
