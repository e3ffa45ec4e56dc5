"""What the interpreter carries: a plain tensor, or a tensor at the sample and at the baseline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Tensor = Any
"""A symbolic ``tf.Tensor``; TensorFlow has no type stubs."""


@dataclass(frozen=True, eq=False)
class Pair:
    """A tensor that depends on the input, at both ends of the difference being explained.

    Only the sample half is differentiated; the baseline half is a constant to autodiff, which is
    what makes reverse mode over the doubled program return one multiplier per pair.
    """

    sample: Tensor
    baseline: Tensor


Value = Tensor | Pair


def sample_half(value: Value) -> Tensor:
    """The tensor at the sample; a plain tensor is its own."""
    return value.sample if isinstance(value, Pair) else value


def baseline_half(value: Value) -> Tensor:
    """The tensor at the baseline; a plain tensor is its own."""
    return value.baseline if isinstance(value, Pair) else value


def is_pair(value: Value) -> bool:
    """Whether the value depends on the model's input."""
    return isinstance(value, Pair)
