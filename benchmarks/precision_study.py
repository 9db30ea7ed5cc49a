"""Whether quicker arithmetic costs accuracy: pairs of runs with the same seed, compared by their differences.

    python -m benchmarks.precision_study -o precision.json --page docs/evidence/performance.md
    python -m benchmarks.precision_study --compared kernels -o kernels.json --page docs/evidence/performance.md
    python -m benchmarks.precision_study --models vgg,residual --margin 0.002 --marker precision-networks
    python -m benchmarks.precision_study --models vgg,residual --schedule cosine --epochs 20 --marker precision-falling

Networks for color pictures take the images of the speed comparison, framed to 32 x 32 and in three channels.

The images are looked for in the folder named by CLASSLAB_DATA. One run of a pair computes in float32, the other in
bfloat16; or one without, the other with the compiled kernels. Both runs of a pair have equal initial weights and equal
batches. They are judged by training images that neither trains on, and by the final weights: no epoch, rate or seed
is chosen, and the test images are not looked at. Where the processor has no bfloat16 units, the engine rounds to
bfloat16 around float32 arithmetic, which gives the units' figures; the text says which it was. Every finished run is
on disk: an interrupted call, given again, goes on where it stopped, and a call with more seeds or another network
adds them. Decide on the number of seeds before looking: an interval that is looked at until it pleases is no 95 %
interval.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from benchmarks.arrays import colored
from benchmarks.journal import Journal
from benchmarks.machine import describe_machine, provenance
from benchmarks.measure import versions
from benchmarks.networks.names import BROUGHT, BroughtName
from benchmarks.page import replace_between, table
from benchmarks.trial import Deadline, interrupt_on_terminate
from benchmarks.workloads import BATCH_SIZE, REFERENCE_ARM

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.journal import Measurement
    from classlab.datasets.dataset import Division
    from classlab.records.run import RunSpec
    from classlab.statistics import Comparison

BuiltIn = Literal["cnn", "cnn-small"]
ModelName = BuiltIn | BroughtName
Compared = Literal["bfloat16", "kernels"]
Pair = tuple[float, float]  # accuracies in plain float32 and in what is compared with it
MODELS: tuple[ModelName, ...] = (*get_args(BuiltIn), *BROUGHT)
PLAIN = "float32"
WATCHED = 100  # held-out images that a training validates on; nothing depends on them, and each costs time per epoch
KERNELS = "CLASSLAB_KERNELS"  # `off` leaves the compiled kernels aside


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """What is compared with plain float32.

    Args:
        title: its name in tables.
        costs: the beginning of what is said of it.
        precision: what its runs are asked for.
        kernels: whether plain runs and its own take the compiled kernels.
        marker: where its text stands on the page.
    """

    title: str
    costs: str
    precision: Literal["float32", "bfloat16"]
    kernels: tuple[bool, bool]
    marker: str


CANDIDATES: dict[Compared, Candidate] = {
    "bfloat16": Candidate(
        title="bfloat16", costs="bfloat16 costs", precision="bfloat16", kernels=(True, True), marker="precision"
    ),
    "kernels": Candidate(
        title="kernels",
        costs="the kernels' arithmetic costs",
        precision="float32",
        kernels=(False, True),
        marker="kernels",
    ),
}
FILTERING = "The kernels compute 3 x 3 convolutions by minimal filtering, in float32."
ARITHMETIC = {
    True: "This processor has bfloat16 units, and the engine used them.",
    False: (
        "This processor has no bfloat16 units: operands and results of the convolutions were rounded to bfloat16 and "
        "the products added in float32, which is what such units compute up to the order of additions."
    ),
}


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    interrupt_on_terminate()
    machine = describe_machine(options.threads)  # accuracies do not depend on its load, so a busy one will do
    settings = {name: getattr(options, name) for name in ("images", "held_out", "epochs", "threads")}
    settings |= {"native": _native(), "compared": options.compared, "schedule": options.schedule}
    journal = Journal(Path(options.output), settings=settings, facts={"machine": machine}, resume=not options.anew)
    _measure_all(options, journal)
    journal.finish()
    text = figures_text(journal.document, margin=options.margin)
    print(text)
    if options.page:
        replace_between(Path(options.page), options.marker or CANDIDATES[options.compared].marker, text)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compared", default="bfloat16", choices=CANDIDATES, help="what is compared with float32")
    parser.add_argument("--data", default="fashion_mnist", type=lambda text: text.split(","), help="names of datasets")
    parser.add_argument("--models", default="cnn", type=lambda text: text.split(","), help=f"of {', '.join(MODELS)}")
    parser.add_argument("--images", default=4_000, type=int, help="training images")
    parser.add_argument("--held-out", default=10_000, type=int, help="further training images, to judge by")
    parser.add_argument("--epochs", default=5, type=int)
    parser.add_argument(
        "--schedule",
        default="constant",
        choices=("constant", "cosine"),
        help="rate over time; a decayed one lets runs come to rest",
    )
    parser.add_argument("--seeds", default=6, type=int, help="pairs of runs; the first has seed 0")
    parser.add_argument("--margin", default=0.005, type=float, help="a difference of accuracy that does not matter")
    parser.add_argument("--threads", default=2, type=int)
    parser.add_argument("--minutes", type=float, help="begin no run later than this")
    parser.add_argument("--anew", action="store_true", help="do not go on with the runs in the file")
    parser.add_argument("--page", help="Markdown page whose tables are replaced")
    parser.add_argument(
        "--marker",
        choices=("precision-networks", "precision-own-layer", "precision-constant", "precision-falling"),
        help="in place of what is compared's own",
    )
    parser.add_argument("-o", "--output", default="precision.json")
    options = parser.parse_args(arguments)
    for name in options.models:
        if name not in MODELS:
            parser.error(f"there is no model {name!r} here. Choose from {', '.join(MODELS)}.")
    return options


def _native() -> bool:
    import torch

    from classlab.training.tensor.device import gains_from_bfloat16

    return gains_from_bfloat16(torch.device("cpu"))


def _measure_all(options: argparse.Namespace, journal: Journal) -> None:
    """Seed after seed, both runs of a pair next to each other: where time runs out, there are fewer pairs."""
    from classlab.training import set_threads

    set_threads(options.threads)
    deadline = Deadline(options.minutes)
    found = versions("classlab", "torch", "numpy")
    for seed in range(options.seeds):
        for data in options.data:
            for model in options.models:
                for precision in (PLAIN, options.compared):
                    key = {"data": data, "model": model, "seed": seed, "precision": precision}
                    if journal.find(key) or not deadline.allows():
                        continue
                    division = _division(data, options.images, options.held_out, color=_in_color(model))
                    spec = _spec(division, epochs=options.epochs, schedule=options.schedule, **key)
                    with _kernels(CANDIDATES[options.compared].kernels[precision != PLAIN]):
                        result = train(spec, division)
                    journal.add({**key, **result, "versions": found})
                    said = (
                        f"{data} {model} seed {seed} {precision}: {result['accuracy']:.4f}, {result['seconds']:.1f} s"
                    )
                    print(said, file=sys.stderr, flush=True)


@contextmanager
def _kernels(wanted: bool) -> Iterator[None]:
    """Whether the engine may take its compiled kernels."""
    before = os.environ.get(KERNELS)
    os.environ[KERNELS] = "on" if wanted else "off"
    if wanted:
        from classlab.training.kernels.library import kernels

        if kernels() is None:
            raise SystemExit("the compiled kernels are not installed here. Install classlab where a C compiler is.")
    try:
        yield
    finally:
        del os.environ[KERNELS]
        if before is not None:
            os.environ[KERNELS] = before


@cache
def _division(data: str, images: int, held_out: int, *, color: bool = False) -> Division:
    """Images to train on, and as validation those that judge; drawn by class, the same for every seed."""
    from dataclasses import replace

    from classlab.datasets import load

    dataset = load(data)
    if images + held_out > len(dataset.train):
        raise SystemExit(
            f"{data} has {len(dataset.train)} training images, but {images} to train on and {held_out} held out were "
            "asked for. Give less of --images or --held-out."
        )
    division = dataset.divide(validation=held_out / (images + held_out), limit=images + held_out)
    if not color:
        return division
    splits = ("train", "validation", "test")
    framed = {name: getattr(division, name) for name in splits}
    return replace(
        division, **{name: replace(split, images=colored(split.images[..., 0])) for name, split in framed.items()}
    )


def _in_color(model: ModelName) -> bool:
    return model in BROUGHT and BROUGHT[model].channels == 3


def _spec(
    division: Division, *, data: str, model: ModelName, seed: int, precision: str, epochs: int, schedule: str
) -> RunSpec:
    from benchmarks.networks.in_classlab import architecture_of
    from classlab.records.optimizers import OPTIMIZERS
    from classlab.records.run import DataSpec, RunSpec
    from classlab.records.schedules import Constant, Cosine

    optimizer, rate = REFERENCE_ARM
    return RunSpec(
        data=DataSpec(name=data),
        architecture=architecture_of(
            model, input_shape=division.train.images.shape[1:], classes=1 + int(division.train.labels.max())
        ),
        optimizer=OPTIMIZERS[optimizer](learning_rate=rate),
        epochs=epochs,
        batch_size=BATCH_SIZE,
        schedule=Cosine() if schedule == "cosine" else Constant(),
        seed=seed,
        precision="bfloat16" if precision == "bfloat16" else "float32",
    )


def train(spec: RunSpec, division: Division) -> Measurement:
    """One run, and what its final weights make of the held-out images in float32.

    Args:
        spec: the run.
        division: `train` is trained on, `validation` judges.
    """
    from dataclasses import replace

    import numpy as np

    from classlab.records.layers import Rescaling
    from classlab.training import evaluate, train_population

    unit = Rescaling(scale=1 / 255)
    held_out = division.validation
    watched = replace(division, validation=held_out.where(np.arange(len(held_out)) < WATCHED))
    began = time.perf_counter()
    (outcome,) = train_population([spec], watched, input_layer=unit, diagnostics=False, device="cpu")
    seconds = time.perf_counter() - began
    figures = evaluate(spec.architecture, outcome.weights, held_out, input_layer=unit, loss=spec.loss, device="cpu")
    return {"accuracy": figures.accuracy, "loss": figures.loss, "state": outcome.state, "seconds": seconds}


def figures_text(document: dict[str, Any], *, margin: float) -> str:
    """Provenance, protocol, what the intervals allow, and the accuracies of every pair.

    Args:
        document: the journal's.
        margin: a difference of accuracy, as a share, that does not matter.
    """
    settings = document["settings"]
    candidate = CANDIDATES[settings["compared"]]
    arithmetic = FILTERING if candidate.precision == PLAIN else ARITHMETIC[settings["native"]]
    pairs = pairs_of(document["measurements"], settings["compared"])
    compared = {cell: _compare(list(found.values()), margin) for cell, found in pairs.items()}
    protocol = (
        f"{settings['images']:,} training images, {settings['epochs']} epochs, batch {BATCH_SIZE}, "
        f"{REFERENCE_ARM[0].capitalize()} at {REFERENCE_ARM[1]:g}"
        f"{', which falls to 0 along half a cosine' * (settings.get('schedule') == 'cosine')}, "
        f"{settings['threads']} thread"
        f"{'s' * (settings['threads'] > 1)}; accuracy of the final weights, evaluated in float32, on "
        f"{settings['held_out']:,} other images of the training split. {arithmetic}"
    )
    header = ["network", "pairs", PLAIN, candidate.title, "difference, points", "95 % interval", "standard deviation"]
    summary = table(header, [_row(cell, list(pairs[cell].values()), found) for cell, found in compared.items()])
    sentences = "\n".join(f"- {_title(cell)}: {allowed(found, candidate)}" for cell, found in compared.items())
    reading = (
        f"Differences are {candidate.title} minus {PLAIN}, in percentage points, seed by seed; intervals are "
        "classlab's (docs/statistics.md), each at 95 % by itself. A "
        f"difference of at most {100 * margin:g} points counts as none."
    )
    seeds = table(
        ["network", "seed", PLAIN, candidate.title, "difference, points"],
        [
            [_title(cell), str(seed), *(f"{accuracy:.4f}" for accuracy in pair), f"{100 * (pair[1] - pair[0]):+.2f}"]
            for cell, found in pairs.items()
            for seed, pair in found.items()
        ],
    )
    parts = (provenance(document), protocol, summary, sentences, reading, seeds)
    return "\n\n".join(part for part in parts if part)


def pairs_of(
    measurements: list[Measurement], compared: Compared = "bfloat16"
) -> dict[tuple[str, str], dict[int, Pair]]:
    """Accuracies by network (data and model) and seed, where both runs of the pair are there."""
    runs: dict[tuple[str, str], dict[int, dict[str, float]]] = {}
    for one in measurements:
        seeds = runs.setdefault((one["data"], one["model"]), {})
        seeds.setdefault(one["seed"], {})[one["precision"]] = one["accuracy"]
    return {
        cell: {seed: (both[PLAIN], both[compared]) for seed, both in sorted(seeds.items()) if len(both) == 2}
        for cell, seeds in runs.items()
    }


def _compare(pairs: list[Pair], margin: float) -> Comparison:
    from classlab.statistics import compare, sample

    return compare(*(sample([pair[place] for pair in pairs]) for place in (1, 0)), margin=margin)


def _row(cell: tuple[str, str], pairs: list[Pair], found: Comparison) -> list[str]:
    means = (sum(pair[place] for pair in pairs) / len(pairs) if pairs else None for place in (0, 1))
    return [
        _title(cell),
        str(found.n),
        *("" if mean is None else f"{mean:.4f}" for mean in means),
        "" if found.difference is None else f"{100 * found.difference:+.2f}",
        "" if found.interval is None else " .. ".join(f"{100 * end:+.2f}" for end in found.interval),
        "" if found.sd is None else f"{100 * found.sd:.2f}",
    ]


def _title(cell: tuple[str, str]) -> str:
    return f"{cell[1]}, {cell[0]}"


def allowed(found: Comparison, candidate: Candidate = CANDIDATES["bfloat16"]) -> str:
    """What may be said of the candidate (first) against float32, in one sentence.

    Args:
        found: the comparison, with a margin.
        candidate: what was compared.
    """
    if found.interval is None:
        return f"{found.n} pair{'s' * (found.n != 1)} give no interval, so nothing can be said yet."
    low, high = (100 * end for end in found.interval)
    margin = f"the margin of {100 * found.margin:g} points"
    cost = f"{candidate.costs} at most {max(0.0, -low):.2f} points of accuracy (95 % confidence)"
    match found.verdict:
        case "practically equal":
            return f"{cost} and is practically equal to float32, within {margin}."
        case "better":
            return f"{candidate.costs} nothing: it is better by {low:.2f} to {high:.2f} points (95 % confidence)."
        case "worse":
            return f"{candidate.costs} {-high:.2f} to {-low:.2f} points of accuracy (95 % confidence)."
    if -low <= 100 * found.margin:  # the interval is too wide on the side of a gain, which does no harm
        return f"{cost}, within {margin}, and may gain up to {high:.2f}."
    seeds = None if found.would_tell is None else found.would_tell.seeds
    needed = "" if seeds is None else f" About {seeds} pairs would."
    return f"{cost}; these pairs do not tell whether that is within {margin}.{needed}"


if __name__ == "__main__":
    main()
