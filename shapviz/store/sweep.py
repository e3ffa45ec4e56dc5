"""Removing what killed writers left: files that the catalogue does not name."""

from __future__ import annotations

from shapviz.store.arrays import ArrayFiles
from shapviz.store.catalogue import Catalogue
from shapviz.store.staging import ROWS, place_of

__all__ = ["sweep"]


def sweep(files: ArrayFiles, catalogue: Catalogue) -> list[str]:
    """Remove leftovers and return the places removed; only for the holder of the writer's lock.

    Kept are the arrays of complete explanations and the staged parts that are marked done. Work
    that nobody can resume (its model has no digest) is forgotten; other work becomes "queued".
    """
    wanted: set[str] = set()
    staged: dict[str, set[str]] = {}
    for row in catalogue.rows():
        key = row["key"]
        if row["state"] == "complete":
            wanted.add(row["location"])
            continue
        if row["values_key"] is None or row["question"] is None:
            catalogue.forget(key)
            continue
        done = (part for part in catalogue.parts(key) if part["state"] == "done")
        staged[key] = {ROWS, *(place_of(part).rsplit("/", 1)[-1] for part in done)}
        if row["state"] == "computing":
            kept = f"{row['done']} of {row['samples']} samples are kept."
            catalogue.update(key, state="queued", running=0.0, message=f"Interrupted; {kept}")
    removed = [
        place
        for place in (f"arrays/{name}" for name in files.children("arrays"))
        if place not in wanted
    ]
    for key in files.children("staged"):
        if key not in staged:
            removed.append(f"staged/{key}")
            continue
        removed += [
            f"staged/{key}/{index}"
            for index in files.children(f"staged/{key}")
            if index not in staged[key]
        ]
    for place in removed:
        files.remove(place)
    return removed
