from __future__ import annotations

import json

import pytest

from classlab.cli.main import main

SMALL = ("lr", "--data", "digits", "--model", "linear", "--steps", "20", "--seeds", "2")


def test_a_suggestion_and_the_study_to_go_on_with(capsys):
    assert main([*SMALL, "--optimizer", "adam,sgd"]) == 0
    shown = capsys.readouterr()
    assert [line.split(":")[0] for line in shown.out.splitlines()] == ["adam", "sgd"]
    assert "try " in shown.out
    command = next(line for line in shown.err.splitlines() if line.startswith("Go on with: "))
    words = command.removeprefix("Go on with: ").split()
    assert words[:8] == ["classlab", "sweep", "--data", "digits", "--model", "linear", "--optimizer", "adam"]
    assert words[8] == "--learning-rate"
    rates = [float(rate) for rate in words[9].split(",")]
    assert rates == sorted(rates)
    assert len(rates) == 3


def test_json_has_every_loss_and_the_picture_is_drawn(capsys, tmp_path):
    picture = tmp_path / "rates.svg"
    assert main([*SMALL, "--json", "-o", str(picture)]) == 0
    (search,) = json.loads(capsys.readouterr().out)
    assert len(search["trials"]) == 30
    assert {len(trial["losses"]) for trial in search["trials"]} == {2}
    assert picture.read_bytes().startswith(b"<?xml")


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (
            ["-o", "rates.png"],
            4,
            "classlab: `--output` must end in .svg, but got --output rates.png. Give for example rates.svg.",
        ),
        (["-o", "nowhere/rates.svg"], 5, "nowhere/rates.svg must be writable, but the system says: No such file"),
        (
            ["--optimizer", "adm"],
            2,
            "argument --optimizer: must be names of sgd, adam, adamw, rmsprop, adagrad, nadam, as in adam,sgd, but got "
            "'adm'",
        ),
    ],
)
def test_what_cannot_be_done_is_said(capsys, words, code, sentence):
    try:
        ended = main([*SMALL, *words])
    except SystemExit as stop:
        ended = stop.code
    assert ended == code
    assert sentence in " ".join(capsys.readouterr().err.split())
