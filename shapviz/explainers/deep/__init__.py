"""DeepExplainer: DeepLIFT's rescale rule, averaged over the background, by replaying the graph."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from shapviz.explainers.base import Call, Estimate
from shapviz.explainers.deep.cost import Plan, plan
from shapviz.explainers.deep.engine import Step, make_step, seed_rows
from shapviz.explainers.deep.interpreter import check
from shapviz.explainers.deep.keras_explainer import KerasExplainer

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

    Parameters
    ----------
    model : keras.Model
        On TensorFlow; one float input, one output of shape (n, outputs). Run in inference mode.
    background : array, DataFrame, Background or masker
        The rows that stand in for absence.
    link : "identity" or "logit", default "identity"
        Appended to the graph. "logit" cancels a final sigmoid or softmax into log-odds.
    feature_names, feature_units, output_names, units, model_id : optional
        As in `BaseExplainer`.

    Raises
    ------
    UnsupportedOpError
        An op of the model has no rule; nothing has been computed.
    InputError
        Another kind of model, another backend or link, or an input that is not of floats.

    Notes
    -----
    ``budget`` is refused. Progress counts one row for each sample, background row and output.
    The rules: elementwise functions by Δout/Δin, products by the two-player Shapley value,
    softmax and maxima by the straight path between baseline and sample. Adding up does not make
    the values Shapley values of the model: see ``provenance["estimand"]``, "deep(1)".
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

    def __init__(self, model: Any, background: Any, **options: Any) -> None:
        super().__init__(model, background, **options)
        check(self.graph)
        self._steps: dict[tuple[int, int, int] | None, Step] = {}

    def _step(self, sizes: tuple[int, int, int] | None) -> Step:
        """The compiled step for these sizes, made once."""
        if sizes not in self._steps:
            self._steps[sizes] = make_step(self.graph, sizes)
        return self._steps[sizes]

    def _estimate(self, X: Any, call: Call) -> Estimate:
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
