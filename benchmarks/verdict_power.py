"""How many arms of a large study the evidence tells from the first, and whether the stated rate is kept on its like.

    python -m benchmarks.verdict_power --folder pools --studies 500 --page docs/evidence/statistics.md

First the study itself: 3 models x 4 optimizers x 3 learning rates on `digits`, 3 epochs, 5 seeds. Then studies of that
shape with known truth, 36 arms x 5 seeds on 144 images drawn from the large pool of `benchmarks.known_truth`: how often
any arm is called worse than the first that is not, how often the best arm is missing among the candidates, and the same
where all 36 arms are one configuration. Beside each count stand the seeds alone, all pairs corrected by Bonferroni.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.known_truth import LARGE, drawn_sample, read_pool, seeds_alone
from benchmarks.page import replace_between, table
from classlab.analysis.samples import accuracy_sample
from classlab.statistics import rank, wilson
from classlab.studies.study import Study

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from classlab.statistics import Ranking, Sample

SEEDS, IMAGES = 5, 144  # of the study on `digits`


def main() -> None:
    """Counts, prints a Markdown table, and writes the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--folder", type=Path, default=Path("pools"), help="where pools are kept (default: %(default)s)"
    )
    parser.add_argument("--studies", type=int, default=500, help="with known truth (default: %(default)s)")
    parser.add_argument("--page", type=Path, help="write the table between the marks of this page")
    arguments = parser.parse_args()
    arms = measured_arms()
    found, alone = rank(arms), rank([seeds_alone(arm) for arm in arms], family="all pairs")
    rows = [
        [f"arms told from the first of {len(arms)}, on `digits`", str(_told(found)), str(_told(alone))],
        ["intervals that leave their scale", str(_outside(found)), str(_outside(alone))],
    ]
    counted = known_truth(arguments.folder, arguments.studies)
    rows += [[words, _rate(counts[0]), _rate(counts[1])] for words, counts in counted.items()]
    text = f"{table(['what', 'seeds and images', 'seeds alone, all pairs'], rows)}\n\n{arguments.studies} studies."
    print(text)
    if arguments.page is not None:
        replace_between(arguments.page, "power", text)


def measured_arms() -> list[Sample]:
    """Trains the study on `digits`."""
    study = Study(
        "large",
        data="digits",
        model=list(LARGE.models),
        optimizer=["adam", "adamw", "rmsprop", "sgd"],
        learning_rate=[0.001, 0.01, 0.1],
        epochs=LARGE.epochs,
        seeds=SEEDS,
    )
    record = study.run().record
    return [accuracy_sample(record.runs_of(arm), "validation") for arm in range(len(record.spec.arms))]


def known_truth(folder: Path, studies: int) -> dict[str, tuple[list[float], list[float]]]:
    """What is counted in every study, for both ways of judging."""
    pool, draw = read_pool(folder, LARGE), np.random.default_rng(36)
    truth = pool.truth
    counts: dict[str, tuple[list[float], list[float]]] = {
        "known truth: arms told from the first, on average": ([], []),
        "known truth: any arm called worse than the first that is not, at most 0.05": ([], []),
        "known truth: the best arm is not among the candidates, at most 0.05": ([], []),
        "36 tied arms: any called worse than the first, at most 0.05": ([], []),
    }
    for _ in range(studies):
        at = draw.integers(0, pool.correct.shape[1], SEEDS)
        seen = draw.integers(0, pool.correct.shape[2], IMAGES)
        drawn = _both([pool.correct[arm, at][:, seen] for arm in range(len(pool.arms))])
        one = int(draw.integers(0, len(pool.arms)))
        own = draw.integers(0, pool.correct.shape[1], (len(pool.arms), SEEDS))
        tied = _both([pool.correct[one, seeds][:, seen] for seeds in own])
        for way in (0, 1):
            ranking, first = drawn[way], drawn[way].order[0]
            worse = [
                pair.second for pair in ranking.pairs if pair.first == first and pair.comparison.verdict == "better"
            ]
            values = (
                float(len(worse)),
                float(any(truth[first] <= truth[arm] for arm in worse)),
                float(int(truth.argmax()) in worse),
                float(_told(tied[way]) > 0),
            )
            for (_, columns), value in zip(counts.items(), values, strict=True):
                columns[way].append(value)
    return counts


def _both(correct: Sequence[NDArray[np.bool_]]) -> tuple[Ranking, Ranking]:
    arms = [drawn_sample(each) for each in correct]
    return rank(arms), rank([seeds_alone(arm) for arm in arms], family="all pairs")


def _told(ranking: Ranking) -> int:
    return sum(pair.first == ranking.order[0] and pair.comparison.told_apart for pair in ranking.pairs)


def _outside(ranking: Ranking) -> int:
    ends = [end for found in ranking.estimates if found.interval for end in found.interval]
    differences = [end for pair in ranking.pairs if pair.comparison.interval for end in pair.comparison.interval]
    return sum(not 0 <= end <= 1 for end in ends) + sum(not -1 <= end <= 1 for end in differences)


def _rate(values: list[float]) -> str:
    mean = float(np.mean(values))
    if max(values) > 1:
        return f"{mean:.1f}"
    low, high = wilson(int(sum(values)), len(values)).interval
    return f"{mean:.3f} ({low:.3f} to {high:.3f})"


if __name__ == "__main__":
    main()
