"""`classlab doctor` on a run folder, a run in the store, and a study."""

from __future__ import annotations

import json

import pytest

from classlab.cli.main import main
from classlab.cli.shared_options import severity_code
from classlab.studies.store import open_store

ARMS = "sweep --name rates --data digits --model linear --optimizer sgd --learning-rate 0.1,1e-6 --seeds 2 --epochs 2"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A study of which one arm stands still."""
    folder = tmp_path_factory.mktemp("doctor") / "store"
    assert main([*ARMS.split(), "--batch-size", "8", "--quiet", "--store", str(folder)]) == 0
    return folder


def test_a_healthy_run_gets_a_clean_bill_with_what_was_checked(classlab, run_folder):
    answer = classlab("doctor", run_folder)
    assert answer.code == 0
    lines = answer.out.splitlines()
    assert lines[0].startswith("doctor: no findings above INFO in run ")
    made = next(line for line in lines if " checks made: " in line)
    assert all(rule in made for rule in ("A1", "B1", "C3"))
    left = next(line for line in lines if line.endswith(": fitting one batch takes a training of its own."))
    assert left.startswith("doctor: not checked: I8")


def test_a_study_says_which_arm_and_why(classlab, store):
    answer = classlab("doctor", "rates", "--store", store)
    assert answer.code == 9
    assert "above INFO in study rates." in answer.out.splitlines()[0]
    assert "FAIL I3 learning-rate-too-low (symptom): " in answer.out
    assert "(arm " in answer.out
    assert "Remedy: Multiply the learning rate by ten, or train for longer." in answer.out


def test_a_run_of_the_store_is_found_by_its_identity(classlab, store):
    with open_store(store, write=False) as opened:
        study = opened.study("rates")
    sick = study.runs_of(1)[0]
    answer = classlab("doctor", sick.identity, "--store", store)
    assert answer.code == 9
    assert f"in run {sick.identity} (linear, digits, seed 0)." in answer.out
    assert classlab("doctor", study.runs_of(0)[0].identity, "--store", store).code == 0


def test_json_is_one_document_of_findings(classlab, store):
    answer = classlab("doctor", "rates", "--store", store, "--json", "--fail-on", "never")
    assert answer.code == 0
    document = json.loads(answer.out)
    slow = next(each for each in document["findings"] if each["rule"] == "I3")
    assert (slow["severity"], slow["kind"]) == ("FAIL", "symptom")
    assert [place["seed"] for place in (slow["place"], *slow["also"])] == [0, 1]
    assert {each["rule"] for each in document["unchecked"]} >= {"I8", "C10"}
    assert "A1" in document["checked"]
    assert answer.err == ""


def test_checks_can_be_left_out(classlab, store):
    answer = classlab("doctor", "rates", "--store", store, "--without", "i3", "--without", "C10", "--json")
    unchecked = {each["rule"]: each["reason"] for each in json.loads(answer.out)["unchecked"]}
    assert (unchecked["I3"], unchecked["C10"]) == ("switched off", "switched off")


@pytest.mark.parametrize(
    ("severities", "codes"),
    [
        ((), (0, 0, 0, 0)),
        (("INFO",), (0, 0, 0, 0)),
        (("WARN", "INFO"), (8, 0, 0, 0)),
        (("WARN", "FAIL"), (9, 9, 0, 0)),
        (("INVALID",), (9, 9, 9, 0)),
    ],
)
def test_the_exit_code_is_that_of_the_gravest_finding(severities, codes):
    words = ("warn", "fail", "invalid", "never")
    assert tuple(severity_code(severities, fail_on=word) for word in words) == codes


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--seeds", "5"), "`--seeds` has no effect without --prove"),
        (("--apply", "--device", "cpu"), "`--device` has no effect without --prove"),
        (("--prove", "--again"), "`--again` has no effect without --apply"),
        (("--rule", "A1"), "`--rule` has no effect without --prove or --apply"),
    ],
)
def test_options_of_a_proof_that_is_not_asked_for_are_refused(classlab, run_folder, words, sentence):
    answer = classlab("doctor", run_folder, *words)
    assert (answer.code, answer.out) == (2, "")
    assert sentence in answer.err


def test_an_unknown_check_is_a_mistake_of_the_command_line(classlab, run_folder):
    answer = classlab("doctor", run_folder, "--without", "Z9")
    assert answer.code == 2
    assert answer.err == (
        "classlab doctor: --without must name a check, as in A1, but got Z9. See `classlab doctor --help`.\n"
    )


def test_a_study_has_no_single_remedy_to_prove(classlab, store):
    answer = classlab("doctor", "rates", "--store", store, "--prove")
    assert answer.code == 2
    assert answer.err == (
        "classlab doctor: --prove and --apply take one run, not a study; give one of its runs, as in runs/x/seed-0 or "
        "an identity from `classlab runs`. See `classlab doctor --help`.\n"
    )
    assert answer.out == ""


def test_what_is_not_there_is_told_apart_from_what_is_sick(classlab, store, tmp_path):
    assert classlab("doctor", "nothing", "--store", tmp_path / "none").code == 5
    answer = classlab("doctor", "0123456789abcdef", "--store", store)
    assert answer.code == 5
    assert "0123456789abcdef" in answer.err


def test_a_damaged_record_is_no_diagnosis(classlab, tmp_path):
    (tmp_path / "run.json").write_text("{", encoding="utf-8")
    answer = classlab("doctor", tmp_path)
    assert answer.code == 4
    assert "is not valid JSON" in answer.err
