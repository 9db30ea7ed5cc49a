"""Whether a Keras model's seeds spread as a built-in network's do, and how often a network is told from itself.

    python -m benchmarks.fresh_starts [--seeds 40] [--studies 100] [--page docs/evidence/fresh-starts.md]

First the standard deviation of the validation accuracy over seeds: of a built-in network, of the same network as a
Keras model with fresh starts, on the engine and (by a layer that passes its values on) through Keras itself, and with
one given start. Every row has seeds of its own, so that the ratio of two variances has the F distribution where
accuracies are normal. Then studies of five seeds that compare a network with itself: two copies made apart, with other
weights and names, and one network whose second arm has other seeds, so that its draws differ truly. Trainings are
short, because the luck of the start is largest there.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from statistics import fmean, stdev, variance
from typing import TYPE_CHECKING, Any, get_args

from scipy.stats import binomtest, f

import classlab
from benchmarks.machine import describe_machine, provenance
from benchmarks.measure import versions
from benchmarks.page import replace_between, table
from classlab.analysis.notices import duplicates
from classlab.analysis.samples import accuracy_sample
from classlab.models.keras_runtime import keras
from classlab.options.words import Start
from classlab.statistics import compare
from classlab.training import environment_facts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.records import RunRecord

SEEDS_OF_A_STUDY = 5
OPTIONS: dict[str, Any] = {"limit": 1500, "epochs": 2}
WIDTHS = {"linear": (), "mlp": (16,)}
BATCH_OF_RUNS = 50  # runs that train at once, so that memory stays small


def called_different(first: Sequence[RunRecord], second: Sequence[RunRecord]) -> bool:
    """The statistical call: whether two arms, seed by seed and image by image, are said to differ."""
    return compare(*(accuracy_sample(arm, "validation") for arm in (first, second)), margin=0.002).told_apart


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="mnist5k")
    parser.add_argument("--seeds", type=int, default=40, help="runs behind each spread (40)")
    parser.add_argument("--studies", type=int, default=100, help="studies behind each count (100)")
    parser.add_argument("--page", type=Path, help="Markdown page whose part between the markers is replaced")
    options = parser.parse_args(arguments)
    dataset = classlab.load(options.data)
    began = describe_machine(environment_facts("cpu").threads)
    found = "\n\n".join((_spreads(dataset, options.seeds), _counts(dataset, options.studies), _made(dataset, began)))
    print(found)
    if options.page is not None:
        replace_between(options.page, "fresh-starts", found)


def _made(dataset: Any, machine: dict[str, Any]) -> str:
    """Under what settings, when and where this was measured."""
    measurement = {"versions": versions("keras", "numpy", "scipy", "torch")}
    where = provenance({"machine": machine, "measurements": [measurement]})
    return (
        f"Validation accuracy after {OPTIONS['epochs']} epochs of Adam on {OPTIONS['limit']:,} images of "
        f"{dataset.name}, studies of {SEEDS_OF_A_STUDY} seeds. {where}"
    )


def network(dataset: Any, widths: Sequence[int], *, name: str = "net", detour: bool = False) -> Any:
    """The layers of a built-in network as a Keras model; a detour passes values on by a layer the engine lacks."""
    layers = keras().layers
    hidden = [layers.Dense(width, activation="relu") for width in widths]
    return keras().Sequential(
        [
            keras().Input(dataset.image_shape),
            layers.Flatten(),
            *([layers.Permute((1,))] if detour else []),
            *hidden,
            layers.Dense(len(dataset.class_names), activation="softmax"),
        ],
        name=name,
    )


def records(dataset: Any, model: Any, seeds: range, **options: Any) -> list[RunRecord]:
    """One network, seed by seed."""
    found: list[RunRecord] = []
    for first in range(seeds.start, seeds.stop, BATCH_OF_RUNS):
        count = min(BATCH_OF_RUNS, seeds.stop - first)
        runs = classlab.fit_seeds(dataset, model, seeds=count, seed=first, **OPTIONS, **options)
        found += [run.record for run in runs]
        _say(f"seed {first + count - 1}")
    return found


def accuracies(dataset: Any, model: Any, seeds: range, **options: Any) -> list[float]:
    """Validation accuracies of one network, seed by seed."""
    return [run.validation.accuracy for run in records(dataset, model, seeds, **options) if run.validation is not None]


def _spreads(dataset: Any, count: int) -> str:
    rows = []
    for kind, widths in WIDTHS.items():
        shape = {"units": widths} if widths else {}
        own = accuracies(dataset, kind, range(count), **shape)
        keras().utils.set_random_seed(0)  # the one start of the last row
        ways: dict[str, tuple[Any, dict[str, Any]]] = {
            "Keras model on the engine, fresh": (network(dataset, widths), {"start": "fresh"}),
            "Keras model through Keras, fresh": (network(dataset, widths, detour=True), {"start": "fresh"}),
            "Keras model on the engine, given": (network(dataset, widths), {"start": "given"}),
        }
        rows.append([kind, "built in", str(count), f"{fmean(own):.4f}", f"{stdev(own):.4f}", "", ""])
        for number, (way, (model, start)) in enumerate(ways.items(), start=1):
            figures = accuracies(dataset, model, range(1000 * number, 1000 * number + count), **start)
            ratio = variance(figures) / variance(own)
            low, high = (ratio / f.ppf(share, count - 1, count - 1) for share in (0.975, 0.025))
            within = f"{low:.2f} .. {high:.2f}"
            mean, sd = f"{fmean(figures):.4f}", f"{stdev(figures):.4f}"
            rows.append([kind, way, str(count), mean, sd, f"{ratio:.2f}", within])
    head = ["network", "trained as", "seeds", "mean", "sd", "variance ratio", "95 % interval (F)"]
    return table(head, rows)


def _counts(dataset: Any, studies: int) -> str:
    rows = []
    widths = WIDTHS["mlp"]
    for start in get_args(Start):
        found = [_twins(dataset, widths, number, start) for number in range(studies)]
        alike, different = (sum(each) for each in zip(*found, strict=True))
        rows.append(_count(f"two copies of the Keras model, {start}", different, studies, str(alike)))
    runs = studies * SEEDS_OF_A_STUDY
    first = records(dataset, network(dataset, widths), range(100_000, 100_000 + runs), start="fresh")
    second = records(dataset, network(dataset, widths), range(200_000, 200_000 + runs), start="fresh")
    places = range(0, runs, SEEDS_OF_A_STUDY)
    parts = [slice(place, place + SEEDS_OF_A_STUDY) for place in places]
    apart = sum(called_different(first[part], second[part]) for part in parts)
    rows.append(_count("one Keras model, fresh, second arm with other seeds", apart, studies, ""))
    head = ["study of a network against itself", "studies", "called different", "95 % interval", "seen as one"]
    return table(head, rows)


def _twins(dataset: Any, widths: Sequence[int], number: int, start: Start) -> tuple[bool, bool]:
    """A study of two copies made apart: whether it sees that they are one configuration, and calls them different."""
    models = []
    for copy in range(2):
        keras().utils.set_random_seed(2 * number + copy)
        models.append(network(dataset, widths, name=f"net{copy}"))
    study = classlab.Study(
        "twins",
        data=dataset,
        model=models,
        start=start,
        seeds=range(10 * number, 10 * number + SEEDS_OF_A_STUDY),
        **OPTIONS,
    )
    record = study.run().record
    _say(f"study {number} of copies with a {start} start")
    return bool(duplicates(record.spec)), called_different(record.runs_of(0), record.runs_of(1))


def _count(name: str, different: int, studies: int, alike: str) -> list[str]:
    interval = binomtest(different, studies).proportion_ci(0.95, method="exact")
    return [name, str(studies), str(different), f"{interval.low:.1%} .. {interval.high:.1%}", alike]


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr)


if __name__ == "__main__":
    main()
