"""When a remedy counts as proven."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from scipy import stats

from classlab.records.proof import TrialPair
from classlab.studies.remedies.proof_judgement import judge


def pairs(faulty, remedied):
    return [
        TrialPair(seed=seed, faulty=before, remedied=after, faulty_state="finished", remedied_state="finished")
        for seed, (before, after) in enumerate(zip(faulty, remedied, strict=True))
    ]


def accuracy(faulty, remedied, *, images=1000, chance=0.1, image_error=0.0):
    return judge(
        pairs(faulty, remedied),
        figure="val_accuracy",
        images=images,
        image_error=image_error,
        chance=chance,
        remedy="a change",
    )


def loss(faulty, remedied):
    return judge(pairs(faulty, remedied), figure="val_loss", images=100, image_error=0.5, chance=0.1, remedy="a change")


def test_difference_and_error_are_those_of_the_paired_t_test():
    rng = np.random.default_rng(0)
    faulty, remedied = rng.uniform(0.3, 0.5, 5), rng.uniform(0.4, 0.9, 5)
    found = accuracy(faulty, remedied, images=10**9)
    t = stats.ttest_rel(remedied, faulty).statistic
    assert found.difference / found.standard_error == pytest.approx(t)


def test_seeds_that_agree_by_luck_are_held_against_the_error_of_the_images():
    found = accuracy([0.5, 0.5, 0.5], [0.54, 0.54, 0.54], image_error=0.014)
    assert found.standard_error == pytest.approx(0.014)
    assert not found.confirmed
    assert accuracy([0.5, 0.5, 0.5], [0.54, 0.54, 0.54], image_error=0.013).confirmed


def test_the_errors_of_seeds_and_images_add_up_in_squares():
    found = accuracy([0.5, 0.5, 0.5], [0.57, 0.6, 0.63], image_error=0.02)
    assert found.standard_error == pytest.approx(sqrt(0.03**2 / 3 + 0.02**2))


@pytest.mark.parametrize("gain", [2.9, 3.1])
def test_three_standard_errors_are_the_bar(gain):
    wobble = np.array([-1, 0, 1]) / 100  # standard deviation 0.01
    error = 0.01 / sqrt(3)
    found = accuracy([0.5] * 3, 0.5 + gain * error + wobble, images=10**9)
    assert found.confirmed == (gain > 3)


def test_a_run_at_chance_must_leave_it_with_every_seed():
    found = accuracy([0.1, 0.1, 0.1], [0.8, 0.8, 0.1], chance=0.1)
    assert (found.faulty_at_chance, found.leaves_chance, found.confirmed) == (True, False, False)
    left = accuracy([0.1, 0.11, 0.1], [0.8, 0.78, 0.81], chance=0.1)
    assert (left.faulty_at_chance, left.leaves_chance, left.confirmed) == (True, True, True)
    above = accuracy([0.5, 0.52, 0.51], [0.8, 0.78, 0.81], chance=0.1)
    assert (above.faulty_at_chance, above.leaves_chance, above.confirmed) == (False, None, True)


def test_losses_are_better_when_they_are_smaller():
    found = loss([1.0, 1.2, 1.1], [0.5, 0.6, 0.55])
    assert found.difference == pytest.approx(0.55)
    assert found.confirmed
    assert not loss([0.5, 0.6, 0.55], [1.0, 1.2, 1.1]).confirmed


def test_the_sentence_tells_the_numbers_of_a_confirmed_remedy():
    assert accuracy([0.1, 0.1, 0.1], [0.8, 0.78, 0.82]).sentence == (
        "Confirmed: with a change the validation accuracy is 0.800 instead of 0.100 on the same 3 seeds and batches, "
        "0.700 better with a standard error of 0.012, and every remedied run leaves chance level, 0.100."
    )


def test_the_sentence_says_what_was_missing():
    assert accuracy([0.6, 0.62, 0.61], [0.6, 0.61, 0.6]).sentence == (
        "Not confirmed: with a change the validation accuracy is 0.603 instead of 0.610 on the same 3 seeds and "
        "batches, 0.007 worse with a standard error of 0.003; it would have to be better by more than three of them."
    )
    assert accuracy([0.1, 0.1, 0.1], [0.5, 0.5, 0.12], images=10**4).sentence.endswith(
        "it would have to be better by more than three of them."
    )
    assert accuracy([0.1] * 4, [0.9, 0.9, 0.9, 0.6, 0.1][:4], images=10**4).confirmed
    assert accuracy([0.1] * 9, [*[0.9] * 8, 0.1]).sentence.endswith(
        "but not every remedied run leaves chance level, 0.100."
    )
