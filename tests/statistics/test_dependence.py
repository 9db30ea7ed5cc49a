"""How the errors of arms hang together, and what that leaves of a family of comparisons."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from classlab.errors import SpecError
from classlab.statistics import sample, simultaneous_confidence, spread
from classlab.statistics.dependence import error_root, joint_level

FAINT = 0.1  # a level of 0.05 is drawn with an error of 3 %; three times that


def all_pairs(arms: int) -> dict[int, list[int]]:
    return {first: list(range(first + 1, arms)) for first in range(arms - 1)}


def of_losses(tables: np.ndarray, **options: object) -> list:
    return [sample(each.mean(axis=1), by_image=each, kind="loss", **options) for each in tables]


def drawn(arms: int, seeds: int, images: int, *, common: float = 1.0, seed: int = 0) -> np.ndarray:
    """Tables with effects of seeds and images, partly the same for all arms."""
    draw = np.random.default_rng(seed)
    shared = draw.normal(size=(1, seeds, 1)) + draw.normal(size=(1, 1, images))
    own = draw.normal(size=(arms, seeds, 1)) + draw.normal(size=(arms, 1, images))
    return common * shared + own + 0.5 * draw.normal(size=(arms, seeds, images))


# The level of a family


def test_a_single_pair_is_tested_at_its_own_level():
    assert joint_level(np.eye(2), {0: [1]}, confidence=0.95) == pytest.approx(0.05, rel=FAINT)
    assert joint_level(np.eye(2), {0: [1]}, confidence=0.95) <= 0.05


@pytest.mark.parametrize("arms", [3, 5, 10])
def test_all_pairs_of_independent_arms_have_tukeys_level(arms):
    found = joint_level(np.eye(arms), all_pairs(arms), confidence=0.95)
    tukey = stats.studentized_range.isf(0.05, arms, 100_000) / np.sqrt(2)
    assert found == pytest.approx(2 * stats.norm.sf(tukey), rel=FAINT)


@pytest.mark.parametrize(("others", "dunnett"), [(2, 2.21), (3, 2.35), (5, 2.51), (9, 2.69)])
def test_one_arm_against_independent_others_has_dunnetts_level(others, dunnett):
    # Dunnett (1964), "New tables for multiple comparisons with a control", Biometrics 20, two-sided, infinite freedom.
    found = joint_level(np.eye(others + 1), {0: list(range(1, others + 1))}, confidence=0.95)
    assert stats.norm.isf(found / 2) == pytest.approx(dunnett, abs=0.03)


@pytest.mark.parametrize("arms", [3, 6])
def test_it_lies_between_bonferronis_and_that_of_one_comparison(arms):
    root = error_root(of_losses(drawn(arms, 5, 60)))
    level = joint_level(root, all_pairs(arms), confidence=0.95)
    assert 0.05 / (arms * (arms - 1) / 2) < level < 0.05


def test_pairs_that_say_the_same_count_once():
    three = np.vstack([np.eye(2), np.eye(2)[1:]])
    assert joint_level(three, all_pairs(3), confidence=0.95) == joint_level(np.eye(2), {0: [1]}, confidence=0.95)


def test_the_unit_does_not_matter():
    root = error_root(of_losses(drawn(4, 5, 60)))
    assert joint_level(100 * root, all_pairs(4), confidence=0.9) == pytest.approx(
        joint_level(root, all_pairs(4), confidence=0.9)
    )


def test_where_nothing_moves_the_level_is_that_of_one_comparison():
    assert joint_level(np.zeros((3, 3)), all_pairs(3), confidence=0.95) == pytest.approx(0.05)


# The covariance of the arms


def test_with_many_seeds_it_gives_the_variances_of_differences():
    tables = drawn(3, 400, 60)
    root = error_root(of_losses(tables))
    for one, two in combinations(range(3), 2):
        found = ((root[one] - root[two]) ** 2).sum()
        assert found == pytest.approx(spread(tables[one] - tables[two]).variance, rel=0.05)


def test_with_one_seed_it_is_the_covariance_over_images():
    tables = drawn(3, 1, 200)
    root = error_root(of_losses(tables))
    np.testing.assert_allclose(root @ root.T, np.cov(tables[:, 0, :]) / 200, rtol=1e-9)


def test_arms_that_err_alike_have_no_error_against_each_other():
    tables = drawn(1, 5, 60)
    root = error_root(of_losses(np.vstack([tables, tables])))
    np.testing.assert_allclose(root[0], root[1], atol=1e-9)


def test_a_correlation_over_a_few_seeds_counts_for_nothing_unless_it_is_strong():
    # Seeds alone vary. R^2 = 0.25 over five seeds: 1 - 0.75 * 4 / 3 = 0. R^2 = 0.81: 1 - 0.19 * 4 / 3 = 0.7467.
    draw = np.random.default_rng(0).normal(size=(2, 5))
    base = draw[0] - draw[0].mean()
    other = draw[1] - draw[1].mean()
    other -= base * (base @ other) / (base @ base)
    base, other = base / base.std(ddof=1), other / other.std(ddof=1)
    for correlation, kept in ((0.5, 0.0), (0.9, 0.7467**0.5), (-0.9, -(0.7467**0.5))):
        second = correlation * base + np.sqrt(1 - correlation**2) * other
        tables = np.repeat(np.stack([base, second])[:, :, None], 40, axis=2)
        covariance = (root := error_root(of_losses(tables))) @ root.T
        assert covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1]) == pytest.approx(kept, abs=1e-4)
        assert np.diag(covariance) == pytest.approx([0.2, 0.2])


def test_a_missing_run_does_what_the_others_do_on_average():
    tables = drawn(2, 5, 60)
    lacking = [sample([*tables[0].mean(axis=1)[:4], None], by_image=tables[0], kind="loss"), of_losses(tables)[1]]
    filled = tables.copy()
    filled[0, 4] = filled[0, :4].mean(axis=0)
    np.testing.assert_allclose(error_root(lacking), error_root(of_losses(filled)))


def test_right_and_wrong_are_read_as_bytes():
    correct = np.random.default_rng(0).random((3, 4, 50)) < 0.8
    accuracies = [sample(each.mean(axis=1), by_image=each) for each in correct]
    np.testing.assert_allclose(error_root(accuracies), error_root(of_losses(correct.astype(float))), atol=1e-12)


def test_it_is_not_known_where_images_are_not_or_are_not_the_same():
    tables = drawn(2, 5, 60)
    one, two = of_losses(tables)
    assert error_root([one, sample(tables[1].mean(axis=1), kind="loss")]) is None
    assert error_root([one, of_losses(tables, image_set="other")[1]]) is None
    assert error_root([one, of_losses(tables[:, :, :50])[1]]) is None
    assert error_root([one, sample([None] * 5, by_image=tables[1], kind="loss")]) is None
    assert error_root([one, two]) is not None


def test_literal_values():
    assert simultaneous_confidence(0.95, comparisons=1) == 0.95
    assert simultaneous_confidence(0.95, comparisons=21) == pytest.approx(1 - 0.05 / 21)


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.999])
@pytest.mark.parametrize("comparisons", [1, 2, 10, 21])
def test_it_is_the_level_at_which_statsmodels_rejects(confidence, comparisons):
    level = multipletests([0.5] * comparisons, alpha=1 - confidence, method="bonferroni")[3]
    assert 1 - simultaneous_confidence(confidence, comparisons=comparisons) == pytest.approx(level)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (
            {"confidence": 1.0, "comparisons": 2},
            "`confidence` must lie between 0 and 1, but got confidence=1.0. 0.95 is usual.",
        ),
        (
            {"confidence": 0.9, "comparisons": 0},
            "`comparisons` must be at least 1, but got comparisons=0. Give more.",
        ),
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong, sentence):
    with pytest.raises(SpecError) as refusal:
        simultaneous_confidence(wrong["confidence"], comparisons=wrong["comparisons"])
    assert str(refusal.value) == sentence
