"""Arms judged by one figure: order, candidates, comparisons, what would tell, and the sentences that say so."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from classlab.analysis.advice import Advice, advise
from classlab.analysis.sentences.comparison import Repeat  # noqa: TC001  (pydantic reads these annotations)
from classlab.analysis.sentences.verdict import verdict_sentences
from classlab.records.base import Record
from classlab.statistics import Comparison, Estimate, Family, Ranking, luck, rank
from classlab.statistics.sample import Kind  # noqa: TC001  (pydantic reads these annotations)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.statistics import Sample


@dataclass(frozen=True, kw_only=True)
class Judgement(Record):
    """What the evidence allows one to say about arms, as numbers and in words.

    Args:
        names: of the arms, in the order in which they were given.
        figure: what ranks them, as in "validation accuracy".
        kind: whether it is an accuracy, a loss or a score without ends to its scale.
        given_start: names of the arms whose seeds all start from the same given weights.
        paired: whether figures of equal seed belong together.
        ranking: order, estimates, comparisons and candidates; positions are those of `names`.
        luck: by how much, about, the first arm's figure owes to having been picked; None where that cannot be measured.
        advice: what would tell the first arm from the next candidate; None where nothing is open or known.
        repeat: what is drawn anew from one training of an arm to the next: `run` where nobody named the seeds.
        sentences: the verdict, most important sentence first. Everyone who shows the study shows these.
    """

    names: tuple[str, ...]
    figure: str
    kind: Kind
    given_start: tuple[str, ...]
    paired: bool
    ranking: Ranking
    luck: float | None
    advice: Advice | None
    repeat: Repeat = "seed"
    sentences: tuple[str, ...] = ()

    @property
    def first(self) -> int:
        """Position of the arm that comes first."""
        return self.ranking.order[0]

    @property
    def candidates(self) -> tuple[int, ...]:
        """Positions of the arms that may be the best, best first."""
        return self.ranking.candidates

    @property
    def score(self) -> Estimate:
        """The first arm's figure."""
        return self.ranking.estimates[self.first]

    @property
    def rival(self) -> int | None:
        """Position of the arm that the first is measured against: the next candidate, or where there is none the next.

        None where no other arm has a figure. The verdict, the confirmation and the doctor speak of this one.
        """
        others = [arm for arm, _ in self.against_first()]
        return next((arm for arm in others if arm in self.candidates), others[0] if others else None)

    def against(self, arm: int) -> Comparison:
        """The first arm compared with another that has a figure."""
        return self._against[arm]

    def against_first(self) -> list[tuple[int, Comparison]]:
        """The first arm compared with every other that has a figure, in order."""
        return list(self._against.items())

    @cached_property
    def _against(self) -> dict[int, Comparison]:
        pairs = ((arm, self.ranking.comparison(self.first, arm)) for arm in self.ranking.order[1:])
        return {arm: found for arm, found in pairs if found is not None}


def judge_arms(
    names: Sequence[str],
    samples: Sequence[Sample],
    *,
    figure: str = "validation accuracy",
    margin: float = 0.0,
    confidence: float = 0.95,
    family: Family = "best",
    paired: bool = True,
    repeat: Repeat = "seed",
    given_start: Sequence[str] = (),
    command: str = "",
    divisible: int | None = None,
) -> Judgement:
    """Judges arms; the one place where a verdict is made.

    Args:
        names: of the arms.
        samples: what was measured of each, in the same order.
        figure: what ranks them, in words.
        margin: a difference too small to matter, in the figure's unit.
        confidence: of every interval, and of the comparisons together.
        family: the first arm with every other, or every two.
        paired: whether figures at the same position were made with the same seed.
        repeat: what is drawn anew from one training of an arm to the next: `run` where nobody named the seeds.
        given_start: names of the arms whose seeds all start from the same given weights.
        command: what trained them with seeds counted from 0, so that more of them can be asked for; "" where that is
            not so.
        divisible: how many images there are to train and to rank on together; None where images to rank on have to be
            found elsewhere.

    Raises:
        SpecError: there is no arm, or a setting makes no sense.
    """
    ranking = rank(samples, confidence=confidence, margin=margin, family=family, paired=paired)
    found = Judgement(
        names=tuple(names),
        figure=figure,
        kind=samples[0].kind,
        given_start=tuple(given_start),
        paired=paired,
        ranking=ranking,
        luck=luck(samples, ranking.candidates, paired=paired) if ranking.candidates else None,
        advice=advise(ranking, command=command, divisible=divisible),
        repeat=repeat,
    )
    return replace(found, sentences=verdict_sentences(found))
