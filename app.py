"""shapviz in the browser: navigation and the sidebar. Pages are in ``pages/``."""

from __future__ import annotations

from shapviz.ui import frame

frame.draw()
