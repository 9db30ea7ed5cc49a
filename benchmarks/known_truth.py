"""Many trained networks with their answers on tens of thousands of images: truth that is known.

A pool holds, for every arm, networks of many seeds trained on 4,000 images of MNIST or Fashion-MNIST, and for every
network whether it is right on each of the 66,000 images that no network was trained on. The truth about an arm is
the mean over its networks and these images; studies are drawn from the pool, seeds and images with replacement, so
that the truth is exact.

    python -m benchmarks.known_truth --folder pools     # trains the pools once, some fifteen minutes

A further pool has the shape of a large study on few images: 3 models x 4 optimizers x 3 learning rates, 3 epochs on
1,294 images, as many as `digits` leaves for training.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from classlab.datasets import load
from classlab.datasets.dataset import Division, Split
from classlab.models.preprocessing import input_layer
from classlab.statistics import sample
from classlab.studies.asked.model_choice import choose_model
from classlab.studies.asked.spec_options import run_specs
from classlab.training import measure, train_population

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlab.datasets.dataset import Dataset
    from classlab.options.table import TrainingOptions
    from classlab.statistics import Sample

TOGETHER = 60  # members of a population
TWIN = 100_000  # first seed of the twin: the same configuration as the first arm, from other draws
OPTIMIZERS: tuple[tuple[str, TrainingOptions], ...] = (
    ("adam 0.001", {"optimizer": "adam", "learning_rate": 0.001}),
    ("adam 0.001 again", {"optimizer": "adam", "learning_rate": 0.001}),
    ("sgd 0.1", {"optimizer": "sgd", "learning_rate": 0.1}),
    ("rmsprop 0.001", {"optimizer": "rmsprop", "learning_rate": 0.001}),
    ("adam 0.01", {"optimizer": "adam", "learning_rate": 0.01}),
    ("sgd 0.01", {"optimizer": "sgd", "learning_rate": 0.01}),
)
GRID: tuple[tuple[str, TrainingOptions], ...] = tuple(
    (f"{optimizer} {rate:g}", {"optimizer": optimizer, "learning_rate": rate})
    for optimizer in ("adam", "adamw", "rmsprop", "sgd")
    for rate in (0.001, 0.01, 0.1)
)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a pool is trained from.

    Args:
        data: mnist or fashion_mnist.
        models: every one of them with every one of `arms`.
        arms: names and options.
        training: images that the networks learn from.
        epochs: over them.
        seeds: networks of every arm.
        truth: how many of the other images tell the truth.
    """

    data: str
    models: tuple[str, ...]
    arms: tuple[tuple[str, TrainingOptions], ...] = OPTIMIZERS
    training: int = 4000
    epochs: int = 10
    seeds: int = 300
    truth: int = 66_000

    @property
    def name(self) -> str:
        """What its file is called."""
        return f"{self.data}-{self.models[0] if len(self.models) == 1 else 'grid'}"


