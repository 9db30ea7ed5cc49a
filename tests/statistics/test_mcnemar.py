"""Two trained models on the same images."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, stats
from statsmodels.stats.contingency_tables import mcnemar

from classlab.errors import SpecError
from classlab.statistics import compare_predictions, tango

TABLES = [(0, 0), (1, 0), (3, 3), (1, 7), (9, 2), (12, 12), (20, 4), (13, 12), (30, 10), (60, 61), (0, 40)]


def predictions(first_only: int, second_only: int, images: int) -> tuple[np.ndarray, np.ndarray]:
    """Two models of which each alone is right so many times; of the rest both get half right."""
    first, second = np.zeros(images, dtype=bool), np.zeros(images, dtype=bool)
    first[:first_only] = True
    second[first_only : first_only + second_only] = True
    both = np.arange(images) >= first_only + second_only + (images - first_only - second_only) // 2
    return first | both, second | both


def test_a_literal_interval():
    # Fagerland, Lydersen and Laake (2014): 1 and 7 discordant of 21 give 0.286 with Tango's interval 0.026 to 0.517.
    found = compare_predictions(*predictions(7, 1, 21))
    assert found.difference == pytest.approx(0.2857, abs=1e-4)
    assert tango(7, 1, 21, confidence=0.95) == pytest.approx((0.026, 0.517), abs=5e-4)
    assert found.p_value == pytest.approx(0.0703, abs=1e-4)  # exact
    assert found.interval == pytest.approx((0.0, 0.517), abs=5e-4)  # stretched to zero, where the exact test stops
    assert (found.verdict, found.about, found.method, found.n) == ("cannot tell", "models", "exact McNemar", 21)


@pytest.mark.parametrize(("first_only", "second_only"), TABLES)
def test_the_p_value_is_statsmodels(first_only, second_only):
    found = compare_predictions(*predictions(first_only, second_only, 200))
    exact = first_only + second_only < 25
    oracle = mcnemar([[0, first_only], [second_only, 0]], exact=exact, correction=False)
    assert found.p_value == pytest.approx(oracle.pvalue, rel=1e-9)
    assert found.method == ("exact McNemar" if exact else "McNemar")


def score_p_value(difference: float, first_only: int, second_only: int, images: int) -> float:
    """Two-sided p of a given difference, its nuisance parameter by numerical maximum likelihood."""
    rest = images - first_only - second_only

    def unlikelihood(share: float) -> float:
        shares = np.clip([share + difference, share, 1 - 2 * share - difference], 1e-300, 1.0)
        return -float(np.dot([first_only, second_only, rest], np.log(shares)))

    low, high = max(0.0, -difference), (1 - difference) / 2
    share = optimize.minimize_scalar(unlikelihood, bounds=(low, high), method="bounded", options={"xatol": 1e-12}).x
    spread = np.sqrt(images * (2 * share + difference - difference**2))
    return float(2 * stats.norm.sf(abs(first_only - second_only - images * difference) / spread))


@pytest.mark.parametrize(("first_only", "second_only"), [(1, 7), (9, 2), (30, 10), (60, 61), (12, 12)])
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_tangos_interval_holds_what_a_score_test_by_numerical_likelihood_does_not_reject(
    first_only, second_only, confidence
):
    for end in tango(first_only, second_only, 200, confidence=confidence):
        assert score_p_value(end, first_only, second_only, 200) == pytest.approx(1 - confidence, abs=1e-4)


def test_without_discordant_images_the_interval_has_the_width_of_zero_in_n():
    z = stats.norm.isf(0.025)
    width = z**2 / (500 + z**2)
    assert tango(0, 0, 500, confidence=0.95) == pytest.approx((-width, width))
    assert compare_predictions(*predictions(0, 0, 500), margin=0.01).verdict == "practically equal"
    assert compare_predictions(*predictions(0, 0, 500), margin=0.005).verdict == "cannot tell"


@pytest.mark.parametrize("images", [1, 2, 10])
def test_the_ends_of_the_scale_are_kept(images):
    assert tango(images, 0, images, confidence=0.95)[1] == 1.0
    assert tango(0, images, images, confidence=0.95)[0] == -1.0


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_verdict_interval_and_p_value_never_contradict_each_other(confidence):
    for first_only in range(0, 40, 3):
        for second_only in range(0, 40, 3):
            found = compare_predictions(*predictions(first_only, second_only, 100), confidence=confidence)
            low, high = found.interval
            assert found.told_apart == (low > 0 or high < 0) == (found.p_value <= 1 - confidence)
            assert low <= found.difference <= high


@pytest.mark.parametrize(("first_only", "second_only"), TABLES)
def test_exchanging_the_models_reverses_everything(first_only, second_only):
    plain = compare_predictions(*predictions(first_only, second_only, 200), margin=0.01)
    turned = compare_predictions(*reversed(predictions(first_only, second_only, 200)), margin=0.01).reversed()
    assert turned.interval == pytest.approx(plain.interval, abs=1e-9)
    assert (turned.verdict, turned.p_value, turned.difference) == (plain.verdict, plain.p_value, plain.difference)


def test_images_that_both_get_right_or_wrong_do_not_matter_to_the_test():
    first, second = predictions(30, 10, 100)
    more_first, more_second = np.append(first, [True] * 900), np.append(second, [True] * 900)
    assert compare_predictions(more_first, more_second).p_value == compare_predictions(first, second).p_value


@pytest.mark.parametrize("share", [0.01, 0.1])
def test_the_interval_covers_at_its_rate(share):
    # All tables of n = 60 images weighed by their probability: no simulation, so no tolerance for it either.
    images, difference = 60, 0.0
    shares = np.array([share + difference, share, 1 - 2 * share - difference])
    covered = 0.0
    for first_only in range(26):
        for second_only in range(26):
            low, high = tango(first_only, second_only, images, confidence=0.95)
            counts = [first_only, second_only, images - first_only - second_only]
            if low <= difference <= high:
                covered += stats.multinomial.pmf(counts, images, shares)
    assert covered >= 0.93


@pytest.mark.parametrize(
    ("first", "second", "sentence"),
    [
        (
            [True, False],
            [True],
            "`first_correct` and `second_correct` must speak of the same images, but got 2 and 1. "
            "Predict the same images with both.",
        ),
        (
            [],
            [],
            "`first_correct` must be true or false for each image, shape (images,), at least one, but got "
            "shape=(0,), dtype=float64. Compare predicted classes with labels.",
        ),
        (
            [True],
            [0.5],
            "`second_correct` must be true or false for each image, shape (images,), at least one, but got "
            "shape=(1,), dtype=float64. Compare predicted classes with labels.",
        ),
    ],
)
def test_predictions_of_other_images_are_refused(first, second, sentence):
    with pytest.raises(SpecError) as refusal:
        compare_predictions(first, second)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize("wrong", [{"confidence": 0.0}, {"margin": -1.0}])
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(SpecError, match=f"`{next(iter(wrong))}` must"):
        compare_predictions([True], [True], **wrong)
