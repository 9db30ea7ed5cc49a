"""The tutorial: every command of its page is run in its order, from a folder of photographs to an exported model."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "photographs.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(sh|python)\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)
# What the page says is written.
FILES = ("photos-tile.png", "report.html", "answers.csv", "photos-suspects/leave-out.csv", "ground.keras")
SHORTER = {"20": "2"}  # epochs: what is tried is that the commands work, and fit together


def steps() -> list[list[str]]:
    """Each command of the page as a process: lines of shell blocks, and Python blocks as a whole."""
    found = []
    for language, text in BLOCKS:
        if language == "python":
            found.append([sys.executable, "-c", text])
            continue
        for line in text.replace("\\\n", " ").splitlines():
            program, *words = (SHORTER.get(word, word) for word in line.partition("  #")[0].split())
            assert program in ("python", "classlab"), line
            start = ["-m", "classlab"] if program == "classlab" else [str(ROOT / words.pop(0))]
            found.append([sys.executable, *start, *words])
    return found


@pytest.mark.needs("keras")
def test_every_command_of_the_tutorial_does_what_the_page_says(tmp_path):
    place = {**os.environ, "PYTHONPATH": str(ROOT), "KERAS_BACKEND": "torch", "CLASSLAB_CACHE": str(tmp_path / "cache")}
    for step in steps():
        done = subprocess.run(step, cwd=tmp_path, env=place, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (step, done.stdout, done.stderr)
    assert [file for file in FILES if not (tmp_path / file).is_file()] == []
    answers = (tmp_path / "answers.csv").read_text(encoding="utf-8")
    rows = {Path(row["file"]).name: row for row in csv.DictReader(answers.splitlines())}
    assert sorted(rows) == ["a-brick.jpg", "a-grass.jpg", "a-gravel.jpg", "broken.jpg"]
    assert "is cut short" in rows["broken.jpg"]["error"]
    # The last step is the program in stock Keras: it says of the file what classlab said of it.
    said = [float(rows["a-brick.jpg"][f"p_{ground}"]) for ground in ("brick", "grass", "gravel")]
    assert json.loads(done.stdout)[0] == pytest.approx(said, abs=1e-5)


def test_the_page_has_commands_and_a_program():
    assert {language for language, _ in BLOCKS} == {"sh", "python"}
