"""What enters the test-set ledger from the command line, and how it is listed."""

from __future__ import annotations

import json


def rows(answer) -> list[list[str]]:
    """Without the time, which is two words."""
    return [[*line.split()[:2], *line.split()[4:]] for line in answer.out.splitlines()[1:]]


def test_trainings_and_evaluations_are_listed_with_their_purpose(classlab, tmp_path, monkeypatch):
    monkeypatch.delenv("CLASSLAB_STORE")
    monkeypatch.chdir(tmp_path)
    train = ("train", "--data", "digits", "--model", "linear", "--epochs", "1", "--seeds", "2", "-o", "two", "--quiet")
    assert classlab(*train).code == 0
    assert classlab(*train).code == 0  # found there: nothing is measured
    assert classlab("evaluate", "two/seed-0").code == 0
    assert classlab("evaluate", "two/seed-0", "--split", "validation").code == 0
    assert classlab("evaluate", "two/seed-0", "--store", "other").code == 0
    assert sorted(place.name for place in tmp_path.iterdir()) == ["classlab-store", "other", "two"]
    ledger = classlab("runs", "ledger")
    digest = json.loads((tmp_path / "two" / "seed-0" / "run.json").read_text())["spec"]["data"]["digest"][:8]
    assert rows(ledger) == [["digits", digest, "-", "training", "2"], ["digits", digest, "-", "evaluation", "1"]]
    assert ledger.err == "2 openings.\n"
    assert rows(classlab("runs", "ledger", "--store", "other")) == [["digits", digest, "-", "evaluation", "1"]]


def test_a_study_knows_of_the_trainings_before_it(classlab, own_store, tmp_path):
    common = ("--data", "digits", "--model", "linear", "--epochs", "1", "--quiet")
    assert classlab("train", *common, "-o", tmp_path / "run").code == 0
    assert classlab("sweep", *common, "--optimizer", "adam", "--seeds", "2", "--name", "s").code == 0
    openings = json.loads(classlab("runs", "ledger", "--json").out)["openings"]
    assert [(each["study"], each["purpose"], each["runs"]) for each in openings] == [
        ("", "training", 1),
        ("s", "study", 2),
    ]
    (study,) = (own_store / "studies").iterdir()
    assert [each["purpose"] for each in json.loads(study.read_text())["study"]["openings"]] == ["training", "study"]


def test_a_ledger_that_cannot_be_written_is_said_and_costs_nothing(classlab, tmp_path):
    (tmp_path / "file").write_text("in the way")
    words = ("train", "--data", "digits", "--model", "linear", "--epochs", "1", "-o", tmp_path / "run")
    answer = classlab(*words, "--store", tmp_path / "file")
    sentence = (
        f"The test-set ledger lacks this opening of the test images of digits: {tmp_path / 'file'} must be writable, "
        "but the system says: File exists. Choose another folder, because a file is in the way; nothing "
        "half-written was left behind."
    )
    assert answer.code == 0
    assert f"note: {sentence}\n" in answer.out
    answer = classlab("evaluate", tmp_path / "run", "--store", tmp_path / "file")
    assert (answer.code, answer.err) == (0, f"{sentence}\n")
