"""What a Keras model says of itself before it is called; nothing here imports Keras."""

from __future__ import annotations

from typing import Any

__all__ = ["final_activation", "inputs", "outputs", "tensor_shapes"]


def inputs(model: Any) -> list[Any] | None:
    """Symbolic inputs of a Sequential or Functional model; None for a subclassed one."""
    return getattr(model, "inputs", None) or None


def outputs(model: Any) -> list[Any] | None:
    """Symbolic outputs, likewise."""
    return getattr(model, "outputs", None) or None


def tensor_shapes(model: Any) -> list[list[int]]:
    """Known shapes, without the batch, of every tensor that a layer of the model returns."""
    tensors = list(inputs(model) or [])
    for layer in model._flatten_layers(include_self=False, recursive=True):
        for node in getattr(layer, "_inbound_nodes", []):
            tensors.extend(node.output_tensors)
    return [[size or 1 for size in tensor.shape[1:]] for tensor in tensors]


def final_activation(model: Any) -> str:
    """Name of the function the single output comes from; "" when it cannot be told."""
    layer: Any = model
    while outputs(layer):
        layer = outputs(layer)[0]._keras_history.operation  # type: ignore[index]
    if type(layer).__name__ == "Softmax":
        return "softmax"
    return str(getattr(getattr(layer, "activation", None), "__name__", ""))
