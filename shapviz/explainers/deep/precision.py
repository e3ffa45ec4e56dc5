"""Tracing a model in float32 whose layers compute in half precision."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

HALF = ("float16", "bfloat16")


@contextmanager
def full_precision(model: Any) -> Iterator[None]:
    """Within the block, layers of the model that compute in half precision do so in float32.

    Differences between sample and baseline lose their digits in half precision, so that nothing
    would add up. Weights are not touched, and the policies are put back on the way out.
    """
    policies = [
        (layer, layer.dtype_policy)
        for layer in model._flatten_layers(include_self=True, recursive=True)
        if layer.compute_dtype in HALF and layer.dtype_policy.quantization_mode is None
    ]
    try:
        for layer, _ in policies:
            layer.dtype_policy = "float32"
        yield
    finally:
        for layer, policy in policies:
            layer.dtype_policy = policy
