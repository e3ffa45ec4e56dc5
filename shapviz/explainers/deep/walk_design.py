"""How the way from a baseline to a sample is cut into segments. Pure NumPy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Ints = NDArray[np.int32]


def order_of(d: int, baseline: int, pair: int, seed: int) -> NDArray[np.int64]:
    """The order (d,) in which features change, for one baseline and one antithetic pair.

    Every order has a stream of its own, so that the orders of one row are independent of each
    other and of how many rows, samples and orders there are.
    """
    return np.random.default_rng([seed, baseline, pair]).permutation(d)


def segments_of(varies: Bools, orders: NDArray[np.int64], segments: int) -> Ints:
    """The segment, 0 to `segments` − 1, in which each feature changes.

    Parameters
    ----------
    varies : bool (s, b, p)
        Whether sample and baseline differ. Features that do not take no room on the way.
    orders : int (b, p)
        An order of all features for each baseline.
    segments : int

    Returns
    -------
    int32 (s, b, p)
        Segments hold equally many features, to within one. Walking the order backwards puts a
        feature into segment ``segments − 1 −`` this.
    """
    index = np.broadcast_to(orders[None], varies.shape)
    met = np.take_along_axis(varies, index, axis=-1)
    # Cuts at equal parts of the features that change, half a place in, so that the walk backwards
    # has the same cuts.
    place = np.cumsum(met, axis=-1) - 0.5
    count = np.maximum(met.sum(-1, keepdims=True), 1)
    cut = np.minimum((place * segments / count).astype(np.int32), segments - 1)
    found = np.zeros(varies.shape, dtype=np.int32)
    np.put_along_axis(found, index, np.maximum(cut, 0), axis=-1)
    return found
