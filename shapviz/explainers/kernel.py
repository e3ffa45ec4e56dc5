"""Kernel SHAP: Shapley values from sampled coalitions, by regression or a Gaussian process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

from shapviz.coalitions import Design, paired_design
from shapviz.explainers.base import Call
from shapviz.explainers.coalitional import CoalitionExplainer, Plan
from shapviz.explainers.estimators import KernelOptions, paired_plan
from shapviz.explainers.exact import enumeration
from shapviz.explainers.options import Options
from shapviz.explainers.permutation import enough_budget, one_permutation

__all__ = ["KernelExplainer"]

EXTRA = 2048
"""Coalitions beyond two a feature in the default budget, as users of shap know it."""

FIRST = 6
"""Coalitions a player before a tolerance is first looked at."""


class KernelExplainer(CoalitionExplainer):
    """Shapley values of any model, estimated from a few thousand coalitions.

    Coalitions come in complementary pairs, drawn by leverage and shared by all samples. Values sum
    to prediction minus base value. Absent features take the background rows' values, one row after
    the other. Costs at most budget × background rows for each sample. All features are kept.

    Parameters
    ----------
    model, background, link, feature_names, feature_units, output_names, units, model_id
        As for every explainer, see `BaseExplainer`.

    Notes
    -----
    `budget` counts coalitions, the empty and the full one included; default
    min(2^d, 2d + 2048). Where it reaches 2^d for the d features that differ from the background,
    all are played and the values are exact, with standard errors 0. Fewer than d+1 is refused;
    from d+1 to 2d−1 one permutation is walked, and at 2d one antithetic permutation, both
    without standard errors, because nothing is left over to judge them by.

    A call takes, besides what all calls do:

    estimator : "auto", "wls" or "gp", default "auto"
        How values are read off the outcomes. "wls" is KernelSHAP's weighted least squares: one
        factorisation for all samples and outputs. "gp" is a Gaussian process on the odd part of
        the game, with one interaction strength for all features or one for each: several times
        nearer on most games (``docs/decisions/020-gaussian-process.md``), at a tenth of a second
        or so a sample. "auto" takes, for each sample and output, whichever of the three predicts
        the pairs of each third of the design best from the other two thirds;
        ``provenance["answers_by_estimator"]`` counts them ("gp by feature" is the last). Below 4d
        coalitions, and where the game is additive to rounding, it is always "wls".

    tolerance : float, optional
        Coalitions are added until every standard error of a sample is at most this part of the
        range of its values, for each output: 6d at first, then half as many again, at most
        ``budget``. What has been evaluated is kept: a larger design holds the smaller one's pairs.
        Samples that are within stop. ``provenance["samples_by_budget"]`` counts the samples that
        took each budget, and ``beyond_tolerance`` the answers (a sample's values for an output)
        that the last one left (``docs/decisions/022-kernel-tolerance.md``).

    With "wls" standard errors come from the residuals of the pairs: each counts with its squared
    residual plus its leverage times the pooled residual variance, is scaled by the share of pairs
    of its size that was not drawn, and the whole is widened by Student's t at the residual degrees
    of freedom. With "gp" they are those of the posterior, widened for the strengths learned.
    ``benchmarks/kernel_coverage.py`` measures the coverage of 95% intervals.

    Features equal to every background row are no players: exactly 0, standard error 0. For a
    budget, d counts them still, so that whether it is enough does not depend on the sample.

    References
    ----------
    Lundberg & Lee (2017), A unified approach to interpreting model predictions, NeurIPS. Covert &
    Lee (2021), Improving KernelSHAP, AISTATS. Musco & Witter (2025), Provably accurate Shapley
    value estimation via leverage score sampling, ICLR. Rasmussen & Williams (2006), Gaussian
    processes for machine learning, MIT Press.

    Examples
    --------
    >>> import numpy as np
    >>> explainer = KernelExplainer(lambda X: X[:, 0] * X[:, 1], np.zeros((1, 2)))
    >>> explainer(np.array([[2.0, 3.0]])).values
    array([[3., 3.]])
    """

    name: ClassVar[str] = "kernel"
    options: ClassVar[type[Options]] = KernelOptions

    def _check_call(self, X: Any, call: Call) -> None:
        enough_budget(call.budget, self.masker.n_players)

    def _plan(self, d: int, budget: int, call: Call) -> Plan:
        return next(self._plans(d, [budget], call))

    def _plans(self, d: int, budgets: Sequence[int], call: Call) -> Iterator[Plan]:
        options = call.options
        estimator = options.estimator if isinstance(options, KernelOptions) else "auto"
        rng = np.random.default_rng([call.seed, d])
        design: Design | None = None
        for budget in budgets:
            if 2**d <= budget:
                yield enumeration(d)
            elif budget < 2 * d:
                yield one_permutation(d, rng)
            else:
                design = paired_design(d, budget, rng, design)
                yield paired_plan(design, estimator)

    def _first_budget(self, d: int) -> int:
        return FIRST * d

    def _coalitions(self, d: int, budget: int) -> int:
        if 2**d <= budget:
            return max(2**d, 2)
        return d + 1 if budget < 2 * d else 2 + 2 * ((budget - 2) // 2)

    def _default_budget(self, d: int) -> int:
        return min(2**d, 2 * d + EXTRA)
