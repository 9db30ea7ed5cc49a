"""What a search leaves in the hand: its record, its candidates as a table, and the study of its finalists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from classlab.search.sampling import as_optuna_study

if TYPE_CHECKING:
    import optuna

    from classlab.records.plain import JsonDocument
    from classlab.records.search import Candidate, SearchRecord
    from classlab.studies.shown.study_result import StudyResult


class SearchResult:
    """The result of a search.

    Args:
        record: what came of it.
        study: of the finalists; None where there are none.
    """

    def __init__(self, record: SearchRecord, *, study: StudyResult | None) -> None:
        self.record = record
        self.study = study

    @property
    def best(self) -> Candidate | None:
        """The finalist that the study puts first, or else the best candidate; `study.verdict` says what that means."""
        if self.study is None:
            return self.record.best
        names = [arm.name for arm in self.study.record.spec.arms]
        return self.record.candidates[self.record.finalists[names.index(self.study.best)]]

    def table(self) -> list[JsonDocument]:
        """One dictionary per candidate, best first; `pandas.DataFrame(result.table())` makes a table of it."""
        objective = self.record.spec.objective
        return [
            {
                "candidate": each.number,
                "state": each.state,
                "epochs": each.epochs,
                objective: each.figure(objective),
                "parameters": each.parameters,
                **each.settings,
            }
            for each in self.record.ranking
        ]

    def optuna_study(self, storage: Any = None) -> optuna.Study:
        """The candidates as a study of Optuna's, for its own figures and its dashboard.

        Args:
            storage: where Optuna keeps it, as in `optuna.create_study`; None for memory.
        """
        return as_optuna_study(self.record, storage=storage)

    def __repr__(self) -> str:
        return f"<SearchResult {self.record.spec.name!r}, {len(self.record.candidates)} candidates>"
