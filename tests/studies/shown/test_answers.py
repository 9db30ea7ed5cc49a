from __future__ import annotations

import numpy as np
import pytest

from classlab.datasets import load
from classlab.studies.fit import fit
from classlab.studies.shown.answers import COMMANDS, Remedies, answers
from classlab.studies.shown.pictures import foreign_picture


@pytest.fixture(scope="module")
def run():
    return fit("digits", "linear", epochs=3)


def asked(run, pixels, *, inverted=False, remedies=COMMANDS):
    picture = foreign_picture(pixels, run.preparation, name="It", invert=inverted)
    (found,) = answers(run, [picture], inverted=inverted, remedies=remedies)
    return found


def turned_digit():
    """A digit with dark ink, where the training images have bright ink."""
    image = load("digits").test.images[0].astype(int)
    return (255 - image * 255 // image.max()).astype(np.uint8)


def test_an_answer_is_what_the_run_predicts_of_what_its_network_sees(run):
    image = load("digits").test.images[3]
    found = asked(run, image)
    np.testing.assert_array_equal(found.probabilities, run.predict(image[None])[0])
    best = int(found.probabilities.argmax())
    assert found.best == f"{run.class_names[best]} at {100 * float(found.probabilities[best]):.0f} %"
    assert found.unlike.score == run.unlikeness(image[None]).scores[0]


def test_the_remedy_is_in_the_reader_s_words(run):
    words = Remedies(turn="Turn it", leave="Leave it")
    start = "It: the border is bright, but the training images have a dark one. "
    assert asked(run, turned_digit(), remedies=words).warning.startswith(f"{start}Turn it so that")
    assert asked(run, 255 - turned_digit(), inverted=True).warning.startswith(f"{start}Leave --invert out so that")


def test_no_pictures_have_no_answers(run):
    assert answers(run, [], inverted=False) == []
