"""Studies drawn from trained networks whose accuracy is known: what is said of them is true as often as stated.

The same as `python -m benchmarks.verdict_coverage`, in small: linear classifiers, 300 training images, and the truth
from 4,000 others. Trainings and draws are the same every time.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.known_truth import Plan, Pool, read_pool
from benchmarks.verdict_coverage import count
from classlab.statistics import Sample, Spread, compare, sample, spread, would_tell

PLAN = Plan(data="mnist5k", models=("linear",), training=300, epochs=20, seeds=60, truth=4000)
STUDIES = 120
WIDE = 0.035  # an interval that holds the truth more often than this beyond its stated rate is wider than need be
FIVE, FIFTEEN = (5, 450), (15, 450)


@pytest.fixture(scope="module")
def pools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the trained networks lie; they are trained once."""
    return tmp_path_factory.mktemp("pools")


def rate(true: list[bool]) -> tuple[float, float]:
    """How often, and three times the error of that; what one study says of its arms is one draw."""
    by_study = np.asarray(true, dtype=float).reshape(STUDIES, -1).mean(axis=1)
    return float(by_study.mean()), 3 * max(float(by_study.std(ddof=1)), 1 / STUDIES) / STUDIES**0.5


def holds(true: list[bool]) -> bool:
    """Whether intervals at 95 % hold the truth in 95 %, as far as so many studies can tell."""
    found, error = rate(true)
    return found + error >= 0.95


@pytest.mark.parametrize("size", [FIVE, FIFTEEN], ids=["5 seeds, 450 images", "15 seeds, 450 images"])
def test_intervals_and_verdicts_keep_their_rate_and_those_of_seeds_alone_do_not(size, pools):
    counts = count((PLAN, *size), folder=pools, studies=STUDIES)
    rates = {claim: rate(true) for claim, true in counts.items()}
    for claim in ("arm", "difference", "gap", "best", "pairs", "candidates"):
        assert holds(counts[claim]), (claim, rates[claim])
    for claim in ("arm", "difference", "gap"):
        found, error = rates[claim]
        assert found - error <= 0.95 + WIDE, (claim, rates[claim])
    for claim in ("tied best", "tied pairs"):
        found, error = rates[claim]
        assert found - error <= 0.05, (claim, rates[claim])
    # The same check notices intervals that vary the seeds alone: with more seeds they hold the truth less often.
    for claim in ("seeds arm", "seeds difference"):
        assert not holds(counts[claim]), (claim, rates[claim])
    if size == FIFTEEN:
        assert rates["seeds arm"][0] < 0.6
        assert rates["seeds difference"][0] < 0.85


RMSPROP, ADAM, SGD = 3, 0, 2  # places of arms in the pool


def true_spread(pool: Pool, one: int, two: int, *, seeds: int, images: int) -> Spread:
    """Where the error of a study of that size comes from, by the components of the whole pool."""
    whole = spread(pool.correct[one].astype(np.int8) - pool.correct[two].astype(np.int8))
    variance, _ = whole.at(seeds=seeds, images=images)
    of_seeds = (whole.between_seeds + whole.both / images) / seeds
    return replace(
        whole,
        seeds=seeds,
        images=images,
        variance=variance,
        seed_share=of_seeds / variance,
        seed_freedom=float(seeds - 1),
    )


def drawn(pool: Pool, arm: int, at: np.ndarray, seen: np.ndarray) -> Sample:
    correct = pool.correct[arm][at][:, seen]
    return sample(correct.mean(axis=1), by_image=correct)


@pytest.mark.parametrize(("one", "two"), [(RMSPROP, ADAM), (SGD, ADAM)])
@pytest.mark.parametrize("more", ["seeds", "images"])
def test_a_study_of_the_size_that_would_tell_tells_about_four_times_in_five(one, two, more, pools):
    pool, source = read_pool(pools, PLAN), np.random.default_rng(0)
    known = true_spread(pool, one, two, seeds=5, images=100)
    would = would_tell(float(pool.truth[one] - pool.truth[two]), known, margin=0.0, confidence=0.95)
    seeds, images = (would.seeds, 100) if more == "seeds" else (5, would.images)
    told = 0
    for _ in range(STUDIES):
        at, seen = source.integers(0, pool.correct.shape[1], seeds), source.integers(0, pool.correct.shape[2], images)
        told += compare(drawn(pool, one, at, seen), drawn(pool, two, at, seen)).verdict == "better"
    assert told / STUDIES == pytest.approx(0.8, abs=0.1)
