"""What others measured: one figure per arm and run, and what is known beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from classlab.records.base import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray


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
