"""The lab's figures on the full data sets, several seeds each, beside those that a course hand-in published.

    CLASSLAB_DATA=... python -m benchmarks.lab_figures -o lab_figures.json
    CLASSLAB_DATA=... python -m benchmarks.lab_figures --cnn --cnn-epochs 10 --only exercise-6 -o lab_figures.json

As in the course, all 60,000 training images are trained on and the test images stand in for validation: the figures
can be compared, and nothing may be chosen by them. Every finished section is written at once; a later call replaces
the sections that it measures and keeps the others.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, Any

from benchmarks.machine import describe_machine
from benchmarks.measure import versions
from benchmarks.page import replace_between, table
from benchmarks.published import SECTIONS, LabArm, Section, SectionName

if TYPE_CHECKING:
    from classlab.datasets.dataset import Dataset
    from classlab.records.progress import EpochReport
    from classlab.records.run import RunSpec
    from classlab.training import Outcome

PAGE = Path(__file__).resolve().parent.parent / "docs" / "lab-figures.md"
HEADER = [
    "arm",
    "published train",
    "published test",
    "train",
    "test",
    "difference train / test, points",
    "population, s",
]
Result = dict[str, Any]


def main() -> None:
    options = _options()
    output = Path(options.output)
    results: dict[str, Result] = json.loads(output.read_text(encoding="utf-8")) if output.exists() else {}
    for name in options.only:
        results[name] = _measure(name, options)
        output.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        print(_section_text(results[name]), flush=True)
        if not options.rehearsal:
            ordered = [results[known] for known in SECTIONS if known in results]
            replace_between(options.page, "figures", "\n\n".join(_section_text(result) for result in ordered))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default=3, type=int, help="runs of every arm")
    parser.add_argument("--only", type=lambda text: text.split(","), help=f"sections: {', '.join(SECTIONS)}")
    parser.add_argument("--cnn", action="store_true", help="also the convolutional network, which takes long")
    parser.add_argument("--cnn-epochs", default=20, type=int)
    parser.add_argument("--cnn-seeds", default=1, type=int)
    parser.add_argument("--limit", type=int, help="rehearse with this many training images; the page stays as it is")
    parser.add_argument("--epochs", type=int, help="rehearse with this many epochs; the page stays as it is")
    parser.add_argument("--page", default=PAGE, type=Path)
    parser.add_argument("-o", "--output", default="lab_figures.json")
    options = parser.parse_args()
    options.only = options.only or [name for name in SECTIONS if name != "exercise-6" or options.cnn]
    for name in options.only:
        if name not in SECTIONS:
            parser.error(f"there is no section {name!r}. Choose from {', '.join(SECTIONS)}.")
    options.rehearsal = options.limit is not None or options.epochs is not None
    return options


def _measure(name: SectionName, options: argparse.Namespace) -> Result:
    section = SECTIONS[name]
    epochs = options.epochs or (options.cnn_epochs if section.model == "cnn" else section.epochs)
    section = replace(section, epochs=epochs)
    seeds = options.cnn_seeds if section.model == "cnn" else options.seeds
    machine = describe_machine()
    outcomes = _train(section, seeds, options.limit)
    return {
        "title": section.title,
        "remark": section.remark,
        "data": section.data,
        "epochs": section.epochs,
        "batch_size": section.batch_size,
        "seeds": seeds,
        "machine": machine,
        "versions": versions("classlab", "torch", "numpy"),
        "arms": [_figures(section, arm, outcomes[_key(arm)]) for arm in section.arms],
    }


def _train(section: Section, seeds: int, limit: int | None) -> dict[LabArm, list[Outcome]]:
    """Trains every different arm once per seed; arms with one architecture share a population."""
    from classlab.datasets import load
    from classlab.models.preprocessing import input_layer
    from classlab.training import train_population

    dataset = load(section.data)
    division = dataset.divide(validation="test", limit=limit)
    scale = input_layer("unit", division.train.images)
    found: dict[LabArm, list[Outcome]] = {}
    different = sorted({_key(arm) for arm in section.arms}, key=lambda arm: arm.activation)
    for _, group in groupby(different, key=lambda arm: arm.activation):
        arms = list(group)
        specs = [_spec(section, arm, seed, dataset, limit) for arm in arms for seed in range(seeds)]
        outcomes = train_population(specs, division, input_layer=scale, observer=Lines(section.title))
        for place, arm in enumerate(arms):
            found[arm] = outcomes[place * seeds : (place + 1) * seeds]
    return found


def _key(arm: LabArm) -> LabArm:
    """The arm without what was published for it: two published figures of one configuration need one training."""
    return replace(arm, train=None, test=None, remark="")


def _spec(section: Section, arm: LabArm, seed: int, dataset: Dataset, limit: int | None) -> RunSpec:
    from classlab.models.builtin import build
    from classlab.records.optimizers import OPTIMIZERS
    from classlab.records.run import DataSpec, RunSpec

    rate: dict[str, Any] = {} if arm.learning_rate is None else {"learning_rate": arm.learning_rate}
    return RunSpec(
        data=DataSpec(name=dataset.name, digest=dataset.digest, validation="test", limit=limit),
        architecture=build(
            section.model,
            input_shape=dataset.image_shape,
            classes=len(dataset.class_names),
            units=section.units,
            activation=arm.activation,
        ),
        optimizer=OPTIMIZERS[arm.optimizer](**rate),  # the other settings are Keras's defaults
        epochs=section.epochs,
        batch_size=section.batch_size,
        seed=seed,
    )


class Lines:
    """Says on stderr which epoch has finished."""

    def __init__(self, title: str) -> None:
        self._title = title

    def epoch_finished(self, report: EpochReport) -> None:
        """Prints one line."""
        line = f"{self._title}: epoch {report.epoch} of {report.epochs}, {report.seconds:.1f} s"
        print(line, file=sys.stderr, flush=True)


def _figures(section: Section, arm: LabArm, outcomes: list[Outcome]) -> Result:
    return {
        "arm": f"{arm.activation}, {arm.title}" if section.model == "mlp" else arm.title,
        "remark": arm.remark,
        "published": {"train": arm.train, "test": arm.test},
        "train": [outcome.history["accuracy"][-1] for outcome in outcomes],
        "test": [outcome.history["val_accuracy"][-1] for outcome in outcomes],
        "states": [outcome.state for outcome in outcomes],
        "population_seconds": outcomes[0].seconds,
    }


def _section_text(result: Result) -> str:
    """Heading, protocol, table and machine of one section."""
    seeds = f"{result['seeds']} seeds" if result["seeds"] > 1 else "1 seed"
    protocol = f"{result['data']}, batch {result['batch_size']}, {result['epochs']} epochs, {seeds}. {result['remark']}"
    machine = result["machine"]
    where = f"Measured {machine['measured'][:10]} on {machine['processor']}, {machine['cores']} cores, torch "
    rows = [_row(arm) for arm in result["arms"]]
    return "\n\n".join(
        (f"### {result['title']}", protocol.strip(), table(HEADER, rows), f"{where}{result['versions']['torch']}.")
    )


def _row(arm: Result) -> list[str]:
    published = arm["published"]
    gaps = [
        "" if published[part] is None else f"{100 * (mean(arm[part]) - published[part]):+.2f}"
        for part in ("train", "test")
    ]
    title = f"{arm['arm']} ({arm['remark']})" if arm["remark"] else arm["arm"]
    return [
        title,
        *("" if published[part] is None else f"{published[part]:.4f}" for part in ("train", "test")),
        *(_spread(arm[part]) for part in ("train", "test")),
        " / ".join(gap for gap in gaps if gap),
        f"{arm['population_seconds']:.1f}",
    ]


def _spread(values: list[float]) -> str:
    if len(values) == 1:
        return f"{values[0]:.4f}"
    return f"{mean(values):.4f} ({min(values):.4f} .. {max(values):.4f})"


if __name__ == "__main__":
    main()
