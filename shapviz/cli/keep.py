"""`shapviz list`, `delete` and `verify`: what is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from shapviz.cli import terminal
from shapviz.cli.common import StoreOption, catalogue_of, check_store, full_key, open_store, told
from shapviz.cli.terminal import one_line

if TYPE_CHECKING:
    from shapviz.store import Record

__all__ = ["delete", "list_", "verify"]

KEY_SHOWN = 8
"""Characters of a key that are listed in a terminal; every command takes its beginning."""


def list_(store: StoreOption = None) -> None:
    """List what is stored, newest first.

    In a terminal a table. Elsewhere one line an explanation, its seven fields separated by tabs:
    whole key, name, state, samples, explainer, mean absolute gap, moment of making (ISO 8601).
    """
    from shapviz.store.listing import records

    with told():
        found = records(catalogue_of(store))
    if not found:
        # Not a row: whatever reads the rows must not meet it.
        typer.echo("Nothing is stored yet. `shapviz serve` makes the demos.", err=True)
        return
    if not terminal.is_terminal():
        for record in found:
            typer.echo("\t".join(_fields(record)))
        return
    table = Table(box=None, pad_edge=False)
    for head in ("Key", "Name", "State", "Samples", "Explainer", "Gap", "Made"):
        right = head in ("Samples", "Gap")
        # Names give way in a narrow terminal; a cut number would be another number.
        wraps = head in ("Name", "State")
        table.add_column(head, justify="right" if right else "left", no_wrap=not wraps)
    for record in found:
        table.add_row(*(Text(cell) for cell in _cells(record)))
    Console().print(table)


def _fields(record: Record) -> tuple[str, ...]:
    return (
        record.key,
        one_line(record.name),
        record.state,
        str(record.samples),
        record.explainer,
        "" if record.gap is None else f"{record.gap:.3g}",
        record.created.isoformat(timespec="seconds"),
    )


def _cells(record: Record) -> tuple[str, ...]:
    from shapviz import labels

    state = record.state
    if state == "computing":
        share = record.done / record.samples if record.samples else 0.0
        state = f"computing, {share:.0%}"
    return (
        record.key[:KEY_SHOWN],
        one_line(record.name),
        state,
        labels.count(record.samples),
        record.explainer,
        labels.gap(record.gap),
        labels.date(record.created.astimezone()).split(",")[0],
    )


def delete(
    key: Annotated[str, typer.Argument(help="Key, or its beginning.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete without asking.")] = False,
    store: StoreOption = None,
) -> None:
    """Remove an explanation and its files; this cannot be undone.

    In a terminal it asks first, unless --yes is given; in a script it does not ask.
    """
    with told():
        opened = open_store(store)
        full = full_key(opened, key)
        name = one_line(opened.record(full).name)
        if not yes and terminal.asks():
            typer.confirm(f"Delete {name} ({full}) for good?", abort=True)
        opened.delete(full)
    Console().print(Text(f"Deleted {name} ({full})."))


def verify(
    key: Annotated[str | None, typer.Argument(help="Key; default everything.")] = None,
    store: StoreOption = None,
) -> None:
    """Compare every stored array with its checksum; exit status 1 if one differs."""
    with told():
        opened = open_store(store)
        whole = check_store(Console(), opened, None if key is None else full_key(opened, key))
    raise typer.Exit(0 if whole else 1)
