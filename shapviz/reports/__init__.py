"""Reports: one self-contained page of HTML, for people who have no dashboard.

Views and figures are made elsewhere; here they are put on paper, every text escaped.
"""

from __future__ import annotations

from shapviz.reports.pages import overview_page, sample_page

__all__ = ["overview_page", "sample_page"]
