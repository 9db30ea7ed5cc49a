"""Closed, full and abandoned streams: a training goes on, is kept, and its command ends with the documented code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import classlab
from classlab.files.unfailing_stream import UnfailingStream

TRAIN = "train --data digits --model linear --limit 60 --epochs 2 -o run"
COMMAND = f'"{sys.executable}" -m classlab.cli.main '


def shell(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    place = {**os.environ, "PYTHONPATH": str(Path(classlab.__file__).parents[1])}
    return subprocess.run(
        ["bash", "-c", line], cwd=folder, env=place, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize(
    ("streams", "code"),
    [
        (">&-", 0),  # nobody wants the output
        ("2>&-", 0),
        (">&- 2>&-", 0),
        ("<&- >&- 2>&-", 0),
        (">/dev/full", 5),  # somebody wants it and does not get it
        ("2>/dev/full", 0),  # narration is dropped
        (">/dev/full 2>/dev/full", 5),
        ("--json >/dev/full", 5),
    ],
)
def test_a_training_outlives_its_streams(tmp_path, streams, code):
    done = shell(f"{COMMAND}{TRAIN} {streams}", tmp_path)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert "defect" not in done.stderr
    assert classlab.open_run(tmp_path / "run").record.epochs_done == 2
    if code == 5 and "2>" not in streams:
        assert done.stderr.splitlines()[-1] == (
            "classlab: the standard output must be writable, but the system says: No space left on device. "
            "Free some space; nothing half-written was left behind."
        )


@pytest.mark.parametrize("words", ["--help", "--version", "train --help"])
def test_help_that_cannot_be_printed_is_an_error_and_no_complaint_of_python(tmp_path, words):
    done = shell(f"{COMMAND}{words} >/dev/full", tmp_path)
    assert done.returncode == 5
    assert "the standard output must be writable" in done.stderr
    assert "Exception ignored" not in done.stderr


def test_a_reader_that_leaves_ends_the_output_alone(tmp_path):
    done = shell(f"set -o pipefail; {COMMAND}{TRAIN} --json | head -c 1; exit ${{PIPESTATUS[0]}}", tmp_path)
    assert done.returncode in (0, 141)  # the document may have been taken before the reader left
    assert done.stderr.count("Error") == 0
    assert classlab.open_run(tmp_path / "run").record.epochs_done == 2


def test_narration_to_a_reader_that_left_does_not_end_a_training(tmp_path):
    done = shell(f"{COMMAND}{TRAIN} --epochs 40 2> >(head -n 1 >/dev/null); echo code $?", tmp_path)
    assert done.stdout.splitlines()[-1] == "code 0"
    assert classlab.open_run(tmp_path / "run").record.epochs_done == 40


class Failing:
    """A stream whose writing always fails."""

    encoding = "utf-8"

    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")

    def flush(self) -> None:
        raise BrokenPipeError

    def isatty(self) -> bool:
        raise ValueError("I/O operation on closed file")


def test_narration_is_dropped_where_it_cannot_be_written():
    for stream in (UnfailingStream(Failing()), UnfailingStream(None)):
        assert stream.write("abc") == 3
        stream.flush()
        assert not stream.isatty()
    assert UnfailingStream(Failing()).encoding == "utf-8"


def test_python_trains_on_where_its_output_is_gone(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Failing())
    run = classlab.fit("digits", "linear", limit=60, epochs=2, quiet=False)
    assert run.record.epochs_done == 2
