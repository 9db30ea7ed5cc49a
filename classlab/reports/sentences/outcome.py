"""What else a reader must weigh: runs that went wrong, the winner's luck, fresh seeds, the test set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.reports.numbers import count, counted, decimal, percent, points
from classlab.reports.sentences.comparison import Unit, comparison_sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from classlab.records import StudyRecord
    from classlab.reports.analysis import Analysis
    from classlab.statistics import Estimate

_STATES = {
    "diverged": "diverged",
    "failed": "failed",
    "interrupted": "stopped before the end",
}


def states_sentence(analysis: Analysis) -> str | None:
    """How many runs did not end well, and whose they are; None where all did."""
    if not analysis.unfinished:
        return None
    parts = []
    for arm in analysis.arms:
        bad = [f"{number} {_STATES[state]}" for state, number in arm.states.items() if state in _STATES]
        if bad:
            parts.append(f"{arm.name} ({', '.join(bad)})")
    rest = "; ".join(parts[:5]) + (f"; {counted(len(parts) - 5, 'more arm')}" if len(parts) > 5 else "")
    return (
        f"{analysis.unfinished} of {counted(analysis.runs, 'run')} did not end well: {rest}. Their figures are left "
        "out, and their arms come after those whose every run finished."
    )


def flattery_sentence(analysis: Analysis) -> str | None:
    """How much the first-ranked mean may owe to having been picked; None where that cannot be measured."""
    amount = analysis.flattery.amount
    if amount is None or analysis.select != "val_accuracy":
        return None
    advice = "" if analysis.confirmation else " Fresh seeds would show it without that luck: give --confirm 5."
    return (
        f"The first of {counted(analysis.flattery.arms, 'arm')} was picked for having the highest mean, so up to about "
        f"{points(amount)} points of it may be luck.{advice}"
    )


def confirmation_sentences(analysis: Analysis) -> tuple[str, ...]:
    """What the fresh seeds say; empty where there are none."""
    found = analysis.confirmation
    if found is None:
        return ()
    names = [analysis.arms[arm].name for arm in found.arms]
    before, after = analysis.arms[found.arms[0]].score, found.scores[0]
    if before.mean is None or after.mean is None:
        return (f"None of the {counted(len(found.seeds), 'fresh seed')} of {names[0]} ended well.",)
    by_accuracy = analysis.select == "val_accuracy"
    write: Callable[[float | None], str] = percent if by_accuracy else decimal
    sentences = [
        f"On {counted(after.n, 'fresh seed')} {names[0]} reaches {write(after.mean)}, against {write(before.mean)} "
        "on the seeds it was picked on."
    ]
    if found.comparison is not None:
        unit: Unit = "points" if by_accuracy else "loss"
        sentences.append(f"Fresh seeds alone: {comparison_sentence(names[0], names[1], found.comparison, unit=unit)}")
    return tuple(sentences)


def test_sentence(study: StudyRecord, analysis: Analysis) -> str | None:
    """The first-ranked arm's test accuracy, and whether the test images took part in choosing it."""
    test = analysis.first.test
    if test.mean is None or analysis.test_images is None:
        return None
    images = count(analysis.test_images)
    chosen = any(arm.spec.data.validation == "test" for arm in study.spec.arms)
    part = "which also chose it, so this flatters" if chosen else "which took no part in choosing it"
    return f"On the {images} test images, {part}, {analysis.first.name} is right for {percent(test.mean)}{_ends(test)}."


test_sentence.__test__ = False  # type: ignore[attr-defined]  # its name is that of a pytest test


def _ends(found: Estimate) -> str:
    if found.interval is None:
        return ""
    low, high = (percent(end) for end in found.interval)
    return f" ({100 * found.confidence:g} % interval over the seeds {low} to {high})"
