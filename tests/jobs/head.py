"""A coordinator for tests: at ordinary priority, and with a slow disk where that is asked for.

With the disk slow it can be killed between two writes of a shard.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any

from shapviz.jobs import process
from shapviz.store.files import Files

SLOW = "SHAPVIZ_TEST_SLOW_DISK"

put = Files.put_bytes


def slow_put(self: Files, location: str, *pieces: Any, **more: Any) -> None:
    """Write one file of what is to stay, and wait a moment."""
    put(self, location, *pieces, **more)
    if location.startswith("arrays/"):
        time.sleep(0.1)


if __name__ == "__main__":
    # The tests wait for it: nobody else is to come first.
    process.NICENESS = 0
    if os.environ.get(SLOW):
        Files.put_bytes = slow_put  # type: ignore[method-assign]
    sys.exit(process.main())
