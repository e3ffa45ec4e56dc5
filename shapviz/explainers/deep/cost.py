"""How much work one row is, read off the graph, so that batches are the same on every machine."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

from shapviz.explainers.deep.rules.control import bodies, turns
from shapviz.explainers.deep.trace import Body, Graph

KERNELS = {"MatMul": 1, "Conv2D": 1, "Conv3D": 1, "DepthwiseConv2dNative": 1}
"""Ops whose work is more than the size of their output, and where their weights are."""

PRODUCTS_PER_ELEMENT = 50
"""Multiply-adds in a convolution that take as long as one element written elsewhere."""

CALL_WORK = 1.5e8
"""Element visits per call: about 0.3 s on two cores, so that cancel is heard."""

CALL_ELEMENTS = 2e7
"""Elements of one forward pass held per call; about five times as many floats are alive."""

LEAST_PAIRS = 4
"""Pairs per call of a net so large that less would do: kernels are slow on single rows."""

LEAST_ELEMENTS = 5e7
"""Elements of one forward pass above which even `LEAST_PAIRS` are too many."""

MOST_OUTPUTS = 10
"""Outputs differentiated per call."""

WORTH_COMPILING = 4e9
"""Work (about 8 s) above which some seconds of compiling pay."""

COMPILABLE = 1500
"""Ops times outputs per call above which compiling would take longer than it saves."""


@dataclass(frozen=True)
class Plan:
    """How a whole call is cut: samples, baselines and outputs in each step, and whether fused."""

    samples: int
    baselines: int
    outputs: int
    fused: bool


def _size(shape: Any) -> int:
    """Elements of one row of a tensor; unknown extents count as one."""
    if shape.rank is None or shape.rank == 0:
        return 1
    return prod(extent or 1 for extent in shape[1:])


def visits(body: Body, products: bool = True) -> float:
    """Elements written while one row passes through the body, products counted in or not."""
    total = 0.0
    for op in body.ops:
        # What holds weights has a known first extent; only tensors with a row axis count.
        rows = [t for t in op.outputs if t.shape.rank and t.shape[0] is None]
        size = sum(_size(tensor.shape) for tensor in rows)
        total += size
        inner = bodies(op)
        if inner:
            # Of a loop the condition is small; of branches the costliest may be taken.
            total += turns(op) * max(visits(each, products) for each in inner)
        elif not products:
            continue
        elif op.type in ("MaxPool", "MaxPool3D"):
            # Every element of a window is compared with every other.
            width = prod(op.get_attr("ksize"))
            total += size * width * max((width - 1) / 2, 1)
        elif op.type in KERNELS and rows:
            weights = op.inputs[KERNELS[op.type]].shape
            if weights.is_fully_defined() and weights[-1]:
                total += size * prod(weights) / weights[-1] / PRODUCTS_PER_ELEMENT
    return max(total, 1.0)


def has_text(body: Body) -> bool:
    """Whether text passes through the body, for which XLA has no kernels."""
    return any(
        tensor.dtype.name == "string" for op in body.ops for tensor in (*op.inputs, *op.outputs)
    ) or any(has_text(inner) for op in body.ops for inner in bodies(op))


def has_loop(body: Body) -> bool:
    """Whether a loop runs anywhere in the body, for whose gradient XLA has no fixed sizes."""
    return any(
        op.type in ("While", "StatelessWhile") or any(map(has_loop, bodies(op))) for op in body.ops
    )


def _even(total: int, most: int) -> int:
    """The size of equal blocks of at most `most`: what fills up the last one is computed too."""
    return -(-total // -(-total // most))


def plan(graph: Graph, samples: int, baselines: int, outputs: int) -> Plan:
    """Cut samples × baselines × outputs into steps bounded in memory and time."""
    each = visits(graph.body)
    k = min(outputs, MOST_OUTPUTS)
    pairs = max(int(min(CALL_WORK / (3 + k), CALL_ELEMENTS) / each), 1)
    if pairs < LEAST_PAIRS:
        held = int(LEAST_ELEMENTS / visits(graph.body, products=False))
        pairs = max(min(held, LEAST_PAIRS), pairs)
    b = _even(baselines, pairs)
    s = _even(samples, max(pairs // b, 1))
    work = each * samples * baselines * (3 + k) * -(-outputs // k)
    fused = work > WORTH_COMPILING and len(graph.body.ops) * k <= COMPILABLE
    fused = fused and not has_loop(graph.body) and not has_text(graph.body)
    return Plan(s, b, k, fused)
