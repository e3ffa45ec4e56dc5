"""Exit statuses that two processes agree on; apart, so that reading them loads no worker."""

from __future__ import annotations

__all__ = ["BUSY"]

BUSY = 3
"""Another process writes to the store."""
