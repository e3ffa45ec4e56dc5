"""Which versions an explanation was made with."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version

import numpy as np

VERSIONED = ("keras", "tensorflow", "sklearn", "xgboost", "lightgbm", "catboost", "onnxruntime")
"""Libraries whose version is recorded when they are loaded."""


def versions() -> dict[str, str]:
    """Versions of this package, Python, NumPy and of each model library that is loaded."""
    try:
        own = version("shapviz")
    except PackageNotFoundError:
        own = "not installed"
    found = {
        "shapviz": own,
        "numpy": np.__version__,
        "python": ".".join(str(part) for part in sys.version_info[:3]),
    }
    for name in VERSIONED:
        if name in sys.modules:
            found[name] = str(getattr(sys.modules[name], "__version__", "unknown"))
    return found
