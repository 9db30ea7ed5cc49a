"""From single measurements to the comparison's tables: medians over rounds, their spread, ratios to the marks."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import mean, median
from typing import TYPE_CHECKING, Any

from benchmarks.instructions import computed_with
from benchmarks.page import table
from benchmarks.peers import COURSE, OURS, OURS_AUTO, PEERS
from benchmarks.suites import SELECTIONS
from benchmarks.workloads import REFERENCE_ARM

if TYPE_CHECKING:
    from collections.abc import Sequence

HEADER = [
    "tool",
    "members",
    "s per member and epoch",
    "min .. max",
    "with first epoch",
    "ratio",
    "ratio to Keras",
    "process, s",
    "min .. max",
    "ratio",
    "ratio to Keras",
    "memory, MiB",
    "test accuracy",
    "mean of arms",
    "arithmetic",
]


@dataclass(frozen=True, kw_only=True)
class Line:
    """One tool with one number of members on one selection, all rounds together.

    Args:
        workload: the selection's name.
        peer: key of `PEERS`.
        members: arms trained by one process.
        steady: seconds per member and epoch without first epochs, by round.
        overall: the same with first epochs, compilation included, by round.
        process: wall seconds of the whole process, by round.
        training: wall seconds of its training calls, by round.
        further: seconds that one more arm takes, evaluation included, by round: the last one's training where arms were
            trained one after another, for what was compiled before may serve it, or a member's share of a population's.
        memory: peak MiB of all processes together; median over rounds.
        accuracy: test accuracy of the reference arm; median over rounds.
        mean_accuracy: that of all arms it trained.
        arithmetic: `float32` or `bfloat16`.
    """

    workload: str
    peer: str
    members: int
    steady: dict[int, float]
    overall: dict[int, float]
    process: dict[int, float]
    training: dict[int, float]
    further: dict[int, float]
    memory: float
    accuracy: float
    mean_accuracy: float
    arithmetic: str

    def process_for(self, members: int) -> dict[int, float]:
        """Wall seconds, by round, of one process that trains so many arms.

        Measured where the tool trained as many. Otherwise imports and loading count once, and every further arm takes
        what `further` says.
        """
        return {turn: self.process[turn] + self.further[turn] * (members - self.members) for turn in self.process}


def lines_of(measurements: list[dict[str, Any]]) -> list[Line]:
    """Groups successful measurements by selection, tool and members, in the order of their first appearance."""
    groups: dict[tuple[str, str, int], list[dict[str, Any]]] = {}
    for one in measurements:
        if "error" not in one:
            groups.setdefault((one["workload"], one["peer"], one["members"]), []).append(one)
    return [_line(*key, group) for key, group in groups.items()]


def _line(workload: str, peer: str, members: int, group: list[dict[str, Any]]) -> Line:
    return Line(
        workload=workload,
        peer=peer,
        members=members,
        steady={one["round"]: _per_member(one, skip_first=True) for one in group},
        overall={one["round"]: _per_member(one, skip_first=False) for one in group},
        process={one["round"]: one["process_seconds"] for one in group},
        training={one["round"]: one["training_seconds"] for one in group},
        further={one["round"]: _further(one) for one in group},
        memory=median(_peak(one) / 2**20 for one in group),
        accuracy=median(_reference_accuracy(one) for one in group),
        mean_accuracy=median(mean(one["accuracy"]) for one in group),
        arithmetic=group[-1].get("arithmetic") or PEERS[peer].options.get("precision", "float32"),
    )


def _peak(one: dict[str, Any]) -> int:
    """All processes together where they were looked at from outside; their own account is that of the largest."""
    names = ("peak_memory_bytes", "children_memory_bytes", "memory_together_bytes", "tree_memory_bytes")
    return max(one.get(name) or 0 for name in names)


def _further(one: dict[str, Any]) -> float:
    fits, members = one["epoch_seconds"], one["members"]
    training = sum(fits[-1]) if 1 < len(fits) == members else one["training_seconds"] / members
    return float(training + one.get("evaluation_seconds", 0.0) / members)


def _per_member(one: dict[str, Any], *, skip_first: bool) -> float:
    """Seconds per member and epoch. Arms trained one after another are fits of their own; a population is one fit."""
    fits = one["epoch_seconds"]
    kept = [fit[1:] if skip_first and len(fit) > 1 else fit for fit in fits]
    epochs = len(kept[0])
    members: int = one["members"]
    return float(sum(sum(fit) for fit in kept) / (members * epochs))


def _reference_accuracy(one: dict[str, Any]) -> float:
    """The reference arm's, with the first seed; the best arm's where it was not trained."""
    for arm, accuracy in zip(one["arms"], one["accuracy"], strict=True):
        if (arm["optimizer"], arm["learning_rate"]) == REFERENCE_ARM:
            return float(accuracy)
    return float(max(one["accuracy"]))


def best_loop(lines: list[Line]) -> Line | None:
    """The quickest tool that trains arms one after another, by steady seconds per member and epoch."""
    loops = [line for line in lines if line.peer not in (OURS, OURS_AUTO) and PEERS[line.peer].kind == "loop"]
    return min(loops, key=lambda line: median(line.steady.values()), default=None)


def line_of(lines: list[Line], peer: str) -> Line | None:
    """The tool's line with the most members."""
    return max((line for line in lines if line.peer == peer), key=lambda line: line.members, default=None)


