"""`shapviz explain`: a model and rows in files to an explanation in the store."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from shapviz.cli.care import Care
from shapviz.cli.common import StoreOption, made_store, told
from shapviz.cli.following import following
from shapviz.cli.hiding import check_samples, check_scale, hiding_of
from shapviz.cli.material import DEFAULT, Background, background_of, read_rows
from shapviz.cli.terminal import one_line
from shapviz.cli.waiting import OWNER, answered, interruptible
from shapviz.errors import InputError, complaint

if TYPE_CHECKING:
    from shapviz.jobs import JobSpec
    from shapviz.store import Store

__all__ = ["explain"]


def explain(
    model: Annotated[Path, typer.Option(help="A model's file: .keras, .onnx, .skops, boosters' …")],
    data: Annotated[Path, typer.Option(help="Rows to explain: .csv, .tsv, .parquet or .npy.")],
    background: Annotated[
        str | None,
        typer.Option(
            help=f"A file of rows, or all, sample:N, kmeans:N of the data; default {DEFAULT}."
        ),
    ] = None,
    hide: Annotated[
        str | None,
        typer.Option(
            help="Instead of a background: blur, inpaint or mean (pictures); omit or replace:WORD "
            "(texts); hold or level (windows)."
        ),
    ] = None,
    regions: Annotated[
        int | None, typer.Option(min=2, help="Parts of a picture that are hidden; default pixels.")
    ] = None,
    text_column: Annotated[
        str | None, typer.Option(help="Column of texts, explained word by word.")
    ] = None,
    scale: Annotated[
        float | None, typer.Option(help="Divide an array by this, 255 for pictures of bytes.")
    ] = None,
    explainer: Annotated[str, typer.Option(help="Its name; auto picks one and says why.")] = "auto",
    budget: Annotated[int | None, typer.Option(min=1, help="Evaluations a row.")] = None,
    tolerance: Annotated[
        float | None, typer.Option(help="Stop where standard errors are below it.")
    ] = None,
    outputs: Annotated[
        str | None, typer.Option(help="Names or positions with commas, or top2; default all.")
    ] = None,
    features: Annotated[
        str | None, typer.Option(help="Columns that the model takes, with commas; default all.")
    ] = None,
    target: Annotated[str | None, typer.Option(help="Column of what really happened.")] = None,
    names: Annotated[str | None, typer.Option(help="Column of the rows' names.")] = None,
    metadata: Annotated[
        str | None, typer.Option(help="Columns to keep beside the features, with commas.")
    ] = None,
    link: Annotated[str | None, typer.Option(help="identity or logit.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Of whatever is drawn.")] = None,
    segments: Annotated[int | None, typer.Option(min=1, help="Deep: exact in more steps.")] = None,
    name: Annotated[str | None, typer.Option(help="For people; default of the two files.")] = None,
    store: StoreOption = None,
    scheduler: Annotated[
        str | None, typer.Option(help="tcp://… or tls://… of a Dask cluster; default this machine.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes on this machine; default one a processor.")
    ] = None,
    trusted: Annotated[
        bool, typer.Option("--trusted", help="Open the model even if it may run code of its own.")
    ] = False,
) -> None:
    """Explain rows with a model, and keep the explanation in a store, which is made if need be.

    Ctrl-C keeps what is finished, and so does everything that ends the command otherwise; the same
    command goes on from there. Where another process works on the store's queue, the dashboard's
    for example, that one computes and this one tells how far it is.

    Exit status: 0 when it is done, 1 when it was refused or failed, 130 after Ctrl-C.
    """
    console = Console(soft_wrap=True)
    with told():
        from shapviz.settings import Settings

        settings = Settings(**_given(scheduler=scheduler, workers=workers))
        _check_explainer(explainer)
        hiding = hiding_of(hide, regions=regions, text_column=text_column, background=background)
        columns = {
            "features": _features(features, text_column),
            "target": target,
            "names": names,
            "metadata": _list(metadata) or [],
        }
        with interruptible() as interrupted:
            # What is refused is refused before there is a store.
            material = _read(model, data, background, columns, trusted=trusted)
            if hiding is not None:
                material = replace(material, background=hiding)
                check_samples(hiding, material.rows, _features(features, text_column))
            check_scale(scale, material.rows)
            opened = made_store(store)
            spec = _spec(
                opened,
                material,
                columns={**columns, **_given(scale=scale)},
                explainer=explainer,
                options=_given(link=link),
                call=_given(
                    budget=budget,
                    tolerance=tolerance,
                    segments=segments,
                    seed=seed,
                    outputs=_outputs(outputs),
                ),
                name=name,
            )
            with following(console) as screen, Care(opened, settings) as care:
                status = answered(opened, spec, care, interrupted, screen)
    raise typer.Exit(status)


@dataclass(frozen=True)
class _Material:
    """What is in the files that were named: the model's not opened, the others' rows."""

    model: Path
    data: Path
    rows: Any
    background: Background
    background_file: Path | None
    background_rows: Any
    trusted: bool


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _list(text: str | None) -> list[str] | None:
    return None if text is None else [part.strip() for part in text.split(",") if part.strip()]


def _features(features: str | None, text_column: str | None) -> list[str] | None:
    if features is not None and text_column is not None:
        fix = "The model reads the texts alone."
        raise InputError(complaint("--features", "be left out with --text-column", features, fix))
    return _list(features) if text_column is None else [text_column]


def _outputs(text: str | None) -> Any:
    """Names or positions of outputs, or a ranking, as an explainer's call takes them."""
    from shapviz.explainers.ranking import top

    if text is None or top(text) is not None:
        return text
    return [int(part) if part.isdecimal() else part for part in _list(text) or []]


