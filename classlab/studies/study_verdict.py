"""What a study's evidence allows one to say, in one or two sentences for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.statistics import compare, estimate
from classlab.studies.ranked_arms import selected_figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.records import RunRecord, StudyRecord
    from classlab.statistics import Comparison, Verdict
    from classlab.studies.study_table import StudyTable

_NAMED = 3  # arms that a sentence names; more are counted
_FIGURE = {"val_accuracy": "validation accuracy", "val_loss": "validation loss"}
_RELATION: dict[Verdict, str] = {
    "better": "is better than",
    "worse": "is worse than",
    "practically equal": "is practically equal to",
    "cannot tell": "cannot be told apart from",
}


def verdict(table: StudyTable) -> str:
    """Which arm came first, and how it stands to the others.

    Args:
        table: a study's summary.
    """
    ranking, figure = table.ranking, _FIGURE[table.select]
    if len(ranking.unranked) == len(table.rows):
        return "No run ended well, so there is nothing to compare."
    best, others = table.rows[0], [row for row in table.rows[1:] if row.selected.n]
    seeds = _counted(best.selected.n, "seed")
    first = f"{best.name!r} comes first with a {figure} of {best.selected.mean:.4f} over {seeds}."
    relations: dict[str, list[tuple[str, Comparison]]] = {}
    for row in others:
        comparison = ranking.comparison(best.position, row.position)
        if comparison is not None:
            relations.setdefault(_RELATION[comparison.verdict], []).append((row.name, comparison))
    phrases = [_phrase(words, found, len(others)) for words, found in relations.items()]
    return f"{first} It {_joined(phrases)}." if phrases else first


def confirmation_verdict(study: StudyRecord) -> str:
    """What the fresh seeds say of the two arms that came first; "" where they were not trained again.

    Args:
        study: the record.
    """
    finalists: list[list[RunRecord]] = []
    for run in study.confirmation:
        if finalists and _arm_of(study, run) == _arm_of(study, finalists[-1][0]):
            finalists[-1].append(run)
        else:
            finalists.append([run])
    if not finalists:
        return ""
    scores = [[selected_figure(run, study.spec.select) for run in runs] for runs in finalists]
    names = [_arm_of(study, runs[0]) for runs in finalists]
    means = [_mean(each) for each in scores]
    seeds = _counted(len(finalists[0]), "fresh seed")
    if len(finalists) == 1:
        return f"On {seeds}, {names[0]!r} has a {_FIGURE[study.spec.select]} of {means[0]}."
    by_accuracy = study.spec.select == "val_accuracy"
    found = compare(
        scores[0],
        scores[1],
        confidence=study.spec.confidence,
        margin=study.spec.margin if by_accuracy else 0.0,
        higher_is_better=by_accuracy,
    )
    return f"On {seeds}, {names[0]!r} {_RELATION[found.verdict]} {names[1]!r}: {means[0]} against {means[1]}."


def _phrase(words: str, found: Sequence[tuple[str, Comparison]], others: int) -> str:
    names = [repr(name) for name, _ in found]
    if len(found) == others > _NAMED:
        who = f"{'any of the' if 'cannot' in words else 'all'} {others} other arms"
    elif len(names) > _NAMED:
        who = f"{len(names)} of the {others} other arms"
    else:
        who = _joined(names)
    needed = min(
        ((comparison.seeds_needed, name) for name, comparison in found if comparison.seeds_needed), default=None
    )
    advice = ""
    if needed is not None:
        whom = f" it from {needed[1]!r}" if len(found) > 1 else ""
        advice = f" (about {needed[0]} seeds would tell{whom})"
    return f"{words} {who}{advice}"


def _arm_of(study: StudyRecord, run: RunRecord) -> str:
    return next(arm.name for arm in study.spec.arms if arm.run_spec(run.spec.seed) == run.spec)


def _mean(scores: list[float]) -> str:
    mean = estimate(scores).mean
    return "no figure" if mean is None else f"{mean:.4f}"


def _joined(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
