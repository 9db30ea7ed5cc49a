"""What augmentation adds to an epoch: the same runs trained with and without it, in turn, in one process.

    python -m benchmarks.augmentation_cost [--rounds 7] [--epochs 2] [--threads 2] [--clock wall|cpu] [-o cost.json]

The lab's perceptron and convolutional network train on MNIST, the perceptron as one run, as two arms of five seeds and
as twelve arms of one seed, which share their images. A round trains without and with augmentation, one behind the
other, so that both meet the same load; its figure is the ratio of their times per epoch. The first round warms up and
does not count. On a busy machine `--clock cpu --threads 1` counts the processor's time instead. The images are looked
for in the folder named by CLASSLAB_DATA.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.machine import describe_machine

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from classlab.datasets.dataset import Dataset
    from classlab.records import Augmentation, RunSpec


@dataclass(frozen=True, kw_only=True)
class Case:
    """Runs that train together.

    Args:
        title: what the table calls them.
        model: a built-in network.
        arms: learning rates.
        seeds: of each arm.
        images: training images.
    """

    title: str
    model: str
    arms: int
    seeds: int
    images: int


CASES = {
    "mlp": Case(title="mlp, 1 run", model="mlp", arms=1, seeds=1, images=54_000),
    "mlp-seeds": Case(title="mlp, 2 arms x 5 seeds", model="mlp", arms=2, seeds=5, images=54_000),
    "mlp-arms": Case(title="mlp, 12 arms x 1 seed", model="mlp", arms=12, seeds=1, images=54_000),
    "cnn": Case(title="cnn, 1 run", model="cnn", arms=1, seeds=1, images=5_000),
}

CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="mnist")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--clock", choices=CLOCKS, default="wall")
    parser.add_argument("--images", type=int, help="at most so many training images")
    parser.add_argument("--only", choices=CASES, action="append")
    parser.add_argument("-o", "--output", type=Path)
    options = parser.parse_args(arguments)

    import classlab
    from classlab.training.process.threads import set_threads

    set_threads(options.threads)
    machine, dataset, found = describe_machine(options.threads), classlab.load(options.data), []
    for name in options.only or CASES:
        for title, augmentation in augmentations().items():
            ratios, plain = measured(CASES[name], augmentation, dataset, options)
            found.append({"case": CASES[name].title, "augmentation": title, "seconds": plain, "ratios": ratios})
            print(
                f"{CASES[name].title}, {title}: {median(ratios) - 1:+.1%} of an epoch "
                f"({min(ratios) - 1:+.1%} to {max(ratios) - 1:+.1%} in {len(ratios)} rounds; "
                f"{median(plain):.3f} s an epoch without)",
                flush=True,
            )
    if options.output:
        options.output.write_text(json.dumps({"machine": machine, "found": found}, indent=1) + "\n", encoding="utf-8")


def augmentations() -> dict[str, Augmentation]:
    """What is measured: the cheapest that people use, the usual one, and everything."""
    from classlab.records import Augmentation

    return {
        "shift": Augmentation(shift=0.1),
        "shift, rotate, zoom": Augmentation(shift=0.1, rotate=0.03, zoom=0.1),
        "all": Augmentation(shift=0.1, rotate=0.03, zoom=0.1, flip="horizontal", cutout=0.25, brightness=0.2),
    }


def measured(
    case: Case, augmentation: Augmentation, dataset: Dataset, options: argparse.Namespace
) -> tuple[list[float], list[float]]:
    """The ratio with / without of each round, and the seconds of an epoch without."""
    ratios, plain = [], []
    for number in range(options.rounds + 1):
        without, with_it = (seconds(case, each, dataset, options) for each in (None, augmentation))
        if number:
            ratios.append(with_it / without)
            plain.append(without)
    return ratios, plain


def seconds(case: Case, augmentation: Augmentation | None, dataset: Dataset, options: argparse.Namespace) -> float:
    """Seconds of an epoch after the first, which begins with whatever is done once."""
    from classlab.training import train_population
    from classlab.training.process.settings import collector_paused

    images = min(case.images, options.images or case.images)
    division = dataset.divide(validation=0.1, limit=images)
    clock = _Clock(CLOCKS[options.clock])
    with collector_paused():
        train_population(
            specs(case, augmentation, dataset, epochs=options.epochs + 1),
            division,
            input_layer=_scaling(),
            observer=clock,
            diagnostics=False,
        )
    return (clock.times[-1] - clock.times[0]) / options.epochs


def specs(case: Case, augmentation: Augmentation | None, dataset: Dataset, *, epochs: int) -> list[RunSpec]:
    """The runs of a case."""
    from classlab.models.builtin import build
    from classlab.records import DataSpec, RunSpec
    from classlab.records.optimizers import Adam

    network = build(case.model, input_shape=dataset.train.images.shape[1:], classes=len(dataset.class_names))
    return [
        RunSpec(
            data=DataSpec(name=dataset.name),
            architecture=network,
            optimizer=Adam(learning_rate=0.0005 * (1 + arm)),
            epochs=epochs,
            seed=seed,
            augmentation=augmentation,
        )
        for arm in range(case.arms)
        for seed in range(case.seeds)
    ]


class _Clock:
    """Notes when each epoch ended."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.times: list[float] = []

    def epoch_finished(self, report: object) -> None:  # noqa: ARG002 - what an observer is told
        self.times.append(self._now())


def _scaling() -> object:
    from classlab.records.layers import Rescaling

    return Rescaling(scale=1 / 255)


if __name__ == "__main__":
    main()