def _check_explainer(name: str) -> None:
    from shapviz.explainers.registry import REGISTRY

    if name != "auto" and name not in REGISTRY:
        raise InputError(
            complaint("--explainer", f"be auto or one of {', '.join(REGISTRY)}", name, "Name one.")
        )


def _read(
    model: Path, data: Path, background: str | None, columns: dict[str, Any], *, trusted: bool
) -> _Material:
    from shapviz.models.loading import check_file

    check_file(model, trusted=trusted)
    how, file = background_of(background)
    rows = read_rows("--data", data)
    _check_columns("--data", rows, columns)
    others = None
    if file is not None:
        others = read_rows("--background", file)
        _check_columns("--background", others, {"features": columns["features"]})
    return _Material(model, data, rows, how, file, others, trusted)


def _spec(
    store: Store,
    given: _Material,
    *,
    columns: dict[str, Any],
    explainer: str,
    options: dict[str, Any],
    call: dict[str, Any],
    name: str | None,
) -> JobSpec:
    """Register what the files hold, and return the question."""
    from shapviz.jobs import JobSpec
    from shapviz.labels import several

    kept = store.materials
    model = kept.add_model(given.model, name=given.model.name, trusted=given.trusted)
    table = kept.add_table(given.rows, name=given.data.name)
    background = given.background
    if given.background_file is not None:
        others = kept.add_table(given.background_rows, name=given.background_file.name)
        background = {**background, "digest": others.digest}
    return JobSpec(
        model={"kind": "stored", "digest": model.digest},
        data={"digest": table.digest, **columns},
        background=background,
        explainer=explainer,
        options=options,
        call=call,
        name=name or f"{given.model.stem} on {given.data.stem}",
        about={
            "model_name": given.model.name,
            "data_name": f"{several(table.rows, 'row')} of {given.data.name}",
        },
        owner=OWNER,
    )


def _check_columns(option: str, rows: Any, columns: dict[str, Any]) -> None:
    known = [str(column) for column in getattr(rows, "columns", ())]
    for wanted in columns.values():
        for column in [wanted] if isinstance(wanted, str) else wanted or []:
            if column not in known:
                listed = ", ".join(known[:20]) + (" …" if len(known) > 20 else "")
                rule = f"have the column (it has {one_line(listed) or 'none: it is an array'})"
                raise InputError(complaint(option, rule, column, "Name one of them."))
