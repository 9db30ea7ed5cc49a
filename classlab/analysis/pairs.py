"""Every two arms of a study compared, with intervals that hold for all pairs at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.analysis.analysis import judge_study
from classlab.analysis.numbers import counted
from classlab.analysis.sentences.comparison import Unit, lead_cells, shared_holds, verdict_cell
from classlab.errors import SpecError
from classlab.records import to_plain
from classlab.records.base import Record
from classlab.statistics import RankedPair  # noqa: TC001  (pydantic reads these annotations)

if TYPE_CHECKING:
    from classlab.records import StudyRecord
    from classlab.records.plain import JsonDocument

MOST_ARMS = 60  # 1,770 comparisons are the most that anyone reads
HEADER = ("first", "second", "ahead by", "interval", "the first is")


@dataclass(frozen=True, kw_only=True)
class AllPairs(Record):
    """Every two arms that have a figure.

    Args:
        names: of all arms, in the study's order.
        accuracy: whether accuracies were compared, or losses.
        given_start: of each arm, whether its seeds start from given weights.
        confidence: that all intervals hold at once.
        pairs: by the arms' positions, the higher-ranked first, in the order of the ranking.
    """

    names: tuple[str, ...]
    accuracy: bool
    given_start: tuple[bool, ...]
    confidence: float
    pairs: tuple[RankedPair, ...]


def check_arms(arms: int) -> None:
    """Refuses to compare every two of more arms than anyone reads pairs of.

    Raises:
        SpecError: there are too many.
    """
    if arms > MOST_ARMS:
        raise SpecError(
            f"all pairs can be shown of {MOST_ARMS} arms at most, but there are {arms:,}. Choose pairs='best'."
        )


def all_pairs(study: StudyRecord) -> AllPairs:
    """Compares every two arms.

    The verdict asks which arm is the best, and compares the others with the first alone. Here any two are asked about,
    so there are more claims to hold at once, and the intervals are wider.

    Args:
        study: the record, with all its runs.

    Raises:
        SpecError: there are more arms than anyone reads pairs of.
    """
    check_arms(len(study.spec.arms))
    ranking = judge_study(study, family="all pairs").ranking
    return AllPairs(
        names=tuple(arm.name for arm in study.spec.arms),
        accuracy=ranking.higher_is_better,
        given_start=tuple(arm.spec.initial_weights is not None for arm in study.spec.arms),
        confidence=ranking.confidence,
        pairs=ranking.pairs,
    )


def pair_rows(found: AllPairs) -> list[tuple[str, ...]]:
    """One row per pair, in percentage points or in loss; see `HEADER`."""
    unit: Unit = "points" if found.accuracy else "loss"
    return [
        (
            found.names[pair.first],
            found.names[pair.second],
            *lead_cells(pair.comparison, unit),
            verdict_cell(pair.comparison),
        )
        for pair in found.pairs
    ]


def pairs_note(found: AllPairs) -> str:
    """What the rows are, and what their intervals hold for."""
    if not found.pairs:
        return "Fewer than two arms have a figure, so there is no pair."
    unit = "percentage points" if found.accuracy else "loss per image"
    size = counted(found.pairs[0].comparison.comparisons, "comparison")
    holds = shared_holds((pair.comparison.holds_for for pair in found.pairs), given_start=found.given_start)
    return (
        f"How far the first is ahead of the second, in {unit}. The intervals hold for all pairs at once at "
        f"{100 * found.confidence:g} %, corrected for {size}{holds}; those of the verdict, which compares with the "
        "first arm alone, may be narrower."
    )


def plain_pairs(found: AllPairs) -> list[JsonDocument]:
    """One dictionary per pair, for programs."""
    return [
        {"first": found.names[pair.first], "second": found.names[pair.second], **to_plain(pair.comparison)}
        for pair in found.pairs
    ]
