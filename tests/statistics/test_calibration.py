"""Whether probabilities mean what they say."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from classlab.errors import SpecError
from classlab.records import from_json, to_json
from classlab.statistics import Calibration, calibration


def softmaxes(*, images: int, classes: int, sharpness: float = 2.0) -> tuple[np.ndarray, np.ndarray]:
    """Rows of random softmaxes, and labels drawn from them: calibrated by construction."""
    source = np.random.default_rng(images)
    rows = np.exp(source.normal(size=(images, classes)) * sharpness)
    rows /= rows.sum(axis=1, keepdims=True)
    labels = (rows.cumsum(axis=1) > source.random((images, 1))).argmax(axis=1)
    return rows, labels


def test_literal_values():
    # Bins of width 1/2. (0, 0.5]: none. (0.5, 1]: confidences 0.9, 0.8, 0.7, of which two are right.
    found = calibration([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7]], [0, 1, 1], bins=2)
    assert found.expected_error == pytest.approx(0.8 - 2 / 3)
    assert found.brier == pytest.approx((0.02 + 1.28 + 0.18) / 3)
    assert (found.images, found.confidence, found.accuracy) == (3, pytest.approx(0.8), pytest.approx(2 / 3))
    assert [(one.low, one.high, one.count) for one in found.bins] == [(0.0, 0.5, 0), (0.5, 1.0, 3)]
    assert (found.bins[0].confidence, found.bins[0].accuracy) == (None, None)


@pytest.mark.parametrize("bins", [1, 5, 15])
@pytest.mark.parametrize("classes", [2, 10])
def test_bins_and_scores_are_scikit_learns(classes, bins):
    rows, labels = softmaxes(images=700, classes=classes)
    found = calibration(rows, labels, bins=bins)
    right, confident = rows.argmax(axis=1) == labels, rows.max(axis=1)
    shares, means = calibration_curve(right, confident, n_bins=bins, strategy="uniform")
    filled = [one for one in found.bins if one.count]
    assert [one.accuracy for one in filled] == pytest.approx(shares)
    assert [one.confidence for one in filled] == pytest.approx(means)
    weights = np.array([one.count for one in filled]) / len(labels)
    assert found.expected_error == pytest.approx(np.sum(weights * np.abs(shares - means)))
    oracle = brier_score_loss(labels, rows, labels=list(range(classes)), scale_by_half=False)
    assert found.brier == pytest.approx(oracle)


def test_the_order_of_the_images_does_not_matter():
    rows, labels = softmaxes(images=100, classes=3)
    plain, turned = calibration(rows, labels), calibration(rows[::-1], labels[::-1])
    assert turned.expected_error == pytest.approx(plain.expected_error)
    assert turned.brier == pytest.approx(plain.brier)


def test_the_names_of_the_classes_do_not_matter():
    rows, labels = softmaxes(images=100, classes=3)
    assert calibration(rows[:, ::-1], 2 - labels).expected_error == calibration(rows, labels).expected_error


@pytest.mark.parametrize(("confidence", "place"), [(0.5, 0), (0.55, 1), (0.75, 1), (1.0, 2)])
def test_a_bin_holds_its_upper_end(confidence, place):
    found = calibration([[confidence, 1 - confidence]], [0], bins=4)
    assert [one.count for one in found.bins].index(1) == place + 1


def test_honest_probabilities_have_almost_no_error_and_overconfident_ones_do():
    rows, labels = softmaxes(images=20_000, classes=10)
    sharpened = rows**3 / (rows**3).sum(axis=1, keepdims=True)
    assert calibration(rows, labels).expected_error < 0.015
    found = calibration(sharpened, labels)
    assert found.expected_error > 0.1
    assert found.confidence > found.accuracy + 0.1


def test_it_makes_the_trip_to_json_and_back():
    found = calibration(*softmaxes(images=20, classes=3))
    assert from_json(Calibration, to_json(found), where="calibration.json") == found


def test_no_bins_are_refused():
    with pytest.raises(SpecError) as refusal:
        calibration([[0.5, 0.5]], [0], bins=0)
    assert str(refusal.value) == "`bins` must be at least 1, but got bins=0. Give more."
