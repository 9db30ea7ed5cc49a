import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import startup
from benchmarks.startup import STARTS, Start


def test_commands_take_turns_and_the_first_turn_is_not_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = Start(title="broken", code="raise SystemExit('no such thing')")
    absent = replace(broken, needs=("no_such_package",), title="absent")
    kept = {"python": STARTS["python"], "help": STARTS["help"], "broken": broken, "absent": absent}
    monkeypatch.setattr(startup, "STARTS", kept)
    monkeypatch.setattr(startup, "limit_threads", lambda _: None)
    monkeypatch.setattr(startup, "interrupt_on_terminate", lambda: None)
    page = tmp_path / "page.md"
    page.write_text("<!-- startup:start -->\n<!-- startup:end -->\n", encoding="utf-8")
    startup.main(["--rounds", "2", "-o", str(tmp_path / "startup.json"), "--page", str(page)])
    found = json.loads((tmp_path / "startup.json").read_text(encoding="utf-8"))["measurements"]
    assert [(one["command"], one["round"]) for one in found if "error" not in one] == [
        (name, turn) for turn in (-1, 0, 1) for name in ("python", "help")
    ]
    text = capsys.readouterr().out
    assert text.strip() in page.read_text(encoding="utf-8")
    assert next(line for line in text.splitlines() if line.startswith("| `classlab --help`")).endswith("| 2 |")
    assert "- broken: left out, it failed: no such thing." in text
    assert "- absent: left out, no_such_package is not installed." in text


def test_a_command_that_never_ends_is_given_up() -> None:
    endless = Start(title="endless", code="import time; time.sleep(60)")
    assert startup._run(endless, 0.2) == {"error": "it took longer than 0.2 s"}
