"""The command line: serve the dashboard, and look after what is stored.

Imports nothing heavy: Streamlit and TensorFlow run in processes of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from shapviz.errors import InputError, ShapvizError, complaint
from shapviz.settings import Settings

if TYPE_CHECKING:
    from shapviz.explanation import Explanation
    from shapviz.store import Record, Store

__all__ = ["app"]

app = typer.Typer(
    help="Why did my model predict this? SHAP values, kept and shown.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

StoreOption = Annotated[
    str | None,
    typer.Option("--store", help="Folder or fsspec URL; default $SHAPVIZ_STORE or .store."),
]

KEY_SHOWN = 8
"""Characters of a key that are listed; every command takes its beginning."""
BAR_CELLS = 24
SHOWN = 12
UP, DOWN = "#C14F18", "#2672B7"


@contextmanager
def _told() -> Iterator[None]:
    """Turn an error of ours into its message and exit status 1."""
    try:
        yield
    except ShapvizError as error:
        # Messages hold paths and names, which are no markup.
        Console(stderr=True).print(Text(str(error)))
        raise typer.Exit(1) from error


def _open(url: str | None) -> Store:
    from shapviz.store import Store

    return Store(url or Settings().store)


def _full_key(store: Store, key: str) -> str:
    """A key from its beginning, as `shapviz list` may have been read; else as it is."""
    found = [record.key for record in store.list() if record.key.startswith(key)]
    return found[0] if len(found) == 1 else key


@app.command()
def serve(
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Default $SHAPVIZ_PORT or 8501.")
    ] = None,
    address: Annotated[
        str, typer.Option(help="To listen on; 0.0.0.0 lets other machines in.")
    ] = "127.0.0.1",
    store: StoreOption = None,
    demos: Annotated[bool, typer.Option(help="Make the demo explanations.")] = True,
) -> None:
    """Start the dashboard, and the worker that makes the demos."""
    from shapviz.jobs.serving import serve as run

    settings = Settings()
    console = Console()
    with _told():
        status = run(
            store or settings.store,
            settings.port if port is None else port,
            address=address,
            demos=demos,
            say=lambda line: console.print(Text(line)),
        )
    raise typer.Exit(status)


@app.command("list")
def list_(store: StoreOption = None) -> None:
    """List what is stored, newest first."""
    with _told():
        records = _open(store).list()
    if not records:
        Console().print("Nothing is stored yet. `shapviz serve` makes the demos.")
        return
    table = Table(box=None, pad_edge=False)
    for head in ("Key", "Name", "State", "Samples", "Explainer", "Gap", "Made"):
        right = head in ("Samples", "Gap")
        # Names give way in a narrow terminal; a cut number would be another number.
        wraps = head in ("Name", "State")
        table.add_column(head, justify="right" if right else "left", no_wrap=not wraps)
    for record in records:
        table.add_row(*(Text(cell) for cell in _cells(record)))
    Console().print(table)


def _cells(record: Record) -> tuple[str, ...]:
    from shapviz import labels

    state = record.state
    if state == "computing":
        share = record.done / record.samples if record.samples else 0.0
        state = f"computing, {share:.0%}"
    return (
        record.key[:KEY_SHOWN],
        record.name,
        state,
        labels.count(record.samples),
        record.explainer,
        labels.gap(record.gap),
        labels.date(record.created.astimezone()).split(",")[0],
    )


@app.command()
def show(
    key: Annotated[str, typer.Argument(help="Key, or its beginning.")],
    sample: Annotated[int, typer.Option(help="Position of the sample, from 0.")] = 0,
    output: Annotated[str | None, typer.Option(help="Output name; default the largest.")] = None,
    store: StoreOption = None,
) -> None:
    """Show why one prediction was made, as bars."""
    with _told():
        opened = _open(store)
        explanation = opened.get(_full_key(opened, key)).flat()
        if not -len(explanation) <= sample < len(explanation):
            raise InputError(
                complaint(
                    "--sample",
                    f"be from 0 to {len(explanation) - 1}",
                    sample,
                    "Choose a position in that range.",
                )
            )
        _print_sample(Console(), explanation[sample], output)


def _print_sample(console: Console, one: Explanation, output: str | None) -> None:
    import numpy as np

    from shapviz import labels

    name = str(np.asarray(one.output_names).ravel()[0])
    if one.has_outputs:
        names = [str(each) for each in np.asarray(one.output_names).ravel()]
        position = int(one.predictions[0].argmax())
        if output is not None and output not in names:
            raise InputError(
                complaint("--output", f"be one of {', '.join(names)}", output, "Name one of them.")
            )
        position = position if output is None else names.index(output)
        name = names[position]
        # Names of one sample only are not labels to select by.
        one = one[..., [position]]
    values = one.values.reshape(-1)
    base, prediction = float(one.base_values.ravel()[0]), float(one.predictions.ravel()[0])
    unit = one.units or None
    said = f"{name}: {labels.with_unit(prediction, unit)}, from a base value of "
    console.print(Text(f"{said}{labels.with_unit(base, unit)}", style="bold"))
    if one.truth is not None:
        console.print(Text(f"In fact: {labels.with_unit(one.truth[0], None)}"))
    order = np.argsort(-np.abs(values), kind="stable")
    largest = max(float(np.abs(values).max()), np.finfo(float).tiny)
    raw = None if one.display_data is None else one.display_data.reshape(-1)
    table = Table(box=None, show_header=False, pad_edge=False)
    for i in order[:SHOWN]:
        value = float(values[i])
        cells = round(BAR_CELLS * abs(value) / largest)
        feature = labels.shorten(one.feature_names[i])
        shown = "" if raw is None else labels.with_unit(raw[i], one.feature_units[i] or None)
        style = UP if value > 0 else DOWN
        bar = Text("█" * cells if cells else "▏", style=style)
        table.add_row(Text(feature), Text(shown), Text(labels.signed(value), style=style), bar)
    rest = values[order[SHOWN:]]
    if rest.size:
        others = Text(f"{rest.size} others")
        table.add_row(others, Text(""), Text(labels.signed(float(rest.sum()))), Text(""))
    console.print(table)
    gap = labels.signed(float(one.additivity_gap.ravel()[0]), 3)
    console.print(Text(f"Additivity gap {gap}. {one.provenance.get('explainer', 'Imported')}."))


@app.command()
def delete(
    key: Annotated[str, typer.Argument(help="Key, or its beginning.")], store: StoreOption = None
) -> None:
    """Remove an explanation and its files."""
    with _told():
        opened = _open(store)
        full = _full_key(opened, key)
        name = opened.record(full).name
        opened.delete(full)
    Console().print(Text(f"Deleted {name} ({full})."))


@app.command()
def verify(
    key: Annotated[str | None, typer.Argument(help="Key; default everything.")] = None,
    store: StoreOption = None,
) -> None:
    """Compare every stored array with its checksum; exit status 1 if one differs."""
    damaged = checked = 0
    console = Console()
    with _told():
        opened = _open(store)
        full = None if key is None else _full_key(opened, key)
        for each, problem in opened.verify(full):
            checked += 1
            if problem is not None:
                damaged += 1
                console.print(Text(f"{each}: {problem}"))
    console.print(f"{checked} checked, {damaged} damaged.")
    raise typer.Exit(1 if damaged else 0)
