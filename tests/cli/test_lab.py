"""`classlab lab` on a few images: the report, the JSON document, the notebooks, what is refused."""

from __future__ import annotations

import json

import pytest


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("lab")


def test_a_step_is_run_answered_and_written(classlab, place):
    answer = classlab("lab", "--quick", "--only", "1,3", "--seeds", 2, "-o", place / "out", "--store", place / "store")
    assert answer.code == 0
    assert answer.out.startswith("\n1. Look at the data\n- mnist5k has 4,000 training images and 1,000 test images")
    assert "\n3. Did it generalise?\n- After 2 epochs: '" in answer.out
    assert "% interval" in answer.out
    assert "Study 1 of 2: lab-2-optimizers-mnist5k-quick, 14 runs. Which optimizer suits" in answer.err
    assert f"The report is in {place / 'out' / 'lab.html'}." in answer.err
    page = (place / "out" / "lab.html").read_text(encoding="utf-8")
    assert "This is a rehearsal" in page
    assert "<script" not in page
    markdown = (place / "out" / "lab.md").read_text(encoding="utf-8")
    assert "lab-figures/" in markdown
    assert list((place / "out" / "lab-figures").glob("*.svg"))


def test_a_second_lab_finds_its_runs_and_says_the_same(classlab, place):
    words = ("lab", "--quick", "--only", "3", "--seeds", 2, "--store", place / "store", "--json", "--quiet")
    first = classlab(*words, "-o", place / "first")
    again = classlab(*words, "-o", place / "again")
    assert (first.code, first.err) == (0, "")
    one, two = json.loads(first.out), json.loads(again.out)
    assert one["steps"] == two["steps"]
    assert [study["seconds"] for study in two["studies"].values()] == [0.0, 0.0]
    assert one["complete"] is False
    assert one["about"][0].startswith("Steps 1 to 5 use mnist5k")
    arm = one["studies"]["optimizers"]["arms"][0]
    assert (arm["arm"], len(arm["validation"])) == ("SGD 0.001", 2)
    assert arm["published"] == [{"train": 0.7672, "test": 0.79, "labelled": "", "defect": ""}]
    assert one["studies"]["optimizers"]["comparable"] is False


def test_the_notebooks_are_written_without_training(classlab, place):
    answer = classlab("lab", "--embedded", "--notebooks", place / "notebooks", "--only", "4,7", "--quiet")
    names = ["4-predictions.ipynb", "7-convolutional-network.ipynb"]
    assert answer.code == 0
    assert answer.out.splitlines() == [str(place / "notebooks" / name) for name in names]
    assert sorted(path.name for path in (place / "notebooks").glob("*.ipynb")) == names
    listed = classlab("lab", "--embedded", "--notebooks", place / "notebooks", "--only", "4", "--quiet", "--json")
    assert json.loads(listed.out) == {"notebooks": [str(place / "notebooks" / names[0])]}


def test_a_step_that_is_not_there_is_refused(classlab):
    answer = classlab("lab", "--only", "2,9")
    assert (answer.code, answer.out) == (4, "")
    assert answer.err == (
        "classlab: `--only` must name steps from 1 to 7, but got --only 2,9. Give 2,5, for example, for two of them.\n"
    )


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--notebooks", "--seeds", "3"), "`--seeds` has no effect with --notebooks, which trains nothing"),
        (("--only", "2", "--cnn-epochs", "3"), "`--cnn-epochs` has no effect without step 7"),
        (("--only", "two"), "argument --only: must be numbers of steps as in 2,5, but got 'two'"),
        (("--seeds", "0"), "argument --seeds: must be a whole number of at least 1, but got '0'"),
        (("--cnn-epochs", "-1"), "argument --cnn-epochs: must be a whole number of at least 1, but got '-1'"),
    ],
)
def test_a_wrong_option_is_a_usage_error(classlab, words, complaint):
    answer = classlab("lab", *words)
    assert answer.code == 2
    assert complaint in answer.err


def test_a_stopped_lab_says_how_to_go_on(classlab, place, monkeypatch):
    import signal

    from classlab.cli.interruption import Interruption
    from classlab.lab import lab

    def stopped(*_args, **_options):
        raise Interruption(signal.SIGINT)

    monkeypatch.setattr(lab, "run_study", stopped)
    answer = classlab("lab", "--quick", "--only", "3", "--store", place / "stopped")
    assert answer.code == 130
    assert answer.err.splitlines()[-1] == (
        f"classlab: stopped. What is finished is kept in {place / 'stopped'}. Continue with: "
        f"classlab lab --quick --only 3 --store {place / 'stopped'}"
    )
