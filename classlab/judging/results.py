"""Results to judge: how a source is to be read, what it tells of each run, and the runs of all sources together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from classlab.errors import SpecError
from classlab.records.base import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

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


@dataclass(frozen=True, kw_only=True)
class Result(Record):
    """One run of one arm.

    Args:
        arm: its name.
        seed: what tells this run from the arm's others. Equal seeds of two arms are a pair only where
            `Results.paired` says so; otherwise it is the run's place among those of its arm.
        figure: a share from 0 to 1 where `Results.shares` is true, else a number in the metric's own unit; None where
            the run failed, is not finished, or has no finite figure.
        images: how many images the figure was measured on; None where that is not known.
    """

    arm: str
    seed: str
    figure: float | None
    images: int | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Results:
    """Results of arms over runs, read from anywhere.

    Args:
        rows: one per run, arms and seeds in the order in which they first appeared.
        metric: name of the figure, as the source has it.
        higher_is_better: True for accuracies, False for losses and errors.
        shares: whether the figures are shares of images, from 0 to 1, as accuracies and error rates are.
        paired: whether runs of equal seed belong together. It is false where the source names no seeds, and then
            nothing may be subtracted run by run.
        named: whether the source names the seeds; where it does not, one speaks of runs.
        correct: for each arm which images its runs predicted right, `(runs, images)`, runs in the order of `rows` and
            the same images in the same order for all arms; empty where figures are all there is.
        notes: sentences on how the source was read, for whoever reads the verdict.
    """

    rows: tuple[Result, ...]
    metric: str = "accuracy"
    higher_is_better: bool = True
    shares: bool = True
    paired: bool = False
    named: bool = True
    correct: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def errors(self) -> bool:
        """Whether the figures are error rates."""
        return self.shares and not self.higher_is_better

    @property
    def arms(self) -> tuple[str, ...]:
        """Names of the arms."""
        return tuple(dict.fromkeys(row.arm for row in self.rows))

    @property
    def seeds(self) -> tuple[str, ...]:
        """Names of the seeds, or places of the runs where seeds are not known."""
        return tuple(dict.fromkeys(row.seed for row in self.rows))

    @property
    def images(self) -> int | None:
        """How many images stand behind every figure; None where that is not known or not the same throughout."""
        known = {row.images for row in self.rows if row.figure is not None}
        return known.pop() if len(known) == 1 else None
