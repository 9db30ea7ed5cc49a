"""What enters the test-set ledger from the command line, and how it is listed."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import fields, replace
from typing import get_args

import pytest

from classlab.cli.runs_options import FILTERS
from classlab.records import Arm, Opening, RunRecord, StudyRecord, StudySpec, from_json, identity
from classlab.records.optimizers import SGD
from classlab.studies.runs.run_folder import StoredRun, read_run
from classlab.studies.store import RunFilter, SortKey, open_store
from classlab.studies.store.run_filter import _ORDERS


@pytest.fixture
def runs(run_folder) -> list[StoredRun]:
    one = read_run(run_folder)

    def variant(seed, optimizer, created):
        spec = replace(one.record.spec, seed=seed, optimizer=optimizer)
        record = replace(one.record, spec=spec, identity=identity(spec), created=created)
        return replace(one, record=record)

    adam, sgd = one.record.spec.optimizer, SGD(learning_rate=0.1)
    return [
        variant(0, adam, "2026-05-01T10:00:00+00:00"),
        variant(1, adam, "2026-05-02T10:00:00+00:00"),
        variant(0, sgd, "2026-05-03T10:00:00+00:00"),
    ]


@pytest.fixture
def store(tmp_path, monkeypatch, runs):
    place = tmp_path / "store"
    monkeypatch.setenv("CLASSLAB_STORE", str(place))
    arm = Arm(name="adam", settings={}, spec=runs[0].record.spec)
    study = StudyRecord(
        spec=StudySpec(name="which", arms=(arm,), seeds=(0, 1)),
        runs=tuple(run.record for run in runs[:2]),
        created="2026-05-02T10:00:00+00:00",
        command="",
        seconds=1.0,
    )
    opening = Opening(
        time="2026-05-02T10:00:00+00:00", dataset="digits", digest="ab" * 32, study="which", purpose="study", runs=3
    )
    with open_store(place, write=True) as target:
        target.add(runs, opening=opening)
        target.save_study(study)
    return place


def test_runs_are_listed_newest_first(classlab, store, runs):
    answer = classlab("runs")
    assert (answer.code, answer.err) == (0, "3 runs.\n")
    lines = answer.out.splitlines()
    assert lines[0].split() == ["run", "created", "study", "arm", "data", "model", "optimizer", "rate", "seed",
                                "epochs", "state", "validation", "test"]  # fmt: skip
    accuracy = f"{runs[2].record.test.accuracy:.4f}"
    first = [runs[2].record.identity[:8], "2026-05-03", "10:00", "-", "-", "digits", "linear", "sgd", "0.1", "0"]
    assert lines[1].split()[:10] == first
    assert lines[2].split()[3:5] == ["which", "adam"]
    assert lines[1].endswith(accuracy)
    assert len(lines) == 4


def test_the_store_may_be_named(classlab, store, tmp_path, monkeypatch):
    monkeypatch.setenv("CLASSLAB_STORE", str(tmp_path / "other"))
    assert classlab("runs", "--store", store, "--quiet").out.count("\n") == 4
    assert classlab("runs", "studies", "--store", store, "--quiet").out.count("\n") == 2
    assert classlab("runs", "--store", store, "studies", "--quiet").out.count("\n") == 2
    assert classlab("runs").code == 5


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (["--optimizer", "sgd"], 1),
        (["--study", "which"], 2),
        (["--seed", "0", "--data", "digits"], 2),
        (["--learning-rate", "0.1"], 1),
        (["--limit", "2", "--sort", "accuracy"], 2),
        (["--min-accuracy", "1.1"], 0),
        (["--max-loss", "0"], 0),
        (["--state", "diverged"], 0),
        (["--model", "linear", "--epochs", "3", "--batch-size", "128"], 3),
    ],
)
def test_filters_narrow_the_list(classlab, store, words, count):
    document = json.loads(classlab("runs", *words, "--json", "--quiet").out)
    assert len(document["runs"]) == count


def test_json_holds_whole_records(classlab, store, runs):
    document = json.loads(classlab("runs", "--json").out)
    records = [from_json(RunRecord, json.dumps(plain), where="stdout") for plain in document["runs"]]
    assert records == [run.record for run in reversed(runs)]
    table = [(row["study"], row["arm"], row["optimizer"], row["seed"], row["momentum"]) for row in document["table"]]
    assert table == [
        (None, None, "sgd", 0, 0.0),
        ("which", "adam", "adam", 1, None),
        ("which", "adam", "adam", 0, None),
    ]


def test_runs_of_no_study_are_listed_without_one(classlab, store):
    assert classlab("runs", "--optimizer", "sgd").out.splitlines()[0].split()[:3] == ["run", "created", "data"]


def test_one_run_is_shown_with_figures_and_folder(classlab, store, runs):
    record = runs[2].record
    answer = classlab("runs", "show", record.identity[:10])
    assert answer.code == 0
    assert f"run        {record.identity}\n" in answer.out
    assert f"folder     {store / 'runs' / record.identity}\n" in answer.out
    assert "optimizer  sgd, learning rate 0.1\n" in answer.out
    assert f"{record.test.accuracy:.4f}" in answer.out
    document = json.loads(classlab("runs", "show", record.identity, "--json").out)
    assert (document["study"], document["arm"]) == (None, None)
    member = runs[1].record.identity
    assert "study      which, arm adam\n" in classlab("runs", "show", member).out
    assert json.loads(classlab("runs", "show", member, "--json").out)["arm"] == "adam"
    assert document["folder"] == str(store / "runs" / record.identity)
    assert from_json(RunRecord, json.dumps(document["run"]), where="stdout") == record


def test_an_unknown_run_is_a_sentence(classlab, store):
    answer = classlab("runs", "show", "ffff")
    assert (answer.code, answer.out) == (5, "")
    assert answer.err == (
        f"classlab: {store} must hold the run 'ffff', but it does not. List its runs with `classlab runs`.\n"
    )


def test_removing_needs_a_yes(classlab, store, runs):
    name = runs[0].record.identity
    answer = classlab("runs", "remove", name)
    assert answer.code == 2
    assert "removing cannot be undone and nobody is there to ask. Give --yes." in answer.err
    answer = classlab("runs", "remove", name[:12], name, "--yes")
    assert (answer.code, answer.out) == (0, f"{name}\n")
    assert answer.err == "Removed 1 run. The test-set ledger keeps its entries.\n"
    assert len(json.loads(classlab("runs", "--json").out)["runs"]) == 2
    assert len(json.loads(classlab("runs", "ledger", "--json").out)["openings"]) == 1


@pytest.mark.parametrize(("word", "left"), [("y\n", 2), ("n\n", 3), ("", 3)])
def test_a_person_is_asked(classlab, store, runs, monkeypatch, word, left):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal(word))
    answer = classlab("runs", "remove", runs[0].record.identity)
    assert answer.err.startswith("Remove 1 run and its files? [y/N] ")
    assert len(json.loads(classlab("runs", "--json").out)["runs"]) == left


def test_csv_goes_to_standard_output_or_a_file(classlab, store, tmp_path):
    said = classlab("runs", "export", "--to", "csv", "--optimizer", "sgd").out
    assert [row["optimizer"] for row in csv.DictReader(io.StringIO(said))] == ["sgd"]
    whole = csv.DictReader(io.StringIO(classlab("runs", "export", "--to", "csv", "--study", "which").out))
    assert [(row["study"], row["arm"], row["seed"]) for row in whole] == [
        ("which", "adam", "1"),
        ("which", "adam", "0"),
    ]
    path = tmp_path / "new" / "runs.csv"
    answer = classlab("runs", "--optimizer", "sgd", "export", "--to", "csv", "-o", path)
    assert (answer.code, answer.out, answer.err) == (0, f"{path}\n", "Wrote 1 run.\n")
    assert path.read_text() == said
    document = json.loads(classlab("runs", "export", "--to", "json", "-o", path, "--json").out)
    assert document == {"to": "json", "output": str(path), "runs": 3, "written": 3}
    assert path.read_text() == classlab("runs", "export", "--to", "json").out == classlab("runs", "--json").out


@pytest.mark.parametrize("to", ["parquet", "mlflow", "tensorboard"])
def test_files_that_are_no_text_need_a_place(classlab, store, to):
    answer = classlab("runs", "export", "--to", to)
    assert answer.code == 2
    assert f"{to} needs a place to be written to. Give -o PATH." in answer.err


def test_two_documents_do_not_share_standard_output(classlab, store):
    answer = classlab("runs", "export", "--to", "csv", "--json")
    assert answer.code == 2
    assert "`--json` and CSV cannot both go to standard output. Give -o FILE." in answer.err


def test_the_ledger_is_printed(classlab, store):
    answer = classlab("runs", "ledger")
    assert answer.out.splitlines()[1].split() == ["digits", "abababab", "2026-05-02", "10:00", "which", "study", "3"]
    assert answer.err == "1 opening.\n"
    assert classlab("runs", "ledger", "--data", "abab").out == answer.out
    assert classlab("runs", "ledger", "--data", "mnist").out == ""


def test_studies_are_listed(classlab, store):
    answer = classlab("runs", "studies")
    assert answer.out.splitlines()[1].split() == ["which", "2026-05-02", "10:00", "1", "2", "2", "finished"]
    assert answer.err == "1 study.\n"
    assert json.loads(classlab("runs", "studies", "--json").out)["studies"][0]["name"] == "which"


def test_a_damaged_store_names_the_way_out_and_it_works(classlab, store):
    before = classlab("runs", "--json").out
    (store / "store.sqlite").write_bytes(b"garbage" * 1000)
    answer = classlab("runs")
    assert answer.code == 4
    assert f"`classlab runs --rebuild --store {store}`" in answer.err
    answer = classlab("runs", "--rebuild", "--store", store)
    assert (answer.code, answer.out) == (0, "3 runs, 1 study, 1 opening of test images\n")
    assert answer.err == f"The former database is kept as {store / 'store.sqlite.before-rebuild'}.\n"
    assert classlab("runs", "--json").out == before
    assert json.loads(classlab("runs", "--rebuild", "--json", "--quiet").out)["runs"] == 3


@pytest.mark.parametrize("words", [["--rebuild"], ["show", "ab"], ["remove", "ab", "--yes"], ["ledger"], ["studies"]])
def test_a_filter_without_effect_is_refused(classlab, store, words):
    answer = classlab("runs", "--seed", "3", *words)
    assert answer.code == 2
    assert "`--seed` has no effect here." in answer.err


@pytest.mark.parametrize("number", ["-1", "9223372036854775808", "x", "٣"])
def test_a_number_that_is_none_is_refused(classlab, store, number):
    answer = classlab("runs", f"--seed={number}")
    assert answer.code == 2
    assert f"must be a whole number from 0 to 2**63 - 1, but got {number!r}" in answer.err


def test_what_a_killed_writer_left_is_listed_and_kept(classlab, store):
    left = [store / ".ledger.jsonl.0123456789ab.tmp", store / "runs" / "x" / ".run.json.0123456789ab.tmp"]
    for place in left:
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(b"half")
    listed, rebuilt = classlab("runs"), classlab("runs", "--rebuild")
    assert f"{left[0]} was left half-written, by a process that was killed." in listed.err
    assert f"2 files were left half-written, {left[0]} the first" in rebuilt.err
    assert json.loads(classlab("runs", "--rebuild", "--json").out)["half_written"] == [str(place) for place in left]
    assert all(place.exists() for place in left)


def test_control_characters_do_not_reach_the_terminal(classlab, store, runs):
    data = replace(runs[0].record.spec.data, name="a\x1b[2Jb\u202ec")
    record = replace(
        runs[0].record,
        spec=replace(runs[0].record.spec, data=data),
        identity="abcd" * 4,
        command="\x07",
        notes=("\x1b]",),
    )
    with open_store(store, write=True) as target:
        target.add([replace(runs[0], record=record)], opening=None)
    for words in ([], ["show", "abcd" * 4]):
        out = classlab("runs", *words).out
        assert "a?[2Jb?c" in out
        assert not set(out) & {"\x1b", "\x07", "\u202e"}


def test_the_options_know_every_word_of_the_store():
    assert get_args(SortKey) == tuple(_ORDERS)
    assert set(FILTERS) == {field.name for field in fields(RunFilter)}


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


def test_a_long_list_shows_its_beginning_and_the_way_on(classlab, store, runs, monkeypatch):
    monkeypatch.setattr("classlab.cli.runs._SHOWN_RUNS", 2)
    newest = [run.record.identity[:8] for run in reversed(runs)]
    answer = classlab("runs")
    assert [line.split()[0] for line in answer.out.splitlines()[1:]] == newest[:2]
    assert answer.err == "2 of 3 runs. `--skip 2` shows the next ones, `--limit 3` all.\n"
    answer = classlab("runs", "--skip", "2")
    assert [line.split()[0] for line in answer.out.splitlines()[1:]] == newest[2:]
    assert answer.err == "1 run.\n"
    answer = classlab("runs", "--limit", "3")
    assert (answer.out.count("\n"), answer.err) == (4, "3 runs.\n")
    assert classlab("runs", "--study", "which").err == "2 runs.\n"
    assert len(json.loads(classlab("runs", "--json").out)["runs"]) == 3


def test_stores_are_merged(classlab, store, runs, tmp_path):
    figures = replace(runs[0].record.validation, accuracy=0.125)
    with open_store(tmp_path / "b", write=True) as other:
        other.add([replace(runs[0], record=replace(runs[0].record, validation=figures)), runs[1]], opening=None)
    with open_store(store, write=True) as target:
        target.remove([runs[1].record.identity])
    answer = classlab("runs", "merge", tmp_path / "b")
    assert (answer.code, answer.out) == (
        0,
        f"{tmp_path / 'b'}: took 1 run, 0 studies and 0 openings of test images; there already: 0 runs, 0 studies and "
        "0 openings of test images.\n",
    )
    assert answer.err == (
        f"kept the first: the run {runs[0].record.identity} came out otherwise in {tmp_path / 'b'} (validation "
        f"accuracy 0.1250, not {runs[0].record.validation.accuracy:.4f}); the one of {store} was kept.\n"
    )
    place = tmp_path / "b" / "runs" / runs[1].record.identity / "run.json"
    place.unlink()
    (merged,) = json.loads(classlab("runs", "merge", tmp_path / "b", "--json", "--quiet").out)["merged"]
    assert (merged["runs"], merged["runs_there"], len(merged["conflicts"]), merged["left_out"]) == (0, 1, 1, [])
    answer = classlab("runs", "merge", tmp_path / "b", "--store", tmp_path / "c")
    assert answer.code == 4
    assert answer.err.startswith(f"left out: {place.parent} must be the folder of a finished run, but")
    assert classlab("runs", "--store", tmp_path / "c").err == "1 run.\n"


def test_no_two_drivers_write_one_store(classlab, store, runs, tmp_path):
    sweep = ("sweep", "--data", "digits", "--model", "linear", "--epochs", "1", "--seeds", "1", "--name", "s")
    before = classlab("runs", "--json").out
    with open_store(store, write=True):
        for words in (sweep, ("runs", "remove", runs[0].record.identity, "--yes"), ("runs", "merge", tmp_path / "b")):
            if words[1] == "merge":
                with open_store(tmp_path / "b", write=True) as other:
                    other.add(runs, opening=None)
            answer = classlab(*words)
            assert answer.code == 6
            assert f"classlab: only one process may write to {store}, but process " in answer.err
    assert classlab("runs", "--json").out == before
