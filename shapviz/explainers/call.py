"""What goes into one estimate and what comes out of it: plain values, no model and no masker.

Also the two small things every long loop needs: a meter for progress and a check for cancel.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapviz.errors import InputError, JobCancelled, complaint
from shapviz.explainers.options import Options
from shapviz.games import Known
from shapviz.types import Cancel, Progress

Floats = NDArray[np.float64]


class Bar:
    """A line on standard error that says how far a call is: what ``progress=True`` stands for."""

    def __init__(self) -> None:
        self._shown = -1

    def __call__(self, done: int, total: int) -> None:
        """Say so when a percent more is done."""
        part = 100 * done // max(total, 1)
        if part != self._shown:
            self._shown = part
            sys.stderr.write(f"\rExplaining: {part}%" + ("\n" if part == 100 else ""))
            sys.stderr.flush()


def as_progress(progress: Any) -> Progress | None:
    """`progress` as a callable or None: True is a line on standard error."""
    if progress is None or callable(progress):
        return progress  # type: ignore[no-any-return]
    if isinstance(progress, bool):
        return Bar() if progress else None
    raise InputError(
        complaint(
            "progress",
            "be callable with (done, total), True or False",
            progress,
            "Use True for a line on standard error.",
        )
    )


def as_cancel(cancel: Any) -> Cancel | None:
    """`cancel` where it can be asked; InputError otherwise."""
    if cancel is None or callable(getattr(cancel, "is_set", None)):
        return cancel  # type: ignore[no-any-return]
    raise InputError(
        complaint(
            "cancel", "have a method is_set()", cancel, "Pass a threading.Event, or leave it out."
        )
    )


class Meter:
    """Progress over a whole call, fed by parts whose sizes are planned but not exact.

    A game reports model rows within one play, and rows that repeat are sent once, so its counts
    cannot be added up to a plan. The meter maps each part's own fraction onto the planned rows,
    never goes back, and ends at the total.
    """

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._total = 0
        self._start = 0
        self._size = 0
        self._shown = -1

    def plan(self, total: int) -> None:
        """Say how many model rows the whole call is expected to take, and show zero of them."""
        self._total = max(int(total), 1)
        self._show(0)

    def begin(self, size: int) -> None:
        """Open the next part, of `size` planned rows; the part before counts as done."""
        self._start += self._size
        self._size = int(size)
        self._show(self._start)

    def __call__(self, done: int, total: int) -> None:
        """Report `done` of `total` rows of the open part (the game's own callback)."""
        if self._size:
            self._show(self._start + int(self._size * done / max(total, 1)))

    def finish(self) -> None:
        """Show that everything is done."""
        self._show(self._total)

    def _show(self, done: int) -> None:
        done = min(done, self._total)
        if self._progress is None or not self._total or done <= self._shown:
            return
        self._shown = done
        self._progress(done, self._total)


@dataclass(frozen=True)
class Call:
    """One call of an explainer, checked: what the estimate may depend on besides the rows.

    Attributes
    ----------
    budget : int or None
        Evaluations allowed per sample; None means the explainer's default.
    seed : int
        Where every random choice starts.
    outputs : tuple of int
        Positions of the chosen model outputs, in the order asked for.
    meter : Meter
        Feeds the caller's progress callback.
    cancel : Cancel or None
        Anything with ``is_set()``.
    options : Options
        What only this method takes.
    ranking : int (n, k) or None
        Each sample's own outputs, where its highest ones were asked for; `outputs` are then all.
    known : Known or None
        What the model has answered to the checks of this call.
    """

    budget: int | None
    seed: int
    outputs: tuple[int, ...]
    meter: Meter
    cancel: Cancel | None = None
    options: Options = field(default_factory=Options)
    ranking: NDArray[np.int64] | None = None
    known: Known | None = None

    def stop_if_cancelled(self) -> None:
        """Raise JobCancelled when the caller asked to stop (games do so too, between batches)."""
        if self.cancel is not None and self.cancel.is_set():
            raise JobCancelled(
                complaint(
                    "cancel",
                    "stay unset until the explanation is finished",
                    self.cancel,
                    "Start the explanation again to compute it.",
                )
            )


@dataclass(frozen=True)
class Estimate:
    """What a method hands back for n samples, p features (flat) and K chosen outputs.

    Attributes
    ----------
    values, standard_errors : float64 (n, p, K)
        SHAP values in link units, and their standard errors (None = not estimated).
    base_values, predictions : float64 (n, K)
        Link units.
    raw_additivity_gap : float64 (n, K) or None
        The gap before any projection; None where the sum is exact by construction.
    interactions : float64 (n, p, p, K) or None
        Pairwise interaction values, rows summing to the SHAP values, where they were asked for.
    provenance : mapping
        ``model_rows`` (required), and what else the method has to say for itself. Entries win
        over the template's own (``estimand``, ``budget`` …).
    """

    values: Floats
    base_values: Floats
    predictions: Floats
    standard_errors: Floats | None = None
    raw_additivity_gap: Floats | None = None
    interactions: Floats | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)


def take(X: Any, rows: Any) -> Any:
    """Rows of an array or a DataFrame, by position (a slice or an integer array)."""
    return X.iloc[rows] if hasattr(X, "iloc") else X[rows]
