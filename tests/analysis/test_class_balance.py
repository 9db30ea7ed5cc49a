"""Sentences about classes of different sizes, and when they are said."""

import pytest

from classlab.analysis.class_balance import are_uneven, majority_note, weights_note


@pytest.mark.parametrize(
    ("counts", "uneven"),
    [([95, 5], True), ([50, 50], False), ([40, 19], False), ([400, 190], True), ([30, 0], False), ([], False)],
)
def test_classes_are_uneven_from_twice_the_images_on_and_beyond_chance(counts, uneven):
    assert are_uneven(counts) == uneven


def test_a_majority_is_named_with_the_accuracy_of_always_answering_it():
    assert majority_note([5, 95], ("cat", "dog"), weighted=False) == (
        "95.0 % of the training images are of class dog: on such images a network that always answers it has an "
        "accuracy of 95.0 %. Balanced accuracy and macro F1 count every class alike, and class_weights=balanced (on "
        "the command line --class-weights balanced) does so in training."
    )
    assert majority_note([5, 95], ("cat", "dog"), weighted=True).endswith("count every class alike.")


@pytest.mark.parametrize("counts", [[50, 50], [100, 100, 100, 20], [6, 2]])
def test_without_a_majority_nothing_is_said(counts):
    assert majority_note(counts, "abcd"[: len(counts)], weighted=False) == ""


def test_the_weights_of_many_classes_are_said_as_a_range():
    said = weights_note([0.5, *[1.0] * 10, 8.0], [str(place) for place in range(12)], balanced=True)
    assert said == (
        "In training each image's loss is multiplied by its class's weight (balanced, from 0.5 to 8); validation and "
        "test losses are not weighted."
    )
