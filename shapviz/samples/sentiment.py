"""Sentiment: an LSTM that reads whole texts, on reviews made up so that the right words are known.

Deep and Gradient are asked about the token ids inside it, Partition about the texts themselves.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import expit

from shapviz.samples.demo import Demo, DemoJob, Loaded
from shapviz.samples.reviewing import Material, ids_alone, loaded, texts_of, vectorizer
from shapviz.samples.training import cached_keras_model

__all__ = ["DEMO"]

SHOWN = 100
MADE_WITH = ("shapviz.samples.corpus", "shapviz.samples.reviewing")


def load(folder: Path) -> Loaded:
    """Return the network on token ids, and for Partition the one on texts, with fresh reviews."""
    material = Material(SHOWN)

    def fitted() -> Any:
        """Teach it the share of readers who call a review positive: its score as log-odds."""
        import keras

        layers = keras.layers
        cut = vectorizer(material)
        model = keras.Sequential(
            [
                keras.Input((1,), dtype="string", name="review"),
                cut,
                layers.Embedding(cut.vocabulary_size(), 12, mask_zero=True, name="meaning"),
                layers.LSTM(24, name="memory"),
                layers.Dense(1, activation="sigmoid", name="positive"),
            ],
            name="sentiment",
        )
        # Words are looked up once, not in every epoch.
        inner = ids_alone(model)
        inner.compile(optimizer=keras.optimizers.Adam(0.02), loss="binary_crossentropy")
        ids = np.asarray(cut(texts_of(material.taught)))
        inner.fit(ids, expit(material.scores), epochs=5, batch_size=128, verbose=0)
        return model

    model = cached_keras_model("sentiment", __name__, folder, fitted)
    inner, X = ids_alone(model), texts_of(material.fresh)
    is_positive = np.array([review.is_positive for review in material.fresh])
    predicted = np.asarray(model(X[:, None]))[:, 0] > 0.5
    return loaded(
        X,
        model,
        inner,
        truth=np.where(is_positive, "positive", "negative").tolist(),
        score=float(np.mean(predicted == is_positive)),
        options={"output_names": ["positive"], "link": "logit", "padding": "fixed"},
    )


DEMO = Demo(
    name="sentiment",
    title="Reviews, good or bad",
    subtitle=f"{SHOWN} generated texts with known causes",
    sample_noun="review",
    model_name="Keras LSTM",
    data_name=f"{SHOWN} made-up reviews",
    samples=SHOWN,
    jobs=(
        DemoJob("partition", "Reviews, Partition", 6, {"budget": 256}),
        DemoJob("deep", "Reviews, Deep", 15),
        DemoJob("gradient", "Reviews, Gradient", 19, {"budget": 50}),
    ),
    load=load,
    modality="text",
)
