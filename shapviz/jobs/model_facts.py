"""What a registered model says of itself, as far as it does: from a record to facts and words.

Pure: a record of the store in, numbers, names and sentences out; no model is opened.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shapviz.labels import count, several

__all__ = ["ModelFacts", "facts_of"]

FORMATS = {
    "keras": ("keras", "Keras model"),
    "h5": ("keras", "Keras model"),
    "hdf5": ("keras", "Keras model"),
    "saved_model": ("", "TensorFlow SavedModel"),
    "skops": ("sklearn", "scikit-learn model"),
    "pkl": ("", "Pickled model"),
    "pickle": ("", "Pickled model"),
    "joblib": ("", "Pickled model"),
    "onnx": ("onnx", "ONNX model"),
    "json": ("xgboost", "XGBoost model"),
    "ubj": ("xgboost", "XGBoost model"),
    "txt": ("lightgbm", "LightGBM model"),
    "cbm": ("catboost", "CatBoost model"),
}
"""Ending of a file → kind of model that methods speak of, and what to call it."""


@dataclass(frozen=True)
class ModelFacts:
    """What a model says of itself, as far as it does.

    Attributes
    ----------
    kind : str
        As methods speak of it: "keras", "sklearn", "xgboost" …; empty when unknown.
    title : str
        What it is, in words.
    features : tuple of str
        Columns it was trained on; empty where it does not say.
    shape : tuple of (int or None), or None
        Of one sample; None for a size that it leaves open, and for the whole where unknown.
    outputs : tuple of str
        Names, where it has some.
    n_outputs, parameters : int or None
    numbers, texts : bool
        Whether it answered when it was asked about numbers, and about texts.
    scales : bool
        Whether it has layers that scale what it is given.
    method : str or None
        "linear" or "tree" where its own form gives its values, "" where not; None where unknown.
    """

    kind: str = ""
    title: str = "Model"
    features: tuple[str, ...] = ()
    shape: tuple[int | None, ...] | None = None
    outputs: tuple[str, ...] = ()
    n_outputs: int | None = None
    parameters: int | None = None
    numbers: bool = False
    texts: bool = False
    scales: bool = False
    method: str | None = None

    @property
    def width(self) -> int | None:
        """Features of one sample, for a model of tables; None where it does not say."""
        if self.features:
            return len(self.features)
        return self.shape[0] if self.shape is not None and len(self.shape) == 1 else None

    @property
    def picture(self) -> tuple[int, int, int] | None:
        """Height, width and channels of what it takes, where that is a picture; else None.

        Examples
        --------
        >>> ModelFacts(shape=(32, 48, 3)).picture, ModelFacts(shape=(None, None, 3)).picture
        ((32, 48, 3), None)
        """
        if self.shape is None or len(self.shape) != 3:
            return None
        height, width, channels = self.shape
        if height is None or width is None or channels not in (1, 3):
            return None
        return height, width, channels

    @property
    def line(self) -> str:
        """What it is, in one sentence.

        Examples
        --------
        >>> ModelFacts("keras", "Keras model", shape=(10,), n_outputs=1, parameters=897).line
        'Keras model: 10 features in, one number out; 897 parameters.'
        """
        parts = [_in(self), _out(self)]
        told = ", ".join(part for part in parts if part)
        sized = "" if self.parameters is None else several(self.parameters, "parameter")
        rest = "; ".join(part for part in (told, sized) if part)
        return f"{self.title}: {rest}." if rest else f"{self.title}."


def facts_of(record: Any) -> ModelFacts:
    """Return what is known of a registered model: its own words, else what its format tells."""
    kind, title = FORMATS.get(record.format, ("", f"Model ({record.format})"))
    told = record.facts or {}
    shape = told.get("shape")
    return ModelFacts(
        kind=str(told.get("library") or kind),
        title=title,
        features=tuple(told.get("feature_names") or ()),
        # A size that is not fixed is told as 0.
        shape=None if shape is None else tuple(size or None for size in shape),
        outputs=tuple(told.get("output_names") or ()),
        n_outputs=told.get("outputs"),
        parameters=told.get("parameters"),
        numbers=told.get("ran") is True,
        texts=told.get("texts") is True,
        scales=told.get("scales") is True,
        method=told.get("method"),
    )


def _in(facts: ModelFacts) -> str:
    if facts.texts:
        return "text in"
    if facts.width is not None:
        return f"{several(facts.width, 'feature')} in"
    if facts.shape:
        return f"{' × '.join('any' if n is None else count(n) for n in facts.shape)} in"
    return ""


def _out(facts: ModelFacts) -> str:
    n = len(facts.outputs) or facts.n_outputs
    if n is None:
        return ""
    return "one number out" if n == 1 else f"{count(n)} numbers out"
