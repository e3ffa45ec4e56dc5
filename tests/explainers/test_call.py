"""What every call takes besides rows: progress, cancel, and bounds on what is asked for."""

from __future__ import annotations

import numpy as np
import pytest

from shapviz.errors import InputError
from shapviz.explainers.call import as_cancel, as_progress
from shapviz.explainers.deep.walk import WalkOptions
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
