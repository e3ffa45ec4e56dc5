"""Running one traced op again on other tensors, by its public TensorFlow name."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import signature
from typing import Any

from shapviz.explainers.deep.pair import Tensor


def _grouped(op: Any, inputs: Sequence[Tensor]) -> dict[str, Any]:
    """The op's inputs by argument name, list arguments gathered into lists."""
    arguments: dict[str, Any] = {}
    start = 0
    for argument in op.op_def.input_arg:
        if argument.number_attr:
            stop = start + int(op.get_attr(argument.number_attr))
            arguments[argument.name] = list(inputs[start:stop])
        elif argument.type_list_attr:
            stop = start + len(op.get_attr(argument.type_list_attr))
            arguments[argument.name] = list(inputs[start:stop])
        else:
            stop = start + 1
            arguments[argument.name] = inputs[start]
        start = stop
    return arguments


def _inferred(op: Any) -> set[str]:
    """Names of the attributes that follow from the inputs (types and counts)."""
    names: set[str] = set()
    for argument in op.op_def.input_arg:
        names |= {argument.type_attr, argument.number_attr, argument.type_list_attr}
    return names


def _renamed(function: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    """Arguments by the names that the Python function knows them by.

    A few differ from the op's own (Squeeze's ``squeeze_dims`` is ``axis`` in Python); what is left
    over on either side is in the same order on both.
    """
    known = [name for name in signature(function).parameters if name != "name"]
    left_over = [name for name in arguments if name not in known]
    free = iter([name for name in known if name not in arguments])
    names = {name: next(free) for name in left_over}
    return {names.get(name, name): value for name, value in arguments.items()}


def _agreed(op: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    """Arguments that share a type, in one type: the float that stands for what varies.

    Integers and booleans that vary are carried as floats, and meet constants of their own type.
    """
    import tensorflow as tf

    kinds: dict[str, list[str]] = {}
    for argument in op.op_def.input_arg:
        if argument.type_attr:
            kinds.setdefault(argument.type_attr, []).append(argument.name)
    for names in kinds.values():
        given = tf.nest.flatten([arguments[name] for name in names])
        dtypes = {tensor.dtype for tensor in given}
        if len(dtypes) > 1:
            target = max((d for d in dtypes if d.is_floating), key=lambda dtype: dtype.size)
            for name in names:
                arguments[name] = tf.nest.map_structure(
                    lambda tensor, to=target: tf.cast(tensor, to), arguments[name]
                )
    return arguments


def run_op(op: Any, inputs: Sequence[Tensor], **changes: Any) -> list[Tensor]:
    """The op's outputs for other inputs, built in the current graph and seen by its tapes.

    Parameters
    ----------
    op : tf.Operation
        A node of a traced graph; its attributes are kept.
    inputs : sequence of tensors
        In the op's own order; types may differ from the traced ones where the op allows it.
    **changes : attributes
        To be other than the traced ones.

    Returns
    -------
    list of tensors
    """
    import tensorflow as tf

    if op.type == "Const":
        return [tf.constant(tf.make_ndarray(op.get_attr("value")))]
    skip = _inferred(op)
    attributes = {
        attr.name: op.get_attr(attr.name) for attr in op.op_def.attr if attr.name not in skip
    }
    attributes |= {name: value for name, value in changes.items() if name not in skip}
    function = getattr(tf.raw_ops, op.type)
    outputs = function(**_renamed(function, {**_agreed(op, _grouped(op, inputs)), **attributes}))
    if not op.outputs:
        return []
    if len(op.op_def.output_arg) == 1 and not isinstance(outputs, list | tuple):
        return [outputs]
    return list(tf.nest.flatten(outputs))
