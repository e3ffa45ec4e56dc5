"""What the models of reviews share: what they are taught, what is shown, and in which forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapviz.background import Background
from shapviz.maskers import Text
from shapviz.samples.corpus import FEWEST, HIDDEN, Review, hidden, reviews
from shapviz.samples.demo import Loaded

__all__ = ["LONGEST", "Material", "ids_alone", "loaded", "pieces", "texts_of", "vectorizer"]

TAUGHT = 3000
LONGEST = 36
"""Words that a model reads; shorter reviews are filled up."""

Texts = NDArray[np.object_]


@dataclass(frozen=True)
class Material:
    """Reviews to learn from and fresh ones to be shown.

    Parameters
    ----------
    shown : int
        How many fresh ones.
    seed : int, default 0
        Of the reviews.
    least : float, default 0.5
        The least size of a score; 0 for reviews that are neither good nor bad as well.
    """

    shown: int
    seed: int = 0
    least: float = FEWEST

    @cached_property
    def all(self) -> list[Review]:
        """The whole ones, those to be shown last."""
        return reviews(TAUGHT + self.shown, self.seed, self.least)

    @cached_property
    def taught(self) -> list[Review]:
        """What a model learns from: whole reviews, then the same with words hidden."""
        return self.all[:TAUGHT] + hidden(self.all[:TAUGHT], self.seed)

    @property
    def fresh(self) -> list[Review]:
        """Reviews that no model was taught with."""
        return self.all[TAUGHT:]

    @property
    def scores(self) -> NDArray[np.float64]:
        """Scores of the reviews that are taught."""
        return np.array([review.score for review in self.taught])


def texts_of(made: Sequence[Review]) -> Texts:
    """Return the texts as an array."""
    return np.array([review.text for review in made], dtype=object)


def vectorizer(material: Material) -> Any:
    """Return a TextVectorization layer that knows the words; a hidden one is unknown to it."""
    import keras

    cut = keras.layers.TextVectorization(output_sequence_length=LONGEST, name="words")
    cut.adapt(list(texts_of(material.all[:TAUGHT])))
    return cut


def ids_alone(model: Any, longest: int = LONGEST) -> Any:
    """Return what comes after the layer that turns texts into token ids, as a model of ids."""
    import keras

    ids = keras.Input((longest,), dtype="int64", name="ids")
    out = ids
    for layer in model.layers[1:]:
        out = layer(out)
    return keras.Model(ids, out, name=f"{model.name}_on_ids")


def pieces(texts: Texts, longest: int) -> Texts:
    """Return words with the space after each, (n, longest), "" past a text's end."""
    table = np.full((len(texts), longest), "", dtype=object)
    for row, text in zip(table, texts, strict=True):
        words = text.split(" ")
        row[: len(words)] = [f"{word} " for word in words[:-1]] + words[-1:]
    return table


def loaded(
    X: Texts,
    model: Any,
    inner: Any,
    truth: Sequence[str],
    score: float,
    options: Mapping[str, Any],
) -> Loaded:
    """Return the model on token ids, and for Partition the one on texts.

    In both an absent word is a hidden one.

    Parameters
    ----------
    X : object array (n,)
        Texts that no model was taught with.
    model, inner : keras.Model
        Of texts, beginning with `vectorizer`, and of token ids.
    truth : sequence of str
    score : float
        Accuracy.
    options : mapping
        Arguments of the explainers.
    """
    cut, longest = model.layers[0], inner.input_shape[1]
    unknown = np.asarray(cut(np.array([" ".join([HIDDEN] * longest)], dtype=object)))
    shared: dict[str, Any] = {
        "truth": np.asarray(truth),
        "train": np.zeros(len(X), dtype=bool),
        "score": score,
    }
    whole = Loaded(
        model=model,
        X=X,
        display_data=None,
        background=Text(cut, collapse=False),
        options={key: value for key, value in options.items() if not key.startswith("padding")},
        **shared,
    )
    return Loaded(
        model=inner,
        X=np.asarray(cut(X)),
        display_data=pieces(X, longest),
        background=Background(unknown),
        options=options,
        others={"partition": whole},
        **shared,
    )
