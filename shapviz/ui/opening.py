"""The explanation, output and sample that are open, checked against what the store holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from shapviz.errors import StoreError, complaint
from shapviz.explanation import Explanation
from shapviz.labels import count, date
from shapviz.selection import nearest
from shapviz.store import Record
from shapviz.store.family import heads
from shapviz.ui import read, state
from shapviz.ui.outcomes import outcomes
from shapviz.views import modality

__all__ = [
    "Opened",
    "labels",
    "opened",
    "output_choices",
    "pick_record",
    "provenance_line",
    "source_of",
]


@dataclass(frozen=True)
class Opened:
    """What the URL asks for, found.

    Attributes
    ----------
    record : Record
    explanation : Explanation
    output : str or int or None
        What views take: None where the model has one output, else a name, or a position where
        each sample has its own outputs.
    output_name : str
        What the URL calls it.
    sample : int or None
        Position of the selected sample; None when none was selected.
    """

    record: Record
    source: read.Source
    explanation: Explanation
    output: str | int | None
    output_name: str
    sample: int | None

    def view(self, kind: str, **options: Any) -> Any:
        """Return a view of the open output."""
        return read.view(kind, self.source, output=self.output, **options)

    def figure(self, kind: str, theme: str, **options: Any) -> Any:
        """Return a figure of the open output."""
        return read.figure(kind, self.source, theme, output=self.output, **options)

    @property
    def modality(self) -> str:
        """What a sample is to the eye: "table", "image", "text", "sequence" or "mixed"."""
        return modality(self.explanation)


def complete(records: Sequence[Record]) -> list[Record]:
    """Return the records that can be opened."""
    return [record for record in records if record.state == "complete"]


def labels(records: Sequence[Record]) -> dict[str, str]:
    """Return a label for each key: its name, and when it was made where names repeat."""
    often = Counter(record.name for record in records)
    return {
        r.key: r.name if often[r.name] == 1 else f"{r.name}, {date(r.created.astimezone())}"
        for r in records
    }


def pick_record(records: Sequence[Record], asked: str | None) -> Record:
    """Return the record that the URL asks for; the first complete one when it asks for none.

    Raises
    ------
    LinkError
        When it is unknown.
    StoreError
        When it is not finished, or nothing can be opened yet.
    """
    ready = complete(records)
    if asked is None:
        if ready:
            return heads(ready)[0]
        raise StoreError(
            "Nothing can be opened yet: no explanation in this store is complete. "
            "Home shows what is being made."
        )
    found = next((record for record in records if record.key == asked), None)
    found = found or _renamed(asked)
    if found is None:
        raise state.LinkError(
            "explanation",
            complaint(
                "explanation",
                "be in this store",
                asked,
                "Choose another one on the left, or ask the sender for a new link.",
            ),
        )
    if found.state == "failed":
        raise StoreError(f"“{found.name}” failed: {found.message} Choose another one on the left.")
    if found.state != "complete":
        raise StoreError(
            f"“{found.name}” is still being made: {count(found.done)} of {count(found.samples)} "
            "samples are done. Home shows how long it will take."
        )
    return found


def _renamed(asked: str) -> Record | None:
    """Return what a link made while a demo was queued leads to now that it has its own key."""
    try:
        return read.store().record(asked)
    except StoreError:
        return None


def output_choices(explanation: Explanation) -> dict[str, str | int | None]:
    """Return the outputs by the name that the URL carries, each as views take it."""
    names = explanation.output_names
    if not explanation.has_outputs:
        return {_single_name(explanation): None}
    if isinstance(names, np.ndarray):
        return {f"output {k + 1} of each sample": k for k in range(names.shape[1])}
    if len(set(names)) < len(names):
        return {f"{name} ({k + 1})": k for k, name in enumerate(names)}
    return {name: name for name in names}


def _single_name(explanation: Explanation) -> str:
    names = explanation.output_names
    return "output" if isinstance(names, np.ndarray) else str(names[0])


def pick_output(explanation: Explanation, asked: str | None, sample: int | None) -> str:
    """Return the name of the output that the URL asks for.

    A name wins over a position. When it asks for none: the selected sample's class, where outputs
    are classes, else the first.

    Raises
    ------
    LinkError
        When the explanation does not have it.
    """
    choices = list(output_choices(explanation))
    if asked is None:
        predicted = None if sample is None else outcomes(explanation).predicted
        likely = choices[0] if predicted is None or sample is None else str(predicted[sample])
        return likely if likely in choices else choices[0]
    if asked not in choices:
        position = int(asked) if asked.isascii() and asked.isdigit() else len(choices)
        if position < len(choices):
            return choices[position]
        rule = "be one that this explanation has"
        raise state.LinkError("output", complaint("output", rule, asked, nearest(asked, choices)))
    return asked


def source_of(record: Record) -> read.Source:
    """Return the address of what is open, with the row of a large explanation that the URL names.

    Raises
    ------
    LinkError
        The explanation has no such row.
    """
    source = read.Source(read.store_url(), record.key, record.samples)
    row = state.wanted_row()
    if row is None or not source.is_large:
        return source
    if row >= record.samples:
        rule = f"be the place of one of the {count(record.samples)} samples"
        raise state.LinkError("sample", complaint("sample", rule, row, "Go on without it."))
    return replace(source, row=row)


def opened() -> Opened:
    """Return what is open.

    Raises
    ------
    StoreError, LinkError
        When the URL asks for what is not there; the message says what to do.
    """
    record = pick_record(read.records(), state.get("explanation"))
    if state.get("explanation") != record.key:
        # The newest one today is another one tomorrow: what is shown is what the link says.
        state.remember(explanation=record.key)
    source = source_of(record)
    explanation = read.explanation(source)
    sample = state.selected_sample(explanation.sample_names, beyond=source.row is not None)
    name = pick_output(explanation, state.get("output"), sample)
    return Opened(record, source, explanation, output_choices(explanation)[name], name, sample)


def provenance_line(explanation: Explanation, record: Record) -> str:
    """Return the sidebar's one muted line: model, method, budget, seed, date."""
    facts = explanation.provenance
    method = str(facts.get("explainer") or record.explainer)
    parts = [str(facts["model_name"])] if facts.get("model_name") else []
    parts += [f"{method} explainer" if parts else f"{method.capitalize()} explainer"] * bool(method)
    if isinstance(facts.get("segments"), int) and facts["segments"] > 1:
        parts.append(f"{count(facts['segments'])} segments")
    if facts.get("budget") is not None:
        parts.append(f"budget {count(int(facts['budget']))}")
    if facts.get("seed") is not None:
        parts.append(f"seed {facts['seed']}")
    made = f"Made {date(record.created.astimezone()).split(',')[0]}."
    return f"{', '.join(parts)}. {made}" if parts else made
