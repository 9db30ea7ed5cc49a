from __future__ import annotations

import numpy as np
import pytest

from classlab.cli.data import print_report
from classlab.datasets import from_arrays, inspect


@pytest.fixture
def doubtful():
    """Ten distinct training images; the test images repeat one of them and repeat each other, one with a new label."""
    rng = np.random.default_rng(4)
    train, other = rng.integers(5, 250, (10, 3, 3), np.uint8), rng.integers(5, 250, (3, 3, 3), np.uint8)
    test = np.stack([train[6], other[0], other[0], other[0], other[1], train[2]])
    return from_arrays(train, [0, 1] * 5, test, [0, 0, 0, 1, 1, 1], class_names=["cat", "dog"], name="pets")


def test_the_report_tells_what_was_found(doubtful, capsys):
    print_report(inspect(doubtful, validation="test"))
    text = capsys.readouterr().out
    assert text.splitlines()[4:] == [
        "official      10 train, 6 test images",
        "validation    on the test images",
        "",
        "split  images  pixels   range    mean  deviation  labels",
        *text.splitlines()[8:10],
        "",
        "class  label  train  test",
        "cat        0      5     3",
        "dog        1      5     3",
        "",
        "duplicates    0 in train, 2 in test (images that equal an earlier image of the same split, pixel for",
        "              pixel)",
        "shared        2 test images in train (the same pixels in two splits)",
        "conflicts     2 pictures carry more than one label (such as test 1 (cat) = test 3 (dog); train 2",
        "              (cat) = test 5 (dog))",
    ]


def test_the_report_names_color_notes_and_the_division(capsys):
    images = np.zeros((8, 2, 3, 3), np.uint8)
    print_report(inspect(from_arrays(images, [0, 1] * 4), validation=0.5))
    text = capsys.readouterr().out
    assert "images        2 x 3 pixels, color (3 channels)" in text
    assert "validation    0.5 of the training images, stratified by class" in text
    assert "conflicts     1 picture carries more than one label (such as train " in text
    assert "note          arrays has no test set of its own: 2 of its 8 images" in text


def test_the_report_prints_no_control_characters(capsys):
    images = np.zeros((8, 2, 2), np.uint8)
    print_report(inspect(from_arrays(images, [0, 1] * 4, class_names=["a\x1b[2J", "b\n"])))
    text = capsys.readouterr().out
    assert "\x1b" not in text
    assert "a?[2J" in text
