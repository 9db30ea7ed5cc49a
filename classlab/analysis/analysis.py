"""A study in numbers and in words: the one reading of it that everyone shows."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from math import fsum, isfinite
from typing import TYPE_CHECKING

from classlab.analysis.judgement import judge_arms
from classlab.analysis.notices import run_notices
from classlab.analysis.records import Analysis, ArmAnalysis, Confirmation, Judgement, OtherWinner, Rule
from classlab.analysis.samples import (
    accuracies,
    accuracy_sample,
    balanced_accuracy,
    ended_well,
    ranked_by_seed,
    ranked_figure,
    ranking_margin,
    ranking_sample,
    test_losses,
)
from classlab.analysis.sentences.outcome import outcome_sentences
from classlab.analysis.sentences.verdict import verdict_sentences
from classlab.errors import SpecError
from classlab.records import to_plain
from classlab.records.study import (
    FIGURE,
)
from classlab.statistics import Estimate, compare, estimate, generalisation_gap, sample

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from classlab.analysis.records import Judgement
    from classlab.records import RunRecord, StudyRecord
    from classlab.records.plain import JsonDocument
    from classlab.records.study import Selection
    from classlab.statistics import Estimate, Family


def analyse(study: StudyRecord) -> Analysis:
    """Computes what a study's figures allow one to say, and says it.

    Args:
        study: the record.

    Raises:
        SpecError: the record lacks runs, because the study is not finished.
    """
    _check_whole(study)
    spec, places = study.spec, range(len(study.spec.arms))
    judgement = judge_study(study)
    arms = tuple(
        analyse_arm(
            study,
            place,
            selected=ranked_by_seed(study.runs_of(place), spec.select),
            score=judgement.ranking.estimates[place],
        )
        for place in places
    )
    found = Analysis(
        study=spec.name,
        question=spec.question,
        dataset=spec.arms[0].spec.data.name,
        select=spec.select,
        seeds=spec.seeds,
        arms=arms,
        judgement=judgement,
        other_winners=other_winners(study, judgement),
        confirmation=analyse_confirmation(study),
        runs=len(study.runs),
        unfinished=sum(not _counts(ranked_figure(run, spec.select)) for run in study.runs),
        folds=spec.folds,
        validation_images=_images([arm.validation for arm in arms]),
        test_images=_images([arm.test for arm in arms]),
        notices=(),
        sentences=(),
    )
    found = replace(found, notices=(*study.notices, *run_notices(study, found)))
    return replace(found, sentences=(*_verdict(found), *outcome_sentences(study, found)))


def _counts(figure: float | None) -> bool:
    return figure is not None and isfinite(figure)


def _verdict(found: Analysis) -> tuple[str, ...]:
    """The judgement's sentences; where a confirmation has told what was open, without what would have told."""
    confirmed = found.confirmation
    if confirmed is None or not any(
        each is not None and each.told_apart for each in (confirmed.comparison, confirmed.on_test)
    ):
        return found.judgement.sentences
    return verdict_sentences(replace(found.judgement, advice=None))


def judge_study(study: StudyRecord, *, family: Family = "best") -> Judgement:
    """The judgement alone: which arm comes first, and how it stands to the others.

    Args:
        study: the record, with all its runs.
        family: compare the first arm with every other, or every two.
    """
    spec = study.spec
    return judge_arms(
        [arm.name for arm in spec.arms],
        [ranking_sample(study.runs_of(place), spec.select) for place in range(len(spec.arms))],
        figure=FIGURE[spec.select],
        margin=ranking_margin(spec),
        confidence=spec.confidence,
        family=family,
        given_start=[arm.name for arm in spec.arms if arm.spec.initial_weights is not None],
        command=study.command if spec.seeds == tuple(range(len(spec.seeds))) else "",
        divisible=divisible_images(study),
        folds=spec.folds,
    )


def numbers_of(analysis: Analysis) -> JsonDocument:
    """The analysis as dicts, lists, strings and numbers, for programs."""
    plain: JsonDocument = to_plain(analysis)
    return plain


def _check_whole(study: StudyRecord) -> None:
    planned = len(study.spec.arms) * len(study.spec.seeds) * (study.spec.folds or 1)
    if len(study.runs) != planned:
        each = " and fold" if study.spec.folds else ""
        raise SpecError(
            f"the study {study.spec.name!r} must have one run per arm and seed{each}, {planned} in all, but got "
            f"{len(study.runs)}. Finish its training first."
        )


def divisible_images(study: StudyRecord) -> int | None:
    """How many images the arms have to train and to validate on together, where a share of them validates.

    None can be divided otherwise where they validate on the test images, on their own ones, or on all in folds.

    Where arms differ in that, the fewest: every arm must be able to follow an advice.
    """
    if study.spec.folds:
        return 0  # all of them validate already
    found = [
        0 if isinstance(run.spec.data.validation, str) else run.training.images + run.validation.images
        for run in study.runs
        if run.training is not None and run.validation is not None
    ]
    return min(found, default=None)


def _images(estimates: Sequence[Estimate]) -> int | None:
    return next((each.images for each in estimates if each.images is not None), None)


