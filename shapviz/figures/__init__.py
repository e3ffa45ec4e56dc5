"""Figures: one view in, one Plotly figure out, the same bytes every time."""

from __future__ import annotations

from shapviz.figures.bar import bar
from shapviz.figures.beeswarm import beeswarm
from shapviz.figures.dependence import dependence
from shapviz.figures.dependence_small import dependence_small
from shapviz.figures.force import force
from shapviz.figures.force_stacked import force_stacked
from shapviz.figures.image import image
from shapviz.figures.image_grid import image_grid
from shapviz.figures.image_mean import image_mean
from shapviz.figures.image_methods import image_methods
from shapviz.figures.importance_beeswarm import importance_beeswarm
from shapviz.figures.interactions import interactions
from shapviz.figures.multi_input import input_importance, input_panel, multi_input
from shapviz.figures.sequence import sequence
from shapviz.figures.sequence_grid import sequence_grid
from shapviz.figures.sequence_steps import sequence_steps
from shapviz.figures.svg import demo_picture, sparkline_svg, svg_uri
from shapviz.figures.text_tokens import text_tokens
from shapviz.figures.tokens import text
from shapviz.figures.waterfall import waterfall

__all__ = [
    "bar",
    "beeswarm",
    "demo_picture",
    "dependence",
    "dependence_small",
    "force",
    "force_stacked",
    "image",
    "image_grid",
    "image_mean",
    "image_methods",
    "importance_beeswarm",
    "input_importance",
    "input_panel",
    "interactions",
    "multi_input",
    "sequence",
    "sequence_grid",
    "sequence_steps",
    "sparkline_svg",
    "svg_uri",
    "text",
    "text_tokens",
    "waterfall",
]
