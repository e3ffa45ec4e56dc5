"""Networks trained on ImageNet, for those who have their weights or a connection to fetch them.

No demo of the dashboard: a demo needs no download. `explain_photographs` is called from Python.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from shapviz.errors import InputError, ModelError, Words, complaint
from shapviz.explainers.registry import find
from shapviz.explanation import Explanation
from shapviz.maskers import Image
from shapviz.types import Array

__all__ = ["NETWORKS", "classes", "explain_photographs", "network"]

SIDE = 224
METHODS = ("partition", "kernel")


@dataclass(frozen=True)
class _Network:
    model: str
    module: str


NETWORKS = {
    "vgg16": _Network("VGG16", "vgg16"),
    "mobilenet_v2": _Network("MobileNetV2", "mobilenet_v2"),
}
"""Networks by the name that `explain_photographs` takes: VGG16 is 528 MB, MobileNetV2 14 MB."""


def network(name: str) -> Any:
    """Return a network of keras.applications with its ImageNet weights.

    Raises
    ------
    InputError
        An unknown name.
    ModelError
        The weights are not on this machine and cannot be fetched.
    """
    import keras

    found = _named(name)
    return _fetched(
        f"weights of {found.model}",
        lambda: getattr(keras.applications, found.model)(weights="imagenet"),
    )


def classes(name: str) -> list[str]:
    """Return the thousand ImageNet classes in a network's order, in words.

    Raises
    ------
    InputError
        An unknown name.
    ModelError
        The list is not on this machine and cannot be fetched.
    """
    module = _module(name)
    decoded = _fetched(
        "list of classes", lambda: module.decode_predictions(-np.arange(1000.0)[None], top=1000)
    )
    return [words.replace("_", " ") for _, words, _ in decoded[0]]


def explain_photographs(
    name: str = "mobilenet_v2",
    photographs: Any = None,
    *,
    explainer: str = "partition",
    superpixels: int = 100,
    method: str = "grid",
    budget: int = 500,
    top: int = 3,
    **call: Any,
) -> Explanation:
    """Return what superpixels of photographs gave to a network's likeliest ImageNet classes.

    Absence is the blurred photograph. It costs `budget` rows of the network a photograph: VGG16
    takes minutes on a processor.

    Parameters
    ----------
    name : {"mobilenet_v2", "vgg16"}
    photographs : array of shape (n, h, w, 3), optional
        0 to 255, of any size: they are resized to 224 × 224. Default: scikit-learn's two.
    explainer : {"partition", "kernel"}
    superpixels : int, default 100
    method : {"grid", "slic"}
        SLIC follows edges and needs scikit-image, the extra "images".
    budget : int, default 500
    top : int, default 3
        Classes explained, each photograph's own.
    **call
        Of the explainer: ``seed``, ``progress``, ``cancel``.

    Raises
    ------
    InputError
        An unknown name, or photographs that are none.
    ModelError
        Weights or classes are not on this machine and cannot be fetched.
    """
    if explainer not in METHODS:
        rule = f"be {' or '.join(map(repr, METHODS))}"
        raise InputError(complaint("explainer", rule, explainer, "They explain superpixels."))
    module = _module(name)
    X = _resized(_two() if photographs is None else photographs)
    model, words = network(name), classes(name)

    def probabilities(rows: Array) -> Array:
        # The network's own preparation changes the array it is given.
        return np.asarray(model.predict(module.preprocess_input(rows.copy()), verbose=0))

    masker = Image(fill="blur", superpixels=superpixels, method=method)
    made = find(explainer)(
        probabilities, masker, output_names=words, units="probability", model_id=f"imagenet {name}"
    )
    found = made(X, budget=budget, outputs=f"top{top}", **call)
    about = {"sample_noun": "photograph", "model_name": NETWORKS[name].model}
    return found.replace(provenance={**found.provenance, **about})


def _named(name: str) -> _Network:
    if name in NETWORKS:
        return NETWORKS[name]
    rule = f"be one of {', '.join(NETWORKS)}"
    raise InputError(complaint("name", rule, name, "MobileNetV2 is the smaller one."))


def _module(name: str) -> Any:
    import importlib

    return importlib.import_module(f"keras.applications.{_named(name).module}")


def _fetched(what: str, fetch: Callable[[], Any]) -> Any:
    try:
        return fetch()
    except Exception as error:  # Keras raises a plain Exception where an address does not answer
        raise ModelError(
            complaint(
                what,
                "be on this machine, or be fetched from where Keras keeps it",
                Words(f"no answer: {error}"),
                "Connect to the internet once, or copy the file into ~/.keras/models; the demo "
                "“Flower or temple?” needs neither.",
            )
        ) from error


def _two() -> list[Array]:
    from sklearn.datasets import load_sample_images

    return list(load_sample_images().images)


def _resized(photographs: Sequence[Array] | Array) -> Array:
    from PIL import Image as Pillow

    given = [np.asarray(each) for each in photographs]
    for each in given:
        if each.ndim != 3 or each.shape[2] != 3 or not 0 <= each.min() <= each.max() <= 255:
            rule = "be colour photographs, (n, h, w, 3) from 0 to 255"
            raise InputError(complaint("photographs", rule, each, "Give them in RGB."))
    sized = [
        Pillow.fromarray(each.astype(np.uint8)).resize((SIDE, SIDE), Pillow.Resampling.BILINEAR)
        for each in given
    ]
    return np.stack([np.asarray(each, dtype=np.float32) for each in sized])
