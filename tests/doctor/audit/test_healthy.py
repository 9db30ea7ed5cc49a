"""Healthy scripts, in the many styles that Keras is used in, are free of findings above INFO."""

from __future__ import annotations

import pytest

from tests.doctor.audit.reading import diagnose, grave, script_files

HEALTHY = script_files("healthy")
# Scripts whose training is a loop of their own, or happens inside a tuner: no call of `fit` is followed.
WITHOUT_FIT = {"adversarial_pair", "own_loop_torch_backend", "subclassed_model", "tuner"}


@pytest.mark.parametrize("path", HEALTHY, ids=lambda path: path.stem)
def test_a_healthy_script_has_no_finding_above_info(path):
    diagnosis = diagnose(path.read_text(encoding="utf-8"))
    assert [f"{each.place.line} {each.rule}: {each.text}" for each in grave(diagnosis)] == []


def test_healthy_scripts_are_silent_because_they_were_followed_and_not_because_they_were_not():
    followed = {path.stem for path in HEALTHY if "C8" in diagnose(path.read_text(encoding="utf-8")).checked}
    assert {path.stem for path in HEALTHY} - followed == WITHOUT_FIT


@pytest.mark.parametrize(
    ("healthy", "sick", "rule"),
    [
        ("images /= 255\nheld", "images /= 255\nimages /= 255\nheld", "A1"),
        ("held_images /= 255\n", "", "A3"),
        ('Activation("softmax")', 'Activation("relu")', "B4"),
        ('loss="categorical_crossentropy"', 'loss="sparse_categorical_crossentropy"', "B5"),
        ("net.add(Dense(10))", "net.add(Dense(12))", "B3"),
        ("validation_data=(held_images, held_labels)", "validation_data=(images[:900], labels[:900])", "C5"),
    ],
)
def test_a_small_change_to_a_healthy_script_is_found(healthy, sick, rule):
    text = next(path for path in HEALTHY if path.stem == "watched_by_test").read_text(encoding="utf-8")
    assert healthy in text
    assert rule in {each.rule for each in grave(diagnose(text.replace(healthy, sick)))}
