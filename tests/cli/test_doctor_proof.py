"""Proving and applying a remedy from the command line."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from classlab.cli.commands import add_proof_options
from classlab.cli.doctor import chosen_finding, run_proof, wants_proof
from classlab.errors import DataError, DatasetNotFoundError, SpecError, StorageError
from classlab.records import Cause, Diagnosis, Finding
from classlab.records.optimizers import SGD
from classlab.studies.asked.study_file import read_study
from classlab.studies.fit import fit


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
