"""What a further member costs: seconds per member and epoch, and memory per member, as a population grows.

    python -m benchmarks.growth -o growth.json --figure docs/growth.svg --page docs/performance.md

Two ways of growing are measured: a search, learning rates of Adam with one seed, whose members share every batch; and
the linear sweep's arms with ever more seeds, of which each has batches of its own. Every population is a process of its
own. Memory is what all its processes hold after the first epoch, shared pages counted once, less what the
population of one member holds.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Literal

from benchmarks.arrays import write_arrays
from benchmarks.growth_figure import draw
from benchmarks.journal import Journal
from benchmarks.machine import describe_machine, provenance, warn_if_busy
from benchmarks.measure import Job
from benchmarks.page import replace_between, table
from benchmarks.peers import OURS, PEERS
from benchmarks.trial import NO_TIME, Deadline, interrupt_on_terminate, run_worker
from benchmarks.workloads import WORKLOADS, LayeredName

if TYPE_CHECKING:
    from collections.abc import Sequence

Way = Literal["rates", "seeds"]
SIZES: dict[tuple[LayeredName, Way], tuple[int, ...]] = {
    ("linear", "rates"): (1, 4, 16, 64, 256, 1000),
    ("mlp", "rates"): (1, 4, 16, 64),
    ("linear", "seeds"): (1, 4, 16, 64, 256),
}
WAYS: dict[Way, str] = {"rates": "learning rates, one seed", "seeds": "arms of the sweep, further seeds"}
AIMED_MEMBERS, AIM = 256, 6.0  # so many linear members cost at most a sixth of a single one, each
HEADER = [
    "population",
    "members",
    "s per member and epoch",
    "min .. max",
    "single member's cost over this",
    "process, s",
    "memory, MiB",
    "per further member, MiB",
    "accuracy, best arm",
]


@dataclass(frozen=True, kw_only=True)
class Size:
    """One population, all rounds together.

    Args:
        network: what is trained.
        way: how it grows.
        members: how many.
        seconds: per member and epoch without the first, one per round.
        process: of the whole process; median.
        memory: bytes of all processes together; median.
        accuracy: the best arm's, on the test images; median.
    """

    network: str
    way: Way
    members: int
    seconds: tuple[float, ...]
    process: float
    memory: float
    accuracy: float


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    interrupt_on_terminate()
    machine = describe_machine(options.threads)
    warn_if_busy(machine)
    settings = {"images": options.images, "epochs": options.epochs, "threads": options.threads}
    journal = Journal(Path(options.output), settings=settings, facts={"machine": machine}, resume=not options.anew)
    _measure_all(options, journal)
    journal.finish()
    text = figures_text(journal.document)
    print(text)
    if options.figure:
        print(draw(sizes_of(journal.measurements), Path(options.figure)), file=sys.stderr)
    if options.page:
        replace_between(Path(options.page), "growth", text)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", default=3, type=int)
    parser.add_argument("--epochs", default=2, type=int)
    parser.add_argument("--images", default=60_000, type=int, help="training images")
    parser.add_argument("--most", default=1000, type=int, help="members of the largest population")
    parser.add_argument("--threads", default=2, type=int)
    parser.add_argument("--minutes", type=float, help="begin no measurement that would end later than this")
    parser.add_argument("--timeout", default=3600, type=float, help="seconds after which a measurement is given up")
    parser.add_argument("--anew", action="store_true", help="do not go on with the measurements in the file")
    parser.add_argument("--figure", help="where to draw it, as .svg or .png")
    parser.add_argument("--page", help="Markdown page whose table is replaced")
    parser.add_argument("-o", "--output", default="growth.json")
    return parser.parse_args(arguments)


def _measure_all(options: argparse.Namespace, journal: Journal) -> None:
    """Round after round, small populations first: where time runs out, the largest are missing."""
    deadline = Deadline(options.minutes)
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(options.rounds):
            for (network, way), sizes in SIZES.items():
                for members in (size for size in sizes if size <= options.most):
                    key = {"network": network, "way": way, "members": members}
                    if journal.find({**key, "round": turn}):
                        continue
                    if not deadline.allows(_expected(journal, key)):
                        if turn == 0:
                            journal.add({**key, "round": turn, **NO_TIME})
                        continue
                    job = _job(options, write_arrays(Path(folder), "mnist", options.images), network, way, members)
                    result = run_worker(PEERS[OURS].worker, job, timeout=options.timeout)
                    journal.add({**_short(result), **key, "round": turn})
                    what = result.get("error") or f"{result['training_seconds']:.2f} s"
                    print(f"round {turn + 1} {network} {way} x{members}: {what}", file=sys.stderr, flush=True)


def _expected(journal: Journal, key: dict[str, Any]) -> float:
    """Seconds that a population will take, at the cost per member of the largest one measured so far."""
    alike = [
        one
        for one in journal.measurements
        if "error" not in one and (one["network"], one["way"]) == (key["network"], key["way"])
    ]
    largest = max(alike, key=lambda one: one["members"], default=None)
    return largest["process_seconds"] * max(1.0, key["members"] / largest["members"]) if largest else 0.0


def _job(options: argparse.Namespace, data: Path, network: LayeredName, way: Way, members: int) -> Job:
    workload = WORKLOADS[network]
    arms = workload.rates(members) if way == "rates" else workload.arms(members)
    return Job(network=network, arms=arms, epochs=options.epochs, data=str(data), threads=options.threads)


def _short(result: dict[str, Any]) -> dict[str, Any]:
    """The measurement without what a thousand members would fill the file with."""
    if "error" in result:
        return result
    kept = {name: value for name, value in result.items() if name not in ("arms", "accuracy")}
    return {**kept, "best_accuracy": max(result["accuracy"])}


def sizes_of(measurements: list[dict[str, Any]]) -> list[Size]:
    """Groups successful measurements by population, in the order of `SIZES`."""
    groups: dict[tuple[str, Way, int], list[dict[str, Any]]] = {}
    for one in measurements:
        if "error" not in one:
            groups.setdefault((one["network"], one["way"], one["members"]), []).append(one)
    order = list(SIZES)
    sizes = [_size(network, way, members, group) for (network, way, members), group in groups.items()]
    return sorted(sizes, key=lambda size: (order.index((size.network, size.way)), size.members))  # type: ignore[arg-type]


def _size(network: str, way: Way, members: int, group: list[dict[str, Any]]) -> Size:
    (fits,) = zip(*(one["epoch_seconds"] for one in group), strict=True)
    later = [fit[1:] or fit for fit in fits]
    return Size(
        network=network,
        way=way,
        members=members,
        seconds=tuple(sum(fit) / len(fit) / members for fit in later),
        process=median(one["process_seconds"] for one in group),
        memory=median(one.get("memory_together_bytes") or one["peak_memory_bytes"] or 0 for one in group),
        accuracy=median(one["best_accuracy"] for one in group),
    )


def figures_text(document: dict[str, Any]) -> str:
    """Provenance, the table, the aim, and what was left out with its reason."""
    sizes = sizes_of(document["measurements"])
    settings = document["settings"]
    singles = {(size.network, size.way): size for size in sizes if size.members == 1}
    rows = [_row(size, singles.get((size.network, size.way))) for size in sizes]
    counts = f"{settings['images']:,} training images, {settings['epochs']} epochs, batch 128."
    left_out = [
        f"- {one['network']}, {WAYS[one['way']]}, {one['members']} members: left out, {one['error']}."
        for one in document["measurements"]
        if "error" in one
    ]
    parts = (provenance(document), counts, table(HEADER, rows), _aim(sizes, singles), "\n".join(left_out))
    return "\n\n".join(part for part in parts if part)


def _row(size: Size, single: Size | None) -> list[str]:
    further = "" if single is None or size.members == 1 else _further(size, single)
    middle = median(size.seconds)
    return [
        f"{size.network}, {WAYS[size.way]}",
        f"{size.members:,}",
        f"{middle:.4f}",
        f"{min(size.seconds):.4f} .. {max(size.seconds):.4f}",
        f"{median(single.seconds) / middle:.1f}" if single else "",
        f"{size.process:.1f}",
        f"{size.memory / 2**20:.0f}",
        further,
        f"{size.accuracy:.4f}",
    ]


def _further(size: Size, single: Size) -> str:
    return f"{(size.memory - single.memory) / (size.members - 1) / 2**20:.2f}"


def _aim(sizes: list[Size], singles: dict[tuple[str, Way], Size]) -> str:
    """Whether many linear members cost little enough each, in a sentence per way of growing."""
    found = []
    for size in sizes:
        single = singles.get((size.network, size.way))
        if size.network == "linear" and size.members == AIMED_MEMBERS and single:
            ratio = median(single.seconds) / median(size.seconds)
            verdict = "reached" if ratio >= AIM else "not reached"
            found.append(
                f"{AIMED_MEMBERS} linear members, {WAYS[size.way]}: 1/{ratio:.1f} of the single member's cost each; "
                f"the aim, at most 1/{AIM:g}, is {verdict}."
            )
    return "\n".join(f"- {sentence}" for sentence in found)


if __name__ == "__main__":
    main()
