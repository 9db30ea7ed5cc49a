"""What came of trying a remedy: faulty and remedied runs side by side, and what may be said of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from classlab.records.base import Record
from classlab.records.finding import Cause, Finding
from classlab.records.run import SCHEMA_VERSION, Environment, RunState
from classlab.records.study import Selection

TrialVerdict = Literal["confirmed", "not confirmed", "not tried"]


@dataclass(frozen=True, kw_only=True)
class Course(Record):
    """The short training in which a remedy is tried.

    Args:
        images: training images.
        validation_images: images on which both versions are measured; never the test images.
        epochs: passes of the faulty version over the training images.
        remedied_epochs: passes of the remedied version; the same number where the remedy does not change it.
        steps: steps of the faulty version.
        batch_size: images per step of the faulty version.
    """

    images: int
    validation_images: int
    epochs: int
    remedied_epochs: int
    steps: int
    batch_size: int


@dataclass(frozen=True, kw_only=True)
class TrialPair(Record):
    """Both versions from one seed: the same first weights where shapes agree, the same batches.

    Args:
        seed: of both runs.
        faulty: the faulty version's figure; that of guessing where it diverged.
        remedied: the remedied version's.
        faulty_state: how the faulty run ended.
        remedied_state: how the remedied run ended.
        only_faulty: validation images that only the faulty version gives to their class.
        only_remedied: those that only the remedied version does.
    """

    seed: int
    faulty: float
    remedied: float
    faulty_state: RunState
    remedied_state: RunState
    only_faulty: int = 0
    only_remedied: int = 0


@dataclass(frozen=True, kw_only=True)
class Trial(Record):
    """One cause, tried.

    Args:
        cause: whose remedy it is.
        verdict: confirmed; not confirmed; not tried, because the remedy is not one that a machine can apply.
        sentence: the verdict with its numbers, or why it was not tried.
        course: the short training; None where it was not tried.
        figure: what is compared.
        pairs: one per seed.
        difference: mean over the seeds by which the remedied version is better, in the figure's unit.
        standard_error: of that mean.
        chance: validation accuracy of always naming the largest class.
        faulty_at_chance: whether the faulty version learned no more than that.
        leaves_chance: whether every remedied run did; None where the faulty version was not at chance.
        together: whether all runs sat in one population, or each version had its own.
    """

    cause: Cause
    verdict: TrialVerdict
    sentence: str
    course: Course | None = None
    figure: Selection = "val_accuracy"
    pairs: tuple[TrialPair, ...] = ()
    difference: float | None = None
    standard_error: float | None = None
    chance: float | None = None
    faulty_at_chance: bool = False
    leaves_chance: bool | None = None
    together: bool = False


@dataclass(frozen=True, kw_only=True)
class Proof(Record):
    """A finding, and what came of its remedies: tried in order until one was confirmed.

    Args:
        run: the run's identity.
        finding: what was found.
        verdict: of the last trial; `not tried` where there was nothing to try.
        trials: one per cause that was looked at.
        seconds: wall time, in seconds.
        created: ISO 8601 time in UTC.
        environment: where it was tried; None where nothing was.
        version: version of this record's layout.
    """

    run: str
    finding: Finding
    verdict: TrialVerdict
    trials: tuple[Trial, ...]
    seconds: float
    created: str
    environment: Environment | None = None
    version: int = SCHEMA_VERSION

    @property
    def confirmed(self) -> Cause | None:
        """The cause whose remedy was confirmed."""
        return next((trial.cause for trial in self.trials if trial.verdict == "confirmed"), None)
