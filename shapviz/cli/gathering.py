"""What `shapviz explain` is given, read and judged before there is a store or a job."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapviz.cli.material import Rows, is_zip, read_pictures, read_rows

if TYPE_CHECKING:
    from shapviz.cli.columns import Chosen
    from shapviz.cli.facts import Told
    from shapviz.types import Cancel

__all__ = ["Files", "Material", "gathered"]


@dataclass(frozen=True)
class Files:
    """The files that were named, and how background rows are drawn."""

    model: Path
    data: Path
    how: Mapping[str, Any]
    background: Path | None
    trusted: bool


@dataclass(frozen=True)
class Material:
    """What is in them: the model's not opened, the others' rows; and what columns are for."""

    files: Files
    told: Told
    rows: Rows
    background: Rows | None
    columns: Chosen


def gathered(
    files: Files,
    asked: Chosen,
    texts: bool,
    store: str | None,
    say: Callable[[str], None],
    cancel: Cancel,
) -> Material:
    """Return the rows, and what their columns are for; what is wrong with them is an error.

    Parameters
    ----------
    files : Files
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
        A file cannot be read, the model cannot be opened, or it cannot take these rows.
    JobCancelled
        `cancel` was set.
    """
    from shapviz.cli.columns import check_columns, settled
    from shapviz.cli.facts import told_by
    from shapviz.models.loading import check_file

    check_file(files.model, trusted=files.trusted)
    options = {"--data": files.data, "--background": files.background}
    rows = {
        option: read_rows(option, path)
        for option, path in options.items()
        if path is not None and not is_zip(path)
    }
    spoken = asked.asked
    wanted = [*(spoken["features"] or ()), asked.target, asked.names, *spoken["metadata"]]
    if "--data" in rows:
        check_columns("--data", rows["--data"].content, wanted)
    told = told_by(files.model, trusted=files.trusted, store=store, say=say, cancel=cancel)
    facts = told.of_model
    if texts and told.facts is None:
        facts = replace(facts, texts=True)
    for option, path in options.items():
        if path is not None and is_zip(path):
            rows[option] = read_pictures(option, path, facts, cancel)
            check_columns(option, rows[option].content, wanted)
            for note in rows[option].notes:
                say(note)
    found = settled(asked, rows["--data"].content, facts, files.data.name)
    if found.said:
        say(found.said)
    others = rows.get("--background")
    if others is not None:
        check_columns("--background", others.content, found.asked["features"] or ())
    return Material(files, told, rows["--data"], others, found)
