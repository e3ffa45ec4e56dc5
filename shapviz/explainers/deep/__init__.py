"""DeepExplainer: DeepLIFT's rescale rule, averaged over the background, by replaying the graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from shapviz.explainers.base import Call, Estimate
from shapviz.explainers.deep.cost import Plan, plan
from shapviz.explainers.deep.engine import Step, make_step, seed_rows
from shapviz.explainers.deep.interpreter import check
from shapviz.explainers.deep.keras_explainer import KerasExplainer
from shapviz.explainers.deep.rules import choose, chosen
from shapviz.explainers.deep.walk import WalkOptions, refine
from shapviz.explainers.deep.walk_step import make_walk_step
from shapviz.explainers.options import Options

__all__ = ["DeepExplainer"]

Floats = NDArray[np.float64]


def _filled(array: NDArray[Any], size: int, repeat: bool) -> NDArray[Any]:
    """The array with rows added up to `size`: its last one repeated, or zeros."""
    missing = size - len(array)
    if missing <= 0:
        return array
    extra = np.repeat(array[-1:], missing, axis=0)
    return np.concatenate([array, extra if repeat else np.zeros_like(extra)])


class DeepExplainer(KerasExplainer):
    """Explains a Keras model by DeepLIFT multipliers, averaged over the background.

    Every layer's change between baseline and sample is shared among what feeds it, from the output
    back to the input, exactly: contributions add up to the change of the prediction for each
    background row. Absence of a feature means its value in a background row. There is no
    sampling: every sample meets every background row once. The cost is two forward passes a pair
    of sample and background row, plus about one backward pass for each explained output.

    With ``segments`` above 1 the way from background row to sample is walked in so many steps:
    features change in a random order, equally many in each step, and each step is a Deep pass
    credited to the features that change in it. The reversed order is walked as well. The sum stays
    exact, and the values approach Shapley values as segments grow: with as many segments as
    features they are sampled Shapley values. The cost is 2 × segments × orders as much.

    Parameters
    ----------
    model : keras.Model
        On TensorFlow; inputs of any dtype, outputs of shape (n,) or (n, outputs). Run in inference
        mode.
    background : array, DataFrame, Background or masker
        The rows that stand in for absence.
    link : "identity" or "logit", default "identity"
        Appended to the graph. "logit" cancels a final sigmoid or softmax into log-odds.
    rules : dict, optional
        Choices of rules by name. "max", for maxima over axes and pooling windows: "path"
        (default), the straight path of what is compared, which is nearer to Shapley values; or
        "cross", the whole change to the winner at whichever end is higher, as shap has it.
    feature_names, feature_units, output_names, units, model_id : optional
        As in `BaseExplainer`.

    Raises
    ------
    UnsupportedOpError
        An op of the model has no rule; nothing has been computed.
    InputError
        Another kind of model, another backend or link, or a rule
        that there is no choice for.

    Notes
    -----
    A call takes, besides what all calls do:

    segments : int or "auto", default 1
        Steps on the way from background row to sample; never more than features, as
        ``provenance["segments"]`` then says. "auto"
        doubles them, for each sample and output, until the last doubling changed no value by more
        than the tolerance (and the standard error of the change).
    orders : int, optional
        Random orders a background row, each walked both ways; default 2. With a tolerance the
        most that may be used, default 64.
    tolerance : float, optional
        Orders are added, for each sample and output, until the largest standard error is at most
        this part of the range of its values; default 0.05 for "auto", else none.

    Standard errors, from two orders on, are about the limit at the same number of segments: they
    do not cover what more segments would change. Orders come from the seed alone, the same for
    every sample. ``provenance`` says which ``segments`` and ``orders`` were used at most and by
    how many answers (a sample's values for an output), how many ``passes`` (pairs of rows) it
    took, and how many answers stayed ``beyond_tolerance``.

    ``budget`` is refused. Progress counts one row for each sample, background row and output.
    The rules: elementwise functions by Δout/Δin, products by the two-player Shapley value,
    softmax and maxima by the straight path between baseline and sample. Adding up does not make
    the values Shapley values of the model: see ``provenance["estimand"]``,
    "deep(1)", or "deep(T)" in T segments.
    ``provenance["largest_residual"]`` is the largest amount that a rule with a quadrature had to
    put back to make its sum exact, in units of that rule's output.

    References
    ----------
    Shrikumar, Greenside & Kundaje (2017), Learning important features through propagating
    activation differences, ICML. Lundberg & Lee (2017), A unified approach to interpreting model
    predictions, NeurIPS.
    """

    name = "deep"
    estimand = "deep(1)"
    takes_budget: ClassVar[bool] = False
    options: ClassVar[type[Options]] = WalkOptions

    def __init__(
        self, model: Any, background: Any, *, rules: Mapping[str, str] | None = None, **options: Any
    ) -> None:
        self._choices = chosen(rules)
        super().__init__(model, background, **options)
        self.rules = choose(self._choices)
        check(self.graph, self.rules)
        self._steps: dict[tuple[int, int, int] | None, Step] = {}
        self._walk_steps: dict[tuple[int, int, int] | None, Step] = {}

    def _parameters(self) -> dict[str, Any]:
        if not self._choices:
            return super()._parameters()
        return {**super()._parameters(), "rules": self._choices}

    def _step(self, sizes: tuple[int, int, int] | None) -> Step:
        """The compiled step for these sizes, made once."""
        if sizes not in self._steps:
            self._steps[sizes] = make_step(self.graph, sizes, self.rules)
        return self._steps[sizes]

    def _walk_step(self, sizes: tuple[int, int, int] | None) -> Step:
        """The compiled step of walks for these sizes, made once."""
        if sizes not in self._walk_steps:
            self._walk_steps[sizes] = make_walk_step(self.graph, sizes, self.rules)
        return self._walk_steps[sizes]

    def in_one(self, samples: NDArray[Any], chosen: list[int], call: Call) -> Floats:
        """Values (n, p, k) in one segment."""
        cut = plan(self.graph, len(samples), len(self.baselines), len(chosen))
        return self._contributions(samples, self.baselines, chosen, cut, call)[0]

    def _estimate(self, X: Any, call: Call) -> Estimate:
        options = call.options
        if isinstance(options, WalkOptions) and options.segments != 1:
            return refine(self, X, call, options)
        samples, baselines = self.as_rows(X), self.baselines
        chosen = list(call.outputs)
        cut = plan(self.graph, len(samples), len(baselines), len(chosen))
        call.meter.plan(len(samples) * len(baselines) * len(chosen))
        values, residual = self._contributions(samples, baselines, chosen, cut, call)
        predictions = self.linked(X, call)[:, chosen]
        return Estimate(
            values=values,
            base_values=np.tile(self.base_row[chosen], (len(samples), 1)),
            predictions=predictions,
            provenance={
                "model_rows": len(samples) * len(baselines) * 2,
                "backward_rows": len(samples) * len(baselines) * len(chosen),
                "largest_residual": residual,
                "segments": 1,
            },
        )

    def _contributions(
        self,
        samples: NDArray[Any],
        baselines: NDArray[Any],
        chosen: list[int],
        cut: Plan,
        call: Call,
    ) -> tuple[Floats, float]:
        """Values (n, p, k) and the largest residual, in steps of the plan's size."""
        sizes = (cut.samples, cut.baselines, cut.outputs) if cut.fused else None
        step = self._step(sizes)
        seeds, weights = seed_rows(chosen, self.graph.n_outputs), self.weights
        values = np.zeros((len(chosen), len(samples), int(np.prod(samples.shape[1:]))))
        residual = 0.0
        for i, j, m in _blocks(values.shape[1], len(baselines), len(chosen), cut):
            call.stop_if_cancelled()
            parts = [samples[i], baselines[j], weights[j], seeds[m]]
            size = parts[0].shape[0] * parts[1].shape[0] * parts[3].shape[0]
            call.meter.begin(size)
            if cut.fused:
                limits = (cut.samples, cut.baselines, cut.baselines, cut.outputs)
                parts = [
                    _filled(part, limit, repeat)
                    for part, limit, repeat in zip(
                        parts, limits, (True, True, False, False), strict=True
                    )
                ]
            shares, left = step(*parts)
            block = shares.numpy()
            values[m, i] += block[: len(seeds[m]), : len(samples[i])]
            residual = max(residual, float(left))
            call.meter(size, size)
        return np.moveaxis(values, 0, -1), residual


def _blocks(n: int, b: int, k: int, cut: Plan) -> list[tuple[slice, slice, slice]]:
    """Slices of samples, baselines and outputs that cover all of them."""

    def slices(total: int, size: int) -> list[slice]:
        return [slice(start, min(start + size, total)) for start in range(0, total, size)]

    return [
        (i, j, m)
        for i in slices(n, cut.samples)
        for j in slices(b, cut.baselines)
        for m in slices(k, cut.outputs)
    ]
