"""Work stands back behind the pages."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from shapviz.priority import GROUP


@pytest.mark.parametrize(("leads", "told"), [(True, "10"), (False, "0")])
def test_workers_step_back_behind_pages_of_other_sessions(
    tmp_path: Path, leads: bool, told: str
) -> None:
    """Linux weighs sessions before it looks at niceness; a session of others is left alone."""
    group = tmp_path / "autogroup"
    group.write_text("0")
    code = (
        "import sys; from pathlib import Path; from shapviz.priority import step_back;"
        "step_back(print, Path(sys.argv[1])); step_back(print, Path(sys.argv[1]).parent)"
    )
    command = [sys.executable, "-c", code, str(group)]
    done = subprocess.run(
        command, start_new_session=leads, capture_output=True, text=True, check=True
    )
    assert group.read_text() == told
    assert ("cannot be written" in done.stdout) == leads


@pytest.mark.skipif(not GROUP.exists(), reason="this kernel does not weigh sessions")
def test_a_child_of_nice_work_is_weighed_like_it() -> None:
    """Its own session would begin at full weight."""
    code = (
        "import os; from pathlib import Path; from shapviz.uploads.sandbox import Child;"
        "os.nice(7); child = Child(); child.__enter__();"
        "print(Path(f'/proc/{child._process.pid}/autogroup').read_text()); child.close()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    # As nice as these tests are, and more: 19 is the most.
    assert done.stdout.strip().endswith(f"nice {min(os.nice(0) + 7, 19)}")
