"""`shapviz export` and `import`: one explanation as a file for people, programs, another store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from shapviz.cli.common import StoreOption, full_key, made_store, open_store, position, told
from shapviz.cli.terminal import one_line
from shapviz.errors import InputError, Words, complaint

if TYPE_CHECKING:
    from shapviz.explanation import Explanation
    from shapviz.store import Store

__all__ = ["export", "import_"]


@dataclass(frozen=True)
class Asked:
    """What is exported, from where to where."""

    store: Store
    key: str
    file: Path
    sample: str | None
    output: str | None


def _html(asked: Asked) -> str:
    from shapviz.interop.replacing import replacing
    from shapviz.reports import overview_page, sample_page

    record, explanation = asked.store.record(asked.key), asked.store.get(asked.key)
    about: dict[str, Any] = {
        "name": record.name,
        "output": asked.output,
        "facts": {"key": record.key, "made": record.created.isoformat(timespec="seconds")},
    }
    if asked.sample is None:
        page = overview_page(explanation, **about)
    else:
        page = sample_page(explanation, position(explanation, asked.sample), **about)
    with replacing(asked.file) as file:
        file.write(page)
    return "It needs no network and no server: open it in a browser, send it, print it."


def _csv(asked: Asked) -> str:
    from shapviz.interop import write_csv
    from shapviz.labels import several

    explanation = asked.store.get(asked.key)
    words = _words(explanation)
    guarded = write_csv(explanation, asked.file, words=words)
    if not guarded:
        return ""
    noun = "cell" if words else "name"
    return f"{several(guarded, noun)} that a spreadsheet would run got a ' in front."


def _parquet(asked: Asked) -> str:
    from shapviz.interop import write_parquet

    explanation = asked.store.get(asked.key)
    write_parquet(explanation, asked.file, words=_words(explanation))
    return ""


def _words(explanation: Explanation) -> list[int]:
    """Features that are the tokens of a text: their names are places, which tell nothing."""
    from math import prod

    from shapviz.views import modality
    from shapviz.views.modality import inputs_of_kind

    texts = inputs_of_kind(explanation, "text")
    if not texts:
        is_text = modality(explanation) == "text"
        return list(range(prod(explanation.feature_shape))) if is_text else []
    found: list[int] = []
    start = 0
    for name, shape in (explanation.inputs or {}).items():
        width = prod(shape)
        found += range(start, start + width) if name in texts else []
        start += width
    return found


def _shap(asked: Asked) -> str:
    from shapviz.interop import write_shap
    from shapviz.interop.writing import shap_line

    write_shap(asked.store.get(asked.key), asked.file)
    return f"Read it with: {shap_line(asked.file)}"


def _zip(asked: Asked) -> str:
    asked.store.export(asked.key, asked.file)
    return "Take it into another store with: shapviz import FILE.zip --store …"


@dataclass(frozen=True)
class Format:
    """How a format's files end, who writes one, and whether it can be of one sample or output."""

    ending: str
    write: Callable[[Asked], str]
    narrows: bool = False


FORMATS = {
    "html": Format(".html", _html, narrows=True),
    "csv": Format(".csv", _csv),
    "parquet": Format(".parquet", _parquet),
    "shap": Format(".npz", _shap),
    "zip": Format(".zip", _zip),
}
"""A writer returns what is to be said about its file."""


def export(
    key: Annotated[str, typer.Argument(help="Key, or its beginning.")],
    file: Annotated[Path, typer.Argument(help="Its ending says the format; it is replaced.")],
    format_: Annotated[
        str | None,
        typer.Option("--format", help=f"{', '.join(FORMATS)}; default by the file's ending."),
    ] = None,
    sample: Annotated[
        str | None, typer.Option(help="html: of this sample, from 0, or its name; default all.")
    ] = None,
    output: Annotated[str | None, typer.Option(help="html: of this output.")] = None,
    store: StoreOption = None,
) -> None:
    """Write an explanation to a file.

    html is one self-contained page, of all samples or of one. csv and parquet hold the table of
    `Explanation.to_frame`, and of texts the words: a column "token 0: text" for "token 0". shap is
    .npz, read without pickle. zip is everything, for another store.
    """
    console = Console(soft_wrap=True)
    with told():
        chosen = chosen_format(file, format_)
        _refuse_narrowing(chosen, sample, output)
        opened = open_store(store)
        full = full_key(opened, key)
        name = one_line(opened.record(full).name)
        said = FORMATS[chosen].write(Asked(opened, full, file, sample, output))
        console.print(Text(f"{name} ({full}) is in {file}, {_size(file)}."))
        if said:
            console.print(Text(one_line(said)))


def import_(
    file: Annotated[Path, typer.Argument(help="A .zip that `shapviz export` wrote.")],
    name: Annotated[str | None, typer.Option(help="For people; default its own.")] = None,
    trusted: Annotated[
        bool,
        typer.Option(
            "--trusted", help="You know who made it: asked again, it answers for its model."
        ),
    ] = False,
    store: StoreOption = None,
) -> None:
    """Take an explanation from a zip into a store, which is made if need be.

    The file is treated as hostile: sizes, types and checksums are compared before anything is
    made of it, and nothing in it is run.
    """
    console = Console(soft_wrap=True)
    with told():
        opened = made_store(store)
        key = opened.import_(file, name=name, trusted=trusted)
        console.print(Text(f"{one_line(opened.record(key).name)} ({key}) is in {opened.url}."))


def chosen_format(file: Path, named: str | None) -> str:
    """Return the format that was named, or that the file's ending says.

    Raises
    ------
    InputError
        Neither is known.
    """
    if named in FORMATS:
        return named
    if named is not None:
        raise InputError(
            complaint("--format", f"be one of {', '.join(FORMATS)}", named, "Name one of them.")
        )
    ending = file.suffix.lower()
    for name, each in FORMATS.items():
        if each.ending == ending:
            return name
    endings = ", ".join(each.ending for each in FORMATS.values())
    raise InputError(
        complaint("file", f"end in {endings}", str(file), "Or name the format with --format.")
    )


def _refuse_narrowing(chosen: str, sample: str | None, output: str | None) -> None:
    if FORMATS[chosen].narrows or (sample is None and output is None):
        return
    option, got = ("--output", output) if sample is None else ("--sample", sample)
    raise InputError(
        complaint(
            option,
            "be given for html alone",
            Words(f"{got} for {chosen}"),
            f"Leave it out: {chosen} holds every sample and output.",
        )
    )


def _size(file: Path) -> str:
    size = file.stat().st_size
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(1, round(size / 1e3))} kB"
