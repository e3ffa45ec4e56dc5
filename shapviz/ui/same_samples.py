"""Other explanations of the samples that are open, whoever made them and however."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from shapviz.store import Record
from shapviz.ui import read
from shapviz.ui.opening import Opened, complete

__all__ = ["same_samples"]

LOOKED_AT = 40
"""Explanations of as many samples and the same outputs that are looked into, newest first."""


def same_samples(view: Opened, told: Callable[[read.Source], str]) -> list[Record]:
    """Return complete explanations of the samples that are open, this one first.

    Parameters
    ----------
    view : Opened
    told : callable
        A digest of an explanation's samples, "" where they are of another kind; cached.
    """
    own = view.record
    said = told(view.source)
    alike = [
        record
        for record in complete(read.records())
        if record.samples == own.samples
        and record.key != own.key
        and tuple(record.output_names or ()) == tuple(own.output_names or ())
    ]
    found = [
        r
        for r in alike[:LOOKED_AT]
        if told(replace(view.source, key=r.key, samples=r.samples)) == said
    ]
    return [own, *found] if said else [own]
