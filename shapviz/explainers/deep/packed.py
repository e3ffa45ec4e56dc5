"""Several inputs as one tensor: packed rows go into the graph, which takes them apart itself.

So the replay, the walks and Gradient meet one input, whatever the model takes. A column that holds
whole numbers is cast to them inside the graph, where the rules for what cannot be differentiated
take it up; text goes in as its place in a list of all texts met so far, and is read off it there.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapviz.explainers.deep.pair import Tensor
from shapviz.explainers.deep.precision import HALF
from shapviz.models.inputs import InputLayout

__all__ = ["Packed", "packing"]


class Texts:
    """Every text met so far, each at a place of its own: a variable that the graph reads."""

    def __init__(self) -> None:
        import tensorflow as tf

        self._places: dict[bytes, int] = {}
        with tf.device("CPU:0"):
            self._known = tf.Variable([b""], shape=[None], dtype=tf.string, trainable=False)

    def places(self, texts: NDArray[Any]) -> NDArray[np.float64]:
        """Where each text stands; new ones are added at the end."""
        cells = [cell if isinstance(cell, bytes) else cell.encode() for cell in texts.flat]
        before = len(self._places)
        found = [self._places.setdefault(cell, len(self._places)) for cell in cells]
        if len(self._places) > before:
            self._known.assign(list(self._places))
        return np.array(found, np.float64).reshape(texts.shape)

    def at(self, places: Tensor) -> Tensor:
        """The texts at these places."""
        import tensorflow as tf

        with tf.device("CPU:0"):
            return tf.gather(self._known, tf.cast(places, tf.int64))


@dataclass(frozen=True, eq=False)
class Packed:
    """How packed rows (n, p) become one tensor, and that tensor the model's inputs.

    Attributes
    ----------
    layout : InputLayout
    dtype : tf.DType
        Of the tensor: the inputs' own where they share one of floats, else float64.
    widened : tuple of str
        Each input's dtype; half precision is widened.
    texts : Texts or None
    """

    layout: InputLayout
    dtype: Any
    widened: tuple[str, ...]
    texts: Texts | None

    @property
    def mixed(self) -> bool:
        """Whether some columns stand for whole numbers or text."""
        return not bool(self.floats.all())

    @property
    def floats(self) -> NDArray[np.bool_]:
        """Which columns (p,) are floats to the model."""
        sizes = [prod(shape) for shape in self.layout.by_name.values()]
        return np.repeat([dtype.startswith("float") for dtype in self.widened], sizes)

    def rows(self, flat: NDArray[Any]) -> NDArray[Any]:
        """Packed rows as numbers, each rounded as its input rounds it."""
        parts = []
        for part, dtype in zip(self.layout.unpack(flat, "X"), self.widened, strict=True):
            column = part.reshape(len(part), -1)
            if dtype == "string" and self.texts is not None:
                column = self.texts.places(column)
            parts.append(column.astype(self.dtype.as_numpy_dtype))
        return np.concatenate(parts, axis=1)

    def taken_apart(self, rows: Tensor) -> Any:
        """The inputs as the model's call takes them; ops of the graph being built."""
        import tensorflow as tf

        parts, start = [], 0
        for shape, dtype in zip(self.layout.by_name.values(), self.widened, strict=True):
            part = tf.reshape(rows[:, start : start + prod(shape)], [-1, *shape])
            if dtype == "string" and self.texts is not None:
                part = self.texts.at(part)
            elif dtype == "bool":
                part = tf.not_equal(tf.cast(part, tf.int32), 0)
            else:
                part = tf.cast(part, dtype)
            parts.append(part)
            start += prod(shape)
        return self.layout.structured(parts)


def packing(layout: InputLayout) -> Packed:
    """How rows of these inputs go through a traced graph."""
    import tensorflow as tf

    widened = tuple("float32" if dtype in HALF else dtype for dtype in layout.dtypes)
    shared = widened[0] if len(set(widened)) == 1 and widened[0].startswith("float") else "float64"
    return Packed(layout, tf.as_dtype(shared), widened, Texts() if layout.has_text else None)
