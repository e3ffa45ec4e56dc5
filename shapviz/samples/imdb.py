"""IMDB: real reviews of films, for whoever has a connection, in the form that demos have.

Not one of `DEMOS`: nothing is fetched unless somebody asks for it by name.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapviz.background import sample
from shapviz.errors import OfflineError
from shapviz.maskers import Text
from shapviz.samples.demo import Loaded
from shapviz.samples.reviewing import ids_alone, pieces
from shapviz.samples.training import cached_keras_model

__all__ = ["load"]

WORDS, LONGEST = 5000, 120
"""Words that the model knows, the most frequent ones, and reads of a review."""
OFFSET = 3
"""Keras keeps the first numbers for padding, the start and what is unknown."""
MADE_WITH = ("shapviz.samples.reviewing",)

Texts = NDArray[np.object_]


def load(folder: Path, *, shown: int = 100, epochs: int = 2) -> Loaded:
    """Return an LSTM taught with IMDB's 25,000 reviews, and some fresh ones.

    Keras fetches 17 MB once and keeps them. Training takes some minutes on two cores, and only
    the first time.

    Parameters
    ----------
    folder : Path
        Where the trained model is kept.
    shown : int, default 100
        Fresh reviews, each cut after 120 words.
    epochs : int, default 2

    Returns
    -------
    Loaded
        Of token ids for Deep and Gradient; ``for_explainer("partition")`` of texts.

    Raises
    ------
    OfflineError
        The reviews are not on this machine and cannot be fetched.

    Examples
    --------
    .. code-block:: python

        made = shapviz.samples.imdb.load(Path("models")).for_explainer("partition")
        explainer = shapviz.PartitionExplainer(made.model, made.background, **made.options)
        explanation = explainer(made.X[:10], budget=1000)
        shapviz.figures.text(explanation, sample=0)
    """
    (taught, labels), (fresh, truth) = _fetched()
    texts = _cut(taught)

    def fitted() -> Any:
        import keras

        layers = keras.layers
        cut = layers.TextVectorization(WORDS, output_sequence_length=LONGEST, name="words")
        cut.adapt(list(texts))
        model = keras.Sequential(
            [
                keras.Input((1,), dtype="string", name="review"),
                cut,
                layers.Embedding(WORDS, 32, mask_zero=True, name="meaning"),
                layers.LSTM(32, name="memory"),
                layers.Dense(1, activation="sigmoid", name="positive"),
            ],
            name="imdb",
        )
        inner = ids_alone(model, LONGEST)
        inner.compile(optimizer=keras.optimizers.Adam(0.003), loss="binary_crossentropy")
        inner.fit(np.asarray(cut(texts)), labels, epochs=epochs, batch_size=128, verbose=0)
        return model

    model = cached_keras_model("imdb", __name__, folder, fitted)
    cut, inner = model.layers[0], ids_alone(model, LONGEST)
    X = _cut(fresh[:shown])
    is_positive = np.asarray(truth[:shown], dtype=bool)
    ids = np.asarray(cut(X))
    shared: dict[str, Any] = {
        "truth": np.where(is_positive, "positive", "negative"),
        "train": np.zeros(len(X), dtype=bool),
        "score": float(np.mean((np.asarray(inner(ids))[:, 0] > 0.5) == is_positive)),
        "options": {"output_names": ["positive"], "link": "logit"},
    }
    whole = Loaded(model=model, X=X, display_data=None, background=Text(cut), **shared)
    return Loaded(
        model=inner,
        X=ids,
        display_data=pieces(X, LONGEST),
        background=sample(np.asarray(cut(texts[:5000])), 50),
        others={"partition": whole},
        **shared,
    )


def _fetched() -> Any:
    """Reviews as lists of words, with labels: (taught, labels), (fresh, labels)."""
    import keras

    try:
        rows = keras.datasets.imdb.load_data()
        numbers = keras.datasets.imdb.get_word_index()
    except Exception as error:  # Keras raises nothing narrower when a download fails
        raise OfflineError(
            "The IMDB reviews are not on this machine and cannot be fetched. "
            f"Keras said: {str(error)[:200]}. "
            "Connect once, or put imdb.npz and imdb_word_index.json into ~/.keras/datasets; "
            "the demo “Reviews, good or bad” needs no connection."
        ) from error
    words = {number + OFFSET: word for word, number in numbers.items()}
    return tuple(
        ([[words[k] for k in row if k in words] for row in ids], labels) for ids, labels in rows
    )


def _cut(rows: Any) -> Texts:
    """Reviews as texts, as long as the model reads."""
    return np.array([" ".join(words[:LONGEST]) for words in rows], dtype=object)
