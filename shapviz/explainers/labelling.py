"""An estimate becomes an Explanation: shapes, names, units and where the numbers came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from shapviz.digests import digest
from shapviz.explainers.call import Call, Estimate
from shapviz.explainers.ranking import names_of_ranked
from shapviz.explainers.versions import versions
from shapviz.explanation import Explanation
from shapviz.maskers import OwnPlayers

if TYPE_CHECKING:
    from shapviz.explainers.base import BaseExplainer

__all__ = ["labelled"]

ROUNDING = 1e-14
"""Of the scale that a sample's values add up on: what is smaller is rounding."""


def labelled(
    explainer: BaseExplainer,
    X: Any,
    call: Call,
    estimate: Estimate,
    labels: dict[str, Any],
    seconds: float,
) -> Explanation:
    """Return the explanation of checked samples, with what stands beside them."""
    drop = bool(explainer.predictor.single_output)
    shape = (len(X), *explainer.masker.player_shape, *(() if drop else estimate.values.shape[-1:]))
    flat = shape[:1] + shape[len(shape) if drop else -1 :]

    def per_value(array: Any) -> Any:
        return None if array is None else np.asarray(array, np.float64).reshape(shape)

    def per_pair(array: Any) -> Any:
        return array if array is None or not drop else array[..., 0]

    def per_sample(array: Any) -> Any:
        return None if array is None else np.asarray(array, np.float64).reshape(flat)

    return Explanation(
        values=per_value(_without_noise(estimate)),
        base_values=per_sample(estimate.base_values),
        data=explainer.masker.shown(X),
        predictions=per_sample(estimate.predictions),
        standard_errors=per_value(estimate.standard_errors),
        raw_additivity_gap=per_sample(estimate.raw_additivity_gap),
        display_data=_display(explainer, X, labels["display_data"]),
        feature_names=explainer.feature_names,
        feature_units=explainer.feature_units,
        output_names=_output_names(explainer, call),
        sample_names=labels["sample_names"],
        truth=labels["truth"],
        metadata=labels["metadata"],
        units=explainer.units,
        provenance=_provenance(explainer, X, call, estimate, seconds),
        inputs=_inputs(explainer),
        interactions=per_pair(estimate.interactions),
        **_regions(explainer, X),
    )


def _without_noise(estimate: Estimate) -> Any:
    """Values, those of rounding alone being 0: a player without effect should read so."""
    values = np.asarray(estimate.values, np.float64)
    ends = np.abs(np.asarray(estimate.predictions)) + np.abs(np.asarray(estimate.base_values))
    scale = np.maximum(ends, np.abs(values).max(axis=1)) if values.ndim == 3 else None
    if scale is None:
        return values
    return np.where(np.abs(values) <= ROUNDING * scale[:, None], 0.0, values)


def _display(explainer: BaseExplainer, X: Any, given: Any) -> Any:
    """What people should read, as the players hold it."""
    if isinstance(explainer.masker, OwnPlayers):
        return explainer.masker.display(X) if given is None else given
    return None if given is None else explainer.masker.shown(given)


def _regions(explainer: BaseExplainer, X: Any) -> dict[str, Any]:
    """Fields of an explanation whose players are regions of the samples."""
    masker = explainer.masker
    if not isinstance(masker, OwnPlayers):
        return {}
    trees = masker.trees(X) if explainer.by_tree and not masker.shares_tree else None
    return {"regions": masker.regions(X), "wholes": masker.wholes(X), "trees": trees}


def _told(explainer: BaseExplainer) -> dict[str, Any]:
    masker = explainer.masker
    return masker.told if isinstance(masker, OwnPlayers) else {}


def _inputs(explainer: BaseExplainer) -> dict[str, tuple[int, ...]] | None:
    """The shapes by input that the values have: none where players may cross inputs."""
    if isinstance(explainer.masker, OwnPlayers):
        return explainer.masker.by_input
    layout = explainer.predictor.inputs
    entries = explainer.masker.player_shape == explainer.masker.feature_shape
    return layout.by_name if layout is not None and entries else None


def _output_names(explainer: BaseExplainer, call: Call) -> Any:
    names = explainer.predictor.output_names
    if call.ranking is not None:
        return names_of_ranked(call.ranking, names)
    return None if names is None else [str(names[k]) for k in call.outputs]


def _provenance(
    explainer: BaseExplainer, X: Any, call: Call, estimate: Estimate, seconds: float
) -> dict[str, Any]:
    """Where the numbers came from; the method's own entries win."""
    return {
        "explainer": explainer.name,
        "parameters": {**explainer._parameters(), **call.options.asked()},
        "seed": call.seed,
        "budget": call.budget,
        "link": explainer.link.name,
        "estimand": explainer.estimand,
        "base": explainer.base,
        "background_rows": len(explainer.masker.weights),
        "digests": {
            "model": explainer.predictor.digest,
            "background": explainer.masker.digest,
            "data": digest(explainer.masker.plain(X)),
        },
        "versions": versions(),
        "seconds": seconds,
        **_told(explainer),
        **estimate.provenance,
    }
