"""Two trained networks on the same images."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar

from classlab.errors import SpecError
from classlab.statistics import compare, compare_predictions, sample

TABLES = [(0, 0), (1, 0), (3, 3), (1, 7), (9, 2), (12, 12), (20, 4), (13, 12), (30, 10), (60, 61), (0, 40)]


def predictions(first_only: int, second_only: int, images: int) -> tuple[np.ndarray, np.ndarray]:
    """Two networks of which each alone is right so many times; of the rest both get half right."""
    first, second = np.zeros(images, dtype=bool), np.zeros(images, dtype=bool)
    first[:first_only] = True
    second[first_only : first_only + second_only] = True
    both = np.arange(images) >= first_only + second_only + (images - first_only - second_only) // 2
    return first | both, second | both


def test_a_literal_interval():
    # Tango's for 7 and 1 of 21 is 0.026 to 0.517 (Fagerland, Lydersen and Laake 2014) with the normal quantile and 21
    # images. The variance is estimated here: t of 20 degrees of freedom, and it is worth 20 images.
    found = compare_predictions(*predictions(7, 1, 21))
    assert found.difference == pytest.approx(0.2857, abs=1e-4)
    assert found.interval == pytest.approx((-0.0026, 0.5367), abs=1e-4)
    assert found.p_value == pytest.approx(2 * stats.t.sf(6 / np.sqrt(8) * np.sqrt(20 / 21), 20))
    assert (found.verdict, found.holds_for, found.n, found.images) == ("cannot tell", "images", 1, 21)


@pytest.mark.parametrize(("first_only", "second_only"), TABLES)
def test_on_many_images_the_p_value_is_mcnemars(first_only, second_only):
    found = compare_predictions(*predictions(first_only, second_only, 20_000))
    if first_only == second_only == 0:
        assert found.p_value == 1.0
    else:
        oracle = mcnemar([[0, first_only], [second_only, 0]], exact=False, correction=False)
        assert found.p_value == pytest.approx(oracle.pvalue, rel=0.03)


def test_it_is_a_comparison_with_one_seed():
    first, second = predictions(9, 2, 200)
    one, two = (sample([each.mean()], by_image=each[None, :]) for each in (first, second))
    assert compare_predictions(first, second, margin=0.01, comparisons=3) == compare(
        one, two, margin=0.01, comparisons=3
    )


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_verdict_interval_and_p_value_never_contradict_each_other(confidence):
    for first_only in range(0, 40, 3):
        for second_only in range(0, 40, 3):
            found = compare_predictions(*predictions(first_only, second_only, 100), confidence=confidence)
            low, high = found.interval
            assert found.told_apart == (low > 0 or high < 0) == (found.p_value <= 1 - confidence)
            assert low <= found.difference <= high


@pytest.mark.parametrize(("first_only", "second_only"), TABLES)
def test_exchanging_the_networks_reverses_everything(first_only, second_only):
    plain = compare_predictions(*predictions(first_only, second_only, 200), margin=0.01)
    turned = compare_predictions(*reversed(predictions(first_only, second_only, 200)), margin=0.01).reversed()
    assert turned.interval == pytest.approx(plain.interval, abs=1e-9)
    assert turned.verdict == plain.verdict
    assert (turned.p_value, turned.difference) == pytest.approx((plain.p_value, plain.difference))


def test_with_one_seed_only_images_could_tell():
    would = compare_predictions(*predictions(30, 25, 500)).would_tell
    assert (would.seeds, would.together) == (None, None)
    assert would.images > 500


@pytest.mark.parametrize(
    ("first", "second", "sentence"),
    [
        (
            [True, False, True],
            [True, False],
            "`first_correct` and `second_correct` must speak of the same images, but got 3 and 2. "
            "Predict the same images with both.",
        ),
        (
            [],
            [],
            "`first_correct` must be true or false for each image, shape (images,), at least two, but got "
            "shape=(0,), dtype=float64. Compare predicted classes with labels.",
        ),
        (
            [True],
            [True],
            "`first_correct` must be true or false for each image, shape (images,), at least two, but got "
            "shape=(1,), dtype=bool. Compare predicted classes with labels.",
        ),
        (
            [True, True],
            [0.5, 1.0],
            "`second_correct` must be true or false for each image, shape (images,), at least two, but got "
            "shape=(2,), dtype=float64. Compare predicted classes with labels.",
        ),
    ],
)
def test_predictions_of_other_images_are_refused(first, second, sentence):
    with pytest.raises(SpecError) as refusal:
        compare_predictions(first, second)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize("wrong", [{"confidence": 0.0}, {"margin": -1.0}, {"comparisons": 0}])
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(SpecError, match=f"`{next(iter(wrong))}` must"):
        compare_predictions([True, False], [True, True], **wrong)
