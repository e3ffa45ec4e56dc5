"""Deep's values beside shap's Deep where both mean the same: rules of one operand, on logits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.peers import in_child

ACTIVATIONS = ("relu", "sigmoid", "tanh", "softplus", "elu", "selu", "exponential")
"""Activations of a single op that shap has a rule for."""


def nets() -> dict[str, Callable[[], Any]]:
    """Builders of nets with three logits, over ten features or 10×10×1 images."""
    import keras
    from keras import layers

    def stack(shape: tuple[int, ...], *between: Any) -> Any:
        keras.utils.set_random_seed(0)
        net = keras.Sequential([keras.Input(shape), *between, layers.Dense(3)])
        rng = np.random.default_rng(0)
        for layer in net.layers:
            if isinstance(layer, layers.BatchNormalization):
                layer.set_weights([rng.uniform(0.5, 1.5, w.shape) for w in layer.get_weights()])
        return net

    def table(name: str) -> Callable[[], Any]:
        return lambda: stack((10,), layers.Dense(16, name), layers.Dense(8, name))

    def image(*between: Callable[[], Any]) -> Callable[[], Any]:
        return lambda: stack(
            (10, 10, 1),
            layers.Conv2D(4, 3, activation="relu"),
            *(make() for make in between),
            layers.Flatten(),
            layers.Dense(8, "relu"),
        )

    convolution = [lambda: layers.Conv2D(4, 3, padding="same"), lambda: layers.ReLU()]
    return {
        **{f"Dense, {name}": table(name) for name in ACTIVATIONS},
        "Conv": image(*convolution),
        "Conv, average pooling": image(lambda: layers.AveragePooling2D(2), *convolution),
        "Conv, batch norm": image(lambda: layers.BatchNormalization(), *convolution),
        "Conv, max pooling": image(lambda: layers.MaxPooling2D(), *convolution),
        "Conv, overlapping max pooling": image(lambda: layers.MaxPooling2D(3, 1), *convolution),
    }


def difference(build: Callable[[], Any]) -> float:
    """Largest |ours − shap's| over the largest |shap's|, maxima by their cross rule."""
    from shapviz import DeepExplainer

    net = build()
    rows = np.random.default_rng(1).normal(size=(25, *net.input_shape[1:])).astype("float32")
    background, samples = rows[:15], rows[15:]
    (theirs,) = in_child(net, background, samples, [("shap Deep", {})])
    if theirs.values is None:
        raise RuntimeError(f"shap's Deep failed: {theirs.failure}")
    ours = DeepExplainer(net, background, rules={"max": "cross"})(samples).values
    return float(np.abs(ours - theirs.values).max() / np.abs(theirs.values).max())


def table() -> Iterator[str]:
    """The table."""
    yield 'Largest difference from shap\'s Deep on three logits, rules={"max": "cross"}'
    yield "| net | relative difference |"
    yield "|---|---|"
    for name, build in nets().items():
        yield f"| {name} | {difference(build):.1e} |"
