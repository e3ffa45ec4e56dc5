"""What a Keras model says of itself before it is called."""

from __future__ import annotations

from typing import Any

__all__ = ["final_activations", "inputs", "on_tensorflow", "outputs", "tensor_shapes"]


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


def final_activations(model: Any) -> list[str]:
    """Name of the function that each output comes from, "" where it cannot be told.

    A model that does not tell its outputs is asked for an activation of its own.
    """
    tensors = outputs(model)
    return [_named(model)] if tensors is None else [_activation(tensor) for tensor in tensors]


def _activation(tensor: Any) -> str:
    """Name of the function that a symbolic tensor comes from."""
    history = tensor._keras_history
    inner = outputs(history.operation)
    return _named(history.operation) if inner is None else _activation(inner[history.tensor_index])


def _named(layer: Any) -> str:
    if type(layer).__name__ == "Softmax":
        return "softmax"
    return str(getattr(getattr(layer, "activation", None), "__name__", ""))


def on_tensorflow() -> bool:
    """Whether Keras, which has been imported by whoever made the model, runs on TensorFlow."""
    import keras

    return bool(keras.backend.backend() == "tensorflow")
