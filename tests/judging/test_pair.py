from __future__ import annotations

import numpy as np
import pytest

from classlab.errors import DataError
from classlab.judging.pair import class_rows, compare_networks, count_rows, only_one_right, pair_sentences
from classlab.judging.pair_document import pair_document
from classlab.judging.predictions import NetworkPredictions, network
from classlab.reports.document import figures_of
from classlab.reports.html import to_html
from classlab.statistics import compare_predictions

GENERATOR = np.random.default_rng(0)
LABELS = GENERATOR.integers(0, 3, 300)
IMAGES = GENERATOR.integers(0, 256, (300, 8, 8, 1)).astype(np.uint8)


def shares(right, seed):
    """Probabilities of a network that is right so often, `(images, classes)`."""
    generator = np.random.default_rng(seed)
    found = generator.dirichlet(np.ones(3), 300)
    for place in np.flatnonzero(generator.random(300) < right):
        best, true = found[place].argmax(), LABELS[place]
        found[place, [best, true]] = found[place, [true, best]]
    return found


NETWORKS = (
    "This is about these two trained networks, not about their arms: with another seed the same arm is another "
    "network, and often differs from itself by as much."
)
A = network("A", LABELS, shares(0.9, 1), where="a.npz")
B = network("B", LABELS, shares(0.6, 2), where="b.npz")


def test_counts_are_those_of_the_table():
    pair = compare_networks(A, B)
    right = [network_.predicted == LABELS for network_ in (A, B)]
    table = np.histogram2d(right[0], right[1], bins=[[-0.5, 0.5, 1.5]] * 2)[0]
    assert [[pair.both_wrong, pair.second_only], [pair.first_only, pair.both_right]] == table.tolist()
    assert pair.accuracies == (right[0].mean(), right[1].mean())
    assert sum(each.images for each in pair.classes) == pair.images == 300
    assert sum(each.first_only for each in pair.classes) == pair.first_only
    differences = [abs(each.comparison.difference) for each in pair.classes]
    assert differences == sorted(differences, reverse=True)
    assert pair.comparison == compare_predictions(*right)
    assert pair.comparison.holds_for == "images"


def test_exchanged_networks_give_the_mirrored_comparison():
    one, two = compare_networks(A, B).comparison, compare_networks(B, A).comparison
    assert (one.verdict, two.verdict) == ("better", "worse")
    assert one.interval == pytest.approx((-two.interval[1], -two.interval[0]))


def test_intervals_of_classes_are_wider_because_there_are_several():
    pair = compare_networks(A, B)
    part = int(pair.classes[0].name) == LABELS
    alone = compare_networks(
        network("A", LABELS[part], A.predicted[part], where="a"),
        network("B", LABELS[part], B.predicted[part], where="b"),
    ).comparison.interval
    found = pair.classes[0].comparison.interval
    assert found[0] < alone[0] < alone[1] < found[1]


def test_the_words_say_that_it_is_about_networks():
    assert pair_sentences(compare_networks(A, B)) == (
        "'A' is better than 'B' by 22.00 points (95 % interval 15.85 to 28.20, for other images and these very "
        "networks).",
        "Of 300 images 'A' gets 92.00 % right and 'B' 70.00 %.",
        "On 102 images exactly one of them is right: 'A' on 84, 'B' on 18.",
        "Both are wrong on 6 images, and give the same wrong class for 1.",
        "They differ most on the class '0': of 90 images 'A' gets 82 right and 'B' 61 (difference +23.33 points, 95 % "
        "interval +8.36 to +37.90, corrected for 3 classes).",
        NETWORKS,
    )
    assert pair_sentences(compare_networks(B, A))[0] == pair_sentences(compare_networks(A, B))[0]
    assert pair_sentences(compare_networks(A, A)) == (
        "'A' and 'A' cannot be told apart: their means are the same (95 % interval \u22121.27 to 1.27, for other "
        "images and these very networks).",
        "Of 300 images 'A' gets 92.00 % right and 'A' 92.00 %.",
        "There is no image that only one of them gets right.",
        "Both are wrong on 24 images, and give the same wrong class for all of them.",
        NETWORKS,
    )
    assert len(count_rows(compare_networks(A, B))) == 5
    assert len(class_rows(compare_networks(A, B))) == 4


def test_images_that_one_gets_right_come_surest_mistake_first():
    places = only_one_right(B, A, LABELS, most=10)
    assert all(A.predicted[place] == LABELS[place] != B.predicted[place] for place in places)
    surest = [float(B.probabilities[place].max()) for place in places]
    assert surest == sorted(surest, reverse=True)
    assert len(places) == 10


@pytest.mark.parametrize("classes_only", [False, True])
def test_the_page_shows_the_images_that_one_gets_right(classes_only):
    one, two = (network(each.name, LABELS, each.predicted, where="x") if classes_only else each for each in (A, B))
    document = pair_document(compare_networks(one, two), one, two, images=IMAGES, class_names=("x", "<y>", "z"))
    figures = figures_of(document)
    assert len(figures) == 2
    assert figures[0].title.startswith("Only A is right (15 of ")
    assert "<y>" not in to_html(document)
    assert not figures_of(pair_document(compare_networks(A, B), A, B, images=None, class_names=("x", "y", "z")))
    assert not figures_of(pair_document(compare_networks(A, A), A, A, images=IMAGES, class_names=("x", "y", "z")))


def other(**changes):
    facts = {"name": "C", "labels": LABELS, "predicted": LABELS, **changes}
    return NetworkPredictions(**facts)


@pytest.mark.parametrize(
    ("one", "two", "sentence"),
    [
        (
            other(labels=None),
            other(labels=None),
            "one of the two must hold the true classes, but neither 'C' nor 'C' does. "
            "Save them beside the predictions, as `y_true`, or name the images with --data.",
        ),
        (
            other(),
            other(labels=None, predicted=LABELS[:5]),
            "both networks must have predicted the same images, but 'C' has predicted 300 and 'C' 5 for 300 labels. "
            "Predict the same images with both.",
        ),
        (
            other(),
            other(labels=np.where(np.arange(300) < 2, (LABELS + 1) % 3, LABELS)),
            "both networks must have predicted the same images in the same order, but 2 of 300 labels differ. "
            "Predict the same images with both.",
        ),
        (
            other(class_names=("a", "b", "c")),
            other(class_names=("a", "c", "b")),
            "both networks must know the same classes, but 'C' and 'C' name them differently. "
            "Predict the same images with both.",
        ),
    ],
)
def test_networks_of_different_images_are_not_compared(one, two, sentence):
    with pytest.raises(DataError) as refusal:
        compare_networks(one, two)
    assert str(refusal.value) == sentence
