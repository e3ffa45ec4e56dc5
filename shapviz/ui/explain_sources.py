"""What can be explained: models and tables to choose from, each in one line.

Pure: records in, choices and sentences out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shapviz.jobs.columns import is_number
from shapviz.jobs.model_facts import ModelFacts, facts_of
from shapviz.labels import count, several, shorten
from shapviz.samples import Demo
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

LONGEST = 40


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
