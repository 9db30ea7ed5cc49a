"""`classlab doctor` on a run folder, a run in the store, and a study."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from classlab.cli.commands import add_proof_options
from classlab.cli.doctor import chosen_finding, run_proof, wants_proof
from classlab.cli.main import main
from classlab.cli.shared_options import severity_code
from classlab.errors import DataError, DatasetNotFoundError, SpecError, StorageError
from classlab.records import Cause, Diagnosis, Finding
from classlab.records.optimizers import SGD
from classlab.studies.asked.study_file import read_study
from classlab.studies.fit import fit
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


@pytest.fixture(scope="module")
def record():
    return fit("digits", "linear", optimizer=SGD(learning_rate=1e-6), epochs=1, batch_size=32).record


def options(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("--json", action="store_true")
    add_proof_options(parser)
    return parser.parse_args([*words])


def finding(rule="I3", severity="FAIL", change=None) -> Finding:
    cause = Cause(rule=rule, text="x", remedy="Do it.", change=change or {})
    return Finding(rule=rule, name="planted", severity=severity, kind="symptom", text="x", causes=(cause,))


def diagnosis(*findings: Finding) -> Diagnosis:
    return Diagnosis(subject="run x", findings=findings, checked=())


SLOW = diagnosis(finding(change={"learning_rate": 0.1}))


def test_proving_prints_the_verdict_and_how_it_was_tried(record, capsys):
    found = run_proof(options("--prove", "--steps", "160"), record, SLOW)
    said = capsys.readouterr()
    assert said.out.startswith("I3: Confirmed: with learning_rate: 1e-06 -> 0.1 the validation accuracy is ")
    assert "164 steps of 32 images, all runs in one population, in " in said.out
    assert said.out.rstrip().endswith("The test images stayed closed.")
    assert said.err == "Proving I3 planted: 3 seeds of each version.\n"
    assert found["proof"]["verdict"] == "confirmed"
    assert found["applied"] is None


def test_a_json_document_replaces_the_lines(record, capsys):
    found = run_proof(options("--prove", "--steps", "20", "--json", "--quiet"), record, SLOW)
    assert capsys.readouterr() == ("", "")
    assert len(found["proof"]["trials"][0]["pairs"]) == 3


def test_a_confirmed_remedy_is_written(record, capsys, tmp_path):
    file = tmp_path / "better.toml"
    found = run_proof(options("--prove", "--steps", "160", "--apply", str(file)), record, SLOW)
    said = capsys.readouterr()
    assert f"Wrote {file}:\n  learning_rate: 1e-06 -> 0.1\n" in said.out
    assert said.err.endswith(f"Go on with: classlab sweep {file}\n")
    assert found["applied"] == {"file": str(file), "changes": ["learning_rate: 1e-06 -> 0.1"], "left_out": []}
    assert read_study(file).arms[0].grid["learning_rate"] == [0.1]


def test_a_remedy_that_was_not_confirmed_is_not_written(record, capsys, tmp_path):
    file = tmp_path / "better.toml"
    useless = diagnosis(finding(change={"learning_rate": 2e-6}))
    found = run_proof(options("--prove", "--steps", "20", "--apply", str(file)), record, useless)
    assert found["applied"] is None
    assert not file.exists()
    assert capsys.readouterr().err.endswith(
        f"No remedy was confirmed, so {file} was not written. Give --apply without --prove to write it all the same.\n"
    )
    assert run_proof(options("--apply", str(file)), record, useless)["proof"] is None
    assert file.exists()


def test_a_place_that_is_taken_is_refused_before_anything_is_trained(record, capsys, tmp_path):
    file = tmp_path / "better.toml"
    file.touch()
    with pytest.raises(StorageError) as refusal:
        run_proof(options("--prove", "--apply", str(file)), record, SLOW)
    assert str(refusal.value) == f"{file} must not be overwritten by chance, but it is there already. Give --again."
    assert capsys.readouterr() == ("", "")


def test_the_file_has_a_name_of_its_own_where_none_is_given():
    assert options("--apply").apply == Path("mended.toml")
    assert not wants_proof(options())
    assert wants_proof(options("--apply"))
    assert wants_proof(options("--prove"))


def test_nothing_to_prove_is_said(record, capsys):
    for nothing in (diagnosis(), diagnosis(finding(severity="INFO", change={"epochs": 2})), diagnosis(finding())):
        assert run_proof(options("--prove"), record, nothing) == {"proof": None, "applied": None}
    assert "There is no finding with a remedy that could be tried or written by machine." in capsys.readouterr().err


def test_the_gravest_that_can_be_tried_is_chosen_before_what_can_only_be_written():
    written = finding("C3", severity="INVALID", change={"validation": 0.1})
    tried = finding("I3", change={"learning_rate": 0.1})
    assert chosen_finding(diagnosis(written, tried), None) == tried
    assert chosen_finding(diagnosis(written), None) == written
    assert chosen_finding(diagnosis(written, tried), "c3") == written


def test_a_rule_that_was_not_found_is_refused():
    with pytest.raises(SpecError) as refusal:
        chosen_finding(SLOW, "A1")
    assert str(refusal.value) == "`--rule` must name a finding of run x, but got A1. Found were: I3."


def test_images_that_are_gone_are_named(record):
    from dataclasses import replace

    gone = replace(record, spec=replace(record.spec, data=replace(record.spec.data, name="pictures.npz")))
    with pytest.raises(DatasetNotFoundError) as refusal:
        run_proof(options("--prove"), gone, SLOW)
    assert str(refusal.value) == (
        f"the images of the run {record.identity} must be at hand to try or write a remedy, but 'pictures.npz' is not "
        "there. Bring it back, or give the command in the folder in which the run was trained."
    )


def test_images_that_changed_are_refused(record):
    from dataclasses import replace

    other = replace(record, spec=replace(record.spec, data=replace(record.spec.data, digest="other")))
    with pytest.raises(DataError) as refusal:
        run_proof(options("--prove"), other, SLOW)
    assert str(refusal.value) == (
        f"the images of digits must be those that the run {record.identity} was trained on, but they have changed "
        "since. Bring the earlier ones back."
    )
