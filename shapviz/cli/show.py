"""`shapviz show`: one prediction as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from shapviz.cli.common import StoreOption, full_key, open_store, told
from shapviz.cli.terminal import DOWN, UP, one_line
from shapviz.errors import InputError, complaint

if TYPE_CHECKING:
    from shapviz.explanation import Explanation
    from shapviz.store import Record

__all__ = ["show"]

BAR_CELLS = 24
SHOWN = 12


def show(
    key: Annotated[str, typer.Argument(help="Key, or its beginning.")],
    sample: Annotated[int, typer.Option(help="Position of the sample, from 0.")] = 0,
    output: Annotated[str | None, typer.Option(help="Output name; default the largest.")] = None,
    store: StoreOption = None,
) -> None:
    """Show why one prediction was made, as bars."""
    with told():
        opened = open_store(store)
        full = full_key(opened, key)
        explanation = opened.get(full).flat()
        if not -len(explanation) <= sample < len(explanation):
            raise InputError(
                complaint(
                    "--sample",
                    f"be from 0 to {len(explanation) - 1}",
                    sample,
                    "Choose a position in that range.",
                )
            )
        position = sample % len(explanation)
        console = Console()
        console.print(Text(_title(opened.record(full), explanation, position), style="bold"))
        _print_sample(console, explanation[position], output)


def _title(record: Record, explanation: Explanation, position: int) -> str:
    """Which explanation, which sample, which model."""
    name = explanation.sample_names[position]
    called = "" if name == str(position) else f" (“{one_line(name)}”)"
    sample = f"{one_line(record.sample_noun)} {position}{called}"
    model = one_line(record.model) or "model not named"
    return f"{one_line(record.name)} · {sample} · {model}"


def _print_sample(console: Console, one: Explanation, output: str | None) -> None:
    import numpy as np

    from shapviz import labels

    name = str(np.asarray(one.output_names).ravel()[0])
    if one.has_outputs:
        names = [str(each) for each in np.asarray(one.output_names).ravel()]
        position = int(one.predictions[0].argmax())
        if output is not None and output not in names:
            raise InputError(
                complaint(
                    "--output",
                    f"be one of {one_line(', '.join(names))}",
                    output,
                    "Name one of them.",
                )
            )
        position = position if output is None else names.index(output)
        name = names[position]
        # Names of one sample only are not labels to select by.
        one = one[..., [position]]
    values = one.values.reshape(-1)
    base, prediction = float(one.base_values.ravel()[0]), float(one.predictions.ravel()[0])
    unit = one.units or None
    said = f"{_output(name)}: {labels.with_unit(prediction, unit)}, from a base value of "
    console.print(Text(one_line(f"{said}{labels.with_unit(base, unit)}")))
    if one.truth is not None:
        console.print(Text(f"In fact: {one_line(labels.with_unit(one.truth[0], None))}"))
    order = np.argsort(-np.abs(values), kind="stable")
    largest = max(float(np.abs(values).max()), np.finfo(float).tiny)
    raw = None if one.display_data is None else one.display_data.reshape(-1)
    table = Table(box=None, show_header=False, pad_edge=False)
    for i in order[:SHOWN]:
        value = float(values[i])
        cells = round(BAR_CELLS * abs(value) / largest)
        feature = labels.shorten(one_line(one.feature_names[i]))
        shown = "" if raw is None else labels.with_unit(raw[i], one.feature_units[i] or None)
        style = UP if value > 0 else DOWN
        bar = Text("█" * cells if cells else "▏", style=style)
        table.add_row(
            Text(feature), Text(one_line(shown)), Text(labels.signed(value), style=style), bar
        )
    rest = values[order[SHOWN:]]
    if rest.size:
        others = Text(f"{rest.size} others")
        table.add_row(others, Text(""), Text(labels.signed(float(rest.sum()))), Text(""))
    console.print(table)
    gap = labels.gap(float(one.additivity_gap.ravel()[0]), sign=True)
    made = one_line(one.provenance.get("explainer", ""))
    how = f"{made[:1].upper()}{made[1:]} explainer." if made else "Imported values."
    console.print(Text(f"Additivity gap {gap}. {how}"))


def _output(name: str) -> str:
    """An output's name, said to be one."""
    return f"O{name[1:]}" if name.lower().startswith("output") else f"Output {name}"