def analyse_arm(study: StudyRecord, place: int, *, selected: tuple[float | None, ...], score: Estimate) -> ArmAnalysis:
    """Computes one arm's numbers.

    Args:
        study: the record.
        place: the arm's position in it.
        selected: the figure that ranks, by seed.
        score: its estimate.
    """
    arm, runs, confidence = study.spec.arms[place], study.runs_of(place), study.spec.confidence
    fitted = accuracies(runs, "fitted")
    test = accuracy_sample(runs, "test")
    counts = Counter(run.state for run in runs)
    return ArmAnalysis(
        name=arm.name,
        settings=dict(arm.settings),
        selected=selected,
        score=score,
        fitted=estimate(sample(fitted), confidence=confidence),
        validation=score  # the ranking has made this one already
        if study.spec.select == "val_accuracy"
        else estimate(accuracy_sample(runs, "validation"), confidence=confidence),
        test=estimate(test, confidence=confidence),
        test_loss=estimate(sample(test_losses(runs), kind="loss"), confidence=confidence),
        gap=generalisation_gap(
            fitted,
            test,
            confidence=confidence,
            fitted_images=next((run.fitted.images for run in runs if run.fitted is not None), None),
            training_images=next((run.training.images for run in runs if run.training is not None), None),
        ),
        states=dict(sorted(counts.items(), key=lambda pair: (pair[0] != "finished", pair[0]))),
        epochs=(min(run.epochs_done for run in runs), max(run.epochs_done for run in runs)),
        parameters=max(run.parameters for run in runs),
        given_start=arm.spec.initial_weights is not None,
    )


def analyse_confirmation(study: StudyRecord) -> Confirmation | None:
    """Computes what the fresh seeds say; None where there are none."""
    spec = study.spec
    if not study.confirmation:
        return None
    by_arm: dict[int, list[RunRecord]] = {}
    for run in study.confirmation:
        by_arm.setdefault(arm_of(study, run), []).append(run)
    runs = list(by_arm.values())
    scores = [ranking_sample(each, spec.select) for each in runs]
    tests = [accuracy_sample(each, "test") for each in runs]
    two = len(runs) > 1
    return Confirmation(
        arms=tuple(by_arm),
        seeds=tuple(dict.fromkeys(run.spec.seed for run in runs[0])),
        scores=tuple(estimate(each, confidence=spec.confidence) for each in scores),
        test=tuple(estimate(each, confidence=spec.confidence) for each in tests),
        comparison=compare(*scores[:2], confidence=spec.confidence, margin=ranking_margin(spec)) if two else None,
        on_test=compare(*tests[:2], confidence=spec.confidence, margin=spec.margin)
        if two and not spec.chosen_on_test and all(each.there.any() for each in tests[:2])
        else None,
    )


def arm_of(study: StudyRecord, run: RunRecord) -> int:
    """The arm that a confirming run belongs to: the first that asks for this very run."""
    for place, arm in enumerate(study.spec.arms):
        if arm.spec.drawn(seed=run.spec.seed, fold=run.spec.data.fold or 0) == run.spec:
            return place
    return 0


_LOWER: frozenset[Rule] = frozenset({"loss at the end", "loss of the best epoch"})


_OWN: dict[Selection, Rule] = {
    "val_accuracy": "accuracy at the end",
    "val_loss": "loss at the end",
    "val_balanced_accuracy": "balanced accuracy",
}


def other_winners(study: StudyRecord, judgement: Judgement) -> tuple[OtherWinner, ...]:
    """Ranks the arms whose every run ended well by other rules, and names the winners that differ.

    Losses are compared only where all arms have the same one; a rule needs its figure of every run.

    Args:
        study: the record.
        judgement: by the study's own rule.
    """
    whole = [arm for arm in judgement.ranking.order if all(ended_well(run) for run in study.runs_of(arm))]
    if len(whole) < 2 or judgement.first not in whole:
        return ()
    own = _OWN.get(study.spec.select)
    one_loss = len({arm.spec.loss for arm in study.spec.arms}) == 1
    found = []
    for rule, read in _RULES.items():
        if rule == own or (rule in _LOWER and not one_loss):
            continue
        means = {arm: _mean([read(run) for run in study.runs_of(arm)]) for arm in whole}
        known = {arm: mean for arm, mean in means.items() if mean is not None}
        if len(known) < len(whole):
            continue
        sign = -1.0 if rule in _LOWER else 1.0
        best = max(known, key=lambda arm: sign * known[arm])
        if sign * known[best] > sign * known[judgement.first]:
            found.append(OtherWinner(rule=rule, arm=best, figure=known[best], first_figure=known[judgement.first]))
    return tuple(found)


def _mean(values: Sequence[float | None]) -> float | None:
    there = [value for value in values if value is not None and isfinite(value)]
    return fsum(there) / len(there) if values and len(there) == len(values) else None


def _best(run: RunRecord, name: str, choose: Callable[[Sequence[float]], float]) -> float | None:
    history = [figure for figure in run.history.get(name, ()) if isfinite(figure)]
    return choose(history) if history else None


_RULES: dict[Rule, Callable[[RunRecord], float | None]] = {
    "accuracy at the end": lambda run: run.validation.accuracy if run.validation else None,
    "loss at the end": lambda run: run.validation.loss if run.validation else None,
    "accuracy of the best epoch": lambda run: _best(run, "val_accuracy", max),
    "loss of the best epoch": lambda run: _best(run, "val_loss", min),
    "balanced accuracy": balanced_accuracy,
}
