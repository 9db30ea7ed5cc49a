"""One run as a source tells it, before the runs of all sources are put together; and what a person said about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.errors import SpecError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class ReadingOptions:
    """How a table is to be read; what is None is guessed, and the output says how.

    Args:
        arm: columns that name the arm together; empty where they are guessed.
        seed: columns that name the run among those of its arm; empty where they are guessed.
        figure: the column with the figures.
        images: how many images are behind every figure, or the column that says so.
        lower_is_better: whether lower figures are better; by the metric's name where None.
        wide: whether each column is an arm and each row a seed.
        per_cent: whether figures are per cent although they look like shares, or like both.
        only: rows that count: column and value, several of which must all hold.
    """

    arm: tuple[str, ...] = ()
    seed: tuple[str, ...] = ()
    figure: str | None = None
    images: int | str | None = None
    lower_is_better: bool | None = None
    wide: bool = False
    per_cent: bool = False
    only: tuple[tuple[str, str], ...] = ()

    @property
    def number_of_images(self) -> int | None:
        """The number of images where that was given, and not a column."""
        return self.images if isinstance(self.images, int) else None


def refuse_columns(options: ReadingOptions, what: str) -> None:
    """Refuses options that choose columns where there are none to choose.

    Raises:
        SpecError: there is such an option.
    """
    given = {
        "--arm": options.arm,
        "--seed": options.seed,
        "--figure": options.figure,
        "--images": options.images,
        "--only": options.only,
        "--wide": options.wide,
        "--per-cent": options.per_cent,
        "--lower-is-better": options.lower_is_better,
    }
    named = [name for name, value in given.items() if value]
    if named:
        raise SpecError(f"{what} must be judged as they are, but got {', '.join(named)}. Leave it out.")


@dataclass(frozen=True, kw_only=True, eq=False)
class RunReading:
    """One run.

    Args:
        arm: its name.
        seed: its seed's name; None where the source has none.
        figure: as the source has it, perhaps in per cent; None where there is none.
        per_cent: whether the source says so itself.
        images: behind the figure.
        where: for sentences, as in `line 5 of runs.csv`.
        facts: the run's other cells, to say how two rows differ.
        correct: which images were predicted right, `(images,)`, where that is known.
    """

    arm: str
    seed: str | None
    figure: float | None
    per_cent: bool = False
    images: int | None = None
    where: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    correct: NDArray[np.bool_] | None = None


@dataclass(frozen=True, kw_only=True)
class Reading:
    """All runs of one source.

    Args:
        runs: at least one.
        metric: name of the figure.
        folds: whether the seeds are folds of cross-validation.
        notes: sentences on how the source was read.
    """

    runs: tuple[RunReading, ...]
    metric: str
    folds: bool = False
    notes: tuple[str, ...] = ()
