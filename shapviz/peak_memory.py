"""The most memory that this process has held, of its own."""

from __future__ import annotations

import re
import sys
from pathlib import Path

__all__ = ["peak_memory"]

STATUS = Path("/proc/self/status")
"""Where Linux says it."""


def peak_memory(status: Path = STATUS) -> int:
    """Return the most memory that this process has held at a time, in bytes.

    `getrusage` alone would not do on Linux: it counts what was held before the process ran its own
    program too, which is all of its parent's memory. A status without the line (some sandboxes
    leave it out) leaves no better answer than that, which is never too small.

    Parameters
    ----------
    status : Path, optional

    Returns
    -------
    int
        0 on Windows, where it is not counted.
    """
    if sys.platform == "win32":
        return 0
    if status.exists():
        found = re.search(r"^VmHWM:\s+(\d+) kB", status.read_text(), re.MULTILINE)
        if found is not None:
            return int(found[1]) * 1024
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
