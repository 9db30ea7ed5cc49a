"""What a machine trains in a second, on its processor or its GPU, and how soon one network knows MNIST.

    python -m benchmarks.absolute -o absolute.json --page docs/performance.md
    python -m benchmarks.absolute --device cuda --sizes linear:1000,mlp:256,cnn:64 -o cuda.json

No other tool is measured here, so that nothing but the machine holds a figure up: populations of each network for their
members times epochs per second, and one convolutional network until its accuracy on validation images, 5,000 of the
60,000 training images, is 99 %. Every measurement is a process of its own.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, get_args

from benchmarks.arrays import write_arrays
from benchmarks.journal import Journal
from benchmarks.machine import describe_machine, provenance, warn_if_busy
from benchmarks.measure import Job
from benchmarks.page import replace_between, table
from benchmarks.peers import OURS, PEERS
from benchmarks.trial import NO_TIME, Deadline, interrupt_on_terminate, run_worker
from benchmarks.workloads import WORKLOADS, LayeredName

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SIZES: dict[str, str] = {
    "cpu": "linear:7,linear:256,mlp:4,mlp:64,cnn:1,cnn:4",
    "cuda": "linear:256,linear:1000,mlp:64,mlp:256,cnn:1,cnn:16,cnn:64",
}
# A convolutional network's epoch takes half a minute on two cores, and a second on a GPU.
CNN_IMAGES = {"cpu": 7_680, "cuda": 60_000}
FULL = 60_000
TARGET, TARGET_EPOCHS, HELD_OUT = 0.99, 5, 5_000
HEADER = ["population", "members", "images", "members x epochs of 60,000 images a second", "min .. max", "memory, MiB"]
TARGET_HEADER = ["network", "epochs", "s of training", "min .. max", "s of the process", "validation", "test"]


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    interrupt_on_terminate()
    machine = describe_machine(options.threads)
    warn_if_busy(machine)
    settings = {"device": options.device, "epochs": options.epochs, "cnn_images": options.cnn_images}
    journal = Journal(
        Path(options.output),
        settings={**settings, "threads": options.threads},
        facts={"machine": machine},
        resume=not options.anew,
    )
    _measure_all(options, journal)
    journal.finish()
    text = figures_text(journal.document)
    print(text)
    if options.page:
        replace_between(Path(options.page), "absolute", text)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cpu", choices=tuple(SIZES))
    parser.add_argument("--sizes", help="networks and members, as in linear:7,mlp:4")
    parser.add_argument("--rounds", default=3, type=int)
    parser.add_argument("--epochs", default=3, type=int, help="of which the first is left out")
    parser.add_argument("--cnn-images", type=int, help="training images of cnn")
    parser.add_argument("--no-target", action="store_true", help="leave out how soon one network knows MNIST")
    parser.add_argument("--threads", default=2, type=int)
    parser.add_argument("--minutes", type=float, help="begin no measurement that would end later than this")
    parser.add_argument("--timeout", default=3600, type=float, help="seconds after which a measurement is given up")
    parser.add_argument("--anew", action="store_true", help="do not go on with the measurements in the file")
    parser.add_argument("--page", help="Markdown page whose tables are replaced")
    parser.add_argument("-o", "--output", default="absolute.json")
    options = parser.parse_args(arguments)
    try:
        options.sizes = parse_sizes(options.sizes or SIZES[options.device])
    except ValueError as problem:
        parser.error(str(problem))
    options.cnn_images = options.cnn_images or CNN_IMAGES[options.device]
    return options


def parse_sizes(text: str) -> list[tuple[LayeredName, int]]:
    """Networks and members.

    Raises:
        ValueError: a network is unknown, or its members are not a number from 1.

    Example:
        >>> parse_sizes("linear:7,cnn:1")
        [('linear', 7), ('cnn', 1)]
    """
    found: list[tuple[LayeredName, int]] = []
    for part in text.split(","):
        network, _, members = part.partition(":")
        if network not in get_args(LayeredName) or not members.isdecimal() or int(members) < 1:
            known = ", ".join(get_args(LayeredName))
            raise ValueError(f"--sizes takes a network ({known}) and its members, as in linear:7, but got {part!r}.")
        found.append((network, int(members)))  # type: ignore[arg-type]  # checked above
    return found


def _measure_all(options: argparse.Namespace, journal: Journal) -> None:
    deadline = Deadline(options.minutes)
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(options.rounds):
            for key, job in _jobs(options, Path(folder)):
                told = {**key, "round": turn}
                if journal.find(told):
                    continue
                result = run_worker(PEERS[OURS].worker, job, timeout=options.timeout) if deadline.allows() else NO_TIME
                kept = {name: value for name, value in result.items() if name != "arms"}
                journal.add({**kept, **told})
                what = result.get("error") or f"{result['training_seconds']:.2f} s"
                print(f"round {turn + 1} {key['part']} {key['network']} x{key['members']}: {what}", file=sys.stderr)


def _jobs(options: argparse.Namespace, folder: Path) -> Iterable[tuple[dict[str, Any], Job]]:
    for network, members in options.sizes:
        images = options.cnn_images if network == "cnn" else FULL
        data = write_arrays(folder, "fashion_mnist" if network == "cnn" else "mnist", images)
        told = {"device": options.device}
        arms = WORKLOADS[network].rates(members)
        key = {"part": "throughput", "network": network, "members": members, "images": images}
        yield (
            key,
            Job(
                network=network, arms=arms, epochs=options.epochs, data=str(data), threads=options.threads, options=told
            ),
        )
    if not options.no_target:
        data = write_arrays(folder, "mnist", FULL)
        told = {"device": options.device, "held_out": HELD_OUT}
        key = {"part": "target", "network": "cnn", "members": 1, "images": FULL}
        yield (
            key,
            Job(
                network="cnn",
                arms=WORKLOADS["cnn"].rates(1),
                epochs=TARGET_EPOCHS,
                data=str(data),
                threads=options.threads,
                options=told,
            ),
        )


def figures_text(document: dict[str, Any]) -> str:
    """Provenance, both tables, and what was left out with its reason."""
    done = [one for one in document["measurements"] if "error" not in one]
    parts = [provenance(document), f"Device: {document['settings']['device']}."]
    if rows := [_throughput(group) for group in _groups(done, "throughput")]:
        parts.append(table(HEADER, rows))
    for group in _groups(done, "target"):
        parts += [table(TARGET_HEADER, [_until_target(group)]), _target_note(group)]
    left_out = [
        f"- {one['network']} x {one['members']} ({one['part']}): left out, {one['error']}."
        for one in document["measurements"]
        if "error" in one
    ]
    return "\n\n".join([*parts, *(["\n".join(left_out)] if left_out else [])])


def _groups(done: list[dict[str, Any]], part: str) -> list[list[dict[str, Any]]]:
    """Rounds of the same measurement, in the order in which they were first taken."""
    groups: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for one in done:
        if one["part"] == part:
            groups.setdefault((one["network"], one["members"]), []).append(one)
    return list(groups.values())


def _throughput(group: list[dict[str, Any]]) -> list[str]:
    first = group[0]
    share = first["images"] / FULL
    rates = []
    for one in group:
        (epochs,) = one["epoch_seconds"]
        later = epochs[1:] or epochs
        rates.append(first["members"] * share * len(later) / sum(later))
    memory = median(one.get("memory_together_bytes") or one["peak_memory_bytes"] or 0 for one in group)
    return [
        first["network"],
        f"{first['members']:,}",
        f"{first['images']:,}",
        f"{median(rates):.3g}",
        f"{min(rates):.3g} .. {max(rates):.3g}",
        f"{memory / 2**20:.0f}",
    ]


def _until_target(group: list[dict[str, Any]]) -> list[str]:
    reached = [_reached(one) for one in group]
    epochs, seconds = [epochs for epochs, _ in reached], [seconds for _, seconds in reached]
    best = median(max(one["validation_accuracy"]) for one in group)
    return [
        "cnn",
        f"{median(epochs):g}" if all(epochs) else f"not within {TARGET_EPOCHS}",
        f"{median(seconds):.1f}",
        f"{min(seconds):.1f} .. {max(seconds):.1f}",
        f"{median(one['process_seconds'] for one in group):.1f}",
        f"{best:.4f}",
        f"{median(one['accuracy'][0] for one in group):.4f}",
    ]


def _reached(one: dict[str, Any]) -> tuple[int, float]:
    """Epochs until the validation accuracy was at the target, 0 for never, and their seconds."""
    (epochs,) = one["epoch_seconds"]
    for place, accuracy in enumerate(one["validation_accuracy"], 1):
        if accuracy >= TARGET:
            return place, sum(epochs[:place])
    return 0, sum(epochs)


def _target_note(group: list[dict[str, Any]]) -> str:
    return (
        f"Seconds until the validation accuracy is {TARGET:.0%} at the end of an epoch, one member of Adam at 0.001, "
        f"{FULL - HELD_OUT:,} training images. The process trains all {TARGET_EPOCHS} epochs; *validation* is the best "
        "of them, *test* the accuracy after the last. "
        + ("One round." if len(group) == 1 else f"Medians of {len(group)} rounds.")
    )


if __name__ == "__main__":
    main()
