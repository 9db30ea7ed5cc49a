"""Command lines that are put together at random end with a documented code and a sentence, never as a defect."""

from __future__ import annotations

import argparse
import contextlib
import io
import random
import sys

import pytest

from classlab.cli.main import COMMANDS, main, parser

pytestmark = pytest.mark.faults("lines")

CODES = (0, 2, 3, 4, 5, 6, 7, 8, 9)
ODD = (
    "", " ", "0", "1", "-1", "2.5", "1e400", "nan", "inf", "9" * 400, "true", "none", "x", "é😀", "\ud800", "\x1b[31m",
    "a\nb", "../x", "/proc/x", "/dev/null", "/dev/full", ".", "--", "-", "1,2,,3", "a=b", "[]", "{}", "8x8", "0x0",
    "a" * 300,
    "digits", "linear", "mlp", "sgd,adam", "0.1..0.2", "10..1", "1..", "run", "store", "a.keras", "a.toml", "a.npz",
    "a.csv", "s.py", "%s", "$HOME", "*", "null\0byte",
)  # fmt: skip
LONG = ("serve", "lab", "search")  # what runs on until it is stopped, or for minutes: their options are only parsed


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    """Where the commands run: some files that they may find, one run and one store of it."""
    from classlab.studies.fit import fit
    from classlab.studies.study import Study

    place = tmp_path_factory.mktemp("lines")
    fit("digits", "linear", limit=60, epochs=1, folder=place / "run")
    Study("s", data="digits", model="linear", limit=60, epochs=1, seeds=2).run(store=place / "store")
    (place / "a.toml").write_text('name = "t"\ndata = "digits"\nlimit = 60\nmodel = "linear"\nepochs = 1\nseeds = 2\n')
    (place / "a.csv").write_text("arm,seed,accuracy\na,0,0.9\na,1,0.8\nb,0,0.7\nb,1,0.6\n")
    (place / "s.py").write_text("import keras\n")
    for name in ("a.keras", "a.npz"):
        (place / name).write_bytes(b"PK\x03\x04nothing")
    return place


def options_of(command: str) -> list[argparse.Action]:
    """The options and arguments of one command and of those within it."""
    (commands,) = (action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    return [action for action in commands.choices[command]._actions if action.dest != "help"]


def line(rng: random.Random, command: str, actions: list[argparse.Action]) -> list[str]:
    """One command line: some options with values that they name, that they do not, or none."""
    words = [command]
    for action in rng.sample(actions, min(len(actions), rng.choice((0, 1, 1, 2, 3, 5)))):
        if isinstance(action, argparse._SubParsersAction):
            words.append(rng.choice((*action.choices, "x")))
            continue
        words += [rng.choice(action.option_strings)] if action.option_strings else []
        if action.nargs != 0 and rng.random() < 0.95:
            chosen = [str(choice) for choice in action.choices or ()] * 3
            words += [rng.choice((*chosen, *ODD)) for _ in range(rng.choice((1, 1, 1, 2)))]
    if rng.random() < 0.8:  # trainings stay small
        words += {"train": ["--limit", "60", "--epochs", "1"], "sweep": ["--limit", "60", "--epochs", "1"]}.get(
            command, []
        )
    return words


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_line_ends_as_a_defect(command, ground, monkeypatch, trials):
    monkeypatch.chdir(ground)
    monkeypatch.setenv("CLASSLAB_DATA", "")
    monkeypatch.setenv("KERAS_HOME", str(ground))
    monkeypatch.setattr("requests.sessions.Session.request", refuse_network)
    if command in LONG:
        monkeypatch.setattr("classlab.cli.main.run_command", lambda _options: 0)
    rng = random.Random(command)  # noqa: S311  (a test that repeats)
    slow = () if trials.full else ("--import",)  # it loads Keras, for seconds
    actions = [action for action in options_of(command) if not set(slow).intersection(action.option_strings)]
    for _ in range(trials.count(quick=12, full=560)):
        words = line(rng, command, actions)
        said, printed = io.StringIO(), io.TextIOWrapper(io.BytesIO())
        with trials.trial(words), contextlib.redirect_stderr(said), contextlib.redirect_stdout(printed):
            monkeypatch.setattr(sys, "stdin", io.StringIO(""))
            try:
                code = main(words)
            except SystemExit as stop:
                code = int(stop.code or 0)
            assert code in CODES, said.getvalue()[-300:]
            assert "defect of classlab" not in said.getvalue(), said.getvalue()[-300:]
            told = said.getvalue().strip() or printed.seek(0, io.SEEK_END)  # with --json the document says it
            assert code in (0, 7, 8, 9) or told, "nothing was said"


def refuse_network(*_: object, **__: object) -> None:
    """As a machine without a network answers."""
    import requests

    raise requests.ConnectionError
