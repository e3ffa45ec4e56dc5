"""Kernel SHAP: Shapley values from sampled coalitions, by regression or a Gaussian process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

from shapviz.coalitions import LOOSE, Design, paired_design
from shapviz.errors import InputError, Words, complaint
from shapviz.explainers.base import Call
from shapviz.explainers.coalitional import CoalitionExplainer, Plan
from shapviz.explainers.estimators import KernelOptions, paired_plan
from shapviz.explainers.exact import enumeration
from shapviz.explainers.interactions import check_axes, wants_pairs
from shapviz.explainers.options import Options
from shapviz.explainers.permutation import enough_budget, one_permutation
from shapviz.explainers.selecting import as_selection, selecting_plan
from shapviz.explainers.shap_values import EXTRA, shap_values

__all__ = ["KernelExplainer"]

MOST_PAIRED = 100
"""Largest number of varying features for interactions: 4,950 pairs."""

FITTED = 16
"""Samples played before a process is fitted to each of them."""

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
        or so a sample, a second or two at 2,000 coalitions. "auto" takes, for each sample and
        output, whichever of these three and of decision trees grown on the outcomes
        (``docs/decisions/027-trees-and-honest-errors.md``) predicts the pairs of each third of the
        design best from the other two thirds; ``provenance["answers_by_estimator"]`` counts them:
        "wls", "gp", "gp by feature", "trees". Below 4d coalitions, and where the game is additive
        to rounding, it is always "wls"; trees are not grown beyond 128 features.
    l1_reg : False, "auto", "aic", "bic", "num_features(k)" or float, default False
        Keep some features only, as `shap_values` describes. Whatever `estimator` says, weighted
        least squares over those kept gives the values, without standard errors; it needs a
        budget of 2d.

    tolerance : float, optional
        Coalitions are added until every standard error of a sample is at most this part of the
        range of its values, for each output: 6d at first, then half as many again, at most
        ``budget``. What has been evaluated is kept: a larger design holds the smaller one's pairs.
        Samples that are within stop. ``provenance["samples_by_budget"]`` counts the samples that
        took each budget, and ``beyond_tolerance`` the answers (a sample's values for an output)
        that the last one left (``docs/decisions/026-kernel-tolerance.md``).

    With "wls" standard errors come from the residuals of the pairs: each counts with its squared
    residual plus its leverage times the pooled residual variance, is scaled by the share of pairs
    of its size that was not drawn, and the whole is widened by Student's t at the residual degrees
    of freedom. With "gp" they are those of the posterior, widened for the strengths learned, and
    where pairs left out one by one are missed by more than the posterior claims. With trees they
    are those of the process that predicts better, scaled to how well the trees predict.
    ``benchmarks/kernel.py`` and ``kernel_coverage.py`` measure the coverage of 95% intervals.

    interactions : bool, default False
        Whether the explanation has pairwise interaction values, from the same evaluations: exact
        where all coalitions are played, else by another Gaussian process, on the part of the
        outcomes that the values leave unused (``docs/decisions/024-interactions.md``, with its
        errors). They have no standard errors. Asks for 4 coalitions a feature, at most 100
        features that vary, and samples of one feature axis.

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
    shap_values = shap_values

    def _check_call(self, X: Any, call: Call) -> None:
        d, options = self.masker.n_players, call.options
        enough_budget(call.budget, d)
        if wants_pairs(options):
            self._check_pairs(X, call)
        l1_reg = options.l1_reg if isinstance(options, KernelOptions) else False
        if as_selection(l1_reg, 0.0) and call.budget is not None and call.budget < 2 * d:
            raise InputError(
                complaint(
                    "budget",
                    f"be at least {2 * d}, two coalitions a feature, where `l1_reg` selects",
                    call.budget,
                    "Raise it (`nsamples`), or use l1_reg=False.",
                )
            )

    def _check_pairs(self, X: Any, call: Call) -> None:
        check_axes(self.masker.player_shape)
        d = self.masker.n_players
        budget = self._default_budget(d) if call.budget is None else call.budget
        if budget < min(2**d, LOOSE * d):
            raise InputError(
                complaint(
                    "budget",
                    f"be at least {LOOSE * d} for interactions, {LOOSE} coalitions a feature",
                    budget,
                    "Raise it, or leave interactions out.",
                )
            )
        most = max(len(group.players) for group in self._groups(X))
        if most > MOST_PAIRED:
            raise InputError(
                complaint(
                    "X",
                    f"have at most {MOST_PAIRED} features that differ from the background for "
                    "interactions",
                    Words(f"{most} of them, which is {most * (most - 1) // 2:,} pairs a sample"),
                    "Leave interactions out, or explain fewer features.",
                )
            )

    def _plan(self, d: int, budget: int, call: Call) -> Plan:
        return next(self._plans(d, [budget], call))

    def _plans(self, d: int, budgets: Sequence[int], call: Call) -> Iterator[Plan]:
        options = call.options if isinstance(call.options, KernelOptions) else KernelOptions()
        rng = np.random.default_rng([call.seed, d])
        design: Design | None = None
        for budget in budgets:
            selection = as_selection(options.l1_reg, budget / 2**d) if d > 1 else None
            if selection is not None:
                yield selecting_plan(paired_design(d, min(budget, 2**d), rng), selection)
            elif 2**d <= budget:
                yield enumeration(d)
            elif budget < 2 * d:
                yield one_permutation(d, rng)
            else:
                design = paired_design(d, budget, rng, design)
                yield paired_plan(design, options.estimator)

    def _first_budget(self, d: int) -> int:
        return FIRST * d

    def _part_size(self, call: Call) -> int:
        options = call.options
        slow = isinstance(options, KernelOptions) and options.estimator != "wls"
        return FITTED if slow else super()._part_size(call)

    def _coalitions(self, d: int, budget: int) -> int:
        if 2**d <= budget:
            return max(2**d, 2)
        return d + 1 if budget < 2 * d else 2 + 2 * ((budget - 2) // 2)

    def _default_budget(self, d: int) -> int:
        return min(2**d, 2 * d + EXTRA)
