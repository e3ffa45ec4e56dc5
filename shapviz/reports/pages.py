"""The two reports: which features mattered, and why one prediction was made."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from shapviz import figures, views
from shapviz.explanation import Explanation
from shapviz.figures.embedded import drawing_script, figure_json
from shapviz.labels import DASH, count, gap, number, shorten, signed
from shapviz.reports import markup
from shapviz.views import modality
from shapviz.views.one_output import OneOutput, one_output, sample_position
from shapviz.views.words import PROBABILITY, alt_text, scaled

__all__ = ["overview_page", "sample_page"]

ROWS = 200
"""Features that a table lists; it says of how many."""
LONGEST = 400
"""Characters of one entry of the provenance."""
LINE = 640
"""Pixels of a text's line: what a printed page has room for."""


def overview_page(
    explanation: Explanation,
    *,
    name: str,
    output: str | int | None = None,
    facts: Mapping[str, object] | None = None,
) -> str:
    """Return a page of HTML: which features had the biggest impact?

    Parameters
    ----------
    explanation : Explanation
    name : str
        What it is called in the store.
    output : str or int, optional
        Default: the first.
    facts : mapping, optional
        Said beside the provenance: key, moment of making.

    Returns
    -------
    str
        Self-contained: plotly.js is in it once, nothing is fetched, every text is escaped.

    Raises
    ------
    InputError
        For an unknown output.
    """
    one = one_output(explanation, output)
    view = views.importance_beeswarm(explanation, output=output)
    parts = [_figure_card(view, figures.importance_beeswarm(view), "effects")]
    if one.n > 1:
        stacked = views.force_stacked(explanation, output=output)
        parts.append(_figure_card(stacked, figures.force_stacked(stacked), "samples"))
    parts.append(_importance_card(one))
    return _document(one, name, _about_output(one), parts, facts)


def sample_page(
    explanation: Explanation,
    sample: int | str,
    *,
    name: str,
    output: str | int | None = None,
    facts: Mapping[str, object] | None = None,
) -> str:
    """Return a page of HTML: why this prediction?

    Parameters
    ----------
    explanation : Explanation
    sample : int or str
        Position or name.
    name : str
        What the explanation is called in the store.
    output : str or int, optional
        Default: the sample's largest prediction.
    facts : mapping, optional
        Said beside the provenance: key, moment of making.

    Returns
    -------
    str
        As `overview_page`.

    Raises
    ------
    InputError
        For an unknown sample or output.
    """
    i = sample_position(explanation, sample)
    one = one_output(explanation, output, sample=i)
    options: dict[str, Any] = {"sample": i, "output": output}
    parts = []
    parts += PICTURES.get(modality(explanation), _no_picture)(explanation, options)
    force = views.force(explanation, **options)
    parts.append(_figure_card(force, figures.force(force), "pushes"))
    waterfall = views.waterfall(explanation, **options)
    parts.append(_figure_card(waterfall, figures.waterfall(waterfall), "sum"))
    trust = views.trust(explanation, **options)
    parts.append(
        markup.card(
            trust.title,
            markup.sentence(trust.sentence),
            markup.table(("", ""), trust.metrics, numbers=1),
            markup.footnote(trust.footnote),
        )
    )
    parts.append(_numbers_card(one, i))
    return _document(one, name, f"{one.noun.capitalize()} {one.sample_label(i)}", parts, facts)


def _no_picture(explanation: Explanation, options: Mapping[str, Any]) -> list[str]:
    return []


def _image(explanation: Explanation, options: Mapping[str, Any]) -> list[str]:
    view = views.image(explanation, sample=options["sample"])
    return [_figure_card(view, figures.image(view), "picture")]


def _sequence(explanation: Explanation, options: Mapping[str, Any]) -> list[str]:
    view = views.sequence(explanation, **options)
    return [_figure_card(view, figures.sequence(view), "picture")]


def _text(explanation: Explanation, options: Mapping[str, Any]) -> list[str]:
    view = views.text(explanation, **options)
    return [_figure_card(view, figures.text(view, wide=LINE), "picture")]


