import json
from pathlib import Path

import pytest

from benchmarks import suite


def _comparison(machine: dict[str, object], name: str, images: int) -> dict:
    error = {"workload": name, "peer": "torch-loop", "asked": 1, "round": 0, "error": "torch is not installed"}
    settings = {"images": {name: images}, "epochs": {name: 1}, "threads": 2, "peer_arms": None, "members": None}
    return {"machine": machine, "settings": settings, "complete": True, "measurements": [error]}


def test_comparisons_are_put_together_with_the_settings_of_each(machine: dict[str, object]) -> None:
    whole = suite.merged([_comparison(machine, "linear", 60_000), _comparison(machine, "cnn", 640)])
    assert whole["settings"]["images"] == {"linear": 60_000, "cnn": 640}
    assert [one["workload"] for one in whole["measurements"]] == ["linear", "cnn"]


def test_a_part_gets_its_share_of_the_time_that_is_left() -> None:
    assert suite._minutes(["startup", "roofline"], 10.0) == 5.0
    assert suite._minutes(["roofline"], 7.0) == 7.0
    assert suite._minutes(["a", "b"], -1.0) == 0.0
    assert suite._minutes(["a", "b"], None) is None


def test_a_part_is_told_only_what_it_understands() -> None:
    options = suite._options(["--rounds", "2", "--images", "640", "--peers", "classlab", "--parts", "there"])
    assert " ".join(suite.command_for("startup", options, None)[2:-1]) == "benchmarks.startup --threads 2 --rounds 2 -o"
    told = suite.command_for("a", options, 3.0)
    assert told[2:5] == ["benchmarks.compare_training", "--suite", "a"]
    assert " --images 640 --peers classlab --minutes 3.000 --timeout 180 -o " in " ".join(told)
    assert told[-1] == str(Path("there/a.json").resolve())


def test_an_interrupted_suite_keeps_what_was_measured_and_says_what_was_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, machine: dict[str, object]
) -> None:
    def run(name: str, options: object, minutes: float | None) -> str:
        if name == "growth":
            raise KeyboardInterrupt
        (tmp_path / "suite-parts" / f"{name}.json").write_text(json.dumps(_comparison(machine, "linear", 640)), "utf-8")
        return "done"

    monkeypatch.setattr(suite, "_run", run)
    monkeypatch.setattr(suite, "interrupt_on_terminate", lambda: None)
    page = tmp_path / "page.md"
    page.write_text("<!-- figures:start -->\n<!-- figures:end -->\nkept\n", encoding="utf-8")
    code = suite.main(["--only", "a,growth", "-o", str(tmp_path / "suite.json"), "--page", str(page)])
    whole = json.loads((tmp_path / "suite.json").read_text(encoding="utf-8"))
    assert code == 130
    assert whole["outcome"] == {"a": "done", "growth": "interrupted"}
    assert whole["left_out"]["growth"] == "interrupted"
    assert whole["left_out"]["roofline"] == "not asked for"
    text = page.read_text(encoding="utf-8")
    assert "plain PyTorch loop on linear: left out, torch is not installed." in text
    assert "- Part b: left out, not asked for." in text
    assert text.endswith("kept\n")
