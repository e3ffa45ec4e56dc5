"""What every call takes besides rows: progress, cancel, and bounds on what is asked for."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from shapviz.errors import InputError
from shapviz.explainers.auto import Explainer
from shapviz.explainers.call import as_cancel, as_progress
from shapviz.explainers.deep.walk import WalkOptions
from shapviz.explainers.exact import ExactExplainer
from shapviz.explainers.gradient import GradientExplainer
from shapviz.explainers.kernel import KernelExplainer
from shapviz.explainers.permutation import PermutationExplainer
from shapviz.explainers.sampling import SamplingExplainer

ROWS = np.random.default_rng(0).normal(size=(8, 6))


def explain(**call):
    return PermutationExplainer(lambda rows: rows.sum(axis=1) ** 3, ROWS[:5])(ROWS[5:], **call)


def test_true_writes_a_line_that_ends_at_all(capsys):
    explain(progress=True)
    said = capsys.readouterr().err
    assert said.startswith("\rExplaining: 0%")
    assert said.endswith("100%\n")
    assert said.count("\n") == 1


def test_false_and_none_write_nothing(capsys):
    explain(progress=False)
    explain()
    assert capsys.readouterr().err == ""


def test_what_cannot_be_told_or_asked_is_refused():
    with pytest.raises(InputError, match=r"`progress` must be callable .* got 3"):
        explain(progress=3)
    with pytest.raises(InputError, match=r"`cancel` must have a method is_set"):
        explain(cancel=True)
    assert as_progress(print) is print
    assert as_cancel(None) is None


def test_orders_have_a_bound():
    with pytest.raises(InputError, match="`orders` must be at most 10,000"):
        WalkOptions(segments=2, orders=1_000_000)


def test_gradient_holds_every_point_and_says_how_many_it_can():
    assert GradientExplainer.most_budget == 1_000_000


@pytest.mark.parametrize("method", [PermutationExplainer, KernelExplainer, SamplingExplainer])
def test_a_budget_beyond_memory_is_refused_at_once(method):
    rows = np.random.default_rng(0).normal(size=(8, 40))
    with pytest.raises(InputError, match=r"`budget` must be at most [\d,]+ for 40 features"):
        method(lambda r: r.sum(axis=1) ** 3, rows[:5])(rows[5:], budget=10**11)


@pytest.mark.parametrize(
    "name", ["budget", "seed", "tolerance", "estimator", "outputs", "segments"]
)
@pytest.mark.parametrize("algorithm", ["auto", "kernel", "exact", "partition"])
def test_what_belongs_to_a_call_is_said_to_belong_there(name, algorithm):
    with pytest.raises(InputError, match=rf"`{name}` must be given to a call.*X, {name}=…"):
        Explainer(np.sum, np.zeros((2, 3)), algorithm, **{name: 5})


def test_shap_s_arguments_are_sent_to_where_they_work():
    with pytest.raises(InputError, match=r"`nsamples` must be given to `shap_values`"):
        KernelExplainer(np.sum, np.zeros((2, 3)), nsamples=100)


def test_an_unknown_argument_is_named_beside_those_there_are():
    with pytest.raises(InputError, match=r"`lnk` must be an argument of KernelExplainer.*link"):
        KernelExplainer(np.sum, np.zeros((2, 3)), lnk="logit")
    with pytest.raises(InputError, match=r"ExactExplainer.*max_players,.* link"):
        ExactExplainer(np.sum, np.zeros((2, 3)), lnk="logit")


def test_a_background_of_another_width_is_named():
    fitted = LinearRegression().fit(np.eye(3), np.arange(3.0))
    with pytest.raises(InputError, match=r"`background` must have the shape the model takes"):
        KernelExplainer(fitted, np.zeros((2, 4)))
