from __future__ import annotations

import json

import pytest

from classlab.search.search_schema import json_schema
from classlab.search.search_store import earlier_search

SMALL = ("--model", "linear", "--learning-rate", "0.001..0.1", "--epochs", "2", "--runs", "4", "--seeds", "2")


def test_a_dataset_and_options_are_searched_and_the_finalists_judged(classlab, tmp_path):
    answer = classlab("search", "digits", *SMALL, "--finalists", "2", "--store", tmp_path)
    assert answer.code == 0
    lines = answer.out.splitlines()
    assert lines[0].startswith("4 candidates in ")
    assert lines[1].split() == ["candidate", "epochs", "val", "accuracy", "parameters"]
    assert sum(line.startswith("Candidate ") for line in lines) == 2
    assert "The finalists, trained again from 2 fresh seeds:" in lines
    said = answer.err.splitlines()
    assert said[0] == (
        "Search 'digits-linear' over 2 settings, drawn by tpe: one of 3 goes on from each rung (2 epochs)."
    )
    assert said[1].startswith("Expected: about 4 candidates and 2 finalists in about ")
    assert said[-1].startswith(f"The search and its finalists' runs are kept in {tmp_path}. ")
    assert said[-1].endswith(f"Go on with: classlab report digits-linear --store {tmp_path}")
    record = earlier_search(tmp_path, "digits-linear")
    assert record is not None
    assert record.study == "digits-linear finalists"


def test_a_search_has_a_report(classlab, tmp_path):
    store, page = tmp_path / "store", tmp_path / "page.html"
    classlab("search", "digits", *SMALL, "--finalists", "2", "--store", store, "--quiet")
    answer = classlab("report", "digits-linear", "--store", store, "-o", page)
    assert (answer.code, answer.out) == (0, f"{page}\n")
    text = page.read_text(encoding="utf-8")
    assert "What was searched" in text
    assert "Verdict" in text
    document = json.loads(classlab("report", "digits-linear", "--store", store, "--json").out)
    assert len(document["search"]["candidates"]) == 4
    assert document["finalists"] is not None
    refused = classlab("report", "digits-linear", "--store", store, "--rows", 4)
    assert refused.code == 2
    assert "`--rows` has no effect on the report of a search" in refused.err


def test_a_study_comes_before_a_search_of_its_name(classlab, tmp_path):
    store, page = tmp_path / "store", tmp_path / "page.html"
    words = ("--model", "linear", "--epochs", "1", "--store", store, "--quiet", "--name", "one")
    classlab("search", "digits", *words, "--learning-rate", "0.01,0.1", "--runs", "2", "--finalists", "0")
    assert classlab("report", "one", "--store", store, "-o", page).code == 0
    assert "What was searched" in page.read_text(encoding="utf-8")
    classlab("sweep", "--data", "digits", *words, "--seeds", "2")
    assert classlab("report", "one", "--store", store, "-o", page).code == 0
    assert "What was searched" not in page.read_text(encoding="utf-8")


def test_json_is_the_record_and_the_verdict(classlab, tmp_path):
    path = tmp_path / "s.toml"
    path.write_text('name = "s"\ndata = "digits"\nmodel = "linear"\nlearning_rate = [0.01, 0.1]\nepochs = 1')
    answer = classlab("search", path, "--runs", 2, "--finalists", 0, "--json", "--quiet", "--store", tmp_path / "store")
    assert answer.code == 0
    assert answer.err == ""
    document = json.loads(answer.out)
    assert document["verdict"] is None
    assert [each["state"] for each in document["search"]["candidates"]] == ["finished", "finished"]


def test_a_stopped_search_says_how_it_goes_on(classlab, tmp_path, monkeypatch):
    from classlab.cli.interruption import Interruption

    def stopped(*_):
        raise Interruption(2)

    monkeypatch.setattr("classlab.search.search.Search.search", stopped)
    words = ["search", "digits", *SMALL, "--store", str(tmp_path), "--quiet"]
    answer = classlab(*words)
    assert answer.code == 130
    again = f"classlab {' '.join(words)} --resume"
    assert answer.err == f"classlab: stopped. What is finished is kept in {tmp_path}. Continue with: {again}\n"


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (
            ["s.toml", "--optimizer", "adam"],
            2,
            "the space must come from a search file or from options, but got a file and --optimizer",
        ),
        (
            ["digits", "--minutes", "0"],
            2,
            "`--minutes` must be a positive number, but got 0.0. Write for example --minutes 10.",
        ),
        (
            ["digits", "--dropout", "0..2"],
            2,
            "`--dropout` must be a share from 0 to below 1, but got 2. Write for example --dropout 0.2.",
        ),
    ],
)
def test_what_cannot_be_searched_is_refused(classlab, words, code, sentence):
    answer = classlab("search", *words)
    assert answer.code == code
    assert sentence in answer.err


def test_the_schema_is_printed_and_takes_no_search(classlab):
    assert json.loads(classlab("search", "--schema").out) == json_schema()
    for words, sentence in (
        (("--schema", "--runs", "3"), "`--runs` has no effect with --schema"),
        (("digits", "--schema"), "digits has no effect with --schema"),
        ((), "the following arguments are required: FILE.toml|DATA"),
    ):
        answer = classlab("search", *words)
        assert (answer.code, answer.out) == (2, "")
        assert sentence in answer.err