POOLS = tuple(Plan(data=data, models=(model,)) for data in ("mnist", "fashion_mnist") for model in ("linear", "mlp"))
LARGE = Plan(
    data="mnist",
    models=("linear", "mlp", "cnn-small"),
    arms=GRID,
    training=1294,
    epochs=3,
    seeds=60,
    truth=20_000,
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Pool:
    """Networks whose accuracy is known.

    Args:
        name: data and model.
        arms: their names.
        correct: bool, `(arms, seeds, images)`, whether a network is right on an image it was not trained on.
        fitted: `(arms, seeds)`, accuracy on all training images.
    """

    name: str
    arms: tuple[str, ...]
    correct: NDArray[np.bool_]
    fitted: NDArray[np.float64]

    @cached_property
    def truth(self) -> NDArray[np.float64]:
        """Each arm's accuracy over all seeds and images, `(arms,)`."""
        means: NDArray[np.float64] = self.correct.mean(axis=(1, 2))
        return means


def read_pool(folder: Path, plan: Plan) -> Pool:
    """Reads a pool, or trains it first where the folder does not hold it.

    Args:
        folder: where pools are kept.
        plan: which pool.
    """
    path = folder / f"{plan.name}.npz"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        trained = train_pool(plan)
        packed = np.packbits(trained.correct, axis=2)
        np.savez(path, correct=packed, images=trained.correct.shape[2], fitted=trained.fitted, arms=trained.arms)
    with np.load(path) as found:
        correct = np.unpackbits(found["correct"], axis=2, count=int(found["images"])).astype(np.bool_)
        arms = tuple(str(arm) for arm in found["arms"])
        return Pool(name=plan.name, arms=arms, correct=correct, fitted=found["fitted"])


def train_pool(plan: Plan) -> Pool:
    """Trains every arm from every seed and asks every network about every image that tells the truth."""
    dataset = load(plan.data)
    division = _division(dataset, plan)
    names, correct, fitted = [], [], []
    for model in plan.models:
        for name, options in plan.arms:
            first = TWIN if name.endswith("again") else 0
            seeds = range(first, first + plan.seeds)
            starts = range(0, plan.seeds, TOGETHER)
            trained = [
                _trained(dataset, division, model, plan.epochs, options, seeds[at : at + TOGETHER]) for at in starts
            ]
            names.append(name if len(plan.models) == 1 else f"{model}, {name}")
            correct.append(np.concatenate([right for right, _ in trained]))
            fitted.append(np.concatenate([accuracy for _, accuracy in trained]))
            print(f"{plan.name}, {names[-1]}: {correct[-1].mean():.4f}", flush=True)
    return Pool(name=plan.name, arms=tuple(names), correct=np.stack(correct), fitted=np.stack(fitted))


def _division(dataset: Dataset, plan: Plan) -> Division:
    """The training images; the other training images and the test images tell the truth."""
    parts = dataset.divide(validation=1 - plan.training / len(dataset.train))
    rest = Split(
        images=np.concatenate([parts.validation.images, dataset.test.images]),
        labels=np.concatenate([parts.validation.labels, dataset.test.labels]),
    )
    return Division(train=parts.train, validation=rest.spread(1000), test=rest.spread(plan.truth))


def _trained(
    dataset: Dataset, division: Division, model: str, epochs: int, options: TrainingOptions, seeds: range
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Which images each network gets right, `(seeds, images)`, and its accuracy on the training images, `(seeds,)`."""
    choice = choose_model(model, dataset)
    chosen: TrainingOptions = {"epochs": epochs, "batch_size": 128, **options}
    specs = run_specs(dataset, choice.architecture, seeds=seeds, options=chosen)
    layer = input_layer("unit", division.train.images)
    outcomes = train_population(specs, division, input_layer=layer)
    right, accuracy = [], []
    for outcome in outcomes:
        common = {"input_layer": layer, "loss": specs[0].loss}
        (seen,) = measure(choice.architecture, [outcome.weights], division.train, probabilities=False, **common)
        (unseen,) = measure(choice.architecture, [outcome.weights], division.test, **common)
        right.append(unseen.probabilities.argmax(axis=1) == division.test.labels)
        accuracy.append(seen.figures.accuracy)
    return np.stack(right), np.array(accuracy)


def drawn_sample(correct: NDArray[np.bool_]) -> Sample:
    """An arm of a study drawn from a pool, from which images each run gets right, `(runs, images)`."""
    return sample(correct.mean(axis=1), by_image=correct)


def seeds_alone(found: Sample) -> Sample:
    """The same arm with its figures alone, as if nothing were known of single images."""
    return sample(found.by_seed)


def main() -> None:
    """Trains the pools that a folder does not hold yet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--folder", type=Path, default=Path("pools"), help="where pools are kept (default: %(default)s)"
    )
    arguments = parser.parse_args()
    for plan in (*POOLS, LARGE):
        pool = read_pool(arguments.folder, plan)
        print(pool.name, dict(zip(pool.arms, pool.truth.round(4).tolist(), strict=True)))


if __name__ == "__main__":
    main()
