from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import install_size
from benchmarks.install_size import figures_text

CORE = {
    "set": "core",
    "downloaded": 61_400_000,
    "installed": 203_600_000,
    "packages": [["rich", "15.0.0", 400_000], ["numpy", "2.4.6", 73_550_000], ["idna", "3.20", 250_000]],
    "downloading": 3.4,
    "installing": 12.6,
    "lab": 58.4,
}
ALL = {
    "set": "all",
    "downloaded": 1_234_500_000,
    "installed": 2_000_000_000,
    "packages": [["torch", "2.13.0", 1_900_000_000]],
    "downloading": 40.0,
    "installing": 80.0,
    "lab_error": "classlab: no room.",
}


def test_the_table_has_a_row_for_each_set_and_the_packages_of_the_core(machine: dict[str, object]) -> None:
    text = figures_text({"machine": machine, "measurements": [ALL, CORE]})
    lines = text.splitlines()
    assert lines[0].startswith("Measured 2026-01-02 on a processor")
    assert lines[2:] == [
        "| installation | packages | MB downloaded | MB installed | s to download | s to install | s to the lab |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        "| `pip install classlab` | 3 | 61 | 204 | 3 | 13 | 58 |",
        '| `pip install "classlab[all]"` | 1 | 1,234 | 2,000 | 40 | 80 | - |',
        "",
        "- classlab[all]: the lab ended with: classlab: no room.",
        "",
        "What the core installs, in MB:",
        "",
        "| package | MB |",
        "| --- | ---: |",
        "| numpy 2.4.6 | 73.5 |",
        "| 2 of less than 1 MB: idna, rich | 0.7 |",
    ]


def test_an_interrupted_call_goes_on_with_the_next_set_and_fills_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def measured(name: str, wheel: Path, place: Path) -> dict[str, object]:
        asked.append(name)
        if len(asked) == 2:
            raise KeyboardInterrupt
        return {key: value for key, value in (CORE if name == "core" else ALL).items() if key != "set"}

    monkeypatch.setattr(install_size, "measured", measured)
    monkeypatch.setattr(install_size, "_built", lambda place: place / "classlab.whl")
    monkeypatch.setattr(install_size, "interrupt_on_terminate", lambda: None)
    page = tmp_path / "page.md"
    page.write_text("<!-- install-size:start -->\n<!-- install-size:end -->\n", encoding="utf-8")
    words = ["--only", "core,all", "-o", str(tmp_path / "found.json"), "--page", str(page)]
    with pytest.raises(KeyboardInterrupt):
        install_size.main(words)
    install_size.main(words)
    assert asked == ["core", "all", "all"]
    found = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    assert [one["set"] for one in found["measurements"]] == ["core", "all"]
    assert "| `pip install classlab` | 3 | 61 |" in page.read_text(encoding="utf-8")


def test_a_set_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        install_size.main(["--only", "core,everything"])
    assert "there is no set 'everything'. Choose from core, torch, keras, all." in capsys.readouterr().err


def test_the_sets_are_extras_of_the_project() -> None:
    import tomllib

    project = tomllib.loads((install_size.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = {name for name in install_size.SETS if name != "core"}
    assert extras <= set(project["optional-dependencies"])
