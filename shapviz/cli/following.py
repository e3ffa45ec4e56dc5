"""What a job is doing: a bar in a terminal, one line an event elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.text import Text

from shapviz.cli import terminal
from shapviz.cli.terminal import one_line

if TYPE_CHECKING:
    from shapviz.jobs import Job

__all__ = ["Screen", "following", "pace"]

LINE_SECONDS = 5.0
"""Between two lines of progress where nobody watches a bar."""


class Screen(Protocol):
    """Where a job's progress and a command's own words go."""

    def show(self, job: Job) -> None: ...

    def say(self, text: str) -> None: ...


@contextmanager
def following(console: Console) -> Iterator[Screen]:
    """Give a bar where people read along, else lines."""
    if not terminal.is_terminal():
        yield _Lines(console)
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), _Pace())
    with Progress(*columns, console=console) as progress:
        yield _Bar(progress)


def pace(job: Job) -> str:
    """Return how far a job is, how fast, and how long it will take.

    Unknown parts are left out; so is all of it where the job is being stopped, since what is in
    work then will not be finished.
    """
    from shapviz import labels

    if job.state == "cancelling":
        return ""
    parts = [f"{labels.count(job.done)} of {labels.count(job.samples)} rows"] if job.samples else []
    if job.rate:
        parts.append(f"{labels.number(job.rate, 2)} a second")
    if job.eta is not None:
        parts.append(f"{duration(job.eta)} left")
    return ", ".join(parts)


def duration(seconds: float) -> str:
    """Return a length of time in one or two units.

    Examples
    --------
    >>> duration(7.2), duration(125), duration(7260)
    ('7 s', '2 min 5 s', '2 h 1 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _doing(job: Job) -> str:
    state = "computing" if job.state == "computing" else job.message or job.state
    return one_line(state).rstrip(".")


class _Pace(TextColumn):
    """The job's own pace: rich's would count from when this command began to look."""

    def __init__(self) -> None:
        super().__init__("{task.fields[pace]}", markup=False)


class _Bar:
    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None

    def show(self, job: Job) -> None:
        if self._task is None:
            self._task = self._progress.add_task("", total=None, pace="")
        self._progress.update(
            self._task,
            description=_doing(job).capitalize(),
            total=job.samples or None,
            completed=job.done,
            pace=pace(job),
        )

    def say(self, text: str) -> None:
        self._progress.console.print(Text(text))


class _Lines:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._said: tuple[str, int] = ("", -1)
        self._when = 0.0

    def show(self, job: Job) -> None:
        if not job.active:
            return  # the command says how it ended
        doing, now = _doing(job), time.monotonic()
        moved = job.done != self._said[1] and now - self._when >= LINE_SECONDS
        if doing == self._said[0] and not moved:
            return
        self._said, self._when = (doing, job.done), now
        self.say(": ".join(filter(None, [doing, pace(job)])))

    def say(self, text: str) -> None:
        self._console.print(Text(text))
