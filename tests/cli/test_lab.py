"""`classlab lab` on a few images: the report, the JSON document, the notebooks, what is refused."""

from __future__ import annotations

import json

import pytest

from classlab.errors import SpecError


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("lab")


def test_a_step_is_run_answered_and_written(classlab, place):
    answer = classlab("lab", "--quick", "--only", "1,3", "--seeds", 2, "-o", place / "out", "--store", place / "store")
    assert answer.code == 0
    assert answer.out.startswith("\n1. Look at the data\n- mnist5k has 4,000 training images and 1,000 test images")
    assert "\n3. Did it generalize?\n- After 2 epochs: '" in answer.out
    assert "% interval" in answer.out
    assert "Study 1 of 2: lab-2-optimizers-mnist5k-quick, 14 runs. Which optimizer suits" in answer.err
    assert f"The report is in {place / 'out' / 'lab.html'}." in answer.err
    page = (place / "out" / "lab.html").read_text(encoding="utf-8")
    assert "This is a rehearsal" in page
    assert page.count("<script") == 1  # the tables' own; nothing of what the report says
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
    assert one["about"][0].startswith("Step 3 uses mnist5k")
    arm = one["studies"]["optimizers"]["arms"][0]
    assert (arm["arm"], len(arm["validation"])) == ("SGD 0.001", 2)
    assert arm["published"] == [{"train": 0.7672, "test": 0.79, "labelled": "", "defect": ""}]
    assert one["studies"]["optimizers"]["comparable"] is False


def test_the_notebooks_are_written_without_training(classlab, place):
    answer = classlab("lab", "--embedded", "--notebooks", place / "notebooks", "--only", "4,7", "--quiet")
    steps, versions = ("4-predictions", "7-convolutional-network"), ("exercise", "solution")
    names = [f"{step}-{version}.ipynb" for step in steps for version in versions]
    assert answer.code == 0
    assert answer.out.splitlines() == [str(place / "notebooks" / name) for name in names]
    assert sorted(path.name for path in (place / "notebooks").glob("*.ipynb")) == names
    listed = classlab("lab", "--embedded", "--notebooks", place / "notebooks", "--only", "4", "--quiet", "--json")
    assert json.loads(listed.out) == {"notebooks": [str(place / "notebooks" / name) for name in names[:2]]}


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--only", "two"), "argument --only: must be numbers of steps from 1 to 7 as in 2,5, but got 'two'"),
        (("--only", "2,9"), "argument --only: must be numbers of steps from 1 to 7 as in 2,5, but got '2,9'"),
        (("--only", ""), "argument --only: must be numbers of steps from 1 to 7 as in 2,5, but got ''"),
        (("--seeds", "0"), "argument --seeds: must be a whole number of at least 1, but got '0'"),
        (("--cnn-epochs", "-1"), "argument --cnn-epochs: must be a whole number of at least 1, but got '-1'"),
        (
            ("--notebooks", "--seeds", "2"),
            "`--seeds` has no effect with --notebooks, which trains nothing",
        ),
        (
            ("--notebooks", "--device", "cpu"),
            "`--device` has no effect with --notebooks, which trains nothing",
        ),
        (
            ("--only", "2", "--cnn-epochs", "3"),
            "`--cnn-epochs` has no effect without step 7",
        ),
    ],
)
def test_a_wrong_option_is_a_usage_error(classlab, words, complaint):
    answer = classlab("lab", *words)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == f"classlab lab: {complaint}. See `classlab lab --help`.\n"


def test_a_report_that_cannot_be_written_is_refused_before_anything_is_trained(classlab, tmp_path):
    (tmp_path / "file").write_text("something else", encoding="utf-8")
    answer = classlab("lab", "--quick", "--only", "2", "-o", tmp_path / "file", "--store", tmp_path / "store")
    assert (answer.code, answer.out) == (5, "")
    assert answer.err == (
        f"classlab: {tmp_path / 'file'} must be writable, but the system says: File exists. Choose another folder, "
        "because a file is in the way; nothing half-written was left behind.\n"
    )
    assert not (tmp_path / "store").exists()


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


def test_a_refused_lab_leaves_no_folder(classlab, tmp_path, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise SpecError("no.")

    monkeypatch.setattr("classlab.cli.lab.run_lab", refuse)
    words = ("lab", "--quick", "--only", "3", "-o", tmp_path / "out", "--store", tmp_path / "store")
    assert classlab(*words).code == 4
    assert list(tmp_path.iterdir()) == []
