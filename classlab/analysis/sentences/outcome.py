"""What else a reader must weigh: other rules for the winner, fresh seeds, the test images."""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING

from classlab.analysis.numbers import counted, decimal, percent
from classlab.analysis.samples import ended_well
from classlab.analysis.sentences.comparison import Unit, comparison_sentence, quoted
from classlab.analysis.sentences.verdict import figure_words
from classlab.records.study import is_share

if TYPE_CHECKING:
    from collections.abc import Callable

    from classlab.analysis.records import Analysis, OtherWinner, Rule
    from classlab.records import Figures, StudyRecord
    from classlab.records.study import Selection

_RULES: dict[Rule, str] = {
    "accuracy at the end": "the validation accuracy at the end",
    "loss at the end": "the validation loss at the end",
    "accuracy of the best epoch": "the validation accuracy of each run's best epoch",
    "loss of the best epoch": "the validation loss of each run's best epoch",
    "balanced accuracy": "the mean over classes of the share recognised",
}


def outcome_sentences(study: StudyRecord, analysis: Analysis) -> tuple[str, ...]:
    """Everything that is said after the verdict."""
    return (*_other_rules(analysis), *_confirmation(study, analysis), *_test(study, analysis))


def _other_rules(analysis: Analysis) -> list[str]:
    """Other winners, one sentence for each arm that would be one."""
    by_arm: dict[int, list[OtherWinner]] = {}
    for each in analysis.other_winners:
        by_arm.setdefault(each.arm, []).append(each)
    return [_other_winner(analysis, arm, found) for arm, found in by_arm.items()]


def _other_winner(analysis: Analysis, arm: int, found: list[OtherWinner]) -> str:
    reasons = " and by ".join(f"{_RULES[each.rule]} ({_pair(each)})" for each in found)
    return (
        f"Another rule names another winner: by {reasons}, {quoted(analysis.arms[arm].name)} would come before "
        f"{quoted(analysis.first.name)}."
    )


def _pair(found: OtherWinner) -> str:
    write = decimal if "loss" in found.rule else percent
    return f"{write(found.figure)} against {write(found.first_figure)}"


def _confirmation(study: StudyRecord, analysis: Analysis) -> list[str]:
    """What the fresh seeds say, on the images that chose and on those that did not; empty where there are none."""
    found = analysis.confirmation
    if found is None:
        return []
    names = [analysis.arms[arm].name for arm in found.arms]
    before, after = analysis.arms[found.arms[0]].score, found.scores[0]
    if before.mean is None or after.mean is None:
        return [f"None of the {counted(len(found.seeds), 'fresh seed')} of {quoted(names[0])} ended well."]
    accuracy, given = is_share(analysis.select), any(analysis.arms[arm].given_start for arm in found.arms)
    write = percent if accuracy else decimal
    seeds = f"{after.n} of " * bool(after.excluded) + counted(len(found.seeds), "fresh seed")
    said = [
        f"On {seeds} and the same validation images {quoted(names[0])} reaches {write(after.mean)}, against "
        f"{write(before.mean)} on the seeds it was picked on."
    ]
    if found.comparison is not None:
        unit: Unit = "points" if accuracy else "loss"
        sentence = comparison_sentence(names[0], names[1], found.comparison, unit=unit, given_start=given)
        said.append(f"With the fresh seeds alone, on the images that chose: {sentence}")
    if found.on_test is not None:
        sentence = comparison_sentence(names[0], names[1], found.on_test, given_start=given)
        said.append(f"With the fresh seeds on the test images, which chose nothing: {sentence}")
    elif study.spec.chosen_on_test:
        said.append("No images are left that did not choose, so fresh seeds cannot show how far the images flatter.")
    return said


def _test(study: StudyRecord, analysis: Analysis) -> list[str]:
    """The first-ranked arm's test accuracy, and whether the test images took part in choosing it."""
    test = analysis.first.test
    if test.mean is None:
        return []
    flattered = "which also chose it, so that this flatters"
    part = flattered if study.spec.chosen_on_test else "which took no part in choosing it"
    words = figure_words(test, given_start=analysis.first.given_start, folds=analysis.folds, each=True)
    said = f"On the test images, {part}, {quoted(analysis.first.name)} is right for {words}."
    return [said, *_test_by_class(study, analysis)]


_BY_CLASS: dict[Selection, tuple[str, Callable[[Figures], float | None]]] = {
    "val_balanced_accuracy": ("balanced accuracy", lambda figures: figures.balanced_accuracy),
    "val_macro_f1": ("macro F1", lambda figures: figures.macro_f1),
}


def _test_by_class(study: StudyRecord, analysis: Analysis) -> list[str]:
    """The figure that ranked, on the test images, where it is none that the sentence before says."""
    if study.spec.select not in _BY_CLASS:
        return []
    name, read = _BY_CLASS[study.spec.select]
    runs = [run for run in study.runs_of(analysis.order[0]) if ended_well(run) and run.test is not None]
    known = [found for run in runs if run.test is not None and (found := read(run.test)) is not None]
    if not known or len(known) < len(runs):
        return []
    mean = f", the mean over {len(known)} seeds," if len(known) > 1 else ""
    return [f"Its {name} there{mean} is {percent(fsum(known) / len(known))}."]
