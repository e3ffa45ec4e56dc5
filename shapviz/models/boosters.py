"""Gradient boosters: what XGBoost, LightGBM and CatBoost have in common as predictors.

A booster answers in probabilities or its own units, and underneath in margins: the sums of its
trees' leaves. Its library also says how the features share a margin.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shapviz.errors import InputError, complaint
from shapviz.models.base import Predictor

__all__ = ["BoosterPredictor", "comes_from", "shared", "shared_pairs"]

Floats = NDArray[np.float64]


class BoosterPredictor(Predictor):
    """A booster asked for its answers, or with `margin` for its margins.

    Parameters
    ----------
    model : object
        A booster or its library's wrapper in scikit-learn's manner.
    margin : bool
        Whether to ask for margins.
    output_names, model_id
        As `as_predictor` takes them; of two names the second is the margin's.

    Attributes
    ----------
    margin_units : str
        "log-odds" for two classes, "margin" for more, "log" where the answer is the margin's
        exponential, else "".
    """

    def __init__(
        self,
        model: Any,
        *,
        margin: bool = False,
        output_names: Sequence[str] | None = None,
        model_id: str | None = None,
    ) -> None:
        self.margin = margin
        self.margin_units = self._margin_units(model)
        names = self._class_names(model) if output_names is None else tuple(output_names)
        if margin and names is not None and len(names) == 2 and self.margin_units == "log-odds":
            names = names[1:]
        columns = self._columns(model)
        super().__init__(
            model,
            output_names=names,
            model_id=model_id,
            feature_names=columns,
            feature_shape=(self._width(model),),
            units=self.margin_units if margin else self._units(model),
        )

    def as_margins(self, output_names: Sequence[str] | None, model_id: str | None) -> Any:
        """The same booster asked for its margins."""
        return type(self)(self.model, margin=True, output_names=output_names, model_id=model_id)

    @abstractmethod
    def contributions(self, rows: Any) -> tuple[Floats, Floats]:
        """The library's own SHAP values (n, d, K) of the margins, and their base values (n, K)."""

    @abstractmethod
    def _margin_units(self, model: Any) -> str: ...

    @abstractmethod
    def _units(self, model: Any) -> str: ...

    @abstractmethod
    def _class_names(self, model: Any) -> tuple[str, ...] | None:
        """Names of the outputs when not asked for margins; None without classes."""

    @abstractmethod
    def _columns(self, model: Any) -> tuple[str, ...] | None:
        """Names of the columns it was trained on, where it was given any."""

    @abstractmethod
    def _width(self, model: Any) -> int: ...

    def _label(self, name: str) -> str:
        """A column's name as the library keeps it."""
        return name

    def as_trained(self, rows: Any) -> Any:
        """Rows with the columns the booster was trained on, in their order, named as there.

        Raises
        ------
        InputError
            A table without one of the columns.
        """
        if self.feature_names is None:
            # Trained without names: a table's names would be taken for other columns.
            return rows.to_numpy() if isinstance(rows, pd.DataFrame) else rows
        if not isinstance(rows, pd.DataFrame):
            return pd.DataFrame(rows, columns=list(self.feature_names))
        labels = {self._label(str(label)): label for label in rows.columns}
        missing = [name for name in self.feature_names if name not in labels]
        if missing:
            raise InputError(
                complaint(
                    "rows",
                    f"have the columns the model was trained on, {missing[0]!r} too",
                    rows,
                    "Rename or add the missing columns.",
                )
            )
        ordered = rows[[labels[name] for name in self.feature_names]]
        return ordered.set_axis(list(self.feature_names), axis=1)


def comes_from(model: Any, library: str, *names: str) -> bool:
    """Whether a class of that library and one of these names is among the model's classes.

    Told by name, so that the library need not be loaded.
    """
    return any(
        kind.__name__ in names and kind.__module__.split(".")[0] == library
        for kind in type(model).__mro__
    )


def shared_pairs(table: Any, width: int) -> Floats:
    """Interactions (n, [K,] d+1, d+1) as (n, d, d, K), the base value's row and column left out."""
    array = np.asarray(table, dtype=np.float64)
    array = array.reshape(len(array), -1, width + 1, width + 1)
    return np.moveaxis(array[:, :, :-1, :-1], 1, -1)


def shared(table: Any, width: int) -> tuple[Floats, Floats]:
    """Contributions with the base value in the last column, (n, [K,] d+1), taken apart."""
    array = np.asarray(table, dtype=np.float64)
    array = array.reshape(len(array), -1, width + 1)
    return np.swapaxes(array[:, :, :-1], 1, 2), array[:, :, -1]
