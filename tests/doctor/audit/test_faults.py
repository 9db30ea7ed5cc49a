"""Scripts with planted faults: the rule, at the line, and nothing else above INFO."""

from __future__ import annotations

import re

import pytest

from tests.doctor.audit.faults import FAULTS
from tests.doctor.audit.kinds_of_values import ARMS
from tests.doctor.audit.reading import diagnose, grave, marks, places, script_files, stray
from tests.doctor.audit.ways_to_choose import CHOSEN_ON_TEST
from tests.doctor.audit.ways_to_misname import MISNAMED
from tests.doctor.audit.ways_to_scale_twice import SCALED_TWICE

FAULTY = script_files("faulty")
WAYS = {
    f"{rule} {name}": (text, rule)
    for rule, group in (("A1", SCALED_TWICE), ("C1", MISNAMED), ("C4", CHOSEN_ON_TEST))
    for name, text in group.items()
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_small_fault_is_found_at_its_line(name):
    text = FAULTS[name]
    diagnosis = diagnose(text)
    assert marks(text) <= places(diagnosis)
    assert stray(text, diagnosis) == []


@pytest.mark.parametrize("path", FAULTY, ids=lambda path: path.stem)
def test_a_fault_in_a_students_script_is_found_at_its_line(path):
    text = path.read_text(encoding="utf-8")
    diagnosis = diagnose(text)
    assert marks(text) <= places(diagnosis)
    assert stray(text, diagnosis) == []


@pytest.mark.parametrize("name", WAYS)
def test_one_error_is_found_however_it_is_written(name):
    text, rule = WAYS[name]
    found = {each.place.line for each in diagnose(text).findings if each.rule == rule}
    assert found, name
    assert {line for line, _ in marks(text)} <= found
    assert {each.rule for each in grave(diagnose(text))} <= {rule, "C3"}


def through_tensorflow(text: str) -> str:
    """The same script with TensorFlow's Keras."""
    text = re.sub(r"^import keras$", "from tensorflow import keras", text, flags=re.MULTILINE)
    return re.sub(r"^from keras([ .])", r"from tensorflow.keras\1", text, flags=re.MULTILINE)


def renamed(text: str) -> str:
    """The same script with other names for the arrays and the model."""
    for old, new in (
        ("x_train", "pictures"),
        ("y_train", "kinds"),
        ("x_test", "p2"),
        ("y_test", "k2"),
        ("model", "learner"),
    ):
        text = re.sub(rf"(?<![\w.])(?<!sklearn\.){old}(?![\w])", new, text)
    return text


def inside_a_function(text: str) -> str:
    """The same script as the body of a function that is called, one line further down."""
    body = "\n".join(f"    {line}" if line else "" for line in text.split("\n"))
    return f"def main():\n{body}\n\n\nmain()\n"


def behind_a_switch(text: str) -> str:
    """The same script under a condition that cannot be known, one line further down."""
    body = "\n".join(f"    {line}" if line else "" for line in text.split("\n"))
    return f"if input():\n{body}\n"


@pytest.mark.parametrize("change", [through_tensorflow, renamed, inside_a_function, behind_a_switch])
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_in_every_variant_of_its_script(name, change):
    text = change(FAULTS[name])
    diagnosis = diagnose(text)
    assert marks(text) <= places(diagnosis)
    assert stray(text, diagnosis) == []


@pytest.mark.parametrize("name", ["the choice in every turn", "the best so far"])
def test_a_choice_that_a_loop_makes_turn_by_turn_is_named_once_with_all_its_trainings(name):
    choose = {
        "the choice in every turn": "    print(max(scores, key=scores.get))\n",
        "the best so far": "    if scores[units] > best:\n        best = scores[units]\n",
    }
    text = ARMS.replace("scores = {}\n", "scores, best = {}, 0\n") + choose[name]
    found = [each.text for each in diagnose(text).findings if each.rule == "C4"]
    assert len(found) == 1
    assert found[0].startswith("The scores of 3 trainings")


def test_arms_of_one_configuration_are_one_finding_that_names_them_all():
    text = ARMS.replace("for units in (32, 64, 128)", "for rate in (0.1, 0.01, 0.001)")
    text = text.replace("Dense(units", "Dense(32").replace("scores[units]", "scores[rate]")
    found = [each.text for each in diagnose(text).findings if each.rule == "C2"]
    assert found == ["The arms `0.1`, `0.01` and `0.001` are the same configuration under three names."]
