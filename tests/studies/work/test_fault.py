from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import classlab
from classlab.studies.work.fault import fault

ROOT = Path(classlab.__file__).parents[1]


def passages_before_the_end(wanted: str) -> tuple[int, list[str]]:
    code = (
        "from classlab.studies.work.fault import fault\n"
        "for number in range(3):\n"
        "    fault('after-add')\n"
        "    print(number, flush=True)\n"
    )
    place = {**os.environ, "PYTHONPATH": str(ROOT), "CLASSLAB_FAULT": wanted}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=place)
    return done.returncode, done.stdout.split()


@pytest.mark.parametrize(
    ("wanted", "code", "numbers"),
    [
        ("after-add:2", -signal.SIGKILL, ["0"]),
        ("after-add", -signal.SIGKILL, []),
        ("after-add:4", 0, ["0", "1", "2"]),
        ("before-add:1", 0, ["0", "1", "2"]),
    ],
)
def test_the_process_ends_at_the_named_passage_and_at_no_other(wanted, code, numbers):
    assert passages_before_the_end(wanted) == (code, numbers)


def test_nothing_happens_where_nobody_asks_for_it(monkeypatch):
    monkeypatch.delenv("CLASSLAB_FAULT", raising=False)
    fault("after-add")
