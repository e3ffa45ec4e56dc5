"""Numbers that sum an explanation up: pure arrays in, pure arrays out; nothing is drawn here."""

from __future__ import annotations

from shapviz.summaries.importance import Importance, ImportanceSums, importance
from shapviz.summaries.summing import Summary, SummarySums, summary

__all__ = [
    "Importance",
    "ImportanceSums",
    "Summary",
    "SummarySums",
    "importance",
    "summary",
]
