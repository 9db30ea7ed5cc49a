"""The tutorial: what its page says is there at its end, once everything on it was run in its order."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.docs.typist import NEEDS, type_page

# What the page says is written.
FILES = ("photos-tile.png", "report.html", "answers.csv", "photos-suspects/leave-out.csv", "ground.keras")


@NEEDS
def test_every_command_of_the_tutorial_does_what_the_page_says(place, monkeypatch, capsys):
    type_page("docs/photographs", place, monkeypatch)
    assert [file for file in FILES if not Path(file).is_file()] == []
    rows = {Path(row["file"]).name: row for row in csv.DictReader(Path("answers.csv").read_text().splitlines())}
    assert sorted(rows) == ["a-brick.jpg", "a-grass.jpg", "a-gravel.jpg", "broken.jpg"]
    assert "is cut short" in rows["broken.jpg"]["error"]
    # The last step is the program in stock Keras: it says of the file what classlab said of it.
    said = [float(rows["a-brick.jpg"][f"p_{ground}"]) for ground in ("brick", "grass", "gravel")]
    assert json.loads(capsys.readouterr().out.splitlines()[-1])[0] == pytest.approx(said, abs=1e-5)
