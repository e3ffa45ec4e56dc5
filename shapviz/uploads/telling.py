"""How far a task in the child is: it tells here, the asking process hears between answers."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["tell"]

EVERY = 0.1

sink: Callable[[int, int], None] | None = None
"""Where it goes; set by the child's process, None elsewhere."""

_last = 0.0


def tell(done: int, total: int) -> None:
    """Say how many of how many steps are done; ten times a second at most. A `Progress`."""
    global _last
    now = time.monotonic()
    if sink is not None and now - _last >= EVERY:
        _last = now
        sink(int(done), int(total))
