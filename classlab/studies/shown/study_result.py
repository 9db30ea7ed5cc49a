"""What a study leaves in the hand: its record, the table, the verdict, and every run."""

from __future__ import annotations

from functools import cached_property
from html import escape
from typing import TYPE_CHECKING

from classlab.analysis import Analysis, analyse
from classlab.analysis.pairs import all_pairs
from classlab.analysis.table import aligned, html_of, plain_rows, table_note, text_rows
from classlab.errors import SpecError
from classlab.extras import need
from classlab.records import identity

if TYPE_CHECKING:
    from collections.abc import Callable

    from pandas import DataFrame

    from classlab.records import StudyRecord
    from classlab.records.plain import JsonDocument
    from classlab.statistics import RankedPair
    from classlab.studies.runs.run import Run


class StudyResult:
    """The result of a study.

    Args:
        record: what came of it.
        run: gives a run by its identity.
    """

    def __init__(self, record: StudyRecord, *, run: Callable[[str], Run]) -> None:
        self.record = record
        self._run = run

    @cached_property
    def analysis(self) -> Analysis:
        """Estimates, order, candidates, comparisons and sentences: what the report and the terminal show, too."""
        return analyse(self.record)

    def table(self) -> list[JsonDocument]:
        """One dictionary per arm, best first."""
        return plain_rows(self.analysis)

    def frame(self) -> DataFrame:
        """The same as a data frame of pandas.

        Raises:
            MissingExtraError: pandas is not installed.
        """
        need("pandas", "a data frame", instead="take `result.table()`")
        from pandas import DataFrame

        return DataFrame(self.table())

    @property
    def best(self) -> str:
        """The name of the arm that comes first; `verdict` says whether that means anything."""
        return self.analysis.first.name

    @property
    def candidates(self) -> tuple[str, ...]:
        """Names of the arms that may be the best, the first among them."""
        return tuple(self.analysis.arms[place].name for place in self.analysis.candidates)

    @property
    def verdict(self) -> str:
        """How the first arm stands to the others, and what else must be weighed."""
        return " ".join(self.analysis.sentences)

    @property
    def notices(self) -> tuple[str, ...]:
        """What must be known before the figures are read, each a sentence; empty for a sound study."""
        return self.analysis.notices

    def all_pairs(self) -> tuple[RankedPair, ...]:
        """Every two arms compared, by their positions in `record.spec.arms`; the intervals hold for all at once.

        Raises:
            SpecError: there are more than 60 arms.
        """
        return all_pairs(self.record).pairs

    def run(self, arm: str, seed: int, fold: int = 0) -> Run:
        """One run of the study, with its weights and predictions.

        Args:
            arm: its arm's name.
            seed: its seed.
            fold: with cross-validation, the fold that it was validated on, from 0.

        Raises:
            SpecError: the study has no such arm, seed or fold.
        """
        spec = self.record.spec
        found = next((each for each in spec.arms if each.name == arm), None)
        if found is None:
            names = ", ".join(repr(each.name) for each in spec.arms[:20])
            raise SpecError(f"`arm` must be one of the study's arms, but got arm={arm!r}. They are {names}.")
        if seed not in spec.seeds:
            seeds = ", ".join(str(each) for each in spec.seeds[:20])
            raise SpecError(f"`seed` must be one of the study's seeds, but got seed={seed}. They are {seeds}.")
        if not 0 <= fold < (spec.folds or 1):
            folds = f"folds 0 to {spec.folds - 1}" if spec.folds else "no folds; leave `fold` out"
            raise SpecError(f"`fold` must be one of the study's folds, but got fold={fold}. It has {folds}.")
        return self._run(identity(found.run_spec(seed, fold)))

    def __repr__(self) -> str:
        notices = [f"notice: {sentence}" for sentence in self.analysis.notices]
        table = aligned(text_rows(self.analysis))
        return "\n".join([*notices, table, table_note(self.analysis), *self.analysis.sentences])

    def _repr_html_(self) -> str:
        notices = "".join(f"<p><strong>Notice:</strong> {escape(each)}</p>" for each in self.analysis.notices)
        note = escape(table_note(self.analysis))
        from classlab.reports.figures.shown import ranking_html

        table = f"{html_of(self.analysis)}<p><small>{note}</small></p>"
        return f"<div>{notices}<p>{escape(self.verdict)}</p>{ranking_html(self)}{table}</div>"
