"""A training by Keras's `fit` as a `Case`: what was handed over, what the model says of itself, and how it went."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise, takewhile
from math import isfinite, nan
from typing import TYPE_CHECKING, Any

from classlab.doctor.case import Case
from classlab.doctor.diagnose import diagnose_case
from classlab.doctor.keras_stream import StreamFacts
from classlab.measures.keras_probe import measured_layer, penalty_of
from classlab.measures.network import MEASURE
from classlab.records.diagnostics import Probe
from classlab.records.finding import Diagnosis, Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from classlab.doctor.case import LabelFacts
    from classlab.doctor.keras_answers import AnswerFacts
    from classlab.doctor.keras_subject import KerasSubject
    from classlab.records.diagnostics import SplitFacts

_NOT_FINITE = ("loss", "val_loss")


@dataclass(kw_only=True)
class Course:
    """How a training goes.

    Args:
        epochs: epochs planned; None where Keras does not say.
        steps: steps of an epoch; None until known.
        batch_size: images per step; None until known.
        first_epoch: number that Keras gives to the first epoch; above 0 where a training is continued.
        steps_before: steps that the optimizer had taken.
        history: figures per epoch.
        probes: the network over time.
        epochs_done: epochs that ended with finite figures.
        first_bad_step: step at which the loss was first not finite; -1 where none was.
        diverged: whether an epoch ended with figures that are not finite.
        ended: whether training is over.
        stopped_early: whether it ended before the epochs that were planned.
        descent: see `Case`.
        running_means: mean loss of the first epoch's steps up to a step, by that step.
        seen: the first batch as the first layer with weights met it, where no images were handed over.
        labels: form and range of the labels that passed, likewise.
        stream: what the batches of the last epoch have shown, likewise.
        answers: what the network said of it.
        fitted: share of the first training images that it names rightly after training, likewise.
    """

    epochs: int | None = None
    steps: int | None = None
    batch_size: int | None = None
    first_epoch: int = 0
    steps_before: int = 0
    history: dict[str, list[float]] = field(default_factory=dict)
    probes: list[Probe] = field(default_factory=list)
    epochs_done: int = 0
    first_bad_step: int = -1
    diverged: bool = False
    ended: bool = False
    stopped_early: bool = False
    descent: float | None = None
    running_means: dict[int, float] = field(default_factory=dict)
    seen: SplitFacts | None = None
    answers: AnswerFacts | None = None
    labels: LabelFacts | None = None
    stream: StreamFacts | None = None
    fitted: float | None = None

    @property
    def splits(self) -> dict[str, SplitFacts]:
        """What passed, as the first layer with weights met it."""
        seen = {} if self.seen is None else {"train": self.seen}
        return seen if self.stream is None else seen | self.stream.splits()

    @property
    def first_losses(self) -> tuple[float, ...]:
        """The loss of each of the first steps, as far as the means up to it and before it are known."""
        means = self.running_means
        known = [means[step] for step in takewhile(means.__contains__, range(len(means)))]
        sums = [0.0, *((step + 1) * mean for step, mean in enumerate(known))]
        return tuple(later - earlier for earlier, later in pairwise(sums))

    def note(self, figures: Mapping[str, float]) -> None:
        """Takes the figures of an epoch that ended."""
        for name, value in figures.items():
            self.history.setdefault(name, []).append(value)
        if all(isfinite(figures.get(name, 0.0)) for name in _NOT_FINITE):
            self.epochs_done += 1
        else:
            self.diverged = True


def case_of_keras(subject: KerasSubject, course: Course) -> Case:
    """The training as it stands.

    Args:
        subject: what does not change while it goes on.
        course: what does.
    """
    answers, stream = course.answers or subject.answers, course.stream or StreamFacts()
    return Case(
        classes=subject.classes,
        layers=subject.layers,
        input_shape=subject.input_shape,
        splits={**course.splits, **subject.splits},
        batches=stream.batches,
        labels=subject.labels or course.labels,
        overlap=subject.overlap,
        baseline_accuracy=stream.baseline_accuracy if subject.baseline_accuracy is None else subject.baseline_accuracy,
        own_accuracy=stream.own_accuracy | dict(subject.own_accuracy),
        loss=subject.setup.loss if subject.names_classes else "",
        from_logits=subject.setup.from_logits,
        metric="accuracy" if subject.accuracy_name else subject.setup.metric[0],
        recomputed_accuracy=subject.recomputed_accuracy,
        reported_accuracy=subject.reported_accuracy,
        optimizer=subject.setup.optimizer,
        learning_rate=subject.setup.learning_rate,
        momentum=subject.setup.momentum,
        weight_decay=subject.setup.weight_decay,
        clips=subject.setup.clips,
        schedule=subject.setup.schedule,
        batch_size=course.batch_size,
        steps_per_epoch=course.steps,
        epochs=course.epochs,
        epochs_done=course.epochs_done,
        history={name: tuple(figures) for name, figures in course.history.items()},
        probes=tuple(course.probes),
        unseen_present=stream.counts.get("validation", ()),
        unseen_right=stream.unseen_right,
        first_bad_step=course.first_bad_step,
        diverged=course.diverged,
        ended=course.ended,
        stopped_early=course.stopped_early,
        validation_is_test=subject.validation_is_test,
        given_weights=subject.continued or course.first_epoch > 0,
        optimizer_steps_before=course.steps_before,
        fitted_accuracy=_fitted(course) if course.ended else None,
        descent=course.descent,
        answer_sums=answers.answer_sums,
        mixing=answers.mixing,
        loss_mixes=answers.loss_mixes,
        sorted_labels=subject.sorted_labels,
        one_class_batches=stream.one_class_batches,
        trained=bool(subject.model.trainable_weights),
        first_losses=course.first_losses,
        label=subject.label,
        place=Place(epoch=course.epochs_done),
        out_of_reach=subject.out_of_reach,
    )


def diagnosis_of(subject: KerasSubject, course: Course) -> Diagnosis:
    """What the doctor says of the training as it stands.

    Args:
        subject: what does not change while it goes on.
        course: what does.
    """
    blind = dict(subject.blind)
    if course.seen is not None:
        blind = {rule: reason for rule, reason in blind.items() if rule not in _SEEN}
        counted = course.stream is not None and "train" in course.stream.counts
        blind |= {} if counted else {"A7": _NO_LABELS}
    if subject.names_classes and not subject.accuracy_name and not subject.asks:
        blind |= dict.fromkeys(_BY_ACCURACY, "no accuracy is measured: compile the model with metrics=['accuracy']")
    found = diagnose_case(case_of_keras(subject, course), subject=subject.name, without=tuple(blind))
    said = tuple(replace(each, reason=blind[each.rule]) if each.rule in blind else each for each in found.unchecked)
    return replace(found, unchecked=said)


_SEEN = ("I5",)  # what the first batch is enough for
_NO_LABELS = "the labels of no epoch were seen"
_BY_ACCURACY = ("I1", "I2", "I3", "I5", "I6", "I9")


def bare_probe(subject: KerasSubject, *, epoch: int, **changes: Any) -> Probe:
    """A probe without images: the layers' weights, with loss and accuracy left for Keras's own figures.

    Args:
        subject: the model.
        epoch: epochs done.
        changes: `step` and `since`, the changes of the weights as `measured_layer` takes them.
    """
    return Probe(
        epoch=epoch,
        images=0,
        loss=nan,
        accuracy=nan,
        penalty=penalty_of(subject.model),
        predicted=(),
        layers=tuple(measured_layer(found, **changes).probes()[0] for found in subject.probe.layers),
        measure=MEASURE,
    )


def with_figures(probe: Probe, *, loss: float, accuracy: float | None) -> Probe:
    """A bare probe with figures that Keras reported; its loss holds the penalty, a probe's does not.

    Args:
        probe: a bare probe.
        loss: loss as Keras reported it.
        accuracy: accuracy as Keras reported it; None where it measures none.
    """
    return replace(probe, loss=loss - probe.penalty, accuracy=nan if accuracy is None else accuracy)


def _fitted(course: Course) -> float | None:
    if course.fitted is not None:
        return course.fitted
    last = course.probes[-1] if course.probes else None
    return last.accuracy if last is not None and last.present and last.epoch == course.epochs_done > 0 else None
