from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks import keras_files
from benchmarks.keras_files import Trip


def test_a_network_of_each_kind_comes_back_and_stands_on_the_page(tmp_path, capsys):
    page = tmp_path / "page.md"
    page.write_text("<!-- keras-files:start -->\n<!-- keras-files:end -->\n", encoding="utf-8")
    keras_files.main(["--networks", "3", "--page", str(page)])
    said = capsys.readouterr().out
    assert "3 of 3 networks agree: scores within 1e-05 on 8 random images, weights bit for bit." in said
    assert [line.split(" | ")[0] for line in said.splitlines()[2:5]] == ["| built in", "| chain", "| graph"]
    assert said.strip() in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("change", [{"out": 2e-5}, {"back": 2e-5}, {"same_weights": False}, {"out": float("nan")}])
def test_a_network_that_does_not_come_back_is_counted(change):
    good = Trip(kind="chain", out=1e-7, back=0.0, same_weights=True)
    assert keras_files.text([good, replace(good, **change)]).count("1 of 2 networks agree") == 1
