from __future__ import annotations

import pytest

from benchmarks import onnx_files
from benchmarks.onnx_files import Trip


@pytest.mark.needs("onnx")
def test_a_network_of_each_kind_stands_on_the_page(tmp_path, capsys):
    page = tmp_path / "page.md"
    page.write_text("<!-- onnx-files:start -->\n<!-- onnx-files:end -->\n", encoding="utf-8")
    onnx_files.main(["--networks", "3", "--page", str(page)])
    said = capsys.readouterr().out
    assert "3 of 3 networks agree within 1e-05 on 8 random images." in said
    assert [line.split(" | ")[0] for line in said.splitlines()[2:5]] == ["| built in", "| chain", "| graph"]
    assert said.strip() in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("difference", [2e-5, float("nan")])
def test_a_network_that_differs_is_counted(difference):
    assert "1 of 2 networks agree" in onnx_files.text([Trip("chain", 1e-7), Trip("chain", difference)])
