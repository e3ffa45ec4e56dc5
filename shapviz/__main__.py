"""``python -m shapviz``: the command line where no script was installed."""

from __future__ import annotations

from shapviz.cli import app

if __name__ == "__main__":
    app(prog_name="shapviz")
