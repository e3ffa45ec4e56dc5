"""Pictures: areas under insertion and deletion curves, ours beside shap's PartitionExplainer.

    python -m benchmarks.images [--quick]

Fifty pictures a model, 500 evaluations each, the class the model picks. Both hide pixels behind
the same picture, blurred: shap's own blur needs OpenCV, so the blurred picture is given to its
Image masker as an array. Pixels are ranked by their values, ties broken at random alike; then they
are shown on the blurred picture (insertion, more is better), or blurred one after the other
(deletion, less is better), and the class's probability is averaged over the way. The interval is
95% of the mean difference to shap over pictures. Prints the table and keeps it in
results/images.txt.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from scipy.ndimage import zoom

from shapviz import PartitionExplainer
from shapviz.maskers import Image

RESULTS = Path(__file__).parent / "results" / "images.txt"
BUDGET = 500
STEPS = 32
OURS = {f"ours, {count} regions": count for count in (50, 80, 100)}
"""Left out of pictures with fewer pixels."""


@dataclass(frozen=True)
class Case:
    """A model and pictures it was not trained on."""

    name: str
    model: Callable[[Any], Any]
    pictures: np.ndarray


def shapes(n: int, side: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Pictures (n, side, side, 3) of a disc, square, cross or ring on a textured ground."""
    y, x = np.mgrid[:side, :side]
    label = rng.integers(0, 4, n)
    pictures = np.empty((n, side, side, 3), np.float32)
    for i, kind in enumerate(label):
        radius = rng.uniform(side / 6, side / 4)
        cy, cx = rng.uniform(radius, side - radius, 2)
        far, out = np.hypot(y - cy, x - cx), np.maximum(abs(y - cy), abs(x - cx))
        near = np.minimum(abs(y - cy), abs(x - cx))
        held = (
            far < radius,
            out < radius * 0.9,
            (out < radius) & (near < radius / 3),
            (far < radius) & (far > radius * 0.55),
        )[kind]
        ground = rng.uniform(0, 1, 3) * 0.6
        wave = 0.15 * np.sin(x * rng.uniform(-1, 1) + y * rng.uniform(-1, 1))
        colour = rng.uniform(0.3, 1, 3)
        pictures[i] = ground + wave[..., None]
        pictures[i][held] = colour
        pictures[i] += rng.normal(0, 0.05, (side, side, 3))
    return pictures, label


def network(X: np.ndarray, y: np.ndarray, epochs: int, deep: bool) -> Callable[[Any], Any]:
    """A small convolutional network's probabilities."""
    import keras

    keras.utils.set_random_seed(0)
    layers = keras.layers
    blocks = [layers.Input(X.shape[1:]), layers.Conv2D(16, 3, padding="same", activation="relu")]
    if deep:
        blocks += [
            layers.MaxPooling2D(),
            layers.Conv2D(24, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.GlobalAveragePooling2D(),
        ]
    else:
        blocks += [layers.MaxPooling2D(), layers.Flatten()]
    model = keras.Sequential([*blocks, layers.Dense(int(y.max()) + 1, activation="softmax")])
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss="sparse_categorical_crossentropy")
    model.fit(X, y, epochs=epochs, batch_size=64, verbose=0)

    def answers(rows: Any) -> Any:
        return model.predict_on_batch(np.asarray(rows, np.float32))

    return answers


def cases(count: int) -> Iterator[Case]:
    """The models, trained here."""
    from sklearn.datasets import load_digits
    from sklearn.neural_network import MLPClassifier

    rng = np.random.default_rng(0)
    X, y = load_digits(return_X_y=True)
    small = (X / 16).reshape(-1, 8, 8, 1).astype(np.float32)
    held = slice(1200, 1200 + count)
    yield Case("digits 8×8, CNN", network(small[:1200], y[:1200], 15, False), small[held])
    large = np.stack([zoom(each[..., 0], 3, order=1) for each in small])[..., None]
    yield Case("digits 24×24, CNN", network(large[:1200], y[:1200], 12, True), large[held])
    net = MLPClassifier((64,), max_iter=40, random_state=0).fit(
        large[:1200].reshape(1200, -1), y[:1200]
    )
    yield Case(
        "digits 24×24, MLP",
        lambda rows: net.predict_proba(np.asarray(rows).reshape(len(rows), -1)),
        large[held],
    )
    train, label = shapes(2000, 32, rng)
    fresh, _ = shapes(count, 32, rng)
    yield Case("shapes 32×32×3, CNN", network(train, label, 15, True), fresh)
    yield Case("shapes 32×32×3, wide CNN", network(train, label, 10, False), fresh)


