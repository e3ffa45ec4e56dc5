"""SHAP values computed elsewhere become Explanations, and ours become files for other tools.

shap's own objects: `Explanation.from_shap` and `.to_shap`.
"""

from __future__ import annotations

from shapviz.interop.files import read_values
from shapviz.interop.values import from_values
from shapviz.interop.writing import write_csv, write_parquet, write_shap

__all__ = ["from_values", "read_values", "write_csv", "write_parquet", "write_shap"]
