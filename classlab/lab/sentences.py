"""Sentences and figures that several steps share: planned comparisons, what an arm reaches, ratios."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.analysis import divisible_images
from classlab.analysis.judgement import advise_on
from classlab.analysis.numbers import decimal
from classlab.analysis.samples import ranking_sample
from classlab.analysis.sentences.comparison import comparison_sentence, quoted
from classlab.analysis.sentences.verdict import advice_sentence, figure_words
from classlab.lab.step import runs_of
from classlab.statistics import compare

if TYPE_CHECKING:
    from classlab.analysis import ArmAnalysis
    from classlab.records import StudyRecord
    from classlab.statistics import Comparison

Side = tuple["StudyRecord", str]  # a study and the name of one of its arms


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A comparison of two arms that was planned before anyone looked at the figures.

    Args:
        first: what the first is called in sentences.
        second: what the second is called.
        comparison: first against second, in the figure that ranks.
        divisible: how many images there are to train and to rank on together; None where that is no bound.
    """

    first: str
    second: str
    comparison: Comparison
    divisible: int | None = None

    @property
    def sentence(self) -> str:
        """What may be said of the two, and what would tell where the evidence does not."""
        said = comparison_sentence(self.first, self.second, self.comparison)
        advice = advise_on(self.comparison, divisible=self.divisible)
        if advice is None:
            return said
        return f"{said} {advice_sentence(self.first, self.second, advice, holds_for=self.comparison.holds_for)}"


def planned(first: Side, second: Side, *, comparisons: int, names: tuple[str, str] | None = None) -> Planned:
    """Compares two arms, of one study or of two with the same seeds and images, in validation accuracy.

    A question that was asked beforehand about two named arms does not look for the best of many. It is corrected for
    the questions that were asked with it, and for nothing else.

    Args:
        first: study and name of an arm.
        second: of the other.
        comparisons: how many such questions are asked together.
        names: what the two are called in sentences; by the arms' names where it is None.
    """
    one, two = (ranking_sample(runs_of(study, arm), study.spec.select) for study, arm in (first, second))
    spec = first[0].spec
    found = compare(one, two, confidence=spec.confidence, margin=spec.margin, comparisons=comparisons)
    called = names or (first[1], second[1])
    return Planned(first=called[0], second=called[1], comparison=found, divisible=divisible_images(first[0]))


def reached_sentence(arm: ArmAnalysis) -> str:
    """What an arm reaches on the test images, with the analysis's own figures."""
    if arm.test.mean is None:
        return f"{quoted(arm.name)} has no test accuracy: no run of it ended well."
    return f"On the test images {quoted(arm.name)} is right for {figure_words(arm.test)}."


def times(factor: float) -> str:
    """A ratio in words, as in `12 times` or `0.2 times`; two digits are enough for a comparison of sizes."""
    return f"{decimal(factor, digits=0 if factor >= 10 else 1)} times"
