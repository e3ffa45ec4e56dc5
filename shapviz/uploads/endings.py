"""How a child ended, in words: its exit code and what its libraries printed last."""

from __future__ import annotations

import re
import signal

from shapviz.uploads.child import FOLDER_FULL
from shapviz.uploads.limits import ChildLimits

__all__ = ["GIGABYTE", "OUT_OF_MEMORY", "ended_words"]

GIGABYTE = 2**30

OUT_OF_MEMORY = re.compile(
    "bad_alloc|memoryerror|unable to allocate|failed to allocate|cannot allocate memory|"
    "allocateraw|oom when|out of memory|resource_?exhausted",
    re.IGNORECASE,
)
"""What libraries say when memory is refused to them."""

ENDINGS: dict[int, str] = {
    signal.SIGSEGV: "it crashed (memory it must not touch)",
    signal.SIGBUS: "it crashed (memory it must not touch)",
    signal.SIGABRT: "its library gave up",
    signal.SIGFPE: "it crashed (a calculation that cannot be made)",
    signal.SIGILL: "it crashed (an instruction this processor does not have)",
    signal.SIGKILL: "the system ended it, most often for want of memory",
    signal.SIGXFSZ: "it wrote too large a file",
}


def ended_words(code: int, said: str, limits: ChildLimits) -> tuple[str, str, str]:
    """Return the rule that was broken, what came, and what to do.

    Parameters
    ----------
    code : int
        Exit status of the keeper: 128 and the signal for a child that a signal ended.
    said : str
        Its libraries' last words.
    limits : ChildLimits

    Examples
    --------
    >>> ended_words(128 + signal.SIGSEGV, "", ChildLimits())[1]
    'it crashed (memory it must not touch)'
    """
    fix = "Nothing was kept of it; check or save the file anew."
    if code == FOLDER_FULL:
        return f"write at most {limits.folder / GIGABYTE:g} GB", "more than that", fix
    number = code - 128 if code > 128 else -code
    if number == signal.SIGXCPU:
        rule = f"need at most {limits.cpu} seconds of processor time"
        return rule, "more than that", "It was stopped. Try a smaller model."
    got = ENDINGS.get(number, f"it ended by itself (code {code})")
    heard = f" Its last words: {said}" if said else ""
    return "load and run without ending its process", got, fix + heard
