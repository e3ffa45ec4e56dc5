"""Widgets, state and markup shared by the pages. No arithmetic on SHAP values here."""

from __future__ import annotations

from shapviz.ui.messages import guard, notice
from shapviz.ui.opening import Opened, opened

__all__ = ["Opened", "guard", "notice", "opened"]
