"""What a process and its children hold together."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import tree_memory

MEBIBYTE = 2**20
HOLDS = "import sys; kept = bytearray(b'1' * int(sys.argv[1])); print(flush=True); sys.stdin.read()"

pytestmark = pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="the system tells no such sizes")


def test_children_and_theirs_count_and_those_that_ended_do_not(monkeypatch):
    monkeypatch.setattr(tree_memory, "PAUSE", 0.01)
    starts = (
        "import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', sys.argv[1], sys.argv[2]],"
        " stdin=subprocess.PIPE, stdout=subprocess.PIPE); child.stdout.readline(); print(flush=True);"
        " sys.stdin.read(); child.communicate()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", starts, HOLDS, str(60 * MEBIBYTE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        with tree_memory.TreeMemory(parent.pid) as memory:
            assert parent.stdout is not None
            parent.stdout.readline()
            found = tree_memory.family(parent.pid)
            together = sum(tree_memory.held_by(each) for each in found)
            while not memory.peak:
                pass
        parent.communicate()
    assert len(found) == 2
    assert 60 * MEBIBYTE < together < 160 * MEBIBYTE
    assert 60 * MEBIBYTE < memory.peak < 400 * MEBIBYTE  # a fork doubles its parent for a moment
    assert tree_memory.held_by(found[1]) == 0
