"""Cross-validates small networks on data whose truth is known, and counts how often the intervals hold.

    python -m benchmarks.fold_coverage --studies 400 --page docs/statistics.md

Every study has a training set of its own: images of a few pixels from overlapping classes, drawn anew, divided into
folds. Two arms are trained, and the first of them again from other seeds, so that one pair is tied in truth. The truth
about an arm on this training set is the mean accuracy, on 20,000 further images, of networks from many other seeds on
the same folds. Counted is how often the intervals that classlab prints hold it; how often they hold the mean over all
training sets, which they do not claim; and how often those hold that take the folds for independent repetitions, as is
often done, or correct for their overlap (Nadeau and Bengio 2003). Prints a Markdown table.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.machine import describe_machine, provenance
from benchmarks.measure import versions
from benchmarks.page import replace_between, table
from classlab.datasets import from_arrays
from classlab.models.preprocessing import input_layer
from classlab.statistics import compare, estimate, sample, wilson
from classlab.statistics.distributions import student_quantile
from classlab.studies.asked.model_choice import choose_model
from classlab.studies.asked.spec_options import run_specs
from classlab.training import measure, train_population

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlab.datasets.dataset import Dataset
    from classlab.options.table import TrainingOptions
    from classlab.statistics import Interval

CLASSES, SIDE, TRUTH_IMAGES = 4, 4, 20_000
ARMS: tuple[tuple[str, TrainingOptions], ...] = (
    ("adam 0.01", {"optimizer": "adam", "learning_rate": 0.01}),
    ("adam 0.01 again", {"optimizer": "adam", "learning_rate": 0.01}),
    ("sgd 0.1", {"optimizer": "sgd", "learning_rate": 0.1}),
)
PAIRS = ((0, 1), (0, 2))
AGAIN = 100_000  # first seed of the tied arm
TRUTH = 1_000_000  # first seed of the networks that tell the truth
CLAIMS = {
    "arm": "an arm's interval holds its accuracy on this training set",
    "difference": "an interval of a difference holds it",
    "tied": "tied arms called different",
    "arm anywhere": "an arm's interval holds its mean over training sets",
    "difference anywhere": "an interval of a difference holds its mean over training sets",
    "folds alone": "folds taken for independent: a difference's interval holds its mean over training sets",
    "corrected": "corrected for overlap: a difference's interval holds its mean over training sets",
}


@dataclass(frozen=True, kw_only=True)
class Size:
    """Of a study: training images, seeds of every arm, and folds."""

    images: int
    seeds: int
    folds: int

    def __str__(self) -> str:
        return f"{self.images} x {self.seeds} x {self.folds}"


@dataclass(frozen=True, kw_only=True, eq=False)
class Drawn:
    """One study and the truth about it.

    Args:
        right: bool, `(arms, seeds, images)`, out of fold.
        fold: `(images,)`, the fold of each.
        truth: `(arms,)`, accuracies on this training set.
    """

    right: NDArray[np.bool_]
    fold: NDArray[np.int64]
    truth: NDArray[np.float64]


@dataclass(eq=False)
class Counts:
    """How often each claim was true."""

    found: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))

    def add(self, claim: str, *, true: bool) -> None:
        """Counts one."""
        self.found[claim].append(true)


def drawn_dataset(draw: np.random.Generator, images: int) -> Dataset:
    """A training set, and the images that tell the truth as its test set; classes overlap, with two centres each."""
    total = images + TRUTH_IMAGES
    centres = np.random.default_rng(7).normal(128, 34, (CLASSES, 2, SIDE, SIDE))  # of the task, alike for all studies
    labels, which = np.arange(total) % CLASSES, draw.integers(0, 2, total)
    pixels = draw.normal(centres[labels, which], 42)
    pictures = np.clip(pixels, 0, 255).astype(np.uint8)
    return from_arrays(pictures[:images], labels[:images], pictures[images:], labels[images:])


def draw_study(size: Size, *, number: int, truth_seeds: int, epochs: int) -> Drawn:
    """Draws a training set, trains the arms on its folds and asks further networks for the truth."""
    draw = np.random.default_rng((number, size.images, size.seeds, size.folds))
    dataset = drawn_dataset(draw, size.images)
    right, truth, fold_of = [], np.zeros((len(ARMS), size.folds)), []
    for fold in range(size.folds):
        found = [
            _trained(dataset, size, fold, options, own=AGAIN * name.endswith("again"), truth=truth_seeds, epochs=epochs)
            for name, options in ARMS
        ]
        right.append(np.stack([seen for seen, _ in found]))
        truth[:, fold] = [accuracy for _, accuracy in found]
        fold_of.append(np.full(right[-1].shape[2], fold))
    truth[1] = truth[0]  # one configuration: the truth of the one is that of the other
    return Drawn(right=np.concatenate(right, axis=2), fold=np.concatenate(fold_of), truth=truth.mean(axis=1))


def _trained(
    dataset: Dataset, size: Size, fold: int, options: TrainingOptions, *, own: int, truth: int, epochs: int
) -> tuple[NDArray[np.bool_], float]:
    """What an arm's networks get right of the fold, `(seeds, images)`, and the accuracy of further ones elsewhere."""
    division = dataset.divide(folds=size.folds, fold=fold)
    choice = choose_model("mlp", dataset, units=(16,))
    seeds = [*range(own, own + size.seeds), *(range(TRUTH, TRUTH + truth) if not own else ())]
    chosen: TrainingOptions = {"epochs": epochs, "batch_size": 16, **options}
    specs = run_specs(dataset, choice.architecture, seeds=seeds, options=chosen)
    layer = input_layer("unit", division.train.images)
    outcomes = train_population(specs, division, input_layer=layer, diagnostics=False)
    weights = [outcome.weights for outcome in outcomes]
    common = {"input_layer": layer, "loss": specs[0].loss}
    seen = measure(choice.architecture, weights[: size.seeds], division.validation, **common)
    rows = [each.probabilities.argmax(axis=1) == division.validation.labels for each in seen]
    further = weights[size.seeds :]
    told = measure(choice.architecture, further, dataset.test, probabilities=False, **common) if further else []
    return np.stack(rows), float(np.mean([each.figures.accuracy for each in told])) if told else 0.0


