"""Every figure keeps the figure contract."""

from __future__ import annotations

from typing import Any, ClassVar

from shapviz import Explanation
from tests.contracts.figure import FigureContract, test_the_markup_check_can_fail
from tests.views.examples import (
    HOSTILE,
    LONG,
    by_region,
    cases,
    images,
    paired,
    texts,
    token_ids,
)

__all__ = ["test_the_markup_check_can_fail"]


class TestWaterfall(FigureContract):
    name = "waterfall"
    options: ClassVar[dict[str, Any]] = {"sample": 0}
    most_bytes = 20_000


class TestForce(FigureContract):
    name = "force"
    options: ClassVar[dict[str, Any]] = {"sample": 0}
    most_bytes = 20_000


class TestForceStacked(FigureContract):
    name = "force_stacked"
    clickable = True


class TestBar(FigureContract):
    name = "bar"
    most_bytes = 20_000


class TestBeeswarm(FigureContract):
    name = "beeswarm"
    options: ClassVar[dict[str, Any]] = {"selected": 0}
    clickable = True


class TestImportanceBeeswarm(FigureContract):
    name = "importance_beeswarm"
    options: ClassVar[dict[str, Any]] = {"selected": 0}
    clickable = True


class TestDependence(FigureContract):
    name = "dependence"
    options: ClassVar[dict[str, Any]] = {"selected": 0}
    clickable = True
    zooms = True


class TestDependenceSmall(FigureContract):
    name = "dependence_small"
    options: ClassVar[dict[str, Any]] = {"selected": 0}
    clickable = True


class TestInteractions(FigureContract):
    name = "interactions"
    most_bytes = 30_000
    examples: ClassVar[dict[str, Explanation]] = {
        case: paired(explanation) for case, explanation in cases().items()
    }


class TestImage(FigureContract):
    name = "image"
    examples: ClassVar[dict[str, Explanation]] = {
        "grey": images(),
        "colour": images(channels=3),
        "two channels": images(channels=2),
        "one class": images(outputs=1),
        "larger than 64 × 64": images(n=1, side=70, outputs=2),
        "regions": by_region(),
        "large regions": by_region(side=80),
        "hostile classes": by_region(names=[*HOSTILE[:3], LONG]),
    }


class TestImageGrid(FigureContract):
    name = "image_grid"
    clickable = True
    options: ClassVar[dict[str, Any]] = {"selected": 0}
    examples: ClassVar[dict[str, Explanation]] = TestImage.examples | {"regions": by_region()}


class TestImageMean(FigureContract):
    name = "image_mean"
    clickable = True
    examples: ClassVar[dict[str, Explanation]] = TestImage.examples | {"regions": by_region()}


class TestText(FigureContract):
    name = "text"
    options: ClassVar[dict[str, Any]] = {"sample": 0}
    most_bytes = 20_000
    examples: ClassVar[dict[str, Explanation]] = {
        "hostile": texts(),
        "right to left": texts()[[1]],
        "one word": texts()[[2]],
        "a word wider than the page": texts()[[3]],
        "several outputs": texts(outputs=3),
        "padding": token_ids(free=True),
        "nothing moves it": texts().replace(values=texts().values * 0),
    }


class TestTextTokens(FigureContract):
    name = "text_tokens"
    clickable = True
    examples: ClassVar[dict[str, Explanation]] = {
        "plain": texts(n=30),
        "several outputs": texts(outputs=3),
        "padding": token_ids(free=True),
        "one text": texts()[[0]],
    }
