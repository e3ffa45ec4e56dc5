"""How much processor work takes beside the pages: niceness, and the weight of its session."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

__all__ = ["step_back", "weigh_session"]

NICENESS = 10
"""The page comes first where they share a processor."""

GROUP = Path("/proc/self/autogroup")
"""Where Linux weighs whole sessions against each other; niceness counts only within one."""

Say = Callable[[str], object]


def step_back(say: Say, group: Path = GROUP) -> None:
    """Let pages go first: by niceness, and where sessions are weighed before it, by session.

    Parameters
    ----------
    say : callable
        Told one line when the session's weight cannot be set.
    group : Path, optional
    """
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    weigh_session(say, group)


def weigh_session(say: Say, group: Path = GROUP) -> None:
    """Weigh a session that this process leads as its own niceness says.

    A new session starts at full weight, however nice the process that began it is.

    Parameters
    ----------
    say, group
        As `step_back`.
    """
    if not group.exists() or os.getsid(0) != os.getpid():
        # No such weights here, or the session is also somebody else's.
        return
    try:
        group.write_text(str(os.nice(0)))
    except OSError as error:
        say(f"Pages may wait for work beside them: {group} cannot be written ({error.strerror}).")
