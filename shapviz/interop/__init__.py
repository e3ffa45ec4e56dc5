"""SHAP values computed elsewhere become Explanations: arrays, tables, CSV and Parquet files.

shap's own objects: `Explanation.from_shap` and `.to_shap`.
"""

from __future__ import annotations

from shapviz.interop.files import read_values
from shapviz.interop.values import from_values

__all__ = ["from_values", "read_values"]
