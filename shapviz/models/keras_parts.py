"""Parts of a Keras model as models of their own: from an inner layer on, or one step of many."""

from __future__ import annotations

from typing import Any

from shapviz.errors import InputError, ModelError, Words, complaint

__all__ = ["at_step", "is_pair", "part_of"]


def is_pair(model: Any) -> bool:
    """Whether this is an (inputs, outputs) pair of Keras tensors, layers or models.

    Either end may be several of them, in a list or a mapping.
    """
    return isinstance(model, tuple) and len(model) == 2 and all(map(_is_end, model))


def _is_end(part: Any) -> bool:
    if isinstance(part, list | dict):
        parts = list(part.values()) if isinstance(part, dict) else part
        return len(parts) > 0 and all(map(_is_end, parts))
    return any(kind.__module__.split(".")[0] == "keras" for kind in type(part).__mro__)


def part_of(pair: tuple[Any, Any]) -> Any:
    """The model from an inner tensor to an output, sharing the layers of the whole.

    Parameters
    ----------
    pair : tuple of two Keras tensors, layers or models
        Where the part begins and ends; a layer or a model stands for its output. A list or a
        mapping of them where there are several.

    Returns
    -------
    keras.Model

    Raises
    ------
    ModelError
        The output cannot be reached from the inner tensor alone.
    """
    import keras

    begin, end = (_tensors(part) for part in pair)
    try:
        return keras.Model(begin, end)
    except ValueError as error:
        raise ModelError(
            complaint(
                "model",
                "be a pair whose output depends on the inner tensor alone",
                Words(f"the pair of {_called(begin)} and {_called(end)}"),
                "Choose a layer that everything on the way to the output passes through.",
            )
        ) from error


def _tensors(part: Any) -> Any:
    if isinstance(part, dict):
        return {name: _tensor(each) for name, each in part.items()}
    return [_tensor(each) for each in part] if isinstance(part, list) else _tensor(part)


def _called(end: Any) -> str:
    parts = list(end.values()) if isinstance(end, dict) else end if isinstance(end, list) else [end]
    return ", ".join(repr(tensor.name) for tensor in parts)


def _tensor(part: Any) -> Any:
    """A Keras tensor, or the single output of a layer or model."""
    outputs = getattr(part, "outputs", None)
    if hasattr(part, "_keras_history"):
        tensor = part
    elif outputs and len(outputs) == 1:
        tensor = outputs[0]
    else:
        tensor = getattr(part, "output", None)
    if hasattr(tensor, "_keras_history"):
        return tensor
    raise ModelError(
        complaint(
            "model",
            "be a pair of Keras tensors, or of layers with one output",
            part,
            "Use (model.get_layer(name).output, model.outputs[0]) of a Functional model.",
        )
    )


def at_step(model: Any, step: int) -> Any:
    """The model that answers with one step of an output of shape (n, steps, outputs).

    Raises
    ------
    InputError
        Another kind of model or output, or a step outside of it.
    """
    import keras

    if is_pair(model):
        model = part_of(model)
    outputs = getattr(model, "outputs", None)
    if not outputs or len(outputs) != 1 or len(outputs[0].shape) != 3:
        got = "a model that does not tell its outputs" if not outputs else str(outputs[0].shape)
        raise InputError(
            complaint(
                "output_step",
                "be given for a Sequential or Functional model of outputs (n, steps, outputs)",
                Words(got),
                "Leave it out, or build such a model around this one.",
            )
        )
    steps = outputs[0].shape[1]
    whole = isinstance(step, int) and not isinstance(step, bool)
    if not whole or (steps is not None and not -steps <= step < steps):
        raise InputError(
            complaint(
                "output_step",
                "be a whole number" if steps is None else f"be from 0 to {steps - 1}",
                step,
                "Use -1 for the last step.",
            )
        )
    several = len(model.inputs) > 1
    return keras.Model(model.input if several else model.inputs, outputs[0][:, step])
