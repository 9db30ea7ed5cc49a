"""What the doctor's measurements cost: seconds of the same training with and without them.

    python -m benchmarks.doctor_cost [-o cost.json] [--epochs 5] [--rounds 3] [--only linear]

The two are measured in turn, so that a change of the machine's load meets both; the share is the median of the rounds'
own shares, which stand in the file.
The data are MNIST's 60,000 training images, of which a tenth validates; populations are those of the lab: seven linear
classifiers, eight perceptrons, one convolutional network.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.machine import describe_machine
from benchmarks.workloads import BATCH_SIZE, CLASSES, WORKLOADS, WorkloadName

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.datasets.dataset import Dataset
    from classlab.records.run import RunSpec


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("--data", default="mnist")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit", type=int, help="use only so many training images")
    parser.add_argument("--only", choices=tuple(WORKLOADS), action="append")
    options = parser.parse_args(arguments)
    from classlab.datasets.catalogue import load
    from classlab.training import environment_facts

    dataset = load(options.data)
    found = {name: cost(name, dataset, options) for name in options.only or WORKLOADS}
    document = {
        "machine": describe_machine(environment_facts("cpu").threads),
        "data": options.data,
        "epochs": options.epochs,
        "rounds": options.rounds,
        "cost": found,
    }
    if options.output is not None:
        options.output.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    for name, each in found.items():
        print(
            f"{name}, {each['members']} members: {each['without']:.3f} s without, {each['with']:.3f} s with, "
            f"{each['share']:+.1%} (rounds: {', '.join(f'{share:+.1%}' for share in each['shares'])})"
        )


def cost(name: WorkloadName, dataset: Dataset, options: argparse.Namespace) -> dict[str, Any]:
    """Seconds of one population with and without diagnostics."""
    specs = _specs(name, dataset, options.epochs)
    seconds: dict[bool, list[float]] = {False: [], True: []}
    for place in range(options.rounds):
        for diagnostics in (False, True) if place % 2 else (True, False):
            seconds[diagnostics].append(_train(specs, dataset, options, diagnostics=diagnostics))
    shares = [with_them / without - 1 for without, with_them in zip(seconds[False], seconds[True], strict=True)]
    return {
        "members": len(specs),
        "without": median(seconds[False]),
        "with": median(seconds[True]),
        "share": median(shares),
        "shares": shares,
        "seconds": {"without": seconds[False], "with": seconds[True]},
    }


def _train(specs: list[RunSpec], dataset: Dataset, options: argparse.Namespace, *, diagnostics: bool) -> float:
    from classlab.records.layers import Rescaling
    from classlab.training import train_population

    # Divided anew every time: the copies between splits are looked for once per division.
    division = dataset.divide(validation=0.1, limit=options.limit)
    began = time.perf_counter()
    train_population(specs, division, input_layer=Rescaling(scale=1 / 255), diagnostics=diagnostics, device="cpu")
    return time.perf_counter() - began


def _specs(name: WorkloadName, dataset: Dataset, epochs: int) -> list[RunSpec]:
    from classlab.models.builtin import build
    from classlab.records.optimizers import OPTIMIZERS
    from classlab.records.run import DataSpec, RunSpec

    architecture = build(name, input_shape=dataset.image_shape, classes=CLASSES)
    workload = WORKLOADS[name]
    return [
        RunSpec(
            data=DataSpec(name=dataset.name),
            architecture=architecture,
            optimizer=OPTIMIZERS[arm.optimizer](learning_rate=arm.learning_rate),
            epochs=epochs,
            batch_size=BATCH_SIZE,
            seed=arm.seed,
        )
        for arm in workload.arms(workload.sweep)
    ]


if __name__ == "__main__":
    main()
