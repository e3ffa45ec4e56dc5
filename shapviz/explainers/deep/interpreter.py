"""Re-execution of a traced graph on pairs; ordinary autodiff of it gives DeepLIFT's multipliers.

`check` refuses what has no rule before anything runs; `replay` builds the doubled program. Neither
touches any state outside the graph being built.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shapviz.errors import UnsupportedOpError, complaint
from shapviz.explainers.deep.pair import Pair, Tensor, Value, is_pair, sample_half
from shapviz.explainers.deep.replay import run_op
from shapviz.explainers.deep.rules import RULES, VALUE_FREE
from shapviz.explainers.deep.trace import CALLS, Body, Graph, called_body

INSTEAD = "Use GradientExplainer, or KernelExplainer, which needs no rules."


def _refusal(op: Any, why: str) -> UnsupportedOpError:
    return UnsupportedOpError(
        complaint(
            "model",
            "be made of ops that Deep has rules for",
            f"{op.type} at {op.name}",
            f"{why}. {INSTEAD}",
        )
    )


def _flow(body: Body, varying: Sequence[bool]) -> list[bool]:
    """Which outputs vary with the input, refusing every op on the way that no rule covers."""
    varies = {tensor.name: flag for tensor, flag in zip(body.inputs, varying, strict=True)}
    for op in body.ops:
        flags = [varies[tensor.name] for tensor in op.inputs]
        if op.outputs and op.outputs[0].name in varies:
            continue
        if not any(flags) or op.type in VALUE_FREE:
            after = [False] * len(op.outputs)
        elif op.type in CALLS:
            after = _flow(called_body(op), flags)
        elif op.type not in RULES:
            raise _refusal(op, f"There is no rule for {op.type}")
        else:
            objection = RULES[op.type].objection(op, flags)
            if objection is not None:
                raise _refusal(op, f"{op.type} has a rule, but not where {objection}")
            after = [True] * len(op.outputs)
        varies.update({tensor.name: flag for tensor, flag in zip(op.outputs, after, strict=True)})
    return [varies[tensor.name] for tensor in body.outputs]


def check(graph: Graph) -> None:
    """Refuse, before anything is computed, a graph with an op that no rule covers.

    Raises
    ------
    UnsupportedOpError
        Naming the op, its place in the model, and what to use instead.
    """
    _flow(graph.body, [True] + [False] * len(graph.captures))


def replay(body: Body, arguments: Sequence[Value], notes: list[Tensor]) -> list[Value]:
    """The body's outputs for these arguments, pairs where they depend on a pair.

    Parameters
    ----------
    body : Body
    arguments : sequence of tensors and Pairs
        One for each of the body's inputs.
    notes : list
        Filled with the scalar residuals of rules that use a quadrature.
    """
    known: dict[str, Value] = {
        tensor.name: value for tensor, value in zip(body.inputs, arguments, strict=True)
    }
    for op in body.ops:
        if op.outputs and op.outputs[0].name in known:
            continue
        inputs = [known[tensor.name] for tensor in op.inputs]
        known.update(
            {
                tensor.name: value
                for tensor, value in zip(op.outputs, _step(op, inputs, notes), strict=True)
            }
        )
    return [known[tensor.name] for tensor in body.outputs]


def _step(op: Any, inputs: list[Value], notes: list[Tensor]) -> list[Value]:
    if op.type in CALLS:
        return replay(called_body(op), inputs, notes)
    if op.type in VALUE_FREE or not any(is_pair(value) for value in inputs):
        return run_op(op, [sample_half(value) for value in inputs])
    return RULES[op.type].apply(op, inputs, notes)


def linked_pair(graph: Graph, sample: Tensor, baseline: Tensor) -> tuple[Pair, list[Tensor]]:
    """The model's output (n, outputs) at samples and baselines of equal number, and the notes."""
    notes: list[Tensor] = []
    (output,) = replay(graph.body, [Pair(sample, baseline), *graph.captures], notes)
    if not is_pair(output):
        # A model that ignores its input: nothing varies and every multiplier is zero.
        output = Pair(output, output)
    return output, notes
