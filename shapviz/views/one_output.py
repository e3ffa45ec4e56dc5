"""One output of an explanation as flat arrays and labels: what every view starts from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
from scipy.special import expit

from shapviz.explanation import Explanation
from shapviz.labels import number, percent, value_name, with_unit
from shapviz.selection import pick
from shapviz.types import Array, BoolArray, FloatArray, IntArray
from shapviz.views.columns import Column, column_of
from shapviz.views.modality import inputs_of_kind, modality
from shapviz.views.presence import present
from shapviz.views.regions import placed_names, unmeasured
from shapviz.views.text_chips import PADDING, pieces_of, quoted_word
from shapviz.views.words import PROBABILITY, called, quoted, said_units

__all__ = ["OneOutput", "feature_position", "one_output", "sample_position"]


@dataclass(frozen=True, eq=False)
class OneOutput:
    """SHAP values of one output with one feature axis, and how to write their labels.

    Attributes
    ----------
    explanation : Explanation
        Flat, without an output axis.
    output : str
        The output's name; empty when it has none worth showing.
    outputs : tuple of str
        Names of all the explanation's outputs; empty when it has one, or names by sample.
    words : tuple of str
        Of one text, what its features are called instead; empty for all else.
    given : Explanation, optional
        The whole one: its inputs say what flat arrays do not. Default: `explanation`.
    places : tuple of str
        Of one sample with a picture cut into regions, or a text among several inputs: names with
        where a region lies, and its words; empty for all else.
    worded : set of int
        Features that are words of one of several inputs.
    regional : bool array of shape (d,) or None
        Features that are regions, with no value of their own; None where there is none.
    """

    explanation: Explanation
    output: str
    outputs: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    given: Explanation | None = None
    places: tuple[str, ...] = ()
    regional: BoolArray | None = None
    worded: frozenset[int] = frozenset()

    @cached_property
    def values(self) -> FloatArray:
        """SHAP values, shape (n, d)."""
        # Kept, as `shown` is: each of a million features asks for it.
        return self.explanation.values

    @property
    def names(self) -> tuple[str, ...]:
        """Feature names; of a text its words, of a picture its regions with their places."""
        return self.words or self.places or self.explanation.feature_names

    @property
    def units(self) -> str:
        """Units of the values; empty when unknown."""
        return self.explanation.units

    @property
    def n(self) -> int:
        """Number of samples."""
        return int(self.values.shape[0])

    @property
    def d(self) -> int:
        """Number of features."""
        return int(self.values.shape[1])

    def largest_first(self, i: int) -> IntArray:
        """Return the features that a sample has, the largest |SHAP value| first."""
        order = np.argsort(-np.abs(self.values[i]), kind="stable")
        own = present(self.whole[[i]], self.values[[i]])[0]
        return np.asarray(order[own[order]])

    @property
    def whole(self) -> Explanation:
        """The explanation that this is one output of, with all outputs and in its own shape."""
        return self.explanation if self.given is None else self.given

    @property
    def present(self) -> BoolArray:
        """Which features each sample has, bool (n, d): padding is none."""
        return present(self.whole, self.values)

    @cached_property
    def default_names(self) -> bool:
        """Whether samples are called by their position."""
        return all(name == str(i) for i, name in enumerate(self.explanation.sample_names))

    @property
    def noun(self) -> str:
        """What one sample is: provenance's ``sample_noun``, else "sample"."""
        return str(self.explanation.provenance.get("sample_noun", "sample"))

    def sample_label(self, i: int) -> str:
        """Return a sample's own name."""
        return self.explanation.sample_names[i]

    def unit(self, j: int) -> str:
        """Return the unit of a feature; empty when it has none."""
        return self.explanation.feature_units[j]

    @cached_property
    def shown(self) -> Array | None:
        """What people should read, (n, d); None without data."""
        # Kept: an image has a million features, and each asks for it.
        return self.explanation.display_data

    def is_measured(self, j: int) -> bool:
        """Whether a feature has a value: a word and a region have none."""
        return (
            self.shown is not None
            and not self.words
            and j not in self.worded
            and (self.regional is None or not self.regional[j])
        )

    def raw(self, i: int, j: int) -> Any:
        """Return the value a person should read; None where there is none."""
        if self.shown is None or not self.is_measured(j):
            return None
        value = self.shown[i, j]
        return value.item() if isinstance(value, np.generic) else value

    def value_text(self, i: int, j: int) -> str:
        """Return a feature's value with its unit; empty where there is none."""
        if not self.is_measured(j):
            return ""
        return with_unit(self.raw(i, j), self.unit(j))

    def column(self, j: int) -> Column:
        """Return a feature's values as people read them: numbers, or categories."""
        shown = self.shown if self.is_measured(j) else None
        return column_of(None if shown is None else shown[:, j], self.n)

    # How the output is written

    @property
    def is_log_odds(self) -> bool:
        """Whether a probability can be shown beside every output."""
        return self.units == "log-odds"

    @property
    def is_probability(self) -> bool:
        """Whether outputs are probabilities and read as percentages."""
        return self.units == PROBABILITY

    def probability(self, x: float) -> float | None:
        """Return the probability that an output stands for, or None."""
        if self.is_log_odds:
            return float(expit(x))
        return float(x) if self.is_probability else None

    def output_text(self, x: float) -> str:
        """Return an output value: ``1.44``; percentages for probabilities."""
        return percent(x) if self.is_probability else number(x)

    def output_words(self, x: float, *, measure: bool = False) -> str:
        """Return an output value for a sentence: ``−0.953 log-odds (27.8%)``."""
        text = self.output_text(x)
        if self.is_log_odds:
            return f"{text}{' log-odds' if measure else ''} ({percent(self.probability(x))})"
        if measure and self.units and not self.is_probability:
            return f"{text} {self.units}"
        return text

    @property
    def unit_words(self) -> str:
        """Units after a signed value in a sentence; empty where they would read badly."""
        return "" if self.is_probability else self.units

    def amount(self, x: float) -> str:
        """Return a size for a sentence: ``0.73 log-odds``, ``5.3 percentage points``."""
        if self.is_probability:
            return f"{number(100 * x, 2)} percentage points"
        return f"{number(x, 2)} {self.units}".rstrip()

    @property
    def said_units(self) -> str:
        """Units of SHAP values as they are written: percentage points under probabilities."""
        return said_units(self.units)

    @property
    def value_name(self) -> str:
        """What one value is called: "SHAP value" for all methods but LIME."""
        return value_name(self.units)

    @property
    def values_title(self) -> str:
        """Axis title of SHAP values, with units."""
        return f"{self.value_name} ({self.said_units})" if self.units else self.value_name

    @property
    def called(self) -> str:
        """The output's name as it reads beside numbers; empty where it has none."""
        return called(self.output, self.units)

    @property
    def quoted(self) -> str:
        """The output's name in quotes, of a number what it is; empty where it has none."""
        return quoted(self.output, self.units) if self.output else ""

    @property
    def towards(self) -> str:
        """What a positive value pushes towards: a quoted class, or empty."""
        return self.quoted if self._names_a_class else ""

    @property
    def _names_a_class(self) -> bool:
        return self.is_log_odds or self.is_probability


