"""One arm of a study in numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.analysis.samples import accuracies, accuracy_sample, ended_well
from classlab.records.base import Record
from classlab.records.study import Setting  # noqa: TC001  (pydantic reads these annotations)
from classlab.statistics import Estimate, Gap, estimate, generalisation_gap, sample

if TYPE_CHECKING:
    from classlab.records import StudyRecord


@dataclass(frozen=True, kw_only=True)
class ArmAnalysis(Record):
    """One arm over its seeds. Estimates leave out the runs that did not end well, and count them.

    Args:
        name: the arm's.
        settings: what tells it from the others.
        selected: the figure that ranks, by seed; None where the run did not end well.
        score: its estimate.
        fitted: accuracy on training images with the final weights, a share; its interval holds for other seeds.
        validation: accuracy on validation images.
        test: accuracy on test images.
        test_loss: loss per test image.
        gap: fitted minus test accuracy: the validation images took part in choosing, the test images did not.
        states: how its runs ended, with how many of each.
        epochs: fewest and most epochs that a run completed.
        parameters: weights of the network, trainable or not.
        given_start: whether all its seeds start from the same given weights.
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
    given_start: bool

    @property
    def ended_well(self) -> bool:
        """Whether every run of the arm finished."""
        return not self.score.excluded


def analyse_arm(study: StudyRecord, place: int, *, selected: tuple[float | None, ...], score: Estimate) -> ArmAnalysis:
    """Computes one arm's numbers.

    Args:
        study: the record.
        place: the arm's position in it.
        selected: the figure that ranks, by seed.
        score: its estimate.
    """
    arm, runs, confidence = study.spec.arms[place], study.runs_of(place), study.spec.confidence
    fitted = accuracies(runs, "fitted")
    test = accuracy_sample(runs, "test")
    losses = [run.test.loss if ended_well(run) and run.test is not None else None for run in runs]
    counts = Counter(run.state for run in runs)
    return ArmAnalysis(
        name=arm.name,
        settings=dict(arm.settings),
        selected=selected,
        score=score,
        fitted=estimate(sample(fitted), confidence=confidence),
        validation=score  # the ranking has made this one already
        if study.spec.select == "val_accuracy"
        else estimate(accuracy_sample(runs, "validation"), confidence=confidence),
        test=estimate(test, confidence=confidence),
        test_loss=estimate(sample(losses, kind="loss"), confidence=confidence),
        gap=generalisation_gap(
            fitted,
            test,
            confidence=confidence,
            fitted_images=next((run.fitted.images for run in runs if run.fitted is not None), None),
            training_images=next((run.training.images for run in runs if run.training is not None), None),
        ),
        states=dict(sorted(counts.items(), key=lambda pair: (pair[0] != "finished", pair[0]))),
        epochs=(min(run.epochs_done for run in runs), max(run.epochs_done for run in runs)),
        parameters=max(run.parameters for run in runs),
        given_start=arm.spec.initial_weights is not None,
    )
