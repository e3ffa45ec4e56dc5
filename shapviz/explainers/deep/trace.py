"""From a Keras model to the graph that is replayed: one trace a model, the link appended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shapviz.errors import InputError, ModelError, complaint
from shapviz.explainers.deep.packed import Packed
from shapviz.explainers.deep.pair import Tensor
from shapviz.explainers.deep.precision import HALF, full_precision

CALLS = ("PartitionedCall", "StatefulPartitionedCall")
"""Ops that call a traced function: entered, not replayed."""


@dataclass(frozen=True, eq=False)
class Body:
    """A traced function: its ops in an order in which they can run.

    Attributes
    ----------
    inputs, outputs : tuple of symbolic tensors
        Arguments and results, in order; captured tensors are among the inputs.
    ops : tuple of tf.Operation
        Only those the outputs depend on.
    """

    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    ops: tuple[Any, ...]


@dataclass(frozen=True, eq=False)
class Graph:
    """A model's traced graph with one input and one rank-2 output, in link units.

    Several inputs are packed into the one, several outputs stand side by side.

    Attributes
    ----------
    body : Body
        Its first input is the model's; the others are `captures`.
    captures : tuple of tensors
        Weights and constants, read anew each time the graph runs.
    row_shape : tuple of int
        Shape of one row of the input.
    dtype : tf.DType
        Of the input.
    differentiable : bool
        Whether all of the input is: no ids and no text, not even in packed inputs.
    n_outputs : int
    forward : tf.function
        Rows (n, \\*row_shape) → outputs (n, n_outputs), in link units.
    keep : object
        Holds the traced function, whose death would take the graph along.
    """

    body: Body
    captures: tuple[Tensor, ...]
    row_shape: tuple[int, ...]
    dtype: Any
    differentiable: bool
    n_outputs: int
    forward: Any
    keep: Any

    @property
    def noise_dtype(self) -> Any:
        """The dtype of differences: the input's own, float32 where it cannot be differentiated."""
        import tensorflow as tf

        return self.dtype if self.dtype.is_floating else tf.float32


def needed(outputs: Sequence[Tensor], graph: Any) -> tuple[Any, ...]:
    """Ops of the graph that these tensors depend on, in the order they were made."""
    seen: set[str] = set()
    waiting = [tensor.op for tensor in outputs]
    while waiting:
        op = waiting.pop()
        if op.name not in seen:
            seen.add(op.name)
            waiting.extend(tensor.op for tensor in op.inputs)
    return tuple(op for op in graph.get_operations() if op.name in seen)


def bring_functions(op: Any) -> None:
    """Make the functions that a traced op names known to the graph being built.

    An op without any runs anywhere; a loop that is run again as it is, and differentiated, looks
    its body up where it stands.
    """
    import tensorflow as tf

    target = tf.compat.v1.get_default_graph()
    for attribute in op.op_def.attr:
        if attribute.type == "func":
            target._add_function_recursive(op.graph._get_function(op.get_attr(attribute.name).name))


def append_link(output: Tensor, link: str) -> Tensor:
    """The model's output in link units, as more graph.

    A final sigmoid or softmax is cancelled, not inverted: log-odds stay finite and accurate where
    the probability has rounded to 0 or 1.
    """
    import tensorflow as tf

    if link == "identity":
        return output
    op = output.op
    while op.type in ("Identity", "IdentityN", "StopGradient"):
        op = op.inputs[output.value_index].op if op.type == "IdentityN" else op.inputs[0].op
        output = op.outputs[0]
    if op.type == "Sigmoid":
        return op.inputs[0]
    if op.type == "Softmax" and output.shape[-1] is not None and output.shape[-1] > 1:
        return _one_against_rest(op.inputs[0])
    return tf.math.log(output) - tf.math.log1p(-output)


def _one_against_rest(logits: Tensor) -> Tensor:
    """Log-odds of each class: its logit less the log-sum-exp of the others.

    The log-sum-exp is read off a log-softmax without the class, at any other class; so that the
    whole is made of ops that have rules.
    """
    import tensorflow as tf

    classes = logits.shape[-1]
    others = tf.linalg.diag(tf.fill([classes], tf.constant(-1e30, logits.dtype)))
    neighbour = [(k + 1) % classes for k in range(classes)]
    without = tf.nn.log_softmax(logits[..., None, :] + others)
    chosen = tf.reduce_sum(without * tf.one_hot(neighbour, classes, dtype=logits.dtype), -1)
    return logits - tf.gather(logits, neighbour, axis=-1) + chosen


