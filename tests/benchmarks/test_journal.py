import json
from pathlib import Path

from benchmarks.journal import Journal


def _journal(path: Path, *, epochs: int = 2, resume: bool = True) -> Journal:
    return Journal(path, settings={"epochs": epochs}, facts={"machine": "this"}, resume=resume)


def test_measurements_are_on_disk_at_once_and_found_again(tmp_path: Path) -> None:
    path = tmp_path / "found.json"
    _journal(path).add({"peer": "a", "round": 0, "seconds": 1.5})
    later = _journal(path)
    assert later.find({"peer": "a", "round": 0}) == {"peer": "a", "round": 0, "seconds": 1.5}
    assert later.find({"peer": "a", "round": 1}) is None
    later.finish()
    document = json.loads(path.read_text(encoding="utf-8"))
    assert (document["complete"], document["machine"], len(document["measurements"])) == (True, "this", 1)
    assert list(tmp_path.iterdir()) == [path]


def test_other_settings_begin_anew_and_so_does_whoever_asks_for_it(tmp_path: Path) -> None:
    path = tmp_path / "found.json"
    _journal(path).add({"peer": "a"})
    assert _journal(path, epochs=3).measurements == []
    assert _journal(path, resume=False).measurements == []


def test_what_there_was_no_time_for_gets_another_chance_and_a_failure_does_not(tmp_path: Path) -> None:
    path = tmp_path / "found.json"
    journal = _journal(path)
    journal.add({"peer": "late", "error": "no time", "again": True})
    journal.add({"peer": "broken", "error": "it failed"})
    assert [one["peer"] for one in _journal(path).measurements] == ["broken"]
