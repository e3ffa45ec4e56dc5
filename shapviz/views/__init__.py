"""Views: arrays, labels and words, ready to draw. No plot library, no widgets."""

from __future__ import annotations

from shapviz.views.bar import BarView, bar
from shapviz.views.beeswarm import BeeswarmRow, BeeswarmView, beeswarm
from shapviz.views.dependence import DependenceView, dependence
from shapviz.views.dependence_small import DependenceSmallView, dependence_small
from shapviz.views.exactness import ExactnessView, Rung, exactness
from shapviz.views.force import ForceView, Push, force
from shapviz.views.force_stacked import ForceStackedView, force_stacked
from shapviz.views.frame_parts import frame_parts
from shapviz.views.image import ImagePanel, ImageView, image
from shapviz.views.image_grid import ImageGridView, image_grid
from shapviz.views.image_mean import ImageMeanView, image_mean
from shapviz.views.image_methods import ImageMethodsView, image_methods
from shapviz.views.importance_beeswarm import ImportanceBeeswarmView, importance_beeswarm
from shapviz.views.input_importance import input_importance
from shapviz.views.interactions import InteractionsView, interactions
from shapviz.views.modality import modality
from shapviz.views.multi_input import ColumnsView, InputPanel, MultiInputView, multi_input
from shapviz.views.permutation_importance import permutation_importance
from shapviz.views.sequence import SequenceView, sequence
from shapviz.views.sequence_grid import SequenceGridView, sequence_grid
from shapviz.views.sequence_steps import SequenceStepsView, sequence_steps
from shapviz.views.text import TextView, text
from shapviz.views.text_tokens import TextTokensView, text_tokens
from shapviz.views.trust import TrustView, trust
from shapviz.views.waterfall import WaterfallView, waterfall
from shapviz.views.words import Span

__all__ = [
    "BarView",
    "BeeswarmRow",
    "BeeswarmView",
    "ColumnsView",
    "DependenceSmallView",
    "DependenceView",
    "ExactnessView",
    "ForceStackedView",
    "ForceView",
    "ImageGridView",
    "ImageMeanView",
    "ImageMethodsView",
    "ImagePanel",
    "ImageView",
    "ImportanceBeeswarmView",
    "InputPanel",
    "InteractionsView",
    "MultiInputView",
    "Push",
    "Rung",
    "SequenceGridView",
    "SequenceStepsView",
    "SequenceView",
    "Span",
    "TextTokensView",
    "TextView",
    "TrustView",
    "WaterfallView",
    "bar",
    "beeswarm",
    "dependence",
    "dependence_small",
    "exactness",
    "force",
    "force_stacked",
    "frame_parts",
    "image",
    "image_grid",
    "image_mean",
    "image_methods",
    "importance_beeswarm",
    "input_importance",
    "interactions",
    "modality",
    "multi_input",
    "permutation_importance",
    "sequence",
    "sequence_grid",
    "sequence_steps",
    "text",
    "text_tokens",
    "trust",
    "waterfall",
]