def judge(drawn: Drawn, anywhere: NDArray[np.float64], size: Size, counts: Counts) -> None:
    """Says of every claim about one study whether it is true.

    Args:
        drawn: the study.
        anywhere: `(arms,)`, the truth over all training sets.
        size: its size.
        counts: where to count.
    """
    arms = [sample(each.mean(axis=1), by_image=each) for each in drawn.right]
    for arm, each in enumerate(arms):
        interval = estimate(each).interval
        counts.add("arm", true=_holds(interval, drawn.truth[arm]))
        counts.add("arm anywhere", true=_holds(interval, anywhere[arm]))
    for one, two in PAIRS:
        found = compare(arms[one], arms[two])
        here, there = (each[one] - each[two] for each in (drawn.truth, anywhere))
        counts.add("difference", true=_holds(found.interval, here))
        counts.add("difference anywhere", true=_holds(found.interval, there))
        if (one, two) == (0, 1):
            counts.add("tied", true=found.told_apart)
        by_fold = _by_fold(drawn, one, two)
        counts.add("folds alone", true=_holds(_of_folds(by_fold, 1 / size.folds), there))
        counts.add("corrected", true=_holds(_of_folds(by_fold, 1 / size.folds + 1 / (size.folds - 1)), there))


def _by_fold(drawn: Drawn, one: int, two: int) -> NDArray[np.float64]:
    apart = (drawn.right[one].astype(np.float64) - drawn.right[two]).mean(axis=0)
    return np.array([apart[drawn.fold == fold].mean() for fold in range(drawn.fold.max() + 1)])


def _of_folds(figures: NDArray[np.float64], factor: float) -> Interval:
    """The t interval of fold means; the factor of their variance is 1/k, or 1/k + 1/(k - 1) with the correction."""
    half = student_quantile(len(figures) - 1, 0.975) * float(np.sqrt(factor * figures.var(ddof=1)))
    return float(figures.mean()) - half, float(figures.mean()) + half


def _holds(interval: Interval | None, truth: float) -> bool:
    return interval is None or interval[0] <= truth <= interval[1]


def coverage(size: Size, *, studies: int, truth_seeds: int, epochs: int) -> dict[str, tuple[float, float]]:
    """Each claim's rate in so many studies of a size, with the half width of its 95 % interval."""
    drawn = [draw_study(size, number=n, truth_seeds=truth_seeds, epochs=epochs) for n in range(studies)]
    anywhere = np.mean([each.truth for each in drawn], axis=0)
    counts = Counts()
    for each in drawn:
        judge(each, anywhere, size, counts)
    rates = {}
    for claim, values in counts.found.items():
        by_study = np.array(values, np.float64).reshape(studies, -1).mean(axis=1)
        low, high = wilson(round(by_study.mean() * studies), studies).interval
        rates[claim] = (float(by_study.mean()), (high - low) / 2)
    return rates


def coverage_table(found: dict[Size, dict[str, tuple[float, float]]]) -> str:
    """One row per claim, one column per size of study."""
    header = ["images x seeds x folds", *(str(size) for size in found)]
    rows = [
        [words, *(f"{rates[claim][0]:.3f} ± {rates[claim][1]:.3f}" for rates in found.values())]
        for claim, words in CLAIMS.items()
    ]
    return table(header, rows)


SIZES = (
    Size(images=60, seeds=5, folds=5),
    Size(images=200, seeds=5, folds=5),
    Size(images=200, seeds=2, folds=5),
    Size(images=200, seeds=5, folds=10),
    Size(images=1000, seeds=5, folds=5),
)


def main() -> None:
    """Draws the studies, prints the table, and writes it into a page where one is given."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=400, help="of every size (default: %(default)s)")
    parser.add_argument("--truth-seeds", type=int, default=20, help="networks that tell the truth, of every arm")
    parser.add_argument("--epochs", type=int, default=20, help="of every training (default: %(default)s)")
    parser.add_argument("--only", type=int, nargs="*", default=None, help="positions of the sizes to draw")
    parser.add_argument("--page", type=Path, help="Markdown page to write the table into")
    arguments = parser.parse_args()
    found = {}
    for place, size in enumerate(SIZES):
        if arguments.only is None or place in arguments.only:
            found[size] = coverage(
                size, studies=arguments.studies, truth_seeds=arguments.truth_seeds, epochs=arguments.epochs
            )
            print(size, found[size], flush=True)
    written = coverage_table(found)
    print(written)
    if arguments.page is not None:
        where = provenance({"machine": describe_machine(), "measurements": [{"versions": versions("numpy")}]})
        replace_between(arguments.page, "folds", f"{written}\n\n{arguments.studies:,} studies of each size. {where}")


if __name__ == "__main__":
    main()
