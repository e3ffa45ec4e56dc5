"""A transformer that sorts the generated reviews into three classes.

Partition is asked about whole texts and Deep about token ids, both with hidden words for absent
ones; Gradient about token ids with other reviews for absence, so that a review's length counts too.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from shapviz.background import sample
from shapviz.samples.demo import Demo, DemoJob, Loaded
from shapviz.samples.reviewing import (
    LONGEST,
    Material,
    ids_alone,
    loaded,
    texts_of,
    vectorizer,
)
from shapviz.samples.training import cached_keras_model

__all__ = ["DEMO"]

SHOWN = 60
CLASSES = ("negative", "mixed", "positive")
UNDECIDED = 0.75
"""Scores up to this size are more mixed than anything else, about."""
MADE_WITH = ("shapviz.samples.corpus", "shapviz.samples.reviewing")


def load(folder: Path) -> Loaded:
    """Return the network on token ids, and for Partition the one on texts, with fresh reviews."""
    material = Material(SHOWN, seed=1, least=0.0)

    def fitted() -> Any:
        import keras

        cut = vectorizer(material)
        inner = _reader(cut.vocabulary_size())
        inner.compile(optimizer=keras.optimizers.Adam(0.005), loss="categorical_crossentropy")
        ids = np.asarray(cut(texts_of(material.taught)))
        inner.fit(ids, _shares(material.scores), epochs=8, batch_size=64, verbose=0)
        text = keras.Input((1,), dtype="string", name="review")
        return keras.Sequential([text, cut, inner], name="transformer")

    model = cached_keras_model("transformer", __name__, folder, fitted)
    inner, X = ids_alone(model), texts_of(material.fresh)
    shares = _shares(np.array([review.score for review in material.fresh]))
    best = np.asarray(model(X[:, None])).argmax(axis=1)
    made = loaded(
        X,
        model,
        inner,
        truth=[CLASSES[k] for k in shares.argmax(axis=1)],
        score=float(np.mean(best == shares.argmax(axis=1))),
        options={"output_names": list(CLASSES), "padding": "fixed", "padding_id": 0},
    )
    others = np.asarray(model.layers[0](texts_of(material.all[:2000])))
    among = replace(
        made, background=sample(others, 40), options={"output_names": list(CLASSES)}, others={}
    )
    return replace(made, others={**made.others, "gradient": among})


def _shares(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of readers who call a review negative, mixed and positive."""
    negative, positive = expit(-scores - UNDECIDED), expit(scores - UNDECIDED)
    return np.stack([negative, 1 - negative - positive, positive], axis=1)


def _reader(words: int, wide: int = 32) -> Any:
    """Return one block of attention over words that know the two before them."""
    import keras

    layers = keras.layers
    spread = keras.initializers.RandomNormal(stddev=1.0, seed=0)
    ids = keras.Input((LONGEST,), dtype="int64", name="ids")
    meaning = layers.Embedding(words, wide, embeddings_initializer=spread, name="meaning")(ids)
    near = layers.Conv1D(wide, 3, padding="causal", activation="gelu", name="nearby")(meaning)
    places = layers.Embedding(LONGEST, wide, embeddings_initializer=spread, name="place")
    tokens = near + places(keras.ops.arange(LONGEST))
    attended = layers.MultiHeadAttention(2, wide // 2, name="attention")(tokens, tokens)
    tokens = layers.LayerNormalization(name="settle")(tokens + attended)
    thought = layers.Dense(2 * wide, activation="gelu", name="think")(tokens)
    tokens = layers.LayerNormalization(name="settle_again")(
        tokens + layers.Dense(wide, name="say")(thought)
    )
    whole = layers.GlobalAveragePooling1D(name="whole")(tokens)
    summed = layers.Dense(wide, activation="gelu", name="weigh")(whole)
    return keras.Model(ids, layers.Dense(3, activation="softmax", name="verdict")(summed))


DEMO = Demo(
    name="transformer",
    title="Reviews in three classes",
    subtitle=f"{SHOWN} generated texts, a transformer",
    sample_noun="review",
    model_name="Keras transformer",
    data_name=f"{SHOWN} made-up reviews",
    samples=SHOWN,
    jobs=(
        DemoJob("partition", "Three classes, Partition", 8, {"budget": 256}),
        DemoJob("gradient", "Three classes, Gradient", 21, {"budget": 80}),
        DemoJob("deep", "Three classes, Deep", 22),
    ),
    load=load,
    modality="text",
)
