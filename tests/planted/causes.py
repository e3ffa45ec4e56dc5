"""Generated samples whose cause is known, networks that have learnt it, and who points where.

Each cause plants something in one of many places: a patch in a picture, a word in a sentence, a
window in a signal, a spike in a row. An explanation is right where the place with the largest
value lies in what was planted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from shapviz import DeepExplainer, GradientExplainer, KernelExplainer, PartitionExplainer
from shapviz.maskers import Image, Sequence, Text

Scores = np.ndarray
"""What a method says of each place, (n, places)."""


@dataclass(frozen=True)
class Cause:
    """Something planted.

    Attributes
    ----------
    name : str
    planted : bool (n, places)
        Where it is.
    accuracy : float
        Share of fresh samples that the network gets right.
    methods : mapping of str to callable
        Explainer to a function of nothing that returns its scores (n, places).
    """

    name: str
    planted: np.ndarray
    accuracy: float
    methods: Mapping[str, Callable[[], Scores]]


def pointing(scores: Scores, planted: np.ndarray) -> tuple[float, float]:
    """Share of samples whose largest score is planted, and mean rank of the best planted place."""
    best = np.where(planted, scores, -np.inf).max(axis=1)
    rank = 1 + (np.where(planted, -np.inf, scores) > best[:, None]).sum(axis=1)
    return float((rank == 1).mean()), float(rank.mean())


def trained(layers: list[Any], X: np.ndarray, y: np.ndarray, epochs: int) -> Any:
    """A network with one output before its sigmoid, fitted to labels 0 and 1."""
    import keras

    keras.utils.set_random_seed(0)
    dtype = "int64" if X.dtype.kind == "i" else "float32"
    inside = keras.Input(X.shape[1:], dtype=dtype)
    tensor = inside
    for layer in layers:
        tensor = layer(tensor)
    model = keras.Model(inside, keras.layers.Dense(1)(tensor))
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss=loss)
    model.fit(X, y, epochs=epochs, batch_size=64, verbose=0)
    return model


def right(model: Any, X: np.ndarray, y: np.ndarray) -> float:
    """Share of labels that the sign of the output tells."""
    return float(((np.asarray(model(X))[:, 0] > 0) == (y > 0)).mean())


def patch(n: int, rng: np.random.Generator) -> Cause:
    """A bright 3×3 patch in one of 16 cells of a 12×12 picture."""
    import keras

    def draw(count: int, label: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        pictures = rng.uniform(0, 0.6, (count, 12, 12, 1))
        cell = rng.integers(0, 4, (count, 2)) * 3
        planted = np.zeros((count, 12, 12), bool)
        for i, (y, x) in enumerate(cell):
            planted[i, y : y + 3, x : x + 3] = True
        pictures[..., 0][planted & (label == 1)[:, None, None]] += 0.5
        return pictures.astype(np.float32), planted.reshape(count, -1)

    label = np.arange(800) % 2
    X, _ = draw(800, label)
    layers = keras.layers
    convolution = [layers.Conv2D(8, 3, activation="relu"), layers.GlobalMaxPooling2D()]
    model = trained([*convolution, layers.Dense(8, activation="relu")], X, label, 12)
    fresh, planted = draw(n, np.ones(n))
    ground = X[label == 0][:20]
    cells = Image(ground, superpixels=16, method="grid")

    def pixels(values: np.ndarray) -> Scores:
        return values.reshape(n, -1)

    return Cause(
        "patch in a picture",
        planted,
        right(model, *_labelled(draw)),
        {
            # Pixels of a patch are summed over their 3×3 neighbourhood: one cell has nine.
            "deep": lambda: pixels(_blocks(DeepExplainer(model, ground)(fresh).values)),
            "gradient": lambda: pixels(
                _blocks(GradientExplainer(model, ground)(fresh, budget=60).values)
            ),
            "partition": lambda: pixels(
                _blocks(PartitionExplainer(model, Image(ground))(fresh, budget=128).values)
            ),
            "kernel": lambda: pixels(KernelExplainer(model, cells)(fresh, budget=128).on_regions()),
        },
    )


def _blocks(values: np.ndarray) -> np.ndarray:
    """Each pixel with the sum of the 3×3 cell it lies in."""
    cells = values.reshape(len(values), 4, 3, 4, 3).sum(axis=(2, 4))
    return cells.repeat(3, axis=1).repeat(3, axis=2)


FILLERS = (
    "the film was shown in a small hall near our street and we went there with two friends after "
    "dinner on monday evening because tickets were cheap for once while rain fell outside"
)


def word(n: int, rng: np.random.Generator) -> Cause:
    """One of three words of praise, or of blame, among up to eleven others."""
    import keras

    others = FILLERS.split()
    praise, blame = ["excellent", "moving", "brilliant"], ["awful", "boring", "clumsy"]

    def draw(count: int, label: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        texts, planted = [], np.zeros((count, 12), bool)
        for i in range(count):
            words = list(rng.choice(others, rng.integers(6, 12)))
            at = int(rng.integers(0, len(words) + 1))
            words.insert(at, str(rng.choice(praise if label[i] else blame)))
            planted[i, at] = True
            texts.append(" ".join(words))
        return np.array(texts, dtype=object), planted

    label = np.arange(600) % 2
    texts, _ = draw(600, label)
    cut = keras.layers.TextVectorization(output_sequence_length=12)
    cut.adapt(list(texts))

    def encode(given: Any) -> np.ndarray:
        return np.asarray(cut(list(given)))

    layers = [
        keras.layers.Embedding(cut.vocabulary_size(), 8, mask_zero=True),
        keras.layers.LSTM(8),
    ]
    model = trained(layers, encode(texts), label, 6)
    fresh, planted = draw(n, np.ones(n))
    ids, ground = encode(fresh), encode(texts[label == 0][:20])
    masker = Text(cut, encode=encode)

    def tokens(values: np.ndarray) -> Scores:
        wide = np.zeros((n, 12))
        wide[:, : values.shape[1]] = values
        return wide

    checked, labels = _labelled(draw)
    return Cause(
        "word in a sentence",
        planted,
        right(model, encode(checked), labels),
        {
            "deep": lambda: tokens(DeepExplainer(model, ground)(ids).values),
            "gradient": lambda: tokens(GradientExplainer(model, ground)(ids, budget=60).values),
            "partition": lambda: tokens(PartitionExplainer(model, masker)(fresh).values),
            "kernel": lambda: tokens(KernelExplainer(model, masker)(fresh, budget=128).values),
        },
    )


def window(n: int, rng: np.random.Generator) -> Cause:
    """A bump of four steps in the second of three signals of 24 steps."""
    import keras

    def draw(count: int, label: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        signals = rng.normal(0, 0.5, (count, 24, 3))
        planted = np.zeros((count, 24), bool)
        for i, start in enumerate(rng.integers(0, 6, count) * 4):
            planted[i, start : start + 4] = True
        signals[..., 1][planted & (label == 1)[:, None]] += 2.0
        return signals.astype(np.float32), planted

    label = np.arange(600) % 2
    X, _ = draw(600, label)
    model = trained([keras.layers.GRU(8)], X, label, 15)
    fresh, planted = draw(n, np.ones(n))
    ground = X[label == 0][:20]

    def blocks(values: np.ndarray) -> Scores:
        steps = values.reshape(n, 24, -1).sum(axis=2).reshape(n, 6, 4).sum(axis=2)
        return steps.repeat(4, axis=1)

    def laid(explainer: Any, budget: int) -> Scores:
        return explainer(fresh, budget=budget).on_regions()

    return Cause(
        "window in a signal",
        planted,
        right(model, *_labelled(draw)),
        {
            "deep": lambda: blocks(DeepExplainer(model, ground)(fresh).values),
            "gradient": lambda: blocks(GradientExplainer(model, ground)(fresh, budget=60).values),
            "partition": lambda: blocks(
                laid(PartitionExplainer(model, Sequence(ground, players="time")), 128)
            ),
            "kernel": lambda: laid(KernelExplainer(model, Sequence(ground, players=4)), 64),
        },
    )


def column(n: int, rng: np.random.Generator) -> Cause:
    """A spike in one of eight columns."""
    import keras

    def draw(count: int, label: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        rows = rng.normal(0, 0.7, (count, 8))
        planted = np.zeros((count, 8), bool)
        planted[np.arange(count), rng.integers(0, 8, count)] = True
        rows[planted & (label == 1)[:, None]] += 5.0
        return rows.astype(np.float32), planted

    label = np.arange(800) % 2
    X, _ = draw(800, label)
    model = trained([keras.layers.Dense(24, activation="relu")], X, label, 15)
    fresh, planted = draw(n, np.ones(n))
    ground = X[label == 0][:20]
    return Cause(
        "spike in a column",
        planted,
        right(model, *_labelled(draw)),
        {
            "deep": lambda: DeepExplainer(model, ground)(fresh).values,
            "gradient": lambda: GradientExplainer(model, ground)(fresh, budget=60).values,
            "partition": lambda: PartitionExplainer(model, ground)(fresh).values,
            "kernel": lambda: KernelExplainer(model, ground)(fresh).values,
        },
    )


def _labelled(draw: Callable[[int, np.ndarray], Any]) -> tuple[np.ndarray, np.ndarray]:
    """Two hundred fresh samples, half of them with the cause."""
    label = np.arange(200) % 2
    return draw(200, label)[0], label


CAUSES: dict[str, Callable[[int, np.random.Generator], Cause]] = {
    "patch": patch,
    "word": word,
    "window": window,
    "column": column,
}


def table(names: list[str], n: int, seed: int = 0) -> Iterator[tuple[Cause, str, float, float]]:
    """Cause, method, pointing accuracy and mean rank, one after the other."""
    for name in names:
        cause = CAUSES[name](n, np.random.default_rng(seed))
        for method, scores in cause.methods.items():
            yield cause, method, *pointing(scores(), cause.planted)
