"""`shapviz show`: one prediction as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from shapviz.cli.bars import Bar, bars
from shapviz.cli.common import StoreOption, full_key, open_store, position, told
from shapviz.cli.terminal import one_line
from shapviz.errors import InputError, complaint

if TYPE_CHECKING:
    from shapviz.explanation import Explanation
    from shapviz.store import Record

__all__ = ["show"]

SHOWN = 12


def show(
    key: Annotated[str, typer.Argument(help="Key, or its beginning.")],
    sample: Annotated[str, typer.Option(help="The sample's position, from 0, or name.")] = "0",
    output: Annotated[str | None, typer.Option(help="Output name; default the largest.")] = None,
    store: StoreOption = None,
) -> None:
    """Show why one prediction was made, as bars."""
    with told():
        opened = open_store(store)
        full = full_key(opened, key)
        explanation = opened.get(full).flat()
        at = position(explanation, sample)
        console = Console()
        record = opened.record(full)
        model = one_line(record.model) or "model not named"
        console.print(Text(f"{one_line(record.name)} · {model}", style="bold"))
        console.print(Text(_which(record, explanation, at)))
        _print_sample(console, explanation[at], output)


def _which(record: Record, explanation: Explanation, at: int) -> str:
    """Which sample of how many."""
    from shapviz import labels

    name, noun = explanation.sample_names[at], one_line(record.sample_noun)
    called = "" if name == str(at) else f" (“{one_line(name)}”)"
    first = f"{noun[:1].upper()}{noun[1:]} {at}{called}"
    last = len(explanation) - 1
    return f"{first}, of 0 to {labels.count(last)}" if last else f"{first}, the only one"


def _print_sample(console: Console, one: Explanation, output: str | None) -> None:
    import numpy as np

    from shapviz import labels

    name, among = str(np.asarray(one.output_names).ravel()[0]), "the only one"
    if one.has_outputs:
        names = [str(each) for each in np.asarray(one.output_names).ravel()]
        largest = position = int(one.predictions[0].argmax())
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
        among = f"{'the largest' if position == largest else 'one'} of {len(names)}"
        # Names of one sample only are not labels to select by.
        one = one[..., [position]]
    values = one.values.reshape(-1)
    base, prediction = float(one.base_values.ravel()[0]), float(one.predictions.ravel()[0])
    unit = one.units or None
    console.print(Text(one_line(f"{_output(name)}, {among}")))
    said = f"Prediction {labels.with_unit(prediction, unit)}, "
    said += f"from a base value of {labels.with_unit(base, unit)}"
    console.print(Text(one_line(said)))
    if one.truth is not None:
        console.print(Text(f"In fact: {one_line(labels.with_unit(one.truth[0], None))}"))
    order = np.argsort(-np.abs(values), kind="stable")
    raw = None if one.display_data is None else one.display_data.reshape(-1)
    rows = []
    for i in order[:SHOWN]:
        shown = "" if raw is None else labels.with_unit(raw[i], one.feature_units[i] or None)
        feature = labels.shorten(one_line(one.feature_names[i]))
        value = float(values[i])
        rows.append(Bar(feature, one_line(shown), labels.signed(value), value))
    rest = values[order[SHOWN:]]
    if rest.size:
        rows.append(Bar(f"{rest.size} others", "", labels.signed(float(rest.sum())), None))
    console.print(bars(rows, console.width))
    gap = labels.gap(float(one.additivity_gap.ravel()[0]), sign=True)
    made = one_line(one.provenance.get("explainer", ""))
    how = f"{made[:1].upper()}{made[1:]} explainer." if made else "Imported values."
    console.print(Text(f"Additivity gap {gap}. {how}"))


def _output(name: str) -> str:
    """An output's name, said to be one."""
    return f"O{name[1:]}" if name.lower().startswith("output") else f"Output {name}"
