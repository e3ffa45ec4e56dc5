"""LightGBM's text files: whole or not. Its library ends the process over one cut short."""

from __future__ import annotations

import re
from pathlib import Path

from shapviz.errors import UploadError, Words, complaint

__all__ = ["check_lightgbm"]

LENGTHS = re.compile(rb"^tree_sizes=([\d ]*)$", re.MULTILINE)


def check_lightgbm(path: Path, name: str) -> None:
    """UploadError for a model whose trees do not have the lengths it states, or lack their end.

    Parameters
    ----------
    path : Path
    name : str
        What to call it in the message.
    """
    text = path.read_bytes()
    end = text.find(b"\nend of trees")
    stated = LENGTHS.search(text)
    if end < 0:
        raise _broken(name, "no end of trees: it was cut short")
    if b"\nparameters:" in text and b"\nend of parameters" not in text:
        raise _broken(name, "no end of parameters: it was cut short")
    if b"\0" in text:
        raise _broken(name, "NUL bytes in its text")
    if stated is None:
        return
    lengths = [int(each) for each in stated[1].split()]
    starts = [match.start() for match in re.finditer(rb"^Tree=\d+$", text[:end], re.MULTILINE)]
    if len(starts) != len(lengths):
        raise _broken(name, f"{len(starts):,} trees where it states {len(lengths):,}")
    if starts and starts[0] + sum(lengths) > len(text):
        raise _broken(name, f"trees of {sum(lengths):,} bytes in {len(text):,}")


def _broken(name: str, got: str) -> UploadError:
    fix = "Save it anew: booster.save_model('model.txt')."
    return UploadError(complaint(name, "be a whole LightGBM model", Words(got), fix))
