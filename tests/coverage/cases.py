"""The tables together, the verdict on one name, and the sweep that both test and script run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import count

from shapviz.errors import InputError, ModelError, ShapvizError, UnsupportedOpError
from tests.coverage.probe import (
    COMPLEX,
    NO_FLOAT,
    NO_GRAPH,
    RANDOM,
    REFUSED,
    SUPPORTED,
    Entry,
)
from tests.coverage.run import Outcome, explain

LARGEST_GAP = 1e-4
"""Of the sum, relative to the largest change of a prediction."""

SMALLEST_CORRELATION = 0.5
"""With expected gradients, where slopes mean something."""

FAST = {
    "layers": (
        "Attention BatchNormalization Conv2D Dense Embedding GRU LSTM "
        "LayerNormalization MaxPooling2D Maximum MultiHeadAttention SeparableConv2D Softmax"
    ).split(),
    "activations": "gelu leaky_relu softmax sparsemax".split(),
    "ops": (
        "argmax cumprod einsum erf floor get_item greater logsumexp max sort top_k where "
        "while_loop zeros_like"
    ).split(),
}
"""What every run of the tests probes; the slow sweep probes everything."""


@dataclass(frozen=True)
class Case:
    """One name of one namespace and its row of the table."""

    space: str
    name: str
    entry: Entry

    def __str__(self) -> str:
        return f"{self.space}.{self.name}"


@cache
def tables() -> dict[str, dict[str, Entry]]:
    """Namespace → name → row."""
    from tests.coverage import activations, layers, operations

    return {
        "layers": layers.TABLE,
        "activations": activations.TABLE,
        "ops": operations.TABLE,
    }


def public_names(space: str) -> set[str]:
    """What keras offers under this namespace, keras.ops.image's own names with their prefix."""
    import keras

    module = getattr(keras, space)
    names = {name for name in dir(module) if not name.startswith("_")}
    if space == "ops":
        images = {name for name in dir(module.image) if not name.startswith("_")}
        names |= {f"image.{name}" for name in images - names}
    return names


def cases(*, fast: bool = False) -> list[Case]:
    """Every name that has a probe."""
    return [
        Case(space, name, entry)
        for space, table in tables().items()
        for name, entry in table.items()
        if entry.probe is not None and (not fast or name in FAST[space])
    ]


def _supported(entry: Entry, outcome: Outcome | ShapvizError) -> str | None:
    if isinstance(outcome, ShapvizError):
        return f"{type(outcome).__name__}: {outcome}"
    if not outcome.gap <= LARGEST_GAP:
        return f"the sum misses by {outcome.gap:.1e} of the change"
    if outcome.correlation is not None and not outcome.correlation >= SMALLEST_CORRELATION:
        return f"correlation {outcome.correlation:.2f} with expected gradients"
    return None


def _refused(entry: Entry, outcome: Outcome | ShapvizError) -> str | None:
    if not isinstance(outcome, UnsupportedOpError | InputError):
        return f"it is refused no longer ({outcome})"
    if entry.op is None or entry.op not in str(outcome):
        return f"not {entry.op} refuses it, but: {outcome}"
    return None


def _right_or_refused(entry: Entry, outcome: Outcome | ShapvizError) -> str | None:
    if isinstance(outcome, UnsupportedOpError):
        # A refusal says which op, where, and what to use instead.
        said = str(outcome)
        return None if " at " in said and "KernelExplainer" in said else f"it says only: {said}"
    if isinstance(outcome, Outcome) and entry.kind == NO_FLOAT and outcome.largest == 0:
        return None
    return _supported(entry, outcome)


def _untraceable(case: Case) -> str | None:
    import tensorflow as tf

    rows = tf.TensorSpec((None, *case.entry.probe.shape))
    function = tf.function(case.entry.probe.build, autograph=False)
    try:
        function.get_concrete_function(rows)
    except Exception:
        return None
    return "Keras can trace it now"


def _explained(case: Case, *, slopes: bool = True) -> Outcome | ShapvizError:
    try:
        return explain(case.entry.probe, case.name, slopes=slopes)
    except (UnsupportedOpError, InputError, ModelError) as error:
        return error


VERDICTS: dict[str, Callable[[Entry, Outcome | ShapvizError], str | None]] = {
    SUPPORTED: _supported,
    NO_FLOAT: _right_or_refused,
    COMPLEX: _right_or_refused,
    RANDOM: _right_or_refused,
    REFUSED: _refused,
}


_VERDICTS_GIVEN = count(1)


def verdict(case: Case, met: set[str] | None = None) -> str | None:
    """What is wrong with this name, None if it does what its class says; ops go to `met`."""
    if next(_VERDICTS_GIVEN) % 32 == 0:
        import keras

        # Keras keeps names and graphs of every model that was made; forgetting them takes a while.
        keras.backend.clear_session()
    if case.entry.kind == NO_GRAPH:
        return _untraceable(case)
    outcome = _explained(case, slopes=case.entry.kind == SUPPORTED)
    if met is not None and isinstance(outcome, Outcome):
        met.update(outcome.ops)
    return VERDICTS[case.entry.kind](case.entry, outcome)