def by_shap(case: Case, blurred: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Values (n, y, x) of the chosen class, channels summed."""
    import shap

    found = []
    for picture, hidden, k in zip(case.pictures, blurred, chosen, strict=True):
        masker = shap.maskers.Image(hidden, picture.shape)
        explainer = shap.PartitionExplainer(lambda rows, k=k: case.model(rows)[:, k], masker)
        values = explainer(picture[None], max_evals=BUDGET, batch_size=100, silent=True).values
        found.append(values.reshape(picture.shape).sum(axis=-1))
    return np.stack(found)


def by_ours(superpixels: int | None) -> Callable[[Case, np.ndarray, np.ndarray], np.ndarray]:
    """Values (n, y, x) of the chosen class: of pixels, or of regions spread over theirs."""

    def explained(case: Case, blurred: np.ndarray, chosen: np.ndarray) -> np.ndarray:
        masker = Image(fill="blur", superpixels=superpixels)
        found = PartitionExplainer(case.model, masker)(case.pictures, budget=BUDGET)
        rows = np.arange(len(chosen))
        if superpixels is None:
            return found.values[rows, ..., chosen].sum(axis=-1)
        sizes = np.stack(
            [
                np.bincount(held.reshape(-1), minlength=found.values.shape[1])
                for held in found.regions
            ]
        )
        dense = found.values[rows, :, chosen] / np.maximum(sizes, 1)
        return dense[rows[:, None, None], found.regions]

    return explained


METHODS: dict[str, Callable[[Case, np.ndarray, np.ndarray], np.ndarray]] = {
    "shap": by_shap,
    "ours, pixels": by_ours(None),
    **{name: by_ours(count) for name, count in OURS.items()},
    "random": lambda case, blurred, chosen: np.random.default_rng(1).normal(
        size=case.pictures.shape[:3]
    ),
}


def areas(
    case: Case, values: np.ndarray, blurred: np.ndarray, chosen: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Insertion and deletion areas of each picture."""
    n, side = len(values), values[0].size
    ties = np.random.default_rng(0).random(side)
    counts = np.linspace(0, side, STEPS + 1).round().astype(int)
    found = np.empty((2, n))
    for i in range(n):
        place = np.empty(side, int)
        place[np.lexsort((ties, -values[i].reshape(-1)))] = np.arange(side)
        shown = (place[None] < counts[:, None]).reshape(-1, *values.shape[1:], 1)
        for row, kept in enumerate((shown, ~shown)):
            rows = np.where(kept, case.pictures[i], blurred[i])
            found[row, i] = np.trapezoid(case.model(rows)[:, chosen[i]], dx=1 / STEPS)
    return found[0], found[1]


def table(case: Case) -> Iterator[str]:
    """The lines of one model."""
    probabilities = np.asarray(case.model(case.pictures))
    chosen = probabilities.argmax(axis=1)
    masker = Image(fill="blur")
    records = masker.check(case.pictures)
    blurred = np.stack([record.absent[0] for record in records])
    n = len(chosen)
    yield ""
    yield f"{case.name}: {n} pictures, mean probability {probabilities.max(axis=1).mean():.2f}"
    yield f"{'':<20}{'insertion':>10}{'to shap':>17}{'deletion':>10}{'to shap':>17}{'s each':>8}"
    reference: tuple[np.ndarray, np.ndarray] | None = None
    pixels = int(np.prod(case.pictures.shape[1:3]))
    for name, method in METHODS.items():
        if name in OURS and OURS[name] > pixels:
            continue
        started = perf_counter()
        values = method(case, blurred, chosen)
        seconds = (perf_counter() - started) / n
        found = areas(case, values, blurred, chosen)
        reference = reference or found
        cells = []
        for own, theirs in zip(found, reference, strict=True):
            gap = own - theirs
            half = 1.96 * gap.std(ddof=1) / np.sqrt(n)
            said = "–" if name == "shap" else f"{gap.mean():+.3f} ± {half:.3f}"
            cells.append(f"{own.mean():>10.3f}{said:>17}")
        yield f"{name:<20}{''.join(cells)}{seconds:>8.2f}"


def main() -> None:
    """Print the tables and keep them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="six pictures")
    quick = parser.parse_args().quick
    warnings.filterwarnings("ignore")  # sklearn's and shap's; neither is measured here.
    lines: list[str] = []
    for case in cases(6 if quick else 50):
        for line in table(case):
            print(line, flush=True)
            lines.append(line)
    if not quick:
        RESULTS.write_text("\n".join(lines).strip() + "\n")


if __name__ == "__main__":
    main()
