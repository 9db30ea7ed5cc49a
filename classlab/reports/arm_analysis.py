"""One arm of a study in numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from classlab.records.base import Record
from classlab.records.study import Selection, Setting  # noqa: TC001  (pydantic reads these annotations)
from classlab.statistics import Estimate, Gap, estimate, generalisation_gap

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from classlab.records import Figures, RunRecord, StudyRecord

FiguresName = Literal["fitted", "validation", "test"]
_ENDED_WELL = ("finished", "stopped_early")


@dataclass(frozen=True, kw_only=True)
class ArmAnalysis(Record):
    """One arm over its seeds. Estimates leave out the runs that did not end well, and count them.

    Args:
        name: the arm's.
        settings: what tells it from the others.
        selected: the figure that ranks, by seed; None where the run did not end well.
        score: its estimate.
        fitted: accuracy on training images with the final weights, a share.
        validation: accuracy on validation images.
        test: accuracy on test images.
        test_loss: loss per test image.
        gap: fitted minus test accuracy.
        states: how its runs ended, with how many of each.
        epochs: fewest and most epochs that a run completed.
        parameters: weights of the network, trainable or not.
    """

    name: str
    settings: dict[str, Setting]
    selected: tuple[float | None, ...]
    score: Estimate
    fitted: Estimate
    validation: Estimate
    test: Estimate
    test_loss: Estimate
    gap: Gap
    states: dict[str, int]
    epochs: tuple[int, int]
    parameters: int

    @property
    def ended_well(self) -> bool:
        """Whether every run of the arm finished."""
        return not self.score.excluded


def selected(run: RunRecord, select: Selection) -> float | None:
    """The validation figure by which a run counts; None where it did not end well or has none.

    A diverged run keeps the figures of its last good epoch; they are shown, but an arm must not win by them.
    """
    if run.state not in _ENDED_WELL or run.validation is None:
        return None
    return run.validation.accuracy if select == "val_accuracy" else run.validation.loss


def analyse_arm(study: StudyRecord, place: int) -> ArmAnalysis:
    """Computes one arm's numbers.

    Args:
        study: the record.
        place: the arm's position in it.
    """
    spec, arm, runs = study.spec, study.spec.arms[place], study.runs_of(place)
    figures = _Figures(runs, spec.confidence)
    fitted, test = figures.values("fitted"), figures.values("test")
    chosen = tuple(selected(run, spec.select) for run in runs)
    return ArmAnalysis(
        name=arm.name,
        settings=dict(arm.settings),
        selected=chosen,
        score=estimate(chosen, confidence=spec.confidence),
        fitted=figures.estimate("fitted"),
        validation=figures.estimate("validation"),
        test=figures.estimate("test"),
        test_loss=figures.estimate("test", of=lambda found: found.loss),
        gap=generalisation_gap(
            fitted,
            test,
            confidence=spec.confidence,
            fitted_images=figures.images("fitted"),
            unseen_images=figures.images("test"),
        ),
        states=dict(Counter(run.state for run in runs)),
        epochs=(min(run.epochs_done for run in runs), max(run.epochs_done for run in runs)),
        parameters=max(run.parameters for run in runs),
    )


def accuracy_estimate(runs: Sequence[RunRecord], name: FiguresName, *, confidence: float) -> Estimate:
    """Mean accuracy of runs on one set of images.

    Args:
        runs: those that did not end well are left out and counted.
        name: on which images.
        confidence: of the interval.
    """
    return _Figures(runs, confidence).estimate(name)


class _Figures:
    """The figures of an arm's runs that ended well."""

    def __init__(self, runs: Sequence[RunRecord], confidence: float) -> None:
        self._runs = runs
        self._confidence = confidence

    def _found(self, name: FiguresName) -> list[Figures | None]:
        return [getattr(run, name) if run.state in _ENDED_WELL else None for run in self._runs]

    def values(
        self, name: FiguresName, of: Callable[[Figures], float] = lambda found: found.accuracy
    ) -> list[float | None]:
        return [None if found is None else of(found) for found in self._found(name)]

    def estimate(self, name: FiguresName, of: Callable[[Figures], float] = lambda found: found.accuracy) -> Estimate:
        return estimate(self.values(name, of), confidence=self._confidence)

    def images(self, name: FiguresName) -> int | None:
        return next((found.images for found in self._found(name) if found is not None), None)
