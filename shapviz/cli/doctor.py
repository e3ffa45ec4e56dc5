"""`shapviz doctor`: what each explainer will do with a Keras model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from shapviz.cli.common import told
from shapviz.cli.terminal import UP
from shapviz.errors import InputError, complaint

if TYPE_CHECKING:
    from shapviz.explainers.deep.doctor import Diagnosis

__all__ = ["doctor"]

LAYERS_SHOWN = 3
EXPLAINERS = ("deep", "gradient", "kernel")


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
    with told():
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
