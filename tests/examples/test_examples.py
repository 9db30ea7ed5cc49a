from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


OF_KERAS = {"doctor_in_keras", "keras_in_keras_out"}  # they train with Keras themselves


@pytest.mark.parametrize(
    "example",
    [pytest.param(path, marks=pytest.mark.needs("keras") if path.stem in OF_KERAS else ()) for path in EXAMPLES],
    ids=[path.stem for path in EXAMPLES],
)
def test_every_example_keeps_its_promise_within_a_minute(example, tmp_path):
    place = {**os.environ, "PYTHONPATH": str(ROOT)}
    began = time.monotonic()
    done = subprocess.run([sys.executable, str(example)], cwd=tmp_path, env=place, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "assert " in example.read_text(encoding="utf-8")
    assert time.monotonic() - began < 60
    assert list(tmp_path.iterdir()) == []  # an example leaves nothing behind


def test_there_are_examples():
    assert len(EXAMPLES) >= 2
