"""Draws studies whose truth is known from trained networks, and counts how often what classlab says of them is true.

    python -m benchmarks.verdict_coverage --folder pools --studies 500 --page docs/evidence/statistics.md

Every study takes its seeds and its validation images from a pool of `benchmarks.known_truth`, both with
replacement, so that the truth is the pool's own mean. Counted are the intervals of arms, differences, gaps and
whole families, the tied arms that are called different (five arms that are one configuration with seeds of its own
each), and the same with the seeds alone, as most comparisons in print are made. Prints a Markdown table, and writes
it between the marks of a page.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import numpy as np

from benchmarks.known_truth import POOLS, Plan, Pool, drawn_sample, read_pool, seeds_alone
from benchmarks.machine import describe_machine, provenance
from benchmarks.measure import versions
from benchmarks.page import replace_between, table
from classlab.statistics import compare, estimate, generalisation_gap, rank, wilson

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from classlab.statistics import Interval, Ranking, Sample

SEEDS, IMAGES = (2, 5, 10, 20), (100, 450, 3000, 6000)
TIED = 5  # arms of one configuration
PAIRS = ((0, 1), (0, 2), (3, 0), (4, 0), (0, 5), (2, 3))  # chosen before any study was drawn; (0, 1) are twins
CLAIMS = {
    "arm": "an arm's interval holds its accuracy",
    "difference": "an interval of a difference holds it",
    "gap": "a gap's interval holds it",
    "best": "all intervals of the comparisons with the first hold",
    "pairs": "all intervals of all pairs hold",
    "candidates": "the best arm is among the candidates",
    "tied best": "tied arms called different, compared with the first",
    "tied pairs": "tied arms called different, all pairs",
    "seeds arm": "seeds alone: an arm's interval holds its accuracy",
    "seeds difference": "seeds alone: an interval of a difference holds it",
    "seeds tied": "seeds alone: tied arms called different",
}
Counts = dict[str, list[bool]]


def judge_study(pool: Pool, seeds: int, images: int, draw: np.random.Generator) -> Iterator[tuple[str, bool]]:
    """Draws one study and says of every claim whether it is true.

    Args:
        pool: networks whose accuracy is known.
        seeds: of every arm.
        images: to validate on.
        draw: chooses them.
    """
    at, seen = draw.integers(0, pool.correct.shape[1], seeds), draw.integers(0, pool.correct.shape[2], images)
    correct = pool.correct[:, at][:, :, seen]
    arms = [drawn_sample(each) for each in correct]
    truth = pool.truth
    for arm, each in enumerate(arms):
        yield "arm", _holds(estimate(each).interval, truth[arm])
        found = generalisation_gap(pool.fitted[arm, at].tolist(), each)
        yield "gap", _holds(found.interval, float(pool.fitted[arm].mean() - truth[arm]))
        yield "seeds arm", _holds(estimate(seeds_alone(each)).interval, truth[arm])
    for one, two in PAIRS:
        difference = truth[one] - truth[two]
        yield "difference", _holds(compare(arms[one], arms[two]).interval, difference)
        alone = compare(seeds_alone(arms[one]), seeds_alone(arms[two]))
        yield "seeds difference", _holds(alone.interval, difference)
    yield from _families(arms, truth)
    yield from _tied(pool, seeds, seen, draw)


def _families(arms: list[Sample], truth: NDArray[np.float64]) -> Iterator[tuple[str, bool]]:
    best, pairs = rank(arms), rank(arms, family="all pairs")
    for name, found in (("best", best), ("pairs", pairs)):
        yield name, all(_holds(p.comparison.interval, truth[p.first] - truth[p.second]) for p in found.pairs)
    yield "candidates", int(truth.argmax()) in best.candidates


def _tied(pool: Pool, seeds: int, seen: NDArray[np.int64], draw: np.random.Generator) -> Iterator[tuple[str, bool]]:
    """Five arms of one configuration, each with seeds of its own: nothing tells them apart but luck."""
    configuration = int(draw.integers(0, len(pool.arms)))
    at = draw.integers(0, pool.correct.shape[1], (TIED, seeds))
    arms = [drawn_sample(pool.correct[configuration, own][:, seen]) for own in at]
    yield "tied best", _tells(rank(arms))
    yield "tied pairs", _tells(rank(arms, family="all pairs"))
    yield "seeds tied", _tells(rank([seeds_alone(each) for each in arms], family="all pairs"))


def _tells(ranking: Ranking) -> bool:
    return any(pair.comparison.told_apart for pair in ranking.pairs)


def _holds(interval: Interval | None, truth: float) -> bool:
    return interval is None or interval[0] <= truth <= interval[1]


def count(task: tuple[Plan, int, int], *, folder: Path, studies: int) -> Counts:
    """Judges studies of one size from one pool."""
    plan, seeds, images = task
    pool, draw = read_pool(folder, plan), np.random.default_rng((seeds, images, *plan.name.encode()))
    counts: Counts = defaultdict(list)
    # What would tell is half of the work of a comparison, and no claim that is counted here.
    with patch("classlab.statistics.paired.would_tell", return_value=None):
        for _ in range(studies):
            for claim, true in judge_study(pool, seeds, images, draw):
                counts[claim].append(true)
    return dict(counts)


def coverage_table(found: dict[tuple[int, int], dict[str, tuple[int, int, float]]]) -> str:
    """Rates by size of study, with the error of the simulation."""
    rows = [
        [
            f"{seeds} x {images:,}",
            *(f"{claims[claim][0] / claims[claim][1]:.3f} ± {claims[claim][2]:.3f}" for claim in CLAIMS),
        ]
        for (seeds, images), claims in sorted(found.items())
    ]
    return table(["seeds x images", *CLAIMS.values()], rows)


def main() -> None:
    """Counts, prints, and writes the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--folder", type=Path, default=Path("pools"), help="where pools are kept (default: %(default)s)"
    )
    parser.add_argument("--studies", type=int, default=500, help="of each size from each pool (default: %(default)s)")
    parser.add_argument("--page", type=Path, help="write the table between the marks of this page")
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--images", type=int, nargs="+", default=IMAGES)
    parser.add_argument("--pool", action="append", choices=[plan.name for plan in POOLS])
    arguments = parser.parse_args()
    chosen = [plan for plan in POOLS if not arguments.pool or plan.name in arguments.pool]
    tasks = [(plan, s, n) for n in arguments.images for s in arguments.seeds for plan in chosen]
    by_size: dict[tuple[int, int], Counts] = defaultdict(lambda: defaultdict(list))
    with ProcessPoolExecutor(2) as workers:
        judged = workers.map(partial(count, folder=arguments.folder, studies=arguments.studies), tasks)
        for (plan, seeds, images), counts in zip(tasks, judged, strict=True):
            rates = "  ".join(f"{claim} {np.mean(true):.3f}" for claim, true in counts.items())
            print(f"{plan.name} {seeds} x {images}: {rates}", flush=True)
            for claim, true in counts.items():
                by_size[seeds, images][claim] += true
    studies = arguments.studies * len(chosen)
    found = {
        size: {claim: (sum(true), len(true), _error(true, studies)) for claim, true in counts.items()}
        for size, counts in by_size.items()
    }
    measurement = {"versions": versions("numpy")}
    where = provenance({"machine": describe_machine(2), "measurements": [measurement]})
    text = f"{coverage_table(found)}\n\n{studies:,} studies of each size, as many from each pool. {where}"
    print(text)
    if arguments.page is not None:
        replace_between(arguments.page, "coverage", text)


def _error(true: list[bool], studies: int) -> float:
    """Half the width of the 95 % interval of a rate; what one study says of its arms is not independent."""
    by_study = np.asarray(true, dtype=np.float64).reshape(studies, -1).mean(axis=1)
    if by_study.std() > 0:
        return 1.96 * float(by_study.std(ddof=1)) / studies**0.5
    low, high = wilson(int(by_study.sum()), studies).interval
    return (high - low) / 2


if __name__ == "__main__":
    main()
