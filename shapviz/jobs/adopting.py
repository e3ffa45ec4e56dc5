"""Parts that a worker finished while nobody was there to hear of it: found again, not redone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from shapviz.store import Store
from shapviz.store.arrays import ArrayFiles

__all__ = ["adopt", "leave_word"]

WORD = ".json"
DIGEST_LENGTH = 64

TOLD = ("location", "document", "manifest", "checksum", "seconds", "start", "stop")
"""What is said of a part."""


def leave_word(files: ArrayFiles, key: str, index: int, result: Mapping[str, Any]) -> None:
    """Write beside a staged part what the coordinator will be told of it.

    Parameters
    ----------
    files : ArrayFiles
    key, index
        Of the explanation and the part.
    result : mapping
        With ``location``, ``document``, ``manifest``, ``checksum``, ``seconds``, ``start`` and
        ``stop``.
    """
    said = {name: result[name] for name in TOLD}
    text = json.dumps({**said, "index": index}).encode()
    digest = hashlib.sha256(text).hexdigest().encode()
    files.put_bytes(f"{result['location']}{WORD}", digest, text)


def adopt(store: Store) -> int:
    """Mark finished parts done that the catalogue does not know of, and return how many.

    For whoever holds the store's lock, before leftovers are swept away.
    """
    adopted = 0
    for row in store.catalogue.rows():
        key = row["key"]
        if row["state"] == "complete" or row["values_key"] is None:
            continue
        words = [n for n in store.files.children(f"staged/{key}") if n.endswith(WORD)]
        if not words:
            continue
        planned = {
            part["index"]: part for part in store.catalogue.parts(key) if part["state"] != "done"
        }
        for name in words:
            said = _said(store.files.get_bytes(f"staged/{key}/{name}"))
            part = None if said is None else planned.pop(said["index"], None)
            if said is None or part is None:
                continue
            if (part["start"], part["stop"]) == (said.pop("start"), said.pop("stop")):
                store.catalogue.part_done(key, said.pop("index"), message="", **said)
                adopted += 1
    return adopted


def _said(content: bytes) -> dict[str, Any] | None:
    """What a word says, or None where it is not what was written."""
    digest, text = content[:DIGEST_LENGTH], content[DIGEST_LENGTH:]
    if hashlib.sha256(text).hexdigest().encode() != digest:
        return None
    said: dict[str, Any] = json.loads(text)
    return said