def _inputs(explanation: Explanation, options: Mapping[str, Any]) -> list[str]:
    view = views.multi_input(explanation, **options)
    panels = [
        markup.block("h3", panel.heading)
        + markup.drawing(f"input{k}", figure_json(figures.input_panel(panel)), panel.heading)
        for k, panel in enumerate(view.panels)
    ]
    summed = figure_json(figures.multi_input(view))
    return [
        markup.card(
            view.title,
            markup.sentence(view.sentence),
            markup.drawing("inputs", summed, alt_text(view.sentence)),
            *panels,
            markup.footnote(view.footnote),
        )
    ]


PICTURES: dict[str, Callable[[Explanation, Mapping[str, Any]], list[str]]] = {
    "image": _image,
    "text": _text,
    "sequence": _sequence,
    "mixed": _inputs,
}
"""The cards of a sample that is more than a row of a table."""


def _document(
    one: OneOutput, name: str, subtitle: str, parts: list[str], facts: Mapping[str, object] | None
) -> str:
    head = markup.block("h1", name) + (markup.footnote(subtitle) if subtitle else "")
    made = _provenance_card(one.explanation, facts or {})
    return markup.document(name, [head, *parts, made], drawing_script())


def _about_output(one: OneOutput) -> str:
    samples = f"{count(one.n)} {one.noun if one.n == 1 else 'samples'}"
    of = f"Output {one.quoted} of {len(one.outputs)}. " if one.outputs else ""
    return f"{of}{samples}, {count(one.d)} features."


def _figure_card(view: Any, figure: Any, name: str) -> str:
    return markup.card(
        view.title,
        markup.sentence(view.sentence),
        markup.drawing(name, figure_json(figure), alt_text(view.sentence)),
        markup.footnote(view.footnote),
    )


def _shown(rows: int, of: int) -> str:
    return f"{count(rows)} of {count(of)} features, largest first."


def _units(one: OneOutput) -> str:
    return f" {one.value_name}s in {one.said_units}." if one.units else ""


def _importance_card(one: OneOutput) -> str:
    mean = np.abs(one.values).mean(axis=0, dtype=np.float64)
    most = np.abs(one.values).max(axis=0)
    order = np.argsort(-mean, kind="stable")[:ROWS]
    rows = [
        (one.names[j], *(number(scaled(float(x[j]), one.units)) for x in (mean, most)))
        for j in order
    ]
    return markup.card(
        "Every feature",
        markup.table(("Feature", f"Mean |{one.value_name}|", "Largest"), rows, numbers=2),
        markup.footnote(f"{_shown(len(rows), one.d)}{_units(one)}"),
    )


def _numbers_card(one: OneOutput, i: int) -> str:
    errors = one.explanation.standard_errors
    every = one.largest_first(i)
    order = every[:ROWS]
    decimals = 2 if one.units == PROBABILITY else 3
    measured = any(one.is_measured(j) for j in range(one.d))

    def cells(j: int) -> Iterator[str]:
        yield one.names[j]
        if measured:
            yield one.value_text(i, j) or DASH
        yield signed(scaled(float(one.values[i, j]), one.units), decimals)
        if errors is not None:
            yield number(scaled(float(errors[i, j]), one.units), 2)

    heads = ("Word" if one.words else "Feature", *(("Value",) if measured else ()))
    heads = (*heads, one.value_name, *(("s.e.",) if errors is not None else ()))
    rows = [tuple(cells(int(j))) for j in order]
    return markup.card(
        "Every number",
        markup.table(heads, rows, numbers=len(heads) - 1),
        markup.footnote(f"{_shown(len(rows), every.size)}{_units(one)}"),
    )


def _provenance_card(explanation: Explanation, facts: Mapping[str, object]) -> str:
    rows = [(label, shorten(str(fact), LONGEST)) for label, fact in facts.items()]
    if explanation.provenance.get("predictions") != "unknown":
        mean = float(np.mean(np.abs(explanation.additivity_gap)))
        rows.append(("mean absolute additivity gap", gap(mean)))
    for name, entry in explanation.provenance.items():
        if entry is None or entry == {}:
            continue
        text = entry if isinstance(entry, str) else json.dumps(entry, default=str)
        rows.append((name.replace("_", " "), shorten(text, LONGEST)))
    return markup.card(
        "How were these numbers made?",
        markup.table(("", ""), rows),
        markup.footnote("Effects on the model’s output are not causes."),
    )
