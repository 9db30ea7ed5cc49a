"""The made store is one that classlab wrote, and the table says what was measured on it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import made_store, store_of_many
from classlab.studies.fit import fit
from classlab.studies.store import open_store


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(made_store, "fit", lambda *_, **__: fit("digits", "linear", epochs=1))


def test_a_made_store_is_whole(tmp_path: Path) -> None:
    made_store.make_store(tmp_path / "store", studies=2, runs=20)
    with open_store(tmp_path / "store", write=False) as store:
        lines = store.lines()
        assert len(lines) == store.count() == 40
        assert {line.identity for line in lines if line.state == "diverged"} == set(store.identities(state="diverged"))
        assert store.count(state="diverged") == 4
        assert [entry.name for entry in store.studies()] == ["study 1", "study 0"]
        assert sum(opening.runs for opening in store.openings()) == 36
        arms = {arm.name for arm in store.study("study 1").spec.arms}
        assert {each.arm for each in store.memberships(lines, study="study 1").values()} == arms
        assert store.run(store.identities(study="study 0")[0]).weights


def test_every_command_has_a_row_and_each_size_a_column(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(store_of_many, "_run", lambda *_: {"seconds": 1.5, "memory_bytes": 2**27})
    page = tmp_path / "page.md"
    page.write_text("<!-- store-of-many:start -->\n<!-- store-of-many:end -->\n", encoding="utf-8")
    words = ["--folder", str(tmp_path), "--sizes", "5,10", "--rounds", "1", "-o", str(tmp_path / "many.json")]
    store_of_many.main([*words, "--page", str(page), "--only", "runs,report,whole-json"])
    text = capsys.readouterr().out
    assert text.strip() in page.read_text(encoding="utf-8")
    assert "| `report`, a study of 500 runs | 1.50 s, 128 MiB | 1.50 s, 128 MiB |" in text
    found = json.loads((tmp_path / "many.json").read_text(encoding="utf-8"))["measurements"]
    assert [(one["size"], one["round"]) for one in found if one["command"] == "whole-json"] == [(5, 0), (10, 0)]


def test_a_command_runs_in_a_process_of_its_own(tmp_path: Path) -> None:
    made_store.make_store(tmp_path / "store", studies=1, runs=5)
    found = store_of_many._run(store_of_many.COMMANDS["show"], tmp_path / "store", 60)
    assert found["memory_bytes"] > 2**24
    (tmp_path / "store" / "store.sqlite").write_bytes(b"garbage" * 1000)
    found = store_of_many._run(store_of_many.COMMANDS["runs"], tmp_path / "store", 60)
    assert "must be as classlab wrote it" in found["error"]
