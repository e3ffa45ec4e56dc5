"""Deep beside shap's Deep, where both mean the same; shap runs in child processes."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from tests.conftest import missing

pytest.importorskip("keras")


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "Dense, relu",
        "Dense, softplus",
        "Dense, elu",
        "Conv, average pooling",
        "Conv, batch norm",
        "Conv, max pooling",
        "Conv, overlapping max pooling",
    ],
)
def test_values_are_those_of_shap_on_logits(name):
    if find_spec("shap") is None:
        missing("shap is not installed: it comes with the `test` extra")
    from benchmarks.deep_parts.agreement import difference, nets

    assert difference(nets()[name]) <= 1e-4
