"""Explaining an inner layer of a network of images, laid over the images."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapviz.errors import InputError, Words, complaint
from shapviz.explainers.registry import find
from shapviz.explanation import Explanation

__all__ = ["explain_layer"]

BATCH = 32


def explain_layer(
    model: Any,
    layer: Any,
    background: Any,
    X: Any,
    *,
    explainer: str = "deep",
    budget: int | None = None,
    **options: Any,
) -> Explanation:
    """Return SHAP values of an inner layer's places, laid over the images.

    The network from the layer on is explained: absence means that the layer has the background
    images' activations. Values are summed over the layer's channels. Each place of the layer stands
    for the part of the image above it; a deep layer's places see further than that.

    Parameters
    ----------
    model : keras.Model
        Of one input of images, (n, h, w, channels), and one output.
    layer : str or keras layer
        With an output of shape (n, rows, columns, channels).
    background : float array of shape (b, h, w, channels)
    X : float array of shape (n, h, w, channels)
    explainer : {"deep", "gradient"}
    budget : int, optional
        Of Gradient.
    **options
        Of the explainer: ``output_names``, ``link`` and the like.

    Returns
    -------
    Explanation
        Of rows × columns regions of each image (`regions`, `wholes`), in link units.

    Raises
    ------
    InputError
        The layer is not the model's, its output is no grid of places, or images do not fit.
    """
    import keras

    if explainer not in ("deep", "gradient"):
        raise InputError(
            complaint("explainer", "be 'deep' or 'gradient'", explainer, "Others ask whole models.")
        )
    found = _layer_of(model, layer)
    inputs = [tuple(tensor.shape) for tensor in model.inputs]
    if len(inputs) != 1 or len(inputs[0]) != 4:
        rule = "take one input of images, (n, h, w, channels)"
        raise InputError(complaint("model", rule, Words(str(inputs)), "Explain its input instead."))
    places = tuple(found.output.shape)[1:]
    if len(places) != 3 or None in places:
        rule = "have an output of shape (n, rows, columns, channels)"
        fix = "Choose a convolution or pooling layer."
        raise InputError(complaint("layer", rule, Words(f"{found.name}: {places}"), fix))
    images = [
        _images(name, given, inputs[0]) for name, given in (("X", X), ("background", background))
    ]
    upper = keras.Model(model.inputs, found.output)
    here, absent = (np.asarray(upper.predict(each, verbose=0, batch_size=BATCH)) for each in images)
    call: dict[str, Any] = {} if budget is None else {"budget": budget}
    inner = find(explainer)((found.output, model.outputs[0]), absent, **options)(here, **call)
    return _over(inner, images[0], (int(places[0]), int(places[1])), found.name)


def _layer_of(model: Any, layer: Any) -> Any:
    names = [each.name for each in model.layers]
    name = layer if isinstance(layer, str) else getattr(layer, "name", None)
    if name not in names:
        rule = f"be one of the model's: {', '.join(names)}"
        raise InputError(complaint("layer", rule, layer if name is None else name, "Name one."))
    return model.get_layer(name)


def _images(name: str, given: Any, shape: tuple[int | None, ...]) -> NDArray[np.float32]:
    images = np.asarray(given, dtype=np.float32)
    fits = images.ndim == 4 and all(
        side in (None, own) for side, own in zip(shape[1:], images.shape[1:], strict=True)
    )
    if not fits:
        wanted = ", ".join("any" if side is None else str(side) for side in shape[1:])
        rule = f"be images of the model's size, (n, {wanted})"
        raise InputError(complaint(name, rule, images, "Resize them to what the model takes."))
    return images


def _over(
    inner: Explanation, images: NDArray[np.float32], places: tuple[int, int], layer: str
) -> Explanation:
    """An explanation of a layer's places as one of regions of the images."""
    n, (rows, columns), (height, width) = len(images), places, images.shape[1:3]
    owner = (np.arange(height) * rows // height)[:, None] * columns
    regions = owner + (np.arange(width) * columns // width)[None, :]
    outputs = inner.values.shape[4:]
    values = inner.values.sum(axis=3).reshape(n, rows * columns, *outputs)
    kept = {name: getattr(inner, name) for name in ("base_values", "predictions", "units")}
    return Explanation(
        **kept,
        values=values,
        output_names=inner.output_names,
        feature_names=[f"row {y}, column {x}" for y in range(rows) for x in range(columns)],
        regions=np.repeat(regions[None], n, axis=0),
        wholes=images,
        provenance={**inner.provenance, "modality": "image", "layer": layer},
    )
