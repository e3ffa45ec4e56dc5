"""What a child that runs an untrusted model may say, and under which keys it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shapviz.digests import digest_of_json
from shapviz.errors import UploadError, Words, complaint
from shapviz.store.question import KEY_LENGTH

__all__ = ["DESCRIBED", "PREPARED", "PROBED", "disbelieved", "is_plain", "sealed", "shaped"]

Json = dict[str, Any]

SEALED = ("key", "values_key", "asked")
"""Claims by which explanations are found."""

TEXT, COUNT, NUMBER = (str,), (int,), (int, float)
MAYBE = (str, type(None))
DESCRIBED: dict[str, tuple[type, ...]] = {
    "question": (dict,),
    "rows_digest": TEXT,
    "call": (dict,),
    "values_key": MAYBE,
    "asked": MAYBE,
    "samples": COUNT,
    "features": COUNT,
    "outputs": COUNT,
    "output_names": (list,),
    "explainer": TEXT,
    "model": TEXT,
    "data": TEXT,
    "sample_noun": TEXT,
}
PREPARED: dict[str, tuple[type, ...]] = {
    "key": TEXT,
    "values_key": MAYBE,
    "described": (dict,),
    "about": (dict,),
    "rows_digest": TEXT,
    "question": TEXT,
    "why": TEXT,
    "seconds": NUMBER,
}
PROBED: dict[str, tuple[type, ...]] = {
    "key": TEXT,
    "values_key": MAYBE,
    "samples": COUNT,
    "explainer": TEXT,
    "why": TEXT,
    "rows": NUMBER,
    "exact": (bool,),
    "parts": COUNT,
    "todo": COUNT,
    "pace": (list,),
    "staging": NUMBER,
    "row_bytes": NUMBER,
    "memory_bytes": NUMBER,
    "loading": NUMBER,
}
"""What a child may say, and of which types: nothing else reaches the coordinator."""


def sealed(found: Json, digest: str) -> Json:
    """Return a child's claims under keys that only the same file can claim.

    Examples
    --------
    >>> claim = {"key": "a", "values_key": "b"}
    >>> sealed(claim, "one")["key"] == sealed(claim, "two")["key"]
    False
    """
    keys = {
        name: digest_of_json(["untrusted", digest, found[name]])
        for name in SEALED
        if found.get(name) is not None
    }
    if "key" in keys:
        keys["key"] = keys["key"][:KEY_LENGTH]
    return {**found, **keys}


def shaped(found: Any, table: Mapping[str, tuple[type, ...]], name: str) -> Json:
    """Return what was said, if it is all of a table and of its types; nothing else of it.

    Parameters
    ----------
    found : object
        What the child answered.
    table : mapping
        Name to types.
    name : str
        What to call the child's work in a message.

    Raises
    ------
    UploadError
        Something is missing or of another type; numbers must be finite and not negative.
    """
    if not isinstance(found, dict):
        raise disbelieved(name, "something else")
    for word, kinds in table.items():
        value = found.get(word)
        fits = type(value) in kinds and (not isinstance(value, int | float) or is_plain(value))
        if not fits:
            raise disbelieved(name, f"{word} of {str(value)[:40]!r}")
    return {word: found[word] for word in table}


def is_plain(value: Any) -> bool:
    """Whether it is a number, finite and not negative."""
    return isinstance(value, int | float) and 0 <= value < 2**60


def disbelieved(name: str, got: str) -> UploadError:
    """The error for an answer that is not as agreed."""
    return UploadError(
        complaint(name, "come back as agreed", Words(got), "Do not trust this model.")
    )
