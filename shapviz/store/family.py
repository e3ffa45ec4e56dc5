"""Which explanations are one question asked more or less exactly, by their provenance alone.

A family shares model, background, rows, outputs, link, seed and every parameter but those that
only say how exactly: the segments that `DeepExplainer` walks in and the orders it draws. Names
play no part.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shapviz.store.record import Record

__all__ = ["EXACTNESS", "family_of", "head_of", "heads", "siblings"]

EXACTNESS = ("segments", "orders", "tolerance")
"""Parameters that change how exact the values are and nothing else."""


def family_of(
    provenance: Mapping[str, Any], output_names: Sequence[str] | None
) -> tuple[str, tuple[int, int]] | None:
    """Return the digest of a question without its exactness, and the (segments, orders) used.

    Parameters
    ----------
    provenance : mapping
        Of an explanation.
    output_names : sequence of str or None
        The outputs that were explained.

    Returns
    -------
    (str, (int, int)) or None
        None where the method has no segments, or the model or the rows have no digest.
    """
    segments = provenance.get("segments")
    digests = provenance.get("digests") or {}
    known = [digests.get(name) for name in ("model", "background", "data")]
    if not isinstance(segments, int) or None in known:
        return None
    parameters = {
        name: value
        for name, value in (provenance.get("parameters") or {}).items()
        if name not in EXACTNESS
    }
    asked = [provenance.get(name) for name in ("explainer", "link", "seed")]
    question = json.dumps([*known, *asked, parameters, list(output_names or ())], sort_keys=True)
    orders = provenance.get("orders")
    # Not `digests`, which loads pandas: a listing reads the catalogue alone.
    digest = hashlib.sha256(question.encode()).hexdigest()
    return digest, (segments, orders if isinstance(orders, int) else 0)


def siblings(record: Record, records: Sequence[Record]) -> list[Record]:
    """Return a record's family, coarsest first, one a step; the record itself is among them.

    Of several at one step, under several names, the one shown is the record itself, else the one
    of the record's demo, else the newest.
    """
    if record.family is None:
        return [record]
    steps: dict[tuple[int, int], Record] = {}
    for each in sorted(records, key=lambda other: other.created):
        if each.family != record.family:
            continue
        held = steps.get(each.exactness)
        if held is None or held.demo != record.demo or each.demo == record.demo:
            steps[each.exactness] = each
    steps[record.exactness] = record
    return [steps[exactness] for exactness in sorted(steps)]


def heads(records: Sequence[Record]) -> list[Record]:
    """Return the records to list: of each family the coarsest, in the order given.

    A queued job has no provenance yet; of a demo's jobs with the same explainer the finer ones
    stand behind the first.
    """
    coarsest: dict[str, tuple[int, int]] = {}
    for record in records:
        if record.family is not None:
            known = coarsest.get(record.family, record.exactness)
            coarsest[record.family] = min(known, record.exactness)
    # By demo and explainer: what already stands for a demo's question.
    standing = {(each.demo or "", each.explainer) for each in records if each.family is not None}
    found = []
    for record in records:
        of = (record.demo or "", record.explainer)
        if record.family is not None:
            is_head = record.exactness == coarsest[record.family]
        else:
            is_head = not record.demo or record.state == "complete" or of not in standing
        if is_head:
            found.append(record)
            standing.add(of)
    return found


def head_of(record: Record, listed: Sequence[Record]) -> Record:
    """Return which of the listed records stands for one: itself, else the first of its family."""
    own = [each for each in listed if each.key == record.key]
    kin = [each for each in listed if each.family is not None and each.family == record.family]
    return (own or sorted(kin, key=lambda each: each.demo != record.demo) or [record])[0]
