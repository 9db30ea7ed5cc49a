"""A run is named by its folder, by a study, or by the beginning of its identity, in every command that takes one."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from classlab.cli.main import main
from classlab.models.keras_runtime import keras
from classlab.studies.runs.run import Run
from classlab.studies.store import open_store, read_ledger

WORDS = "sweep --data digits --model linear --optimizer adam --quiet --epochs 2 --seeds 3"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A study with a clear winner, and one whose every run diverged."""
    folder = tmp_path_factory.mktemp("sources") / "store"
    assert main([*WORDS.split(), "--learning-rate", "0.01,0.0001", "--name", "which", "--store", str(folder)]) == 0
    bad = ["--optimizer", "sgd", "--learning-rate", "1e38", "--name", "bad", "--store", str(folder)]
    assert main([*WORDS.replace("--optimizer adam", "").split(), *bad]) == 7
    return folder


@pytest.fixture(scope="module")
def best(store) -> Run:
    with open_store(store, write=False) as opened:
        runs = [run for run in opened.study("which").runs if run.spec.optimizer.learning_rate == 0.01]
        # Not by the code under test: the greatest accuracy, of equal ones the first seed.
        chosen = sorted(runs, key=lambda run: (-run.validation.accuracy, run.spec.seed))[0]
        return opened.run(chosen.identity)


@pytest.fixture
def picture(tmp_path):
    Image.fromarray(np.full((8, 8), 9, np.uint8)).save(tmp_path / "p.png")
    return tmp_path / "p.png"


def sentence(verb: str, best: Run) -> str:
    return (
        f"{verb} 'learning rate 0.01', seed {best.record.spec.seed} (the first-ranked arm of study which, the seed "
        "with its best validation accuracy).\n"
    )


def facts(best: Run) -> dict[str, object]:
    return {"study": "which", "arm": "learning rate 0.01", "seed": best.record.spec.seed}


def test_a_study_is_exported_as_its_best_run(classlab, store, best, tmp_path, monkeypatch):
    from classlab.datasets import load

    monkeypatch.chdir(tmp_path)
    answer = classlab("export", "which", "--store", store)
    assert (answer.code, answer.out) == (0, "which.keras\n")
    assert answer.err.endswith(sentence("Exported", best))
    said = np.asarray(keras().saving.load_model("which.keras").predict(load("digits").test.images, verbose=0))
    np.testing.assert_allclose(said, best.predictions.probabilities, atol=1e-5)
    document = json.loads(classlab("export", "which", "--store", store, "-o", "x.keras", "--json", "--quiet").out)
    assert {name: document[name] for name in facts(best)} == facts(best)


def test_a_run_of_the_store_is_exported_into_this_folder(classlab, store, best, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = best.record.identity
    answer = classlab("export", name[:10], "--store", store)
    assert (answer.code, answer.out) == (0, f"{name}.keras\n")
    assert "first-ranked" not in answer.err
    assert not (best.folder / "model.keras").exists()


def test_a_study_predicts_with_its_best_run(classlab, store, best, picture):
    answer = classlab("predict", "which", picture, "--store", store)
    assert answer.code == 0
    assert sentence("Predicted by", best) in answer.err
    (document,) = json.loads(classlab("predict", "which", picture, "--store", store, "--json").out)
    (own,) = json.loads(classlab("predict", best.folder, picture, "--json").out)
    (named,) = json.loads(classlab("predict", best.record.identity, picture, "--store", store, "--json").out)
    assert own["unlike"]["flagged"]  # what is unlike its training images was learnt by the first call
    assert document == {**own, **facts(best)}
    assert named == own


def test_a_study_is_measured_by_its_best_run_and_the_ledger_of_its_store_counts_it(
    classlab, store, best, own_store, tmp_path
):
    copy = tmp_path / "copy"
    shutil.copytree(store, copy)
    answer = classlab("evaluate", "which", "--store", copy)
    assert answer.err == sentence("Measured", best)
    document = json.loads(classlab("evaluate", "which", "--store", copy, "--json").out)
    assert document["accuracy"] == best.record.test.accuracy
    assert {name: document[name] for name in facts(best)} == facts(best)
    assert [each.purpose for each in read_ledger(copy)][-2:] == ["evaluation", "evaluation"]
    assert not own_store.exists()


@pytest.mark.parametrize("command", ["export", "predict", "evaluate"])
def test_a_study_without_a_good_run_is_refused(classlab, store, picture, command):
    words = [command, "bad", *([picture] if command == "predict" else []), "--store", store]
    answer = classlab(*words)
    assert (answer.code, answer.out) == (7, "")
    assert answer.err == (
        "classlab: the study 'bad' must have a run that ended well to stand for it, but got 3 runs that diverged or "
        "failed. See why with `classlab doctor`.\n"
    )


COMMANDS = ["export", "predict", "evaluate", "report", "doctor"]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", ["nothing", "../no/where", "x" * 300])
def test_a_name_of_nothing_is_refused_in_the_same_words_everywhere(classlab, store, picture, command, name):
    answer = classlab(command, name, *([picture] if command == "predict" else []), "--store", store)
    assert (answer.code, answer.out) == (5, "")
    assert answer.err == (
        f"classlab: there is no run {name[:80]!r}: no folder of that name, and in the store {store} no study of that "
        "name and no run whose identity begins so. "
        "List studies with `classlab runs studies` and runs with `classlab runs`.\n"
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_without_a_store_the_sentence_says_that_there_is_none(classlab, own_store, picture, command):
    answer = classlab(command, "which", *([picture] if command == "predict" else []))
    assert (answer.code, answer.out) == (5, "")
    assert answer.err == (
        f"classlab: there is no run 'which': no folder of that name, and no store at {own_store} whose studies and "
        "runs have names as well. Give the folder of a training, as in runs/mlp, or the folder of a store with "
        "--store.\n"
    )
    assert not own_store.exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_that_holds_no_run_says_what_is_wrong_with_it(classlab, store, picture, command, tmp_path):
    answer = classlab(command, tmp_path, *([picture] if command == "predict" else []), "--store", store)
    assert (answer.code, answer.err) == (
        5,
        f"classlab: {tmp_path} must be the folder of a finished run, but it has no run.json. "
        "Give the folder that a training wrote.\n",
    )


def test_a_folder_comes_before_a_study_and_a_study_before_another_folder(
    classlab, store, tmp_path, monkeypatch, run_folder
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "which").mkdir()  # of nobody's training
    assert json.loads(classlab("evaluate", "which", "--store", store, "--json").out)["study"] == "which"
    shutil.copytree(run_folder, tmp_path / "which", dirs_exist_ok=True)
    assert "study" not in json.loads(classlab("evaluate", "which", "--store", store, "--json").out)


def test_a_beginning_of_several_identities_is_refused(classlab, tmp_path, store):
    with open_store(store, write=False) as opened:
        firsts = [record.identity[0] for record in opened.runs()]
    letter = max(firsts, key=firsts.count)  # nine runs and sixteen digits: some digit may begin two
    if firsts.count(letter) == 1:
        pytest.skip("no two of the runs begin alike")
    answer = classlab("evaluate", letter, "--store", store)
    assert answer.code == 4
    assert "must be given so far that it is the only one" in answer.err


@pytest.mark.parametrize("command", COMMANDS)
def test_a_damaged_store_is_named_and_not_passed_over(classlab, store, picture, command, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(store, copy)
    (copy / "store.sqlite").unlink()
    answer = classlab(command, "which", *([picture] if command == "predict" else []), "--store", copy)
    assert answer.code == 4
    assert "it is missing or empty while runs lies beside it" in answer.err
