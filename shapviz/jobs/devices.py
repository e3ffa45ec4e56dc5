"""Which graphics devices workers may use: what the driver lists and TensorFlow can open."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence

__all__ = ["devices"]

LIST = ("nvidia-smi", "--query-gpu=index", "--format=csv,noheader")
COUNT = "import tensorflow as tf; print(len(tf.config.list_physical_devices('GPU')))"
LISTING_SECONDS = 20.0
COUNTING_SECONDS = 120.0

Ask = Callable[[Sequence[str], float], str]


def devices(ask: Ask | None = None) -> list[str]:
    """Return the names that CUDA_VISIBLE_DEVICES takes, one a device; empty without any.

    Where that variable is set, it says which of them are meant; "-1" or nothing means none.

    Parameters
    ----------
    ask : callable, optional
        Runs a command and returns what it says; default in a process of its own. TensorFlow is
        asked only where the driver lists a device.

    Examples
    --------
    >>> devices(lambda command, seconds: "0\\n1\\n" if command == LIST else "2") in ([], ["0", "1"])
    True
    """
    run = _said if ask is None else ask
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if chosen is not None:
        named = [name.strip() for name in chosen.split(",") if name.strip()]
        if not named or named[0] == "-1":
            return []
    else:
        named = run(LIST, LISTING_SECONDS).split()
    if not named:
        return []
    count = run((sys.executable, "-c", COUNT), COUNTING_SECONDS).split()
    # A build for processors sees none of what the driver lists.
    return named[: int(count[-1])] if count and count[-1].isdigit() else []


def _said(command: Sequence[str], seconds: float) -> str:
    """What a command says; nothing where it is not there, fails or takes too long."""
    if shutil.which(command[0]) is None:
        return ""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=True)
    except (subprocess.SubprocessError, OSError):
        # No driver, no device or no TensorFlow: then processors do the work.
        return ""
    return done.stdout
