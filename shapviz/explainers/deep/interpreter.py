"""Re-execution of a traced graph on pairs; ordinary autodiff of it gives DeepLIFT's multipliers.

`check` refuses what has no rule before anything runs; `replay` builds the doubled program. Neither
touches any state outside the graph being built.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from shapviz.errors import UnsupportedOpError, complaint
from shapviz.explainers.deep import discrete
from shapviz.explainers.deep.discrete import Flag
from shapviz.explainers.deep.entries import Mark, as_numbers, at_last, is_discrete
from shapviz.explainers.deep.pair import Pair, Tensor, Value, is_pair, sample_half
from shapviz.explainers.deep.replay import run_op
from shapviz.explainers.deep.rules import RULES, VALUE_FREE, Control, Rules
from shapviz.explainers.deep.rules.control import Again, bodies
from shapviz.explainers.deep.trace import CALLS, Body, Graph, bring_functions

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


def _flow(body: Body, varying: Sequence[Flag], rules: Rules) -> list[Flag]:
    """Which outputs vary with the input, refusing every op on the way that no rule covers."""
    varies = {tensor.name: flag for tensor, flag in zip(body.inputs, varying, strict=True)}
    for op in body.ops:
        flags = discrete.settled_flags(op, [varies[tensor.name] for tensor in op.inputs])
        if op.outputs and op.outputs[0].name in varies:
            continue
        after: Sequence[Flag]
        if not any(flags):
            after = [False] * len(op.outputs)
        elif op.type in CALLS:
            after = _flow(bodies(op)[0], flags, rules)
        elif _counts(op, rules) and any(isinstance(flag, Mark) for flag in flags):
            entered = [flag.entered if isinstance(flag, Mark) else flag for flag in flags]
            after = _ruled(op, entered, rules)
        elif _is_discrete(op, flags, rules):
            told = discrete.flow(op, flags)
            if isinstance(told, str):
                raise _refusal(op, f"{op.type} acts on what cannot be differentiated, and {told}")
            after = told
        elif op.type in VALUE_FREE:
            after = [False] * len(op.outputs)
        else:
            after = _ruled(op, flags, rules)
        varies.update({tensor.name: flag for tensor, flag in zip(op.outputs, after, strict=True)})
    return [varies[tensor.name] for tensor in body.outputs]


def _ruled(op: Any, flags: Sequence[Any], rules: Rules) -> list[Any]:
    """Which outputs vary by the op's rule, or a refusal."""
    if not any(flags):
        return [False] * len(op.outputs)
    if op.type not in rules:
        raise _refusal(op, f"There is no rule for {op.type}")
    rule = rules[op.type]
    if isinstance(rule, Control):
        told = rule.flow(op, flags, _again(rules))
    else:
        told = rule.objection(op, flags) or rule.varies(op, flags)
    if isinstance(told, str):
        raise _refusal(op, f"{op.type} has a rule, but not where {told}")
    return told


def _counts(op: Any, rules: Rules) -> bool:
    """Whether whole numbers and truth values go into this op as the numbers they are."""
    return op.type.startswith("TensorList") or (
        op.type not in CALLS and isinstance(rules.get(op.type), Control)
    )


def _is_discrete(op: Any, flags: Sequence[Flag], rules: Rules) -> bool:
    """Whether the op is one for the table of what cannot be differentiated."""
    return (
        any(isinstance(flag, Mark) for flag in flags)
        or discrete.cuts(op)
        or discrete.picks(op, [bool(flag) for flag in flags])
        or (op.type not in rules and discrete.makes_discrete(op))
    )


def flow_through(op: Any, varying: Sequence[Flag]) -> list[Flag]:
    """Which outputs of a single op vary where these of its inputs do; else its refusal."""
    return _flow(Body(tuple(op.inputs), tuple(op.outputs), (op,)), varying, RULES)


def input_flag(graph: Graph) -> Flag:
    """How the model's input varies: as numbers, or as what cannot be differentiated."""
    return True if graph.dtype.is_floating else Mark(straight=False)


def check(graph: Graph, rules: Rules = RULES, *, straight: bool = False) -> None:
    """Refuse, before anything is computed, a graph with an op that no rule covers.

    `straight` asks for Gradient, which only needs to follow an input that is not differentiated
    to where floats are made of it.

    Raises
    ------
    UnsupportedOpError
        Naming the op, its place in the model, and what to use instead.
    """
    whole = Mark(straight) if straight or not graph.dtype.is_floating else True
    _flow(graph.body, [whole, *[False] * len(graph.captures)], rules)


def replay(
    body: Body, arguments: Sequence[Value], notes: list[Tensor], rules: Rules = RULES
) -> list[Value]:
    """The body's outputs for these arguments, pairs where they depend on a pair.

    Parameters
    ----------
    body : Body
    arguments : sequence of tensors and Pairs
        One for each of the body's inputs.
    notes : list
        Filled with the scalar residuals of rules that use a quadrature.
    rules : mapping, default `RULES`
        Op type → rule.
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
                for tensor, value in zip(op.outputs, _step(op, inputs, notes, rules), strict=True)
            }
        )
    return [known[tensor.name] for tensor in body.outputs]


def _step(op: Any, inputs: list[Value], notes: list[Tensor], rules: Rules) -> list[Value]:
    if op.type in CALLS:
        return replay(bodies(op)[0], inputs, notes, rules)
    if _counts(op, rules):
        inputs = [as_numbers(value) if is_discrete(value) else value for value in inputs]
    inputs = discrete.settled(op, inputs)
    varies = [is_pair(value) for value in inputs]
    if any(map(is_discrete, inputs)) or (any(varies) and _is_discrete(op, varies, rules)):
        return discrete.apply(op, inputs)
    if op.type in VALUE_FREE or not any(is_pair(value) for value in inputs):
        bring_functions(op)
        return run_op(op, [sample_half(value) for value in inputs])
    rule = rules[op.type]
    if isinstance(rule, Control):
        return rule.apply(op, inputs, notes, _again(rules))
    outputs = rule.apply(op, inputs, notes)
    return [
        value if flag else sample_half(value)
        for value, flag in zip(outputs, rule.varies(op, varies), strict=True)
    ]


def _again(rules: Rules) -> Again:
    """This module, for the rules of ops with bodies of their own."""
    return Again(partial(_flow, rules=rules), partial(replay, rules=rules))


def linked_pair(graph: Graph, argument: Value, rules: Rules = RULES) -> tuple[Pair, list[Tensor]]:
    """The model's output (n, outputs) for n pairs of its input (`pair_entry`), and the notes."""
    notes: list[Tensor] = []
    (output,) = replay(graph.body, [argument, *graph.captures], notes, rules)
    output = at_last(output)
    if not is_pair(output):
        # A model that ignores its input: nothing varies and every multiplier is zero.
        output = Pair(output, output)
    return output, notes


def linked_points(graph: Graph, argument: Value) -> Tensor:
    """The model's output (n, outputs) for points on the straight way (`straight_entry`)."""
    return at_last(replay(graph.body, [argument, *graph.captures], [])[0])
