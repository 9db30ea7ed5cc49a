"""A study in numbers: estimates per arm, ranking, comparisons with the best, gaps, counts. No words, no drawing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from classlab.errors import SpecError
from classlab.records import to_plain
from classlab.records.base import Record
from classlab.records.study import Selection  # noqa: TC001  (pydantic reads these annotations)
from classlab.reports.arm_analysis import ArmAnalysis, analyse_arm
from classlab.reports.confirmation import Confirmation, analyse_confirmation
from classlab.reports.one_seed import OneSeedPair, compare_one_seed
from classlab.statistics import Flattery, Ranking, flattery, rank

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from classlab.records import StudyRecord
    from classlab.reports.predictions import RunPredictions


@dataclass(frozen=True, kw_only=True)
class Analysis(Record):
    """Everything that a study's report says, as numbers.

    Args:
        study: its name.
        question: what it was to answer.
        dataset: what it was trained on.
        select: the figure that ranks.
        seeds: each arm's.
        arms: in the study's order; `order` and `ranking` speak of positions in it.
        order: all arms, best first; those with a run that did not end well after the others, because a mean without
            the seeds that went wrong flatters.
        ranking: of the arms whose every run ended well, or of all where there is no such arm.
        one_seed: where the arms have one seed each, the first against each other, on the validation images.
        flattery: what the first-ranked mean owes to having been picked.
        confirmation: on fresh seeds, where that was asked for.
        runs: how many runs the study has.
        unfinished: how many of them did not end well.
        test_images: behind each test accuracy; None where no run has one.
    """

    study: str
    question: str
    dataset: str
    select: Selection
    seeds: tuple[int, ...]
    arms: tuple[ArmAnalysis, ...]
    order: tuple[int, ...]
    ranking: Ranking
    one_seed: tuple[OneSeedPair, ...]
    flattery: Flattery
    confirmation: Confirmation | None
    runs: int
    unfinished: int
    test_images: int | None

    @property
    def first(self) -> ArmAnalysis:
        """The first-ranked arm."""
        return self.arms[self.order[0]]


def analyse(study: StudyRecord, *, predictions: Mapping[str, RunPredictions] | None = None) -> Analysis:
    """Computes what a study's figures allow one to say.

    Args:
        study: the record.
        predictions: by run identity; only looked at where the arms have one seed each.

    Raises:
        SpecError: the record lacks runs, because the study is not finished.
    """
    spec = study.spec
    planned = len(spec.arms) * len(spec.seeds)
    if len(study.runs) != planned:
        raise SpecError(
            f"the study {spec.name!r} must have one run per arm and seed, {planned} in all, but got {len(study.runs)}. "
            "Finish its training first."
        )
    arms = tuple(analyse_arm(study, place) for place in range(len(spec.arms)))
    ranking = _ranking(study, arms)
    ranked = [place for place in ranking.order if place not in ranking.unranked]
    order = (*ranked, *_best_first([place for place in range(len(arms)) if place not in ranked], arms, spec.select))
    tests = [run.test.images for run in study.runs if run.test is not None]
    return Analysis(
        study=spec.name,
        question=spec.question,
        dataset=spec.arms[0].spec.data.name,
        select=spec.select,
        seeds=spec.seeds,
        arms=arms,
        order=order,
        ranking=ranking,
        one_seed=compare_one_seed(study, ranked, predictions or {}),
        flattery=flattery([arm.selected for arm in arms]),
        confirmation=analyse_confirmation(study),
        runs=len(study.runs),
        unfinished=sum(arm.score.excluded for arm in arms),
        test_images=tests[0] if tests else None,
    )


def numbers_of(analysis: Analysis) -> dict[str, Any]:
    """The analysis as dicts, lists, strings and numbers, for programs."""
    plain: dict[str, Any] = to_plain(analysis)
    return plain


def _ranking(study: StudyRecord, arms: Sequence[ArmAnalysis]) -> Ranking:
    spec = study.spec
    some = any(arm.ended_well for arm in arms)
    scores = [arm.selected if arm.ended_well or not some else (None,) * len(spec.seeds) for arm in arms]
    by_accuracy = spec.select == "val_accuracy"
    return rank(
        scores,
        confidence=spec.confidence,
        margin=spec.margin if by_accuracy else 0.0,  # the margin is a difference in accuracy; a loss has none
        higher_is_better=by_accuracy,
    )


def _best_first(places: list[int], arms: Sequence[ArmAnalysis], select: Selection) -> list[int]:
    sign = -1.0 if select == "val_accuracy" else 1.0

    def key(place: int) -> float:
        mean = arms[place].score.mean
        return float("inf") if mean is None else sign * mean

    return sorted(places, key=key)
