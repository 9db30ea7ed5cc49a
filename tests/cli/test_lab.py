"""`classlab lab` on a few images: the report, the JSON document, the notebooks, what is refused."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
from contextlib import redirect_stderr, redirect_stdout

import pytest

from benchmarks.lab_steps import names_of, walk
from classlab.cli.main import main
from classlab.errors import SpecError
from classlab.lab.lab import STEPS
from classlab.lab.words import WORDS


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("lab")


@pytest.fixture(scope="module")
def whole(place, lab_store):
    """The whole lab, rehearsed in a process like a student's: its options, and what it said."""
    options = ["--quick", "--seeds", "2", "--cnn-epochs", "1", "-o", str(place), "--store", str(lab_store)]
    said, told = io.StringIO(), io.StringIO()
    with redirect_stdout(said), redirect_stderr(told):
        assert main(["lab", *options]) == 0
    return options, said.getvalue(), told.getvalue()


def test_the_lab_asks_teaches_and_answers(place, whole):
    _, said, told = whole
    assert said.startswith("\n1. Look at the data\nQuestion 1. How many training and test images are there, ")
    for number in range(1, 8):
        (lesson,) = re.findall(rf"\nQuestion {number}\. (.*?)(?=\n\n|\Z)", said, re.DOTALL)
        parts = re.findall(r"^(Expect|Predict|Answer|What if):", lesson, re.MULTILINE)
        assert parts == ["Expect", "Predict", "Answer", "What if"]
    assert "Study 1 of 7: lab-2-optimizers-mnist5k-quick, 14 runs. Which optimizer suits" in told
    assert f"The report is in {place / 'lab.html'}." in told
    page = (place / "lab.html").read_text(encoding="utf-8")
    assert "This is a rehearsal" in page
    assert page.count("<script") == 1  # the tables' own; nothing of what the report says
    assert "lab-figures/" in (place / "lab.md").read_text(encoding="utf-8")
    assert list((place / "lab-figures").glob("*.svg"))


def test_what_is_said_is_understood_from_what_stood_before(whole):
    """Every word of the glossary is explained at the latest where it first appears."""
    _, said, _ = whole
    introduced = {word: step.number for step in STEPS for word in step.lesson.introduces}
    for word in WORDS:
        first = re.search(word.pattern, said)
        if first is not None:
            number = int(
                re.findall(r"^Question (\d)\.", said[: f"{said}\n\n".index("\n\n", first.end())], re.MULTILINE)[-1]
            )
            listed = re.search(rf"^Words: (?:.*; )?{word.name}: ", said, re.MULTILINE)
            assert introduced.get(word.name) == number or listed is not None, word.name


def test_the_25_steps_of_the_course_are_walked(place, whole, monkeypatch):
    options, said, told = whole
    monkeypatch.chdir(place)

    def run(words):
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            main([*words, *(["--store", options[-1]] if words[0] == "report" else [])])
        return out.getvalue() + err.getvalue()

    names = {**names_of(embedded=True), "five": "lab-2-optimizers-mnist5k-quick"}
    lab = [word for word in options if word not in ("--cnn-epochs", "1")]
    found = walk(run, place, lab=lab, names=names, said=said + told)
    assert [step.what for step, _, answer in found if answer is None] == []
    assert len(found) == 25


@pytest.mark.parametrize("number", [1, 2, 3, 5, 6, 7])
def test_what_turns_the_knob_of_a_step_can_be_given_as_it_stands(classlab, place, whole, number, monkeypatch):
    monkeypatch.chdir(place)
    _, said, _ = whole
    command = re.findall(r"^What if: .*\n  classlab (.*)$", said, re.MULTILINE)[number - 1]
    words = shlex.split(command)
    few = {"train": ["--epochs", "1", "--limit", "200"], "sweep": ["--limit", "200"]}
    answer = classlab(*words, *few.get(words[0], []))
    assert answer.code == 0, answer.err


def test_another_image_is_shown_with_its_ten_probabilities(classlab, place, whole):
    """By the command that the step itself names, here without the other steps."""
    options, said, _ = whole
    command = ["classlab", "lab", *options, "--image", "25"]
    assert f"\n  {shlex.join(command)}\n" in said
    words = [word for word in command[1:] if word not in ("--cnn-epochs", "1")]
    answer = classlab(*words, "--only", "4")
    (sentence,) = re.findall(r"^Test image 25, true class (\d), was predicted as", answer.out, re.MULTILINE)
    shares = [float(share) for share in re.findall(r"^  \d +([\d.]+) %", answer.out, re.MULTILINE)]
    rows = list(csv.DictReader((place / "predictions.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 1000
    assert rows[25]["true"] == sentence
    assert shares == [pytest.approx(100 * float(rows[25][f"p_{label}"]), abs=0.051) for label in range(10)]
    page = (place / "lab-4.html").read_text(encoding="utf-8")
    assert "These are 11 of 1,000 rows: the first, and that of image 25." in page


def test_some_steps_leave_the_whole_report_as_it_is_and_quiet_leaves_the_answers_alone(classlab, place, whole):
    options, said, _ = whole
    before = (place / "lab.html").read_bytes()
    words = [word for word in options if word not in ("--cnn-epochs", "1")]
    answer = classlab("lab", *words, "--only", "1,3", "--quiet")
    assert (answer.code, answer.err) == (0, "")
    assert (place / "lab.html").read_bytes() == before
    assert "Question 2" not in (place / "lab-1-3.html").read_text(encoding="utf-8")
    assert answer.out.startswith("\n1. Look at the data\nmnist5k has 4,000 training images, of which 400 are set ")
    assert "\n3. Did it generalize?\nAfter 2 epochs: " in answer.out
    assert all(line.removeprefix("- ") in said for line in answer.out.splitlines())
    assert not re.search(r"^(Question|Expect|Words|Predict|What if)", answer.out, re.MULTILINE)


def test_an_image_that_is_not_there_is_refused(classlab, place, whole):
    options, _, _ = whole
    answer = classlab("lab", *options, "--image", 1000)
    assert (answer.code, answer.out) == (4, "")
    assert answer.err.endswith(
        "classlab: `--image` must be the number of a test image of mnist5k, from 0 to 999, but got --image 1000. Give "
        "a smaller one, or leave it out for those of the course.\n"
    )


def test_a_second_lab_finds_its_runs_and_says_the_same(classlab, place, lab_store, whole):
    words = ("lab", "--quick", "--only", "3", "--seeds", 2, "--store", lab_store, "--json", "--quiet")
    first = classlab(*words, "-o", place / "first")
    again = classlab(*words, "-o", place / "again")
    assert (first.code, first.err) == (0, "")
    one, two = json.loads(first.out), json.loads(again.out)
    assert one["steps"] == two["steps"]
    assert [study["seconds"] for study in two["studies"].values()] == [0.0, 0.0]
    assert one["complete"] is False
    assert one["steps"][0]["borne_out"] in (*one["steps"][0]["choices"], None)
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
        (("--only", "2", "--image", "3"), "`--image` has no effect without steps 1 and 4"),
        (("--image", "-3"), "argument --image: must be the number of an image, from 0, but got '-3'"),
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
