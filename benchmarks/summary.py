"""From single measurements to the comparison's table: medians over rounds, their spread, ratios to the best loop."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.page import table
from benchmarks.peers import OURS, PEERS
from benchmarks.workloads import REFERENCE_ARM

HEADER = [
    "tool",
    "members",
    "s per member and epoch",
    "min .. max",
    "with first epoch",
    "ratio",
    "process, s",
    "process per member, s",
    "process ratio",
    "memory, MiB",
    "test accuracy",
]


@dataclass(frozen=True, kw_only=True)
class Line:
    """One tool with one number of members on one workload, all rounds together.

    Args:
        workload: its name.
        peer: key of `PEERS`.
        members: arms trained by one process.
        steady: seconds per member and epoch without first epochs, `(median, min, max)` over rounds.
        overall: the same with first epochs, compilation included; median over rounds.
        process: wall seconds of the whole process; median over rounds.
        memory: peak resident MiB; median over rounds.
        accuracy: test accuracy of the reference arm; median over rounds.
        rounds: measurements behind the figures.
    """

    workload: str
    peer: str
    members: int
    steady: tuple[float, float, float]
    overall: float
    process: float
    memory: float
    accuracy: float
    rounds: int

    @property
    def process_per_member(self) -> float:
        """Whole-process seconds, shared out."""
        return self.process / self.members


def lines_of(measurements: list[dict[str, Any]]) -> list[Line]:
    """Groups successful measurements by workload, tool and members, in the order of their first appearance."""
    groups: dict[tuple[str, str, int], list[dict[str, Any]]] = {}
    for one in measurements:
        if "error" not in one:
            groups.setdefault((one["workload"], one["peer"], one["members"]), []).append(one)
    return [_line(*key, group) for key, group in groups.items()]


def _line(workload: str, peer: str, members: int, group: list[dict[str, Any]]) -> Line:
    steady = [_per_member(one, skip_first=True) for one in group]
    return Line(
        workload=workload,
        peer=peer,
        members=members,
        steady=(median(steady), min(steady), max(steady)),
        overall=median(_per_member(one, skip_first=False) for one in group),
        process=median(one["process_seconds"] for one in group),
        memory=median((one["peak_memory_bytes"] or 0) / 2**20 for one in group),
        accuracy=median(_reference_accuracy(one) for one in group),
        rounds=len(group),
    )


def _per_member(one: dict[str, Any], *, skip_first: bool) -> float:
    """Seconds per member and epoch. Arms trained one after another are fits of their own; a population is one fit."""
    fits = one["epoch_seconds"]
    kept = [fit[1:] if skip_first and len(fit) > 1 else fit for fit in fits]
    epochs = len(kept[0])
    members: int = one["members"]
    return float(sum(sum(fit) for fit in kept) / (members * epochs))


def _reference_accuracy(one: dict[str, Any]) -> float:
    for arm, accuracy in zip(one["arms"], one["accuracy"], strict=True):
        if (arm["optimizer"], arm["learning_rate"]) == REFERENCE_ARM:
            return float(accuracy)
    return float("nan")


def best_loop(lines: list[Line]) -> Line | None:
    """The quickest tool that is not classlab, by steady seconds per member and epoch."""
    return min((line for line in lines if line.peer != OURS), key=lambda line: line.steady[0], default=None)


def as_markdown(measurements: list[dict[str, Any]], *, images: dict[str, int], epochs: int) -> str:
    """One table per workload, with the notes of the tools that appear in it.

    Args:
        measurements: what the driver collected.
        images: training images per workload.
        epochs: epochs per arm.
    """
    lines = lines_of(measurements)
    workloads = dict.fromkeys(line.workload for line in lines)
    parts = [_section(name, [line for line in lines if line.workload == name], images, epochs) for name in workloads]
    seen = {line.peer for line in lines}
    notes = [f"- {peer.title}: {peer.note}" for name, peer in PEERS.items() if peer.note and name in seen]
    left_out = {(one["workload"], one["peer"], one["error"]) for one in measurements if "error" in one}
    notes += [f"- {PEERS[peer].title} on {workload}: left out, {why}." for workload, peer, why in sorted(left_out)]
    return "\n\n".join([*parts, "\n".join(notes)])


def _section(workload: str, lines: list[Line], images: dict[str, int], epochs: int) -> str:
    best = best_loop(lines)
    rows = [_row(line, best) for line in lines]
    heading = f"### {workload}: {images[workload]:,} training images, {epochs} epochs, {lines[0].rounds} rounds"
    against = f"Ratios are against the best loop here, {PEERS[best.peer].title}." if best else "No peer was measured."
    return f"{heading}\n\n{table(HEADER, rows)}\n\n{against}"


def _row(line: Line, best: Line | None) -> list[str]:
    middle, low, high = line.steady
    return [
        PEERS[line.peer].title,
        str(line.members),
        f"{middle:.3f}",
        f"{low:.3f} .. {high:.3f}",
        f"{line.overall:.3f}",
        f"{best.steady[0] / middle:.2f}" if best else "",
        f"{line.process:.1f}",
        f"{line.process_per_member:.2f}",
        f"{best.process_per_member / line.process_per_member:.2f}" if best else "",
        f"{line.memory:.0f}",
        f"{line.accuracy:.4f}",
    ]
