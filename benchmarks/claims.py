"""What the comparison is held to: ratios that are aimed at, beside those that were measured, with their spread."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Literal

from benchmarks.page import table
from benchmarks.peers import BY_HAND, COURSE, OURS, PEERS
from benchmarks.suites import SELECTIONS
from benchmarks.summary import best_loop, line_of

if TYPE_CHECKING:
    from benchmarks.summary import Line

Mark = Literal["best loop", "course", "by hand"]
What = Literal["steady", "with first epoch", "process"]
HEADER = ["comparison", "members", "against", "figure", "aim", "measured", "min .. max", "accuracy, points"]

# Ratios of time, theirs over ours, that are to be reached.
AIMS: dict[str, tuple[tuple[Mark, What, float], ...]] = {
    "linear": (("best loop", "steady", 10), ("course", "steady", 60), ("course", "process", 25)),
    "mlp": (("best loop", "steady", 2), ("course", "steady", 12), ("course", "process", 10)),
    "mlp-activations": (("best loop", "steady", 2), ("course", "steady", 12), ("course", "process", 10)),
    "mlp-fashion": (),
    "cnn": (("best loop", "steady", 1.3), ("course", "steady", 3), ("course", "process", 3)),
}
BY_HAND_AIMS: tuple[tuple[Mark, What, float], ...] = (("by hand", "steady", 0.8), ("by hand", "with first epoch", 1))


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One ratio.

    Args:
        workload: the selection's name.
        members: of our population.
        mark: key of the tool that is compared with.
        what: which seconds.
        aim: what the ratio is to reach.
        ratios: theirs over ours, by round in which both were measured; at least one.
        ratio: median of theirs over median of ours.
        accuracy: ours minus theirs, of the reference arm, in percentage points of the test images.
    """

    workload: str
    members: int
    mark: str
    what: What
    aim: float
    ratios: tuple[float, ...]
    ratio: float
    accuracy: float


def claims_of(lines: list[Line]) -> list[Claim]:
    """Every aim for which both tools were measured, in the order of the selections."""
    found = []
    for workload, aims in AIMS.items():
        here = [line for line in lines if line.workload == workload]
        marks = {"best loop": best_loop(here), "course": line_of(here, COURSE), "by hand": line_of(here, BY_HAND)}
        found += [
            _claim(line, theirs, what, aim)
            for line in _ours(workload, here)
            for mark, what, aim in (*aims, *BY_HAND_AIMS)
            if (theirs := marks[mark]) is not None
        ]
    return found


def _ours(workload: str, lines: list[Line]) -> list[Line]:
    """The population that the aims are for: the largest, but every size where members gain nothing from each other."""
    if workload == "cnn":
        return [line for line in lines if line.peer == OURS]
    largest = line_of(lines, OURS)
    return [] if largest is None else [largest]


def _claim(ours: Line, theirs: Line, what: What, aim: float) -> Claim:
    own, other = _seconds(ours, what, ours.members), _seconds(theirs, what, ours.members)
    both = sorted(own.keys() & other.keys())
    ratio = median(other.values()) / median(own.values())
    return Claim(
        workload=ours.workload,
        members=ours.members,
        mark=theirs.peer,
        what=what,
        aim=aim,
        ratios=tuple(other[turn] / own[turn] for turn in both) or (ratio,),
        ratio=ratio,
        accuracy=100 * (ours.accuracy - theirs.accuracy),
    )


def _seconds(line: Line, what: What, members: int) -> dict[int, float]:
    match what:
        case "steady":
            return line.steady
        case "with first epoch":
            return line.overall
        case "process":
            return line.process_for(members)


def claims_text(lines: list[Line]) -> str:
    """The claims as a table; empty where nothing can be claimed."""
    claims = claims_of(lines)
    if not claims:
        return ""
    rows = [
        [
            SELECTIONS[claim.workload].title,
            str(claim.members),
            PEERS[claim.mark].title,
            claim.what,
            f"{claim.aim:g}",
            f"{claim.ratio:.2f}" if claim.ratio >= claim.aim else f"{claim.ratio:.2f} (not reached)",
            f"{min(claim.ratios):.2f} .. {max(claim.ratios):.2f}",
            f"{claim.accuracy:+.2f}",
        ]
        for claim in claims
    ]
    return (
        "### Aims\n\n"
        + table(HEADER, rows)
        + "\n\nA figure is their time over classlab's: the median over the other's "
        "median, then the least and the most of single rounds. The last column is classlab's accuracy minus theirs."
    )
