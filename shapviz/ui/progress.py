"""What the worker is doing, in plain words."""

from __future__ import annotations

from collections.abc import Sequence

from shapviz.labels import count, number, several
from shapviz.store import Record

__all__ = [
    "PENDING",
    "advance",
    "duration",
    "overall",
    "percent_done",
    "running_words",
    "state_words",
]

PENDING = ("queued", "computing")
_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0


def duration(seconds: float) -> str:
    """Return a rough duration.

    Examples
    --------
    >>> duration(93), duration(400), duration(9000), duration(400_000)
    ('93 s', '7 min', '2.5 h', '5 days')
    """
    if seconds < 2 * _MINUTE:
        return f"{max(1, round(seconds))} s"
    if seconds < 2 * _HOUR:
        return f"{round(seconds / _MINUTE)} min"
    if seconds < 2 * _DAY:
        return f"{seconds / _HOUR:.1f} h"
    return f"{count(round(seconds / _DAY))} days"


def percent_done(record: Record) -> int:
    """Return how much is done in whole percent, never 100 before the end."""
    if record.state == "complete":
        return 100
    return min(99, 100 * record.done // record.samples) if record.samples else 0


def state_words(record: Record) -> str:
    """Return a record's state for a table."""
    if record.state == "complete":
        return "Complete"
    if record.state == "failed":
        return f"Failed at {percent_done(record)}%" if record.done else "Failed"
    if record.state == "computing":
        return f"Running, {percent_done(record)}%"
    if record.state == "cancelled":
        return f"Cancelled at {percent_done(record)}%" if record.done else "Cancelled"
    return f"Waiting, {percent_done(record)}%" if record.done else "Waiting"


def running_words(record: Record) -> str:
    """Return done, rate and time left of a record that is being computed."""
    return advance(
        record.done, record.samples, record.sample_noun, record.rate, record.eta, record.message
    )


def advance(
    done: int, samples: int, noun: str, rate: float | None, eta: float | None, doing: str
) -> str:
    """Return how far work is, how fast and how long still; what it is doing before it can tell.

    Examples
    --------
    >>> advance(60, 100, "patient", 12.0, 3.4, "")
    '60 of 100 patients, 12 per second, about 3 s left.'
    >>> advance(0, 100, "patient", None, None, "Loading the model")
    'Loading the model…'
    """
    if not done or rate is None:
        doing = doing.rstrip(".…")
        return f"{doing}…" if doing else "Getting ready…"
    parts = [f"{count(done)} of {several(samples, noun)}", f"{_rate(rate)} per second"]
    if eta is not None:
        parts.append(f"about {duration(eta)} left")
    return ", ".join(parts) + "."


def _rate(rate: float) -> str:
    return count(round(rate)) if rate >= 10 else number(rate, 2)


def overall(records: Sequence[Record]) -> str:
    """Return how many explanations are ready, and that the tab may be closed."""
    ready = sum(record.state == "complete" for record in records)
    return (
        f"{count(ready)} of {count(len(records))} explanations are ready. "
        "You can close this tab; the worker goes on."
    )
