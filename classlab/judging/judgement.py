"""What may be said about arms whose results others measured, and the figures behind it."""

from __future__ import annotations

from dataclasses import dataclass

from classlab.analysis.judgement import Judgement  # noqa: TC001  (pydantic reads the annotations when a record is written)
from classlab.analysis.numbers import listed
from classlab.errors import SpecError
from classlab.records.base import Record
from classlab.statistics import Comparison, Interval, Verdict  # noqa: TC001


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
