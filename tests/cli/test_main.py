from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import classlab as package
from classlab import errors
from classlab.cli.main import COMMANDS, main, parser

PLACE = {**os.environ, "PYTHONPATH": str(Path(package.__file__).parents[1])}


def test_help_names_every_command_exit_code_and_variable(classlab):
    answer = classlab("--help")
    assert answer.code == 0
    for command in COMMANDS:
        assert re.search(rf"^    {command} ", answer.out, re.MULTILINE)
    for error in vars(errors).values():
        if isinstance(error, type) and issubclass(error, errors.ClasslabError):
            assert re.search(rf"^  {error.exit_code}  ", answer.out, re.MULTILINE)
    assert "CLASSLAB_DATA" in answer.out
    assert "CLASSLAB_CACHE" in answer.out


@pytest.mark.parametrize("command", [*COMMANDS])
def test_every_command_has_help_json_and_quiet(classlab, command):
    answer = classlab(command, "--help")
    assert answer.code == 0
    assert "--json" in answer.out
    assert "--quiet" in answer.out


def parsers(inside: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Those of all commands and of the words behind them."""
    for action in inside._actions:
        if isinstance(action, argparse._SubParsersAction):
            for found in action.choices.values():
                yield found
                yield from parsers(found)


@pytest.mark.parametrize("command", [*parsers(parser())], ids=lambda command: command.prog)
def test_every_command_names_a_function_that_runs_it(command):
    module, _, function = command.get_default("run").partition(".")
    assert callable(getattr(import_module(f"classlab.cli.{module}"), function or "run"))


def test_the_version_is_printed(classlab):
    assert classlab("--version") == (0, f"classlab {package.__version__}\n", "")


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["trian"], "Did you mean train?"),
        (["train", "--data", "digits", "--epoch", "3"], "unknown argument: --epoch 3. Did you mean --epochs?"),
        (["train", "--data", "digits", "--optimizer", "adm"], "Did you mean adam?"),
        (["train"], "the following arguments are required: --data."),
        ([], "the following arguments are required: COMMAND."),
        (["train", "--data", "digits", "--seeds", "0"], "must be a whole number of at least 1, but got '0'."),
        (
            ["train", "--data", "digits", "--units", "a"],
            "--units: must be widths of the hidden layers, whole numbers of at least 1, but got 'a'. Write for example "
            "--units 128,64.",
        ),
        (
            ["train", "--data", "digits", "--epochs", "x"],
            "--epochs: must be a whole number of at least 1, but got 'x'. Write for example --epochs 5.",
        ),
        (
            ["data", "digits", "--size", "28"],
            "--size: must be height and width, two whole numbers, but got '28'. Write for example --size 28x28.",
        ),
        (
            ["train", "--data", "digits", "--validation", "x"],
            "--validation: must be a share between 0 and 1, or the word test or own, but got 'x'. Write for example "
            "--validation 0.1.",
        ),
        (["train", "--data", "digits", "--resume", "--again"], "not allowed with argument --resume."),
    ],
)
def test_a_wrong_command_line_is_explained_in_one_line(classlab, words, hint):
    answer = classlab(*words)
    assert answer.code == 2
    assert answer.out == ""
    assert hint in answer.err
    assert answer.err.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.DataError("data."), 3),
        (errors.SpecError("spec."), 4),
        (errors.StorageError("storage."), 5),
        (errors.LockedError("locked."), 6),
    ],
)
def test_an_error_prints_its_message_alone(classlab, monkeypatch, error, code):
    monkeypatch.setattr("classlab.cli.data.run", _raising(error))
    assert classlab("data", "digits") == (code, "", f"classlab: {error}\n")


def test_debug_shows_the_traceback(classlab, monkeypatch):
    monkeypatch.setattr("classlab.cli.data.run", _raising(errors.DataError("broken.")))
    answer = classlab("--debug", "data", "digits")
    assert answer.code == 3
    assert answer.err.startswith("Traceback")
    assert answer.err.endswith("classlab: broken.\n")


def test_a_defect_is_called_one(classlab, monkeypatch):
    monkeypatch.setattr("classlab.cli.data.run", _raising(KeyError("x")))
    assert classlab("data", "digits") == (
        1,
        "",
        "classlab: this is a defect of classlab (KeyError: 'x'). Run it again with `classlab --debug` and report it.\n",
    )


def test_a_system_without_room_for_a_thread_is_a_sentence(classlab, monkeypatch):
    monkeypatch.setattr("classlab.cli.data.run", _raising(RuntimeError("can't start new thread")))
    assert classlab("data", "digits") == (
        5,
        "",
        "classlab: the system must let a command start threads, but it did not. End other programs, or raise the limit "
        "of processes (`ulimit -u`).\n",
    )


def test_a_second_double_hyphen_in_place_of_an_argument_is_no_argument(classlab):
    answer = classlab("compare", "--", "-o", "--")
    assert answer.code == 2
    assert "the following arguments are required" in answer.err


def test_half_of_a_letter_in_a_path_is_a_sentence(classlab, tmp_path):
    (tmp_path / "a.py").write_text("import keras\n")
    answer = classlab("audit", "--html", "\ud800", str(tmp_path / "a.py"))
    assert answer == (
        5, "", "classlab: a path must be a name that the system takes, but one has half of a letter. Give another.\n"
    )  # fmt: skip


def test_a_drawing_library_s_setting_of_the_user_does_not_reach_a_command(monkeypatch, capsys):
    monkeypatch.setenv("MPLBACKEND", "nonsense")
    monkeypatch.setattr(sys, "argv", ["classlab", "runs", "--store", "nowhere"])
    assert main() == 5
    assert "MPLBACKEND" not in os.environ


@pytest.mark.parametrize(
    "words",
    [
        ("runs", "--store", "a\x1b[31m\u202eb"),
        ("model", "a\x1b[31m\u202eb.keras"),
        ("judge", "a\x1b[31m\u202eb.csv"),
        ("train", "--data", "a\x1b[31m\u202eb"),
        ("predict", "a\x1b[31m\u202eb", "c\x9b.png"),
    ],
)
def test_no_name_speaks_to_the_terminal(classlab, words):
    answer = classlab(*words)
    assert answer.code in (3, 4, 5)
    assert all(letter == "\n" or letter.isprintable() for letter in answer.out + answer.err)


def test_ctrl_c_anywhere_is_130(classlab, monkeypatch):
    monkeypatch.setattr("classlab.cli.data.run", _raising(KeyboardInterrupt()))
    assert classlab("data", "digits") == (130, "", "classlab: stopped.\n")


def test_a_reader_that_leaves_is_no_error():
    command = [sys.executable, "-m", "classlab.cli.main", "data", "digits", "--no-tile"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=PLACE) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_letters_that_a_terminal_lacks_do_not_stop_a_command(tmp_path):
    words = ["train", "--data", "digits", "--model", "linear", "--epochs", "1", "--seeds", "2", "-o", str(tmp_path)]
    place = {**PLACE, "PYTHONIOENCODING": "ascii", "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-m", "classlab.cli.main", *words], capture_output=True, env=place)
    assert (done.returncode, b"mean ? standard deviation" in done.stdout) == (0, True)


def test_the_command_is_installed_under_its_name():
    found = [
        line for line in (Path(__file__).parents[2] / "pyproject.toml").read_text().splitlines() if "main:main" in line
    ]
    assert found == ['classlab = "classlab.cli.main:main"']
    assert callable(main)
    assert parser().prog == "classlab"


def _raising(error: BaseException):
    def run(_options: object) -> int:
        raise error

    return run


@pytest.mark.parametrize(
    ("code", "words"),
    [
        # 2: an option is unknown, never takes that value, or has no effect beside the others
        (2, "train --data digits --epoch 1"),
        (2, "train --data digits --epochs x"),
        (2, "train --data digits --epochs 0"),
        (2, "train --data digits --seed -1"),
        (2, "train --data digits --model linear --dropout 0.2"),
        (2, "train --data digits --fit crop"),
        (2, "train --data digits --resume --again --nesterov"),
        (2, "clean digits --folds 1"),
        (2, "clean digits --folds x"),
        (2, "sweep --data digits --model linear --learning-rate x"),
        (2, "sweep --data digits --model linear --learning-rate 0"),
        (2, "sweep --data digits --seeds 0"),
        (2, "model cnn --classes 0"),
        (2, "lr --data digits --steps 0"),
        (2, "evaluate no-run --split all"),
        # 3: what a data set's name leads to
        (3, "train --data no-such-data"),
        (3, "sweep --data no-such-data"),
        (3, "train --data digits --size 4x4"),
        # 4: what cannot be built of it
        (4, "train --data digits --model no-such-model"),
        (4, "sweep --data digits --model no-such-model"),
        (4, "model no-such-model"),
        (4, "sweep wrong.toml"),
        # 5: files and folders
        (5, "sweep no-such.toml"),
        (5, "predict no-run a.png"),
        (5, "judge no-such.csv"),
    ],
)
def test_like_mistakes_end_with_one_exit_code(classlab, tmp_path, monkeypatch, code, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wrong.toml").write_text('name = "a"\ndata = "digits"\nepochs = 0\n')
    assert classlab(*words.split()).code == code
    assert [each.name for each in tmp_path.iterdir()] == ["wrong.toml"]  # and nothing is left behind


@pytest.mark.parametrize(
    "words", [("report", "{run}"), ("export", "{run}"), ("data", "digits"), ("lab", "--embedded", "--only", "1")]
)
def test_a_default_name_replaces_what_classlab_wrote_and_nothing_else(
    classlab, run_folder, tmp_path, monkeypatch, words
):
    monkeypatch.chdir(tmp_path)
    words = [word.format(run=run_folder) for word in words]
    for _ in range(2):
        assert classlab(*words).code == 0
    (file, *_) = [*tmp_path.rglob("*.html"), *tmp_path.rglob("*.png"), *run_folder.glob("*.keras")]
    file.write_text("mine")
    answer = classlab(*words)
    assert (answer.code, answer.err.splitlines()[-1].endswith("give another name with -o.")) == (5, True)
    assert file.read_text() == "mine"
    file.unlink()


def test_an_empty_path_is_no_path(classlab):
    answer = classlab("train", "mnist5k", "-o", "")
    assert answer.code == 2
    assert answer.err == (
        "classlab train: argument -o/--output: it must be a path, but got ''. See `classlab train --help`.\n"
    )
