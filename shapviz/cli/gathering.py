"""What `shapviz explain` is given, read and judged before there is a store or a job."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapviz.cli.material import Rows, check_some, check_there, is_zip, read_pictures, read_rows

if TYPE_CHECKING:
    from shapviz.cli.columns import Chosen
    from shapviz.cli.facts import Told
    from shapviz.types import Cancel

__all__ = ["Files", "Material", "gathered", "read_files"]


@dataclass(frozen=True)
class Files:
    """The files that were named, and how background rows are drawn."""

    model: Path
    data: Path
    how: Mapping[str, Any]
    background: Path | None
    trusted: bool

    @property
    def options(self) -> dict[str, Path]:
        """Files of rows, by the option that named each."""
        background = {} if self.background is None else {"--background": self.background}
        return {"--data": self.data, **background}


@dataclass(frozen=True)
class Material:
    """What is in them: the model's not opened, the others' rows; and what columns are for."""

    files: Files
    told: Told
    rows: Rows
    background: Rows | None
    columns: Chosen


def read_files(files: Files, asked: Chosen) -> dict[str, Rows]:
    """Return what is in the tables and arrays, by option; pictures wait for the model's size.

    Raises
    ------
    InputError
        A file is not there or cannot be read, or lacks a column that was asked for.
    """
    from shapviz.cli.columns import check_columns
    from shapviz.models.loading import check_file

    check_file(files.model, trusted=files.trusted)
    rows = {}
    for option, path in files.options.items():
        if is_zip(path):
            check_there(option, path)
        else:
            rows[option] = read_rows(option, path)
            check_some(option, rows[option].content)
    if "--data" in rows:
        check_columns("--data", rows["--data"].content, asked.named)
    return rows


def gathered(
    files: Files,
    rows: Mapping[str, Rows],
    asked: Chosen,
    texts: bool,
    store: str | None,
    say: Callable[[str], None],
    cancel: Cancel,
) -> Material:
    """Return all rows, and what their columns are for; what is wrong with them is an error.

    Parameters
    ----------
    files : Files
    rows : mapping
        As `read_files` returns them.
    asked : Chosen
        What was said of columns.
    texts : bool
        Whether what was said means texts: it counts where nothing is known of the model.
    store : str or None
        Where the model may be known; not made.
    say : callable
        Hears one line at a time of what was assumed.
    cancel : Cancel

    Raises
    ------
    ShapvizError
        The model or a zip cannot be opened, or the model cannot take these rows.
    JobCancelled
        `cancel` was set.
    """
    from shapviz.cli.columns import check_background, check_columns, settled
    from shapviz.cli.facts import told_by

    told = told_by(files.model, trusted=files.trusted, store=store, say=say, cancel=cancel)
    facts = told.of_model
    if texts and told.facts is None:
        facts = replace(facts, texts=True)
    every = dict(rows)
    for option, path in files.options.items():
        if option not in rows:
            every[option] = read_pictures(option, path, facts, cancel)
            check_columns(option, every[option].content, asked.named)
            for note in every[option].notes:
                say(note)
    found = settled(asked, every["--data"].content, facts, files.data.name)
    if found.said:
        say(found.said)
    others = every.get("--background")
    if others is not None:
        spoken = found.asked["features"] or ()
        check_background(others.content, spoken, facts, str(files.options["--background"].name))
    return Material(files, told, every["--data"], others, found)
