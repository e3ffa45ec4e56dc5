"""A tolerance: coalitions appended until errors are small enough, none evaluated twice."""

from __future__ import annotations

import numpy as np
import pytest

from shapviz.errors import InputError, ModelError
from shapviz.explainers.appending import growing, transfer
from shapviz.explainers.exact import ExactExplainer
from shapviz.explainers.kernel import FIRST, KernelExplainer
from shapviz.explainers.permutation import PermutationExplainer
from shapviz.explainers.sampling import SamplingExplainer
from tests.explainers.test_permutation import product, smooth
from tests.oracles import agree

ROWS = np.random.default_rng(7).normal(size=(40, 12))
BACKGROUND, X = ROWS[:8], ROWS[20:30]


def hard(rows):
    return product(rows[:, :10]) + np.tanh(rows[:, 10] * rows[:, 11] * rows[:, 0])


def kernel(model=hard):
    return KernelExplainer(model, BACKGROUND)


def errors_within(e, tolerance):
    spread = e.values.max(axis=1) - e.values.min(axis=1)
    return e.standard_errors.max(axis=1) <= tolerance * spread


@pytest.mark.parametrize("estimator", ["wls", "auto"])
def test_errors_end_within_the_tolerance_or_are_counted_beyond(estimator):
    e = kernel()(X, tolerance=0.05, estimator=estimator)
    p = e.provenance
    assert (~errors_within(e, 0.05)).sum() == p["beyond_tolerance"]
    assert sum(p["samples_by_budget"].values()) == len(X)
    assert p["budget"] == max(map(int, p["samples_by_budget"]))
    assert p["parameters"]["tolerance"] == 0.05
    few = kernel()(X, tolerance=0.05, budget=FIRST * 12, estimator=estimator)
    assert few.provenance["beyond_tolerance"] == (~errors_within(few, 0.05)).sum() > 0
    assert few.provenance["samples_by_budget"] == {str(FIRST * 12): len(X)}


def test_a_looser_tolerance_costs_less_and_errs_more():
    exact = ExactExplainer(hard, BACKGROUND)(X).values
    rows, errors = [], []
    for tolerance in (0.2, 0.03, 0.005):
        e = kernel()(X, tolerance=tolerance, estimator="wls", budget=4096)
        rows.append(e.provenance["model_rows"])
        errors.append(np.sqrt(np.mean((e.values - exact) ** 2)))
        assert np.abs(e.values - exact).max() <= 4 * tolerance * np.ptp(exact, axis=1).max()
    assert rows[0] < rows[1] < rows[2]
    assert errors[0] > 1.5 * errors[1] > 3 * errors[2]


def test_where_every_coalition_is_reached_values_are_exact():
    e = kernel()(X[:3], tolerance=1e-9, budget=4096, estimator="wls")
    assert agree(e.values, ExactExplainer(hard, BACKGROUND)(X[:3]).values, 1e-9)
    assert e.provenance["samples_by_design"] == {"enumerated": 3}
    assert e.provenance["beyond_tolerance"] == 0


@pytest.mark.parametrize("make", [KernelExplainer, PermutationExplainer, SamplingExplainer])
def test_nothing_is_evaluated_twice(make):
    met = []

    def model(rows):
        met.append(np.array(rows))
        return smooth(rows[:, :10])

    before = make(model, BACKGROUND)
    e = before(X[:1], tolerance=1e-9, budget=400)
    mixed = np.concatenate(met)
    asked, counted = len(mixed), e.provenance["model_rows"]
    assert asked == counted
    # Nothing but the sample itself, to see whether the model repeats its answer.
    assert asked - len(np.unique(mixed, axis=0)) == 1
    assert counted <= 400 * len(BACKGROUND) + len(BACKGROUND) + 1


@pytest.mark.parametrize("make", [KernelExplainer, PermutationExplainer, SamplingExplainer])
def test_a_sample_does_not_depend_on_its_companions(make):
    model = smooth if make is KernelExplainer else hard
    explainer = make(lambda rows: model(rows[:, : 10 if model is smooth else 12]), BACKGROUND)
    together = explainer(X, tolerance=0.1, seed=3)
    for i in (0, 4, 9):
        alone = explainer(X[i : i + 1], tolerance=0.1, seed=3)
        assert agree(alone.values[0], together.values[i], 1e-9)


def test_every_output_must_be_within():
    both = KernelExplainer(lambda r: np.stack([r.sum(axis=1), hard(r)], axis=1), BACKGROUND)
    e = both(X, tolerance=0.05, estimator="wls")
    easy = both(X, tolerance=0.05, estimator="wls", outputs=0)
    assert list(easy.provenance["samples_by_budget"]) == [str(FIRST * 12)]
    assert e.provenance["model_rows"] > easy.provenance["model_rows"]
    assert errors_within(e, 0.05).all()


def test_an_output_that_is_always_the_same_is_within():
    both = KernelExplainer(lambda r: np.stack([0 * r[:, 0] + 0.1, hard(r)], axis=1), BACKGROUND)
    assert both(X[:3], tolerance=0.05).provenance["beyond_tolerance"] == 0


def test_constant_features_and_one_player_take_a_tolerance():
    rows = np.array(X[:4])
    rows[0], rows[1, 1:] = BACKGROUND[0], BACKGROUND[0, 1:]
    explainer = KernelExplainer(hard, BACKGROUND[:1])
    e = explainer(rows, tolerance=0.05, estimator="wls")
    assert (e.values[0] == 0).all()
    assert (e.values[1, 1:] == 0).all()
    assert np.abs(e.additivity_gap).max() <= 1e-9 * np.abs(e.predictions).max()


@pytest.mark.parametrize("tolerance", [0, -0.1, "small", True, np.inf])
def test_a_tolerance_must_be_a_number_above_zero(tolerance):
    with pytest.raises(InputError, match=r"tolerance.* must be a number above 0"):
        kernel()(X, tolerance=tolerance)


def test_a_later_stage_names_the_sample_that_fails():
    """Positions are those among all samples, though the others have converged."""
    calm = np.array(X[:6])
    calm[:, 1:] = BACKGROUND[0, 1:]
    calm[4] = X[4]
    sent = []

    def model(rows):
        sent.append(len(rows))
        answers = hard(rows)
        # The first stage of the only hard sample asks about some 70 coalitions.
        return answers if sum(sent) < 140 else np.full(len(rows), np.nan)

    with pytest.raises(ModelError, match="sample 4 with some features hidden"):
        KernelExplainer(model, BACKGROUND[:1])(calm, tolerance=1e-9, estimator="wls")


def test_budgets_grow_by_half():
    assert growing(60, 200) == [60, 90, 135, 200]
    assert growing(60, 50) == [50]


def test_what_is_known_is_found_again():
    before = np.array([[0, 0, 0], [1, 1, 1], [1, 0, 0]], dtype=bool)
    after = np.array([[0, 0, 0], [1, 1, 1], [0, 1, 0], [1, 0, 0]], dtype=bool)
    found = transfer(before, after)
    assert found.fresh.tolist() == [2]
    known, played = np.arange(3.0).reshape(1, 3, 1), np.array([[[9.0]]])
    assert found.outcomes(known, played).ravel().tolist() == [0, 1, 9, 2]
