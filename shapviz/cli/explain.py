"""`shapviz explain`: a model and rows in files to an explanation in the store."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from shapviz.cli.care import Care
from shapviz.cli.common import StoreOption, made_store, told
from shapviz.cli.following import Screen, following
from shapviz.cli.gathering import Files, Material, gathered, read_files
from shapviz.cli.hiding import (
    check_samples,
    check_scale,
    cut_of,
    hiding_of,
    noun_of,
    reads_texts,
    scale_of,
)
from shapviz.cli.material import DEFAULT, background_of, is_zip
from shapviz.cli.shapes import check_shape
from shapviz.cli.terminal import one_line
from shapviz.cli.waiting import INTERRUPTED, OWNER, answered, interruptible
from shapviz.errors import InputError, JobCancelled, JobError, complaint

if TYPE_CHECKING:
    from shapviz.jobs import JobSpec
    from shapviz.store import Store

__all__ = ["explain"]


def explain(
    model: Annotated[Path, typer.Option(help="A model's file: .keras, .onnx, .skops, boosters' …")],
    data: Annotated[
        Path, typer.Option(help="Rows to explain: .csv, .tsv, .parquet, .npy, .zip of pictures.")
    ],
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
        str | None,
        typer.Option(help="Column of texts, explained by words; default the only one."),
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
        str | None,
        typer.Option(help="Columns that the model takes, with commas; default its own."),
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
        from shapviz.cli.calls import BY_NAME, check_call
        from shapviz.cli.columns import Chosen
        from shapviz.settings import Settings

        settings = Settings(**_given(scheduler=scheduler, workers=workers))
        _check_explainer(explainer)
        hidden = partial(hiding_of, hide, regions=regions, background=background)
        # Which column holds the texts may be told by the model, later.
        hiding = None
        if text_column is not None or not reads_texts(hide):
            hiding = hidden(text_column=text_column)
        if features is not None and text_column is not None:
            fix = "The model reads the texts alone."
            rule = "be left out with --text-column"
            raise InputError(complaint("--features", rule, features, fix))
        chosen = Chosen(_list(features), text_column, target, names, _list(metadata))
        call = _given(
            budget=budget,
            tolerance=tolerance,
            segments=segments,
            seed=seed,
            outputs=_outputs(outputs),
        )
        if explainer != "auto":
            check_call((explainer, BY_NAME), call)

        def say(line: str) -> None:
            console.print(Text(one_line(line)))

        with interruptible() as interrupted:
            # What is refused is refused before there is a store.
            files = Files(model, data, *background_of(background), trusted)
            rows = read_files(files, chosen)
            if "--data" in rows:
                _check_early(rows["--data"].content, hiding, scale, chosen.asked["features"])
            try:
                material = gathered(files, rows, chosen, reads_texts(hide), store, say, interrupted)
            except JobCancelled:
                say("Stopped before anything was asked.")
                raise typer.Exit(INTERRUPTED) from None
            chosen = material.columns
            hiding = hidden(text_column=chosen.text_column)
            if hiding is not None:
                check_samples(hiding, material.rows.content, chosen.asked["features"])
                if cut_of(hiding):
                    say(cut_of(hiding))
            if is_zip(data):
                scale, why = scale_of(scale, material.told.of_model)
                if why:
                    say(why)
            check_scale(scale, material.rows.content)
            check_shape("--data", material.rows.content, material.told.of_model)
            call = _checked(explainer, material, call, hides=hiding is not None, link=link)
            opened = made_store(store)
            spec = _spec(
                opened,
                material,
                hiding,
                columns=_given(**chosen.asked, scale=scale),
                explainer=explainer,
                options=_given(link=link),
                call=call,
                name=name,
            )
            with following(console) as screen, Care(opened, settings) as care:
                status = _answered(opened, spec, care, interrupted, screen, material)
    raise typer.Exit(status)


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _list(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(part.strip() for part in text.split(",") if part.strip())


def _outputs(text: str | None) -> Any:
    """Names or positions of outputs, or a ranking, as an explainer's call takes them."""
    from shapviz.explainers.ranking import top

    if text is None or top(text) is not None:
        return text
    return [int(part) if part.isdecimal() else part for part in _list(text) or ()]


def _check_explainer(name: str) -> None:
    from shapviz.explainers.registry import REGISTRY

    if name != "auto" and name not in REGISTRY:
        raise InputError(
            complaint("--explainer", f"be auto or one of {', '.join(REGISTRY)}", name, "Name one.")
        )


def _check_early(
    rows: Any, hiding: Mapping[str, Any] | None, scale: float | None, features: list[str] | None
) -> None:
    """What can be refused before the model is looked at."""
    if hiding is not None:
        check_samples(hiding, rows, features)
    check_scale(scale, rows)


def _checked(
    explainer: str, material: Material, call: dict[str, Any], *, hides: bool, link: str | None
) -> dict[str, Any]:
    """The call, with what an option brings along; InputError for one that is not taken."""
    from shapviz.cli.calls import check_call, picked

    features = material.columns.asked["features"]
    facts = material.told.of_model
    count = facts.width if features is None else len(features)
    found = picked(explainer, facts, features=count, hides=hides, link=link)
    check_call(found, call)
    # Deep's errors are the spread of orders, which one step does not have.
    along = explainer == "deep" and "tolerance" in call and "segments" not in call
    return {**call, "segments": "auto"} if along else call


def _answered(
    store: Store,
    spec: JobSpec,
    care: Care,
    interrupted: threading.Event,
    screen: Screen,
    material: Material,
) -> int:
    """As `answered`; a failure names the cell that may be its reason."""
    from shapviz.cli.cells import odd_cell

    try:
        return answered(store, spec, care, interrupted, screen)
    except JobError as error:
        odd = odd_cell(material.rows.content, spec.data.get("features"), mixed=True)
        if not odd or spec.background.get("masker") is not None:
            raise
        more = f"Among numbers there is {odd} of {material.files.data.name} (the first is row 0)."
        raise JobError(f"{error} {one_line(more)}") from error


def _spec(
    store: Store,
    given: Material,
    hiding: Mapping[str, Any] | None,
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

    kept, files = store.materials, given.files
    model = kept.add_model(files.model, name=files.model.name, trusted=files.trusted)
    if model.facts is None and given.told.facts is not None:
        kept.describe(model.digest, given.told.facts)
    table = kept.add_table(given.rows.content, name=files.data.name, names=given.rows.names)
    background: Mapping[str, Any] = files.how if hiding is None else hiding
    if files.background is not None and given.background is not None:
        others = kept.add_table(given.background.content, name=files.background.name)
        background = {**background, "digest": others.digest}
    return JobSpec(
        model={"kind": "stored", "digest": model.digest},
        data={"digest": table.digest, **columns},
        background=background,
        explainer=explainer,
        options=options,
        call=call,
        name=name or f"{files.model.stem} on {files.data.stem}",
        about={
            "model_name": files.model.name,
            "data_name": f"{several(table.rows, 'row')} of {files.data.name}",
            **noun_of(hiding),
        },
        owner=OWNER,
    )
