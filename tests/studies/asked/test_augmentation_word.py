from __future__ import annotations

import numpy as np
import pytest

import classlab
from classlab.models.builtin import build
from classlab.records import Augmentation, DataSpec, RunSpec
from classlab.studies.asked.augmentation_word import augmentation_words
from classlab.studies.asked.built_study import build_study
from classlab.studies.asked.study_file import draft_from_python

pytestmark = pytest.mark.light
DIGITS = tuple("0123456789")
LINEAR = build("linear", input_shape=(8, 8, 1), classes=10)
FLIPPED = (
    "The classes are named by digits: where the images show them, flip horizontal trains on mirrored digits, which no "
    "other image shows and some of which look like another class."
)
TURNED = (
    "The classes are named by digits: where the images show them, rotate 0.25, up to 90 degrees either way, can turn a "
    "6 and a 9 into the same image."
)


def words(names: tuple[str, ...], **settings: object) -> tuple[str, ...]:
    spec = RunSpec(data=DataSpec(name="digits"), architecture=LINEAR, augmentation=Augmentation(**settings))
    return augmentation_words([spec, spec], names)


def test_flips_of_digits_and_letters_are_warned_of():
    assert words(DIGITS, flip="horizontal") == (FLIPPED,)
    assert words(tuple("abcdef"), flip="vertical")[0].startswith("The classes are named by letters: ")
    assert words((*DIGITS, "A"), flip="vertical")[0].startswith("The classes are named by digits and letters: ")
    assert words(("zero", "one", "two", "three", "four"), flip="horizontal") == (FLIPPED,)


def test_turns_that_make_one_sign_of_two_are_warned_of():
    assert words(DIGITS, rotate=0.25) == (TURNED,)
    assert words(DIGITS, rotate=0.24) == ()
    assert words(tuple("01234578"), rotate=0.5) == ()


@pytest.mark.parametrize("names", [("cat", "dog", "horse", "ship", "sheep"), ("0", "1"), ()])
def test_other_classes_may_be_flipped(names):
    assert words(names, flip="horizontal_and_vertical", rotate=0.5) == ()


def test_shifts_are_nothing_to_warn_of():
    assert words(DIGITS, shift=0.2, zoom=0.2, cutout=0.3, brightness=0.3) == ()


def test_a_study_and_a_run_carry_the_sentence():
    draft = draft_from_python("s", data="digits", arms=[], settings={}, options={"flip": ["none", "horizontal"]})
    built = build_study(draft, classlab.load("digits"))
    assert FLIPPED in built.notices
    assert [arm.name for arm in built.spec.arms] == ["flip none", "flip horizontal"]
    assert [arm.spec.augmentation for arm in built.spec.arms] == [None, Augmentation(flip="horizontal")]
    images = np.zeros((40, 8, 8, 1), np.uint8)
    labels = np.arange(40) % 10
    run = classlab.fit((images, labels), "linear", epochs=1, flip="horizontal")
    assert FLIPPED in run.record.notes
