"""The command line: serve the dashboard, and look after what is stored.

Imports nothing heavy: Streamlit and TensorFlow run in processes of their own, and listing loads
the catalogue alone. Only `serve` makes a store; the other commands ask for one that is there.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from shapviz.errors import InputError, ShapvizError, complaint

if TYPE_CHECKING:
    from shapviz.explainers.deep.doctor import Diagnosis
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
"""Characters of a key that are listed in a terminal; every command takes its beginning."""
BAR_CELLS = 24
SHOWN = 12
LAYERS_SHOWN = 3
EXPLAINERS = ("deep", "gradient", "kernel")
UP, DOWN = "#C14F18", "#2672B7"
UNPRINTED = ("Cc", "Cs", "Zl", "Zp")
"""Unicode categories: controls, half characters, line and paragraph ends."""


@contextmanager
def _told() -> Iterator[None]:
    """Turn an error of ours into its message and exit status 1."""
    try:
        yield
    except ShapvizError as error:
        # Messages hold paths and names, which are no markup.
        Console(stderr=True, soft_wrap=True).print(Text(str(error)))
        raise typer.Exit(1) from error


def _address(url: str | None) -> str:
    """The address of a store that is there."""
    from shapviz.store.listing import existing

    if not url:
        from shapviz.settings import Settings

        url = Settings().store
    return str(existing(url))


def _open(url: str | None) -> Store:
    address = _address(url)
    # Zarr and pandas only once there is something to read.
    from shapviz.store import Store

    return Store(address)


def _in_terminal() -> bool:
    return sys.stdout.isatty()


def _asks() -> bool:
    return sys.stdin.isatty()


def _one_line(text: object) -> str:
    """Text with a space for whatever would break the line or steer the terminal."""
    return "".join(" " if unicodedata.category(c) in UNPRINTED else c for c in str(text))


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
    """Start the dashboard, and the workers that explain."""
    from shapviz.jobs.serving import serve as run
    from shapviz.settings import Settings

    console = Console()
    with _told():
        settings = Settings()
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
    """List what is stored, newest first.

    In a terminal a table. Elsewhere one line an explanation, its seven fields separated by tabs:
    whole key, name, state, samples, explainer, mean absolute gap, moment of making (ISO 8601).
    """
    from shapviz.store.catalogue import Catalogue
    from shapviz.store.listing import CATALOGUE, records

    with _told():
        found = records(Catalogue(f"sqlite:///{_address(store)}/{CATALOGUE}"))
    if not found:
        # Not a row: whatever reads the rows must not meet it.
        typer.echo("Nothing is stored yet. `shapviz serve` makes the demos.", err=True)
        return
    if not _in_terminal():
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
        _one_line(record.name),
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
        _one_line(record.name),
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
        full = _full_key(opened, key)
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
    called = "" if name == str(position) else f" (“{_one_line(name)}”)"
    sample = f"{_one_line(record.sample_noun)} {position}{called}"
    model = _one_line(record.model) or "model not named"
    return f"{_one_line(record.name)} · {sample} · {model}"


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
                    f"be one of {_one_line(', '.join(names))}",
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
    console.print(Text(_one_line(f"{said}{labels.with_unit(base, unit)}")))
    if one.truth is not None:
        console.print(Text(f"In fact: {_one_line(labels.with_unit(one.truth[0], None))}"))
    order = np.argsort(-np.abs(values), kind="stable")
    largest = max(float(np.abs(values).max()), np.finfo(float).tiny)
    raw = None if one.display_data is None else one.display_data.reshape(-1)
    table = Table(box=None, show_header=False, pad_edge=False)
    for i in order[:SHOWN]:
        value = float(values[i])
        cells = round(BAR_CELLS * abs(value) / largest)
        feature = labels.shorten(_one_line(one.feature_names[i]))
        shown = "" if raw is None else labels.with_unit(raw[i], one.feature_units[i] or None)
        style = UP if value > 0 else DOWN
        bar = Text("█" * cells if cells else "▏", style=style)
        table.add_row(
            Text(feature), Text(_one_line(shown)), Text(labels.signed(value), style=style), bar
        )
    rest = values[order[SHOWN:]]
    if rest.size:
        others = Text(f"{rest.size} others")
        table.add_row(others, Text(""), Text(labels.signed(float(rest.sum()))), Text(""))
    console.print(table)
    gap = labels.gap(float(one.additivity_gap.ravel()[0]), sign=True)
    made = _one_line(one.provenance.get("explainer", ""))
    how = f"{made[:1].upper()}{made[1:]} explainer." if made else "Imported values."
    console.print(Text(f"Additivity gap {gap}. {how}"))


def _output(name: str) -> str:
    """An output's name, said to be one."""
    return f"O{name[1:]}" if name.lower().startswith("output") else f"Output {name}"


@app.command()
def delete(
    key: Annotated[str, typer.Argument(help="Key, or its beginning.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete without asking.")] = False,
    store: StoreOption = None,
) -> None:
    """Remove an explanation and its files; this cannot be undone.

    In a terminal it asks first, unless --yes is given; in a script it does not ask.
    """
    with _told():
        opened = _open(store)
        full = _full_key(opened, key)
        name = _one_line(opened.record(full).name)
        if not yes and _asks():
            typer.confirm(f"Delete {name} ({full}) for good?", abort=True)
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


@app.command()
def doctor(
    model: Annotated[str, typer.Argument(help="A .keras file, or another that Keras reads.")],
    explainer: Annotated[
        str | None,
        typer.Option(help="deep, gradient or kernel: exit status 1 if it refuses the model."),
    ] = None,
    trusted: Annotated[
        bool, typer.Option("--trusted", help="Open it even if it may run code of its own.")
    ] = False,
) -> None:
    """Say what each explainer will do with a Keras model, before anything is computed."""
    with _told():
        if explainer not in (None, *EXPLAINERS):
            raise InputError(
                complaint("--explainer", "be deep, gradient or kernel", explainer, "Name one.")
            )
        # Files to read come before TensorFlow, which takes seconds.
        from shapviz.explainers.deep.doctor import diagnose
        from shapviz.models.loading import load_model

        found = diagnose(load_model(model, trusted=trusted))
    _print_diagnosis(Console(), found, EXPLAINERS if explainer is None else (explainer,))
    raise typer.Exit(1 if explainer is not None and found.refusals[explainer] else 0)


def _print_diagnosis(console: Console, found: Diagnosis, explainers: Sequence[str]) -> None:
    table = Table(box=None, pad_edge=False)
    for head in ("Op", "Count", "Layers", *(e.capitalize() for e in explainers if e != "kernel")):
        table.add_column(head, justify="right" if head == "Count" else "left")
    for use in found.uses:
        layers = ", ".join(use.layers[:LAYERS_SHOWN])
        more = len(use.layers) - LAYERS_SHOWN
        cells = [use.op, str(use.count), layers + (f" and {more} more" if more > 0 else "")]
        cells += [use.deep] if "deep" in explainers else []
        cells += [use.gradient] if "gradient" in explainers else []
        table.add_row(*(Text(cell) for cell in cells), style=UP if use.refusal else None)
    console.print(Text(f"{found.name}: what meets the input", style="bold"))
    console.print(table)
    console.print(Text(f"{found.constant} more ops do not depend on the input."))
    for name in explainers:
        refusal = found.refusals[name]
        said = "explains this model." if refusal is None else f"refuses this model: {refusal}"
        note = " It only calls it: any op will do." if name == "kernel" else ""
        console.print(Text(f"{name.capitalize()} {said}{note}"))
