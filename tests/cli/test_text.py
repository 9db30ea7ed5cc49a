from __future__ import annotations

import json

from classlab.cli.text import narrate, print_json


def test_figures_that_are_not_finite_are_valid_json(capsys):
    print_json({"a": [float("nan"), float("inf"), -float("inf"), 1.5], "b": None, "c": "é", "d": True})
    assert json.loads(capsys.readouterr().out) == {
        "a": ["NaN", "Infinity", "-Infinity", 1.5],
        "b": None,
        "c": "é",
        "d": True,
    }


def test_narration_goes_to_standard_error_or_nowhere(capsys):
    narrate("said", quiet=False)
    narrate("unsaid", quiet=True)
    assert capsys.readouterr() == ("", "said\n")
