"""What can be explained: models and tables to choose from, each in one line.

Pure: records in, choices and sentences out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shapviz.labels import count, several, shorten
from shapviz.samples import Demo
from shapviz.ui.explain_columns import is_number
from shapviz.uploads.gaps import Gaps

__all__ = [
    "DEMO_DATA",
    "ModelFacts",
    "ModelSource",
    "TableSource",
    "demo_models",
    "demo_table",
    "facts_of",
    "folder_models",
    "rows_line",
    "stored_models",
    "stored_tables",
]

DEMO_DATA = "demo"
"""Choice of the rows that a demo brings."""

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

LONGEST = 40


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


@dataclass(frozen=True)
class ModelSource:
    """A model that can be chosen.

    Attributes
    ----------
    id : str
        "demo:…" (name), "model:…" (digest) or "file:…" (name in the registered folder).
    label, line : str
        For the select, and the sentence below it.
    name : str
        For people.
    facts : ModelFacts
    about : mapping
        Words for the provenance that a demo brings.
    """

    id: str
    label: str
    name: str
    line: str = ""
    facts: ModelFacts = field(default_factory=ModelFacts)
    about: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_demo(self) -> bool:
        """Whether it brings its own data."""
        return self.id.startswith("demo:")

    @property
    def address(self) -> str:
        """Name or digest."""
        return self.id.partition(":")[2]


@dataclass(frozen=True)
class TableSource:
    """Rows that can be chosen.

    Attributes
    ----------
    id : str
        "demo", or "table:…" (digest).
    label, name : str
    rows : int
    shape : tuple of int
        Rows first; empty for a demo's.
    columns, dtypes : tuple of str
        Of a table; empty for arrays.
    dtype : str
        Of an array, as NumPy writes it; empty for tables.
    gaps : Gaps or None
        What of an array is no number, once it was looked for.
    missing : mapping
        Columns of a table to how many of their cells are empty, where any is.
    """

    id: str
    label: str
    name: str
    rows: int
    shape: tuple[int, ...] = ()
    columns: tuple[str, ...] = ()
    dtypes: tuple[str, ...] = ()
    dtype: str = ""
    gaps: Gaps | None = None
    missing: Mapping[str, int] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Digest."""
        return self.id.partition(":")[2]

    @property
    def is_table(self) -> bool:
        """Whether it has columns to choose from."""
        return bool(self.columns)

    @property
    def is_text(self) -> bool:
        """Whether it is an array of texts."""
        return self.dtype[1:2] == "U"

    @property
    def texts(self) -> tuple[str, ...]:
        """Columns that hold no numbers, by their types."""
        named = zip(self.columns, self.dtypes, strict=True)
        return tuple(name for name, dtype in named if not is_number(dtype))

    @property
    def line(self) -> str:
        """What it is, in one sentence."""
        return rows_line(self.rows, self.shape, len(self.columns))


def rows_line(rows: int, shape: Sequence[int], columns: int) -> str:
    """Return how much a table or an array holds.

    Examples
    --------
    >>> rows_line(20, (20, 3), 3), rows_line(12, (12, 8, 8, 1), 0)
    ('20 rows, 3 columns.', '12 samples of 8 × 8 × 1.')
    """
    if columns:
        return f"{several(rows, 'row')}, {several(columns, 'column')}."
    if len(shape) == 2:
        return f"{several(rows, 'row')}, {several(shape[1], 'feature')}."
    sizes = " × ".join(count(size) for size in shape[1:])
    return f"{several(rows, 'sample')} of {sizes}." if sizes else f"{several(rows, 'sample')}."


def folder_models(names: Iterable[str]) -> list[ModelSource]:
    """Return the files of the registered folder as choices."""
    line = "In this server’s folder of models; opened when it is chosen."
    return [ModelSource(f"file:{name}", f"Folder: {name}", name, line) for name in names]


def demo_models(demos: Iterable[Demo]) -> list[ModelSource]:
    """Return the demos as models to choose from."""
    return [
        ModelSource(
            id=f"demo:{demo.name}",
            label=f"Demo: {demo.title}",
            name=demo.title,
            line=f"{demo.model_name}: {demo.subtitle}.",
            facts=ModelFacts(kind=_kind_of_demo(demo), title=demo.model_name),
            about=demo.about,
        )
        for demo in demos
    ]


def demo_table(demo: Demo) -> TableSource:
    """Return the rows that a demo brings."""
    return TableSource(DEMO_DATA, f"The demo’s {demo.data_name}", demo.data_name, demo.samples)


def stored_models(records: Iterable[Any]) -> list[ModelSource]:
    """Return registered models (`ModelRecord`) as choices, in their order."""
    found = []
    for record in records:
        known = facts_of(record)
        found.append(
            ModelSource(
                id=f"model:{record.digest}",
                label=shorten(record.name, LONGEST),
                name=record.name,
                line=known.line,
                facts=known,
            )
        )
    return found


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
    )


def stored_tables(records: Iterable[Any]) -> list[TableSource]:
    """Return registered tables (`DataRecord`) as choices, in their order."""
    return [
        TableSource(
            id=f"table:{record.digest}",
            label=f"{shorten(record.name, LONGEST)} ({several(record.rows, _noun(record.shape))})",
            name=record.name,
            rows=record.rows,
            shape=tuple(record.shape),
            columns=tuple(record.columns),
            dtypes=tuple(record.dtypes) if record.columns else (),
            dtype="" if record.columns else record.dtypes[0],
        )
        for record in records
    ]


def _noun(shape: Sequence[int]) -> str:
    return "row" if len(shape) == 2 else "sample"


def _kind_of_demo(demo: Demo) -> str:
    explained = {job.explainer for job in demo.jobs}
    return "keras" if "deep" in explained else "sklearn"


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
