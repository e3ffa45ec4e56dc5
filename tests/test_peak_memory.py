"""A process counts its own memory, not that of whoever began it."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from shapviz.peak_memory import peak_memory

HELD = """
from shapviz.peak_memory import peak_memory
before = peak_memory()
block = bytearray(b"x") * 100_000_000
print(before, peak_memory())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not count it")
def test_a_child_counts_what_it_holds_and_nothing_of_its_parent():
    block = np.ones(100_000_000)
    done = subprocess.run(
        [sys.executable, "-c", HELD], capture_output=True, text=True, check=True, timeout=120
    )
    before, after = map(int, done.stdout.split())
    assert 0 < before < block.nbytes / 2
    assert 0.95e8 < after - before < 1.5e8
    assert peak_memory() >= block.nbytes


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not count it")
def test_without_a_line_in_the_status_it_is_not_too_small(tmp_path):
    status = tmp_path / "status"
    status.write_text("VmRSS:\t  100 kB\n")
    assert peak_memory(status) >= peak_memory()
    assert peak_memory(tmp_path / "missing") >= peak_memory()
    status.write_text("Name:\tx\nVmHWM:\t  100 kB\n")
    assert peak_memory(status) == 102_400