def as_markdown(measurements: list[dict[str, Any]], *, settings: dict[str, Any], units: Sequence[str] = ()) -> str:
    """One table per selection, with the notes of the tools that appear in it, and what was left out with its reason.

    Args:
        measurements: what the driver collected.
        settings: with `images` and `epochs` per selection.
        units: the instructions that could be used, as `benchmarks.instructions.units` names them.
    """
    lines = lines_of(measurements)
    workloads = dict.fromkeys(line.workload for line in lines)
    parts = [_section(name, [line for line in lines if line.workload == name], settings, units) for name in workloads]
    seen = {line.peer for line in lines}
    notes = [f"- {peer.title}: {peer.note}" for name, peer in PEERS.items() if peer.note and name in seen]
    left_out: dict[tuple[str, str], list[str]] = {}
    for one in measurements:
        if "error" in one:
            titles = left_out.setdefault((one["peer"], one["error"]), [])
            if one["workload"] not in titles:
                titles.append(one["workload"])
    notes += [
        f"- {PEERS[peer].title} on {', '.join(names)}: left out, {why}." for (peer, why), names in left_out.items()
    ]
    return "\n\n".join(part for part in (*parts, "\n".join(notes)) if part)


def _section(workload: str, lines: list[Line], settings: dict[str, Any], units: Sequence[str]) -> str:
    best, course = best_loop(lines), line_of(lines, COURSE)
    rounds = sorted({len(line.steady) for line in lines})
    counted = (
        f"{rounds[0]} round"
        if rounds == [1]
        else f"{' to '.join(str(n) for n in (*rounds[:1], *rounds[1:][-1:]))} rounds"
    )
    tested = f", {settings['test_images']:,} test images" if settings.get("test_images") else ""
    heading = (
        f"### {SELECTIONS[workload].title}: {settings['images'][workload]:,} training images{tested}, "
        f"{settings['epochs'][workload]} epochs, batch {SELECTIONS[workload].batch_size}, {counted}"
    )
    rows = [_row(line, best, course, units) for line in lines]
    against = f"Ratios are against the best loop here, {PEERS[best.peer].title}" if best else "No loop was measured"
    keras = f", and against {PEERS[COURSE].title}, as a course writes it." if course else "."
    return f"{heading}\n\n{table(HEADER, rows)}\n\n{against}{keras}"


def _row(line: Line, best: Line | None, course: Line | None, units: Sequence[str]) -> list[str]:
    return [
        PEERS[line.peer].title,
        str(line.members),
        f"{median(line.steady.values()):.3f}",
        f"{min(line.steady.values()):.3f} .. {max(line.steady.values()):.3f}",
        f"{median(line.overall.values()):.3f}",
        _ratio(best.steady if best else None, line.steady),
        _ratio(course.steady if course else None, line.steady),
        f"{median(line.process.values()):.1f}",
        f"{min(line.process.values()):.1f} .. {max(line.process.values()):.1f}",
        _ratio(best.process_for(line.members) if best else None, line.process),
        _ratio(course.process_for(line.members) if course else None, line.process),
        f"{line.memory:.0f}",
        f"{line.accuracy:.4f}",
        f"{line.mean_accuracy:.4f}",
        computed_with(line.arithmetic, list(units)),
    ]


def _ratio(theirs: dict[int, float] | None, ours: dict[int, float]) -> str:
    """Median over median: above 1 means that the row's tool is quicker than the mark."""
    return f"{median(theirs.values()) / median(ours.values()):.2f}" if theirs else ""
