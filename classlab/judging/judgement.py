"""The verdict on results that others measured: the one reading of arms, and what their number of images adds to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classlab.analysis.judgement import judge_arms
from classlab.analysis.numbers import listed
from classlab.analysis.pairs import check_arms
from classlab.analysis.records import Judgement
from classlab.errors import SpecError
from classlab.judging.sentences import accuracy_limit, image_sentences, metric_words
from classlab.records.base import Record
from classlab.statistics import Comparison, Interval, Verdict, sample

if TYPE_CHECKING:
    from classlab.analysis.records import Judgement
    from classlab.judging.results import Results
    from classlab.statistics import Family, Interval, Sample
    from classlab.statistics.sample import Kind


@dataclass(frozen=True, kw_only=True)
class JudgedResults(Record):
    """The verdict on results.

    Args:
        judgement: the same reading that a study gets: order, candidates, comparisons, what would tell.
        sentences: what may be said, most important sentence first.
        notes: how the results were read.
        metric: name of the figure, as the source has it.
        images: behind every figure; None where not known.
        images_intervals: by arm, Wilson's interval of one network of this mean over images; None where images are not
            known, where figures are no shares, and where the arm's own interval holds for other images already.
    """

    judgement: Judgement
    sentences: tuple[str, ...]
    notes: tuple[str, ...]
    metric: str
    images: int | None
    images_intervals: tuple[Interval | None, ...]

    @property
    def first(self) -> str:
        """Name of the arm that comes first."""
        return self.judgement.names[self.judgement.first]

    @property
    def candidates(self) -> tuple[str, ...]:
        """Names of the arms that may be the best."""
        return tuple(self.judgement.names[arm] for arm in self.judgement.candidates)

    @property
    def verdict(self) -> Verdict:
        """What may be said of the first arm against the next candidate, or where there is none the next arm."""
        rival = self.judgement.rival
        return "cannot tell" if rival is None else self.judgement.against(rival).verdict

    def comparison(self, first: str, second: str) -> Comparison:
        """What may be said of one arm against another, as first minus second.

        Args:
            first: name of an arm.
            second: name of another.

        Raises:
            SpecError: there is no such arm, or the two were not compared.
        """
        places = [self.judgement.names.index(name) if name in self.judgement.names else -1 for name in (first, second)]
        found = None if -1 in places else self.judgement.ranking.comparison(places[0], places[1])
        if found is None:
            raise SpecError(
                f"two arms that were compared must be named, but got {first!r} and {second!r}. The arms are "
                f"{listed([repr(name) for name in self.judgement.names])}; pairs='all' compares every two."
            )
        return found

    def __str__(self) -> str:
        return "\n".join(self.sentences)


def judge_results(
    results: Results, *, confidence: float = 0.95, margin: float = 0.0, family: Family = "best"
) -> JudgedResults:
    """Says what results show about arms.

    Image by image where it is known which images each run got right; else for other seeds alone, and then the number
    of images says what it allows by itself. Error rates are read as accuracies, 1 minus the rate.

    Args:
        results: of two arms or more.
        confidence: that all intervals hold at once.
        margin: differences of this size or less do not matter; a share where figures are shares.
        family: compare the first arm with every other, or every two.

    Raises:
        SpecError: `confidence` or `margin` makes no sense, or all pairs of too many arms are asked for.
    """
    if family == "all pairs":
        check_arms(len(results.arms))
    if results.shares and margin >= 1:
        raise SpecError(
            f"`margin` must be below 1 where figures are shares, but got margin={margin:g}. "
            f"Write margin={margin / 100:g} for {margin:g} %."
        )
    words = metric_words(results.metric)
    judgement = judge_arms(
        results.arms,
        [_sample(results, arm) for arm in results.arms],
        figure=f"accuracy (1 minus {words})" if results.errors else words,
        margin=margin,
        confidence=confidence,
        family=family,
        paired=results.paired,
        repeat="seed" if results.named else "run",
    )
    intervals = tuple(_images_interval(results, judgement, arm) for arm in range(len(results.arms)))
    return JudgedResults(
        judgement=judgement,
        sentences=judgement.sentences
        if results.correct
        else (*judgement.sentences, *image_sentences(judgement, intervals, images=results.images)),
        notes=(*results.notes, f"Error rates are shown as accuracies: 1 minus {words}.")
        if results.errors
        else results.notes,
        metric=results.metric,
        images=results.images,
        images_intervals=intervals,
    )


def _sample(results: Results, arm: str) -> Sample:
    """One arm's figures; where runs are paired, at the places of all seeds."""
    rows = [row for row in results.rows if row.arm == arm]
    seeds = {seed: place for place, seed in enumerate(results.seeds)} if results.paired else None
    places = [place if seeds is None else seeds[row.seed] for place, row in enumerate(rows)]
    values = np.full(len(rows) if seeds is None else len(seeds), np.nan)
    for place, row in zip(places, rows, strict=True):
        if row.figure is not None:
            values[place] = 1 - row.figure if results.errors else row.figure
    right = results.correct.get(arm)
    by_image = None
    if right is not None and right.shape[1] > 1 and _kind(results) == "accuracy":
        by_image = np.zeros((len(values), right.shape[1]), np.bool_)
        by_image[places] = right
    return sample(
        values,
        by_image=by_image,
        images=results.images,
        kind=_kind(results),
        absent=len(values) - len(rows),
    )


def _kind(results: Results) -> Kind:
    if results.shares:
        return "accuracy"
    return "score" if results.higher_is_better else "loss"


def _images_interval(results: Results, judgement: Judgement, arm: int) -> Interval | None:
    found = judgement.ranking.estimates[arm]
    if (
        found.mean is None
        or results.images is None
        or not results.shares
        or found.holds_for not in ("seeds", "nothing")
    ):
        return None
    return accuracy_limit(found.mean, results.images, confidence=found.confidence)
