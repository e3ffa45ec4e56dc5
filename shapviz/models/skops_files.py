"""scikit-learn models in skops files: only types that are data, unless the source is trusted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from shapviz.errors import InputError, complaint

__all__ = ["DATA_ALONE", "read_skops"]

DATA_ALONE = (
    "collections.OrderedDict",
    "collections.defaultdict",
    "lightgbm.basic.Booster",
    "lightgbm.sklearn.LGBMClassifier",
    "lightgbm.sklearn.LGBMRegressor",
    "numpy.dtype",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.compose._column_transformer._RemainderColsList",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.gaussian_process.kernels.ConstantKernel",
    "sklearn.gaussian_process.kernels.Matern",
    "sklearn.gaussian_process.kernels.Product",
    "sklearn.gaussian_process.kernels.RBF",
    "sklearn.gaussian_process.kernels.Sum",
    "sklearn.gaussian_process.kernels.WhiteKernel",
    "sklearn.metrics._dist_metrics.EuclideanDistance64",
    "sklearn.metrics._dist_metrics.MinkowskiDistance64",
    "sklearn.neighbors._kd_tree.KDTree",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
    "sklearn.tree._tree.Tree",
    "sklearn.utils._bunch.Bunch",
    "xgboost.core.Booster",
    "xgboost.sklearn.XGBClassifier",
    "xgboost.sklearn.XGBRegressor",
)
"""Types beyond skops' own list that hold numbers and settings and run no code from the file. The
list is fixed: nothing in a file can add to it."""


def read_skops(path: Path, *, trusted: bool) -> Any:
    """The object in a skops file.

    Raises
    ------
    InputError
        It holds a type that is neither on skops' list nor on ours; the message names them.
    """
    import skops.io

    unknown = skops.io.get_untrusted_types(file=path)
    beyond = sorted(set(unknown) - set(DATA_ALONE))
    if beyond and not trusted:
        named = ", ".join(beyond[:5]) + (f" and {len(beyond) - 5} more" if len(beyond) > 5 else "")
        raise InputError(
            complaint(
                "trusted",
                f"be True to open {str(path)!r}, which holds types that could run code: {named}",
                trusted,
                "Only if you trust where it comes from.",
            )
        )
    return skops.io.load(path, trusted=unknown)
