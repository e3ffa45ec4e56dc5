"""Numbers that sum an explanation up: pure arrays in, pure arrays out; nothing is drawn here."""

from __future__ import annotations

from shapviz.summaries.distributions import Distributions, distributions
from shapviz.summaries.importance import Importance, ImportanceSums, importance
from shapviz.summaries.summing import Extremes, Summary, SummarySums, summary

__all__ = [
    "Distributions",
    "Extremes",
    "Importance",
    "ImportanceSums",
    "Summary",
    "SummarySums",
    "distributions",
    "importance",
    "summary",
]
