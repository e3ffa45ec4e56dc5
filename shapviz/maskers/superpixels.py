"""Regions of an image: cut by SLIC or a grid, and joined again by likeness into a tree."""

from __future__ import annotations

import heapq
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapviz.errors import InputError, MissingExtraError, Words, complaint
from shapviz.hierarchy import Hierarchy

__all__ = ["as_labels", "by_grid", "by_slic", "region_tree"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MORE = 1.3
"""SLIC is asked for so many times the regions wanted; the most alike are joined again."""
COMPACT_LAB, COMPACT = 10.0, 0.1
"""SLIC's weight of nearness against likeness, in CIELAB (0 to 100) and for values from 0 to 1."""
TRIES = ((1.0, 1.0), (1.0, 4.0), (1.5, 16.0), (2.0, 64.0), (3.0, 256.0))
"""Of seeds and of nearness as many times as usual, one after the other, until regions suffice.

Few pixels a region, or noise: likeness tears regions apart, SLIC drops the crumbs, and far fewer
are left than were asked for. The nearer to its seed a pixel must be, the fewer crumbs there are."""
ENOUGH = 0.9
"""Of the regions wanted: with as many SLIC is not tried again."""
NEARNESS = 1.0
"""Weight of distance (in sides of the image) against colour (in its standard deviations)."""


def as_labels(labels: Any, shape: tuple[int, int]) -> Ints:
    """Return labels (y, x) renumbered 0 … k−1 in reading order; InputError where they do not fit.

    Parameters
    ----------
    labels : int array
        Any whole numbers, one for each region.
    shape : (int, int)
        Of the image.
    """
    array = np.asarray(labels)
    if array.shape != shape or array.dtype.kind not in "iub":
        raise InputError(
            complaint(
                "superpixels",
                f"be whole numbers of shape ({shape[0]}, {shape[1]}), one for each pixel",
                array if array.ndim else labels,
                "Give every region a number of its own.",
            )
        )
    _, first, inverse = np.unique(array, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse.reshape(shape)]


def by_grid(shape: tuple[int, int], count: int) -> Ints:
    """Return labels (y, x) of about `count` rectangles, at most, as square as they can be."""
    height, width = shape
    rows = min(height, max(1, round((count * height / width) ** 0.5)))
    if rows * min(width, count // rows) < ENOUGH * count:
        # A narrow picture, or a few regions: other numbers of rows may come nearer.
        near = range(1, min(height, count) + 1)
        rows = max(near, key=lambda r: (r * min(width, count // r), -abs(r - rows)))
    columns = min(width, max(1, count // rows))
    y = np.arange(height) * rows // height
    x = np.arange(width) * columns // width
    labels: Ints = y[:, None] * columns + x[None, :]
    return labels


def by_slic(image: Floats, count: int) -> Ints:
    """Return labels (y, x) of at most `count` regions of like colour.

    Three channels are compared as CIELAB, others as they are. More regions than wanted are asked
    for, and the most alike neighbours joined. Where SLIC finds too few (small or noisy pictures)
    it is asked again for more compact ones, five times in all.

    Raises
    ------
    MissingExtraError
        scikit-image is not installed.

    References
    ----------
    Achanta et al. (2012), SLIC superpixels compared to state-of-the-art superpixel methods, IEEE
    Transactions on Pattern Analysis and Machine Intelligence 34.
    """
    try:
        from skimage.segmentation import slic
    except ImportError as error:
        raise MissingExtraError(
            complaint(
                "superpixels",
                "be cut by a package that is installed",
                Words("SLIC without scikit-image"),
                "Run pip install 'shapviz[images]', or use method='grid'.",
            )
        ) from error
    (height, width), low, high = image.shape[:2], image.min(), image.max()
    scaled = (image - low) / (high - low) if high > low else np.zeros_like(image)
    colour = image.ndim == 3 and image.shape[2] == 3
    usual = COMPACT_LAB if colour else COMPACT
    found: list[Ints] = []
    for seeds, nearness in TRIES:
        labels = slic(
            scaled,
            n_segments=min(ceil(MORE * seeds * count), height * width),
            compactness=nearness * usual,
            start_label=0,
            channel_axis=2 if image.ndim == 3 else None,
            convert2lab=colour,
        )
        found.append(as_labels(labels, (height, width)))
        if found[-1].max() + 1 >= ENOUGH * count:
            break
    labels = max(found, key=lambda each: int(each.max()))
    if labels.max() < count:
        return labels
    tree = region_tree(image, labels)
    joined = np.empty(tree.d, dtype=np.int64)
    for group, node in enumerate(tree.cut(count)):
        joined[tree.members(node)] = group
    return as_labels(joined[labels], image.shape[:2])


def region_tree(image: Floats, labels: Ints) -> Hierarchy:
    """Return the tree that joins neighbouring regions, the most alike first.

    The cost of joining two is Ward's: what it adds to the squared distances of pixels from their
    region's mean, in colour (standard deviations of the image) and place (its longer side).
    Heights never fall on the way up.

    Parameters
    ----------
    image : float64 (y, x[, channel])
    labels : int (y, x)
        0 … k−1.
    """
    k = int(labels.max()) + 1
    sizes, means = _described(image, labels, k)
    near: dict[int, set[int]] = {node: set() for node in range(k)}
    for a, b in _touching(labels):
        near[a].add(b)
        near[b].add(a)

    def cost(a: int, b: int) -> float:
        apart = means[a] - means[b]
        return float(np.round(sizes[a] * sizes[b] / (sizes[a] + sizes[b]) * (apart @ apart), 9))

    ahead = [(cost(a, b), a, b) for a in near for b in near[a] if a < b]
    heapq.heapify(ahead)
    merges: list[tuple[int, int]] = []
    heights: list[float] = []
    while len(near) > 1:
        if not ahead:
            # Labels that do not hang together: what is left is near everything.
            left = sorted(near)
            near.update({a: set(left) - {a} for a in left})
            ahead = [(cost(a, b), a, b) for i, a in enumerate(left) for b in left[i + 1 :]]
            heapq.heapify(ahead)
        height, a, b = heapq.heappop(ahead)
        if a not in near or b not in near:
            continue
        new = k + len(merges)
        merges.append((a, b))
        heights.append(max(height, heights[-1] if heights else 0.0))
        around = (near.pop(a) | near.pop(b)) - {a, b}
        sizes.append(sizes[a] + sizes[b])
        means.append((sizes[a] * means[a] + sizes[b] * means[b]) / sizes[new])
        near[new] = around
        for other in sorted(around):
            near[other] = (near[other] - {a, b}) | {new}
            heapq.heappush(ahead, (cost(other, new), other, new))
    return Hierarchy(tuple(merges), tuple(heights))


def _described(image: Floats, labels: Ints, k: int) -> tuple[list[int], list[Floats]]:
    """Sizes and means of regions, of colour and place."""
    height, width = labels.shape
    pixels = image.reshape(height * width, -1)
    spread = float(pixels.std()) or 1.0
    y, x = np.mgrid[:height, :width].reshape(2, -1) * (NEARNESS / max(height, width))
    described = np.column_stack([pixels / spread, y, x])
    flat = labels.reshape(-1)
    sizes = np.bincount(flat, minlength=k)
    sums = np.stack([np.bincount(flat, each, minlength=k) for each in described.T], axis=1)
    return sizes.tolist(), list(sums / sizes[:, None])


def _touching(labels: Ints) -> list[tuple[int, int]]:
    """Pairs of labels that share a side."""
    sides = [(labels[:, :-1], labels[:, 1:]), (labels[:-1], labels[1:])]
    pairs = np.concatenate([np.stack([a.reshape(-1), b.reshape(-1)], axis=1) for a, b in sides])
    return [(int(a), int(b)) for a, b in np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)]