def one_output(
    explanation: Explanation, output: str | int | None = None, *, sample: int | None = None
) -> OneOutput:
    """Return one output of an explanation, flat.

    Parameters
    ----------
    explanation : Explanation
    output : str or int, optional
        Name or position. Default: for one sample its largest prediction, else the first.
    sample : int, optional
        The sample whose largest prediction is meant.

    Raises
    ------
    InputError
        For an unknown name or a position outside the axis.
    """
    flat = explanation.flat()
    words = _words(explanation, sample)
    spoken = {} if sample is None else _input_words(explanation, sample)
    places = () if sample is None else placed_names(explanation, sample)
    if spoken:
        own = places or explanation.feature_names
        places = tuple(spoken.get(j, name) for j, name in enumerate(own))
    called: dict[str, Any] = {
        "words": words,
        "places": places,
        "worded": frozenset(spoken),
        "regional": unmeasured(explanation),
        "given": explanation,
    }
    names = flat.output_names
    labels = None if isinstance(names, np.ndarray) else names
    if not flat.has_outputs:
        if output is not None:
            pick(output, 1, labels, "output")
        # Without an output axis the default name "output" says nothing; per-sample names differ.
        label = labels[0] if labels else ""
        return OneOutput(flat, "" if label == "output" else label, **called)
    if output is None:
        output = 0 if sample is None else int(np.argmax(flat.predictions[sample]))
    k = int(pick(output, flat.values.shape[-1], labels, "output").positions[0])
    if labels is not None:
        return OneOutput(flat[..., k], labels[k], labels, **called)
    name = "" if sample is None else str(np.asarray(names)[sample, k])
    return OneOutput(flat[..., k], name, **called)


def _words(explanation: Explanation, sample: int | None) -> tuple[str, ...]:
    """What one text's features are called: its words; places in a text have no names."""
    if sample is None or modality(explanation) != "text":
        return ()
    return tuple(map(_word, pieces_of(explanation, sample)))


def _word(piece: str) -> str:
    return quoted_word(piece, 60) if piece.strip() else PADDING


def _input_words(explanation: Explanation, sample: int) -> dict[int, str]:
    """What one sample's words are called where a text is one of several inputs, by feature."""
    texts = inputs_of_kind(explanation, "text")
    found: dict[int, str] = {}
    start = 0
    for name, shape in (explanation.inputs or {}).items() if texts else ():
        if name in texts:
            pieces = pieces_of(explanation[[sample]].of_input(name), 0)
            found |= {start + k: f"{name}: {_word(piece)}" for k, piece in enumerate(pieces)}
        start += prod(shape)
    return found


def sample_position(explanation: Explanation, sample: int | str) -> int:
    """Return a sample's position from its position or its name.

    Raises
    ------
    InputError
        For a position outside the explanation (the range is named) or an unknown name.
    """
    return int(pick(sample, len(explanation), explanation.sample_names, "sample").positions[0])


def feature_position(one: OneOutput, feature: int | str, name: str = "feature") -> int:
    """Return a feature's position from its position or its name.

    Raises
    ------
    InputError
        For an unknown name or a position outside the features.
    """
    return int(pick(feature, one.d, one.names, name).positions[0])
