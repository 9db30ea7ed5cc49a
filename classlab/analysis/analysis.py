"""A study in numbers and in words: the one reading of it that everyone shows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from classlab.analysis.arm import ArmAnalysis, analyse_arm
from classlab.analysis.confirmation import Confirmation, analyse_confirmation
from classlab.analysis.judgement import Judgement, judge_arms
from classlab.analysis.other_rules import OtherWinner, other_winners
from classlab.analysis.run_notices import run_notices
from classlab.analysis.samples import ranked_figure, ranking_margin, ranking_sample
from classlab.analysis.sentences.outcome import outcome_sentences
from classlab.analysis.sentences.verdict import verdict_sentences
from classlab.errors import SpecError
from classlab.records import to_plain
from classlab.records.base import Record
from classlab.records.study import FIGURE, Selection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.records import StudyRecord
    from classlab.statistics import Estimate, Family, Ranking


@dataclass(frozen=True, kw_only=True)
class Analysis(Record):
    """Everything that is said about a study, as numbers and as sentences.

    Args:
        study: its name.
        question: what it was to answer.
        dataset: what it was trained on.
        select: the figure that ranks.
        seeds: each arm's.
        arms: in the study's order; `order`, `candidates` and `ranking` speak of positions in it.
        judgement: order, candidates, comparisons, what would tell.
        other_winners: arms that other reasonable rules would put first.
        confirmation: on fresh seeds, where that was asked for.
        runs: how many runs the study has.
        unfinished: how many of them did not end well.
        validation_images: behind each validation figure; None where no run has one.
        test_images: behind each test accuracy; None where no run has one.
        notices: what a reader must know before the figures, each a sentence.
        sentences: the verdict and what else must be weighed, most important sentence first.
    """

    study: str
    question: str
    dataset: str
    select: Selection
    seeds: tuple[int, ...]
    arms: tuple[ArmAnalysis, ...]
    judgement: Judgement
    other_winners: tuple[OtherWinner, ...]
    confirmation: Confirmation | None
    runs: int
    unfinished: int
    validation_images: int | None
    test_images: int | None
    notices: tuple[str, ...]
    sentences: tuple[str, ...]

    @property
    def order(self) -> tuple[int, ...]:
        """Positions of all arms, best first."""
        return self.judgement.ranking.order

    @property
    def candidates(self) -> tuple[int, ...]:
        """Positions of the arms that may be the best, best first."""
        return self.judgement.candidates

    @property
    def ranking(self) -> Ranking:
        """Estimates and comparisons by the arms' positions."""
        return self.judgement.ranking

    @property
    def first(self) -> ArmAnalysis:
        """The first-ranked arm."""
        return self.arms[self.order[0]]


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
            selected=tuple(ranked_figure(run, spec.select) for run in study.runs_of(place)),
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
        unfinished=sum(arm.score.excluded for arm in arms),
        validation_images=_images([arm.validation for arm in arms]),
        test_images=_images([arm.test for arm in arms]),
        notices=(),
        sentences=(),
    )
    found = replace(found, notices=(*study.notices, *run_notices(study, found)))
    return replace(found, sentences=(*_verdict(found), *outcome_sentences(study, found)))


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
    )


def numbers_of(analysis: Analysis) -> dict[str, Any]:
    """The analysis as dicts, lists, strings and numbers, for programs."""
    plain: dict[str, Any] = to_plain(analysis)
    return plain


def _check_whole(study: StudyRecord) -> None:
    planned = len(study.spec.arms) * len(study.spec.seeds)
    if len(study.runs) != planned:
        raise SpecError(
            f"the study {study.spec.name!r} must have one run per arm and seed, {planned} in all, but got "
            f"{len(study.runs)}. Finish its training first."
        )


def divisible_images(study: StudyRecord) -> int | None:
    """How many images the arms have to train and to validate on together; none where they validate on the test images.

    Where arms differ in that, the fewest: every arm must be able to follow an advice.
    """
    found = [
        0 if run.spec.data.validation == "test" else run.training.images + run.validation.images
        for run in study.runs
        if run.training is not None and run.validation is not None
    ]
    return min(found, default=None)


def _images(estimates: Sequence[Estimate]) -> int | None:
    return next((each.images for each in estimates if each.images is not None), None)