def _answered(answer: Any, link: str) -> Tensor:
    """The model's answer, one tensor or several, as one (n, outputs) in link units."""
    import keras
    import tensorflow as tf

    parts = keras.tree.flatten(answer)
    linked = [append_link(_one_tensor(part, len(parts) > 1), link) for part in parts]
    if len(linked) == 1:
        return linked[0]
    widest = max((part.dtype for part in linked), key=lambda dtype: dtype.size)
    return tf.concat([tf.cast(part, widest) for part in linked], axis=1)


def _one_tensor(output: Any, several: bool) -> Tensor:
    """One output as a tensor (n, outputs), or a complaint."""
    fix = "Wrap the model so that it returns one tensor, or use KernelExplainer."
    if not hasattr(output, "shape") or not hasattr(output, "op"):
        raise InputError(complaint("model", "return a single tensor", type(output).__name__, fix))
    if output.shape.rank == 1:
        output = output[:, None]
    if output.shape.rank != 2 or output.shape[1] is None:
        raise InputError(
            complaint(
                "model",
                "return a tensor of shape (n, outputs)",
                str(output.shape),
                "Choose one by a pair, (model.inputs, model.outputs[0]), and a step by "
                "`output_step=`, or add a pooling or Flatten layer."
                if several
                else "Choose a step by `output_step=`, or add a pooling or Flatten layer.",
            )
        )
    if not output.dtype.is_floating:
        raise InputError(complaint("model", "return floats", output.dtype.name, fix))
    return output


def input_dtype(model: Any, text: bool = False) -> Any:
    """The dtype of the model's single input.

    `text` says that the rows are: a subclassed model does not tell. Half precision is widened.
    """
    import keras
    import tensorflow as tf

    inputs = getattr(model, "inputs", None) or []
    if inputs:
        name = keras.backend.standardize_dtype(inputs[0].dtype)
    else:
        name = "string" if text else str(model.compute_dtype or keras.config.floatx())
    return tf.as_dtype("float32" if name in HALF else name)


def trace(
    model: Any,
    row_shape: Sequence[int],
    link: str = "identity",
    *,
    text: bool = False,
    packed: Packed | None = None,
) -> Graph:
    """The model's graph in inference mode, for rows of this shape.

    Parameters
    ----------
    model : keras.Model
        Inputs of any dtype; outputs of shape (n,) or (n, outputs). Layers that compute in half
        precision are traced in float32.
    row_shape : sequence of int
        Shape of one input row.
    link : "identity" or "logit"
        Appended to the graph.
    text : bool, default False
        Whether rows hold text, for a subclassed model, which does not say.
    packed : Packed, optional
        How rows hold several inputs.

    Raises
    ------
    InputError
        An output of rank above 2, or one that is not of floats.
    ModelError
        The model cannot be called on such rows.
    """
    import tensorflow as tf

    dtype = input_dtype(model, text) if packed is None else packed.dtype

    def answer(rows: Tensor) -> Tensor:
        given = rows if packed is None else packed.taken_apart(rows)
        return _answered(model(given, training=False), link)

    forward = tf.function(answer, autograph=False, jit_compile=False)
    try:
        with full_precision(model):
            concrete = forward.get_concrete_function(
                tf.TensorSpec((None, *row_shape), dtype, name="rows")
            )
    except InputError:
        raise
    except Exception as error:
        raise ModelError(
            complaint(
                "model",
                f"be callable on rows of shape {tuple(row_shape)}",
                f"{type(error).__name__}: {error}",
                "Check the background against the model's input.",
            )
        ) from error
    graph = concrete.graph
    return Graph(
        body=Body(tuple(graph.inputs), tuple(graph.outputs), needed(graph.outputs, graph)),
        captures=tuple(concrete.captured_inputs),
        row_shape=tuple(row_shape),
        dtype=dtype,
        differentiable=dtype.is_floating and not (packed is not None and packed.mixed),
        n_outputs=int(graph.outputs[0].shape[1]),
        forward=concrete,
        keep=forward,
    )
