"""Which classes are taken for which."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn import metrics

from classlab.errors import SpecError
from classlab.records import from_json, to_json
from classlab.statistics import Confusion, confusion, most_mixed_up

LABELS, PREDICTED = [0, 0, 0, 1, 1, 2], [0, 1, 1, 1, 0, 1]


def drawn(*, images: int = 400, classes: int = 7) -> tuple[np.ndarray, np.ndarray]:
    source = np.random.default_rng(classes)
    labels = source.integers(0, classes, images)
    predicted = np.where(source.random(images) < 0.6, labels, source.integers(0, classes, images))
    return labels, predicted


def test_literal_counts_rows_true_columns_predicted():
    found = confusion(LABELS, PREDICTED, classes=4)
    assert found.counts == ((1, 2, 0, 0), (1, 1, 0, 0), (0, 1, 0, 0), (0, 0, 0, 0))
    assert found.recall == (pytest.approx(1 / 3), 0.5, 0.0, None)
    assert found.precision == (0.5, 0.25, None, None)
    assert found.accuracy == pytest.approx(2 / 6)
    np.testing.assert_allclose(found.row_shares()[0], [1 / 3, 2 / 3, 0, 0])
    np.testing.assert_array_equal(found.row_shares()[3], [0, 0, 0, 0])


def test_every_figure_is_scikit_learns():
    labels, predicted = drawn()
    found = confusion(labels, predicted, classes=7)
    np.testing.assert_array_equal(found.matrix(), metrics.confusion_matrix(labels, predicted))
    np.testing.assert_allclose(found.row_shares(), metrics.confusion_matrix(labels, predicted, normalize="true"))
    assert found.recall == pytest.approx(metrics.recall_score(labels, predicted, average=None))
    assert found.precision == pytest.approx(metrics.precision_score(labels, predicted, average=None))
    assert found.accuracy == pytest.approx(metrics.accuracy_score(labels, predicted))


def test_the_order_of_the_images_does_not_matter():
    labels, predicted = drawn()
    assert confusion(labels[::-1], predicted[::-1], classes=7) == confusion(labels, predicted, classes=7)


def test_exchanging_labels_and_predictions_exchanges_recall_and_precision():
    labels, predicted = drawn()
    plain, turned = confusion(labels, predicted, classes=7), confusion(predicted, labels, classes=7)
    np.testing.assert_array_equal(turned.matrix(), plain.matrix().T)
    assert (turned.recall, turned.precision) == (plain.precision, plain.recall)


def test_the_most_mixed_up_pairs_come_first_each_in_one_direction():
    found = most_mixed_up(confusion(LABELS, PREDICTED, classes=4))
    assert [(one.true, one.predicted, one.count) for one in found] == [(0, 1, 2), (1, 0, 1), (2, 1, 1)]
    assert [one.share for one in found] == pytest.approx([2 / 3, 1 / 2, 1.0])
    assert most_mixed_up(confusion(LABELS, PREDICTED, classes=4), count=1) == found[:1]


def test_without_mistakes_nothing_is_mixed_up():
    assert most_mixed_up(confusion([0, 1, 2], [0, 1, 2], classes=3)) == ()


def test_it_makes_the_trip_to_json_and_back():
    found = confusion(LABELS, PREDICTED, classes=4)
    assert from_json(Confusion, to_json(found), where="confusion.json") == found


@pytest.mark.parametrize(
    ("labels", "predicted", "classes", "sentence"),
    [
        (
            [0, 1],
            [0],
            2,
            "`labels` and `predicted` must speak of the same images, but got 2 and 1. Give one of each per image.",
        ),
        ([0], [0], 1, "`classes` must be at least 2, but got classes=1. Give more."),
        ([0, 1], [0, 2], 2, "`predicted` must lie between 0 and 1, but got 2. Count the classes from zero."),
    ],
)
def test_what_does_not_fit_is_refused(labels, predicted, classes, sentence):
    with pytest.raises(SpecError) as refusal:
        confusion(labels, predicted, classes=classes)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize("seed", range(4))
def test_figures_that_count_classes_alike_are_scikit_learns(seed):
    drawn = np.random.default_rng(seed)
    labels = drawn.choice([0, 1, 2, 4], 200, p=[0.7, 0.2, 0.06, 0.04])  # class 3 has no image, and is answered
    predicted = np.where(drawn.random(200) < 0.6, labels, drawn.integers(0, 5 + seed % 2, 200))
    found = confusion(labels, predicted, classes=7)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of classes that are answered and have no image
        expected = metrics.balanced_accuracy_score(labels, predicted)
    assert found.balanced_accuracy == pytest.approx(expected)
    assert found.macro_f1 == pytest.approx(metrics.f1_score(labels, predicted, average="macro", zero_division=0.0))


def test_figures_that_count_classes_alike_by_hand():
    # 19 of 20 are of class 0: always answering it recalls all and none; F1 is 38 / 39 and 0.
    found = confusion([0] * 19 + [1], [0] * 20, classes=2)
    assert (found.accuracy, found.balanced_accuracy) == (0.95, 0.5)
    assert found.macro_f1 == pytest.approx(19 / 39)
