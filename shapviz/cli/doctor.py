"""`shapviz doctor`: what each explainer will do with a Keras model; whether a store is whole."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from shapviz.cli.common import StoreOption, check_store, open_store, told
from shapviz.cli.terminal import UP
from shapviz.errors import InputError, Words, complaint

if TYPE_CHECKING:
    from shapviz.explainers.deep.doctor import Diagnosis

__all__ = ["doctor"]

OTHERS = (".json", ".ubj", ".txt", ".cbm", ".onnx", ".skops", ".pkl", ".joblib")
"""Files that Keras has no part in; what reads them may need what is spared."""

LAYERS_SHOWN = 3
EXPLAINERS = ("deep", "gradient", "kernel")
UNUSED = ("matplotlib", "sklearn")
"""What Keras imports where it is installed, to draw and to wrap estimators: a third of the seconds
that TensorFlow takes to start, and nothing that telling ops needs."""


def doctor(
    model: Annotated[
        str | None,
        typer.Argument(help="A file of a model; without one the store is checked."),
    ] = None,
    explainer: Annotated[
        str | None,
        typer.Option(help="deep, gradient or kernel: exit status 1 if it refuses the model."),
    ] = None,
    trusted: Annotated[
        bool, typer.Option("--trusted", help="Open it even if it may run code of its own.")
    ] = False,
    store: StoreOption = None,
) -> None:
    """Say what each explainer will do with a model, or whether a store is whole.

    With a Keras model: op by op, before anything is computed. Without one: every stored array is
    compared with its checksum, as `shapviz verify` does; exit status 1 if one differs.
    """
    if model is None:
        with told():
            whole = check_store(Console(), open_store(store))
        raise typer.Exit(0 if whole else 1)
    with told():
        if explainer not in (None, *EXPLAINERS):
            raise InputError(
                complaint("--explainer", "be deep, gradient or kernel", explainer, "Name one.")
            )
        if store is not None:
            raise InputError(
                complaint(
                    "doctor",
                    "be given a model or a store",
                    Words("both"),
                    "Call it once for each.",
                )
            )
        from shapviz.models.loading import load_model

        # What TensorFlow says of the machine as it starts is not asked for.
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        with spared(() if model.endswith(OTHERS) else UNUSED):
            opened = load_model(model, trusted=trusted)
        refusals = _looked_at(Console(), opened, EXPLAINERS if explainer is None else (explainer,))
    raise typer.Exit(1 if explainer is not None and refusals[explainer] else 0)


def _looked_at(console: Console, model: Any, explainers: Sequence[str]) -> Mapping[str, str | None]:
    """Print what explainers will do with a model, and return what keeps each from it."""
    from shapviz.models import as_predictor

    if as_predictor(model, model_id="looked at").kind == "keras":
        from shapviz.explainers.deep.doctor import diagnose

        found = diagnose(model)
        _print_diagnosis(console, found, explainers)
        return found.refusals
    from shapviz.explainers.trees import not_trees
    from shapviz.models.linear_form import not_linear

    name = type(model).__name__
    refusals = dict.fromkeys(("deep", "gradient"), f"a {name} is no Keras model")
    reads: dict[str, str | None] = {"tree": not_trees(model), "linear": not_linear(model)}
    console.print(Text(f"{name}: what explains it", style="bold"))
    for each, why in {**refusals, **reads}.items():
        if each in explainers or (len(explainers) > 1 and why is None):
            said = "explains this model." if why is None else f"refuses this model: {why}."
            console.print(Text(f"{each.capitalize()} {said}"))
    if "kernel" in explainers:
        console.print(Text("Kernel explains this model. It only calls it, as Permutation does."))
    return {**refusals, "kernel": None}


@contextmanager
def spared(names: Sequence[str]) -> Iterator[None]:
    """Let optional packages look as if they were not installed, for imports made meanwhile."""
    absent = [name for name in names if name not in sys.modules]
    # None is how Python marks what shall not be imported.
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in absent:
            sys.modules.pop(name, None)


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
