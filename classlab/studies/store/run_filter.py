"""Which runs to list, and in what order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.errors import SpecError
from classlab.studies.store.schema import bindable

if TYPE_CHECKING:
    from classlab.options.words import RunState, SortKey
    from classlab.studies.store.schema import Cell

_ORDERS: dict[SortKey, str] = {  # newest and best first; everything else upwards; runs without the figure last
    "created": "created DESC",
    "accuracy": "validation_accuracy DESC NULLS LAST",
    "loss": "validation_loss ASC NULLS LAST",
    "test_accuracy": "test_accuracy DESC NULLS LAST",
    "test_loss": "test_loss ASC NULLS LAST",
    "data": "data",
    "model": "model",
    "optimizer": "optimizer",
    "learning_rate": "learning_rate",
    "seed": "seed",
    "state": "state",
    "seconds": "seconds ASC NULLS LAST",
}
_LIKE_THIS = ("data", "model", "optimizer", "learning_rate", "seed", "state", "epochs", "batch_size")


@dataclass(frozen=True, kw_only=True)
class RunFilter:
    """What a run must be to be listed; None asks for nothing.

    Accuracies are those on the validation images: choosing runs by their test figures would be selecting on the
    test set.

    Args:
        study: belongs to this study, its confirmation included.
        data: dataset name, as in the run's specification.
        model: the architecture's name.
        optimizer: Keras's name in small letters.
        learning_rate: the base rate.
        seed: the seed.
        state: how the run ended.
        epochs: epochs asked for.
        batch_size: images per step.
        min_accuracy: validation accuracy of at least this share.
        max_loss: validation loss of at most this.
        sort: order; dates, accuracies start with the newest and best.
        limit: at most this many, after sorting.
        skip: leave out so many first, after sorting: the next page of a long list.
    """

    study: str | None = None
    data: str | None = None
    model: str | None = None
    optimizer: str | None = None
    learning_rate: float | None = None
    seed: int | None = None
    state: RunState | None = None
    epochs: int | None = None
    batch_size: int | None = None
    min_accuracy: float | None = None
    max_loss: float | None = None
    sort: SortKey = "created"
    limit: int | None = None
    skip: int = 0

    def __post_init__(self) -> None:
        if self.limit is not None and self.limit < 1:
            raise SpecError(f"`limit` must be at least 1, but got limit={self.limit}. Leave it out for all runs.")
        if self.skip < 0:
            raise SpecError(f"`skip` must be at least 0, but got skip={self.skip}. Leave it out for the first runs.")
        if self.sort not in _ORDERS:
            raise SpecError(f"`sort` must be one of {', '.join(_ORDERS)}, but got sort={self.sort!r}. Choose one.")

    def where(self) -> tuple[str, list[Cell]]:
        """The condition of a `SELECT ... FROM runs`, and the values of its question marks."""
        terms, values = [], []
        for name in _LIKE_THIS:
            value = getattr(self, name)
            if value is not None:
                terms.append(f"{name} = ?")
                values.append(bindable(value))
        for term, bound in (("validation_accuracy >= ?", self.min_accuracy), ("validation_loss <= ?", self.max_loss)):
            if bound is not None:
                terms.append(term)
                values.append(bound)
        if self.study is not None:
            terms.append("identity IN (SELECT identity FROM study_runs WHERE study = ?)")
            values.append(bindable(self.study))
        return (f" WHERE {' AND '.join(terms)}" if terms else ""), values

    def sql(self) -> tuple[str, list[Cell]]:
        """The same with order, limit and page."""
        where, values = self.where()
        limit = -1 if self.limit is None else self.limit  # SQLite's word for none
        return f"{where} ORDER BY {_ORDERS[self.sort]}, identity LIMIT ? OFFSET ?", [*values, limit, self.skip]
