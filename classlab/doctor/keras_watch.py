"""Watches one `fit` from beginning to end: collects the course of a training, moment by moment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite, nan
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from classlab.doctor.keras_blind import looks_up
from classlab.doctor.keras_case import Course, bare_probe, diagnosis_of, with_figures
from classlab.doctor.keras_seen import FirstBatch, with_outputs
from classlab.doctor.keras_setup import bare_optimizer, passes_by, rate_of, steps_taken
from classlab.doctor.keras_stream import Stream
from classlab.doctor.keras_subject import KerasSubject, keras_subject
from classlab.measures.keras_gradients import outputs_and_gradients
from classlab.measures.keras_probe import classes_said
from classlab.measures.keras_track import FirstStep, WeightTrack
from classlab.measures.plan import due

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from classlab.doctor.keras_proof import KerasTrial
    from classlab.measures.keras_probe import HandedSplit
    from classlab.records.diagnostics import Probe
    from classlab.records.finding import Diagnosis

_BATCH_SIZE = 32  # Keras's own, where a training of one step did not show it
_FIRST_LOSSES = 64  # steps of the first epoch whose losses are kept
# Steps that the optimizer of a model had taken when its last epoch was watched: a later fit goes on from there.
_WATCHED: WeakKeyDictionary[Any, int] = WeakKeyDictionary()


@dataclass(kw_only=True)
class KerasWatch:
    """One training under observation.

    Args:
        subject: the model and what was handed over.
        course: how it goes.
        track: copies of the weights.
        steps_seen: steps of the epochs that ended.
        last_batch: the highest step of this epoch that ended, from 0.
        start: the weights before the first step, where their loss is still to come from the first batch.
        spoilt: why the network can no longer be asked about the probe images; "" while it can.
        first_step: the weights before it, until it is known where it led.
        seen: the first batch, where no images were handed over and it can be seen.
        stream: all batches, likewise.
    """

    subject: KerasSubject
    course: Course
    track: WeightTrack
    steps_seen: int = 0
    last_batch: int = -1
    start: Probe | None = None
    spoilt: str = ""
    first_step: FirstStep | None = None
    seen: FirstBatch | None = None
    stream: Stream | None = None

    @classmethod
    def begin(
        cls, model: Any, params: Mapping[str, Any], handed: Mapping[str, HandedSplit], *, label: str, continued: bool
    ) -> KerasWatch:
        """Looks at a model before its first step.

        Args:
            model: the model, built and compiled.
            params: what Keras tells its callbacks: `epochs` and `steps`.
            handed: splits by name.
            label: what the user calls the training.
            continued: whether it goes on from an earlier one.
        """
        subject = keras_subject(model, handed, label=label, continued=continued or _goes_on(model))
        course = Course(epochs=params.get("epochs"), steps=params.get("steps"), steps_before=subject.setup.steps_taken)
        watch = cls(subject=subject, course=course, track=WeightTrack(layers=subject.probe.layers))
        if watch._ask(epoch=0) is None:
            watch.start = bare_probe(subject, epoch=0)
        if subject.names_classes and not looks_up(subject.probe.layers) and passes_by(model):
            watch.seen = None if "train" in handed else FirstBatch.wait(subject.probe)
            # Rows in the order of their classes do harm where fit does not shuffle them, which only its batches show.
            if watch.seen is not None or subject.sorted_labels:
                watch.stream = Stream.begin(model, classes=subject.classes)
        return watch

    def close(self) -> None:
        """Leaves the model as it was found."""
        for each in (self.seen, self.stream):
            if each is not None:
                each.close()

    def evaluates(self, now: bool) -> None:
        """Notes that validation images pass from now on, or that they have passed."""
        if self.stream is not None:
            self.stream.phase = "validation" if now else "train"

    def labels_seen(self) -> None:
        """Takes the first labels, before the loss meets them."""
        if self.stream is not None:
            self.course.labels = self.stream.labels

    def epoch_begins(self, epoch: int) -> None:
        """Remembers the weights where the epoch will be looked at."""
        if not self.course.epochs_done and not self.course.history:
            self.course.first_epoch = epoch
        self.last_batch = -1
        if due(self.course.epochs_done + 1, epochs=self.course.epochs) and self.track.affordable:
            self.track.note_epoch()

    def wants(self, batch: int) -> bool:
        """Whether something is to be read before this step: the batch size once, and weights before the last step."""
        counts = batch > 0 and (self.course.batch_size is None or self.first_step is not None)
        counts = counts or (batch > 0 and self.seen is not None and bool(self.seen.handles))
        return counts or (batch > 0 and batch + 1 == self.course.steps and bool(self.track.epoch))

    def step_begins(self, model: Any, batch: int) -> None:
        """Reads what `wants` asked for."""
        if self.first_step is not None:
            self.course.descent, self.first_step = self.first_step.cosine(), None
        if self.course.batch_size is None:
            self.course.batch_size = _images_seen(model, batch)
        self._look_at_first_batch()
        if batch + 1 == self.course.steps:
            self.track.note_step()

    def _look_at_first_batch(self) -> None:
        """Takes what the first batch showed, once."""
        if self.seen is None or not self.seen.handles:
            return
        self.seen.close()
        course, images = self.course, 0 if self.seen.images is None else len(self.seen.images)
        course.seen = self.seen.facts(
            classes=self.subject.classes, images=(course.steps or 1) * (course.batch_size or images)
        )
        course.answers = self.seen.answers()
        if course.probes and not course.probes[0].epoch:
            course.probes[0] = replace(course.probes[0], layers=with_outputs(course.probes[0].layers, self.seen.start))

    def step_ended(self, batch: int, logs: Mapping[str, Any]) -> None:
        """Takes the figures of the first batch for those before the first step, where there are no probe images.

        Keras measures them before the step. It may call this from another thread, where weights cannot be read.
        """
        self.last_batch = max(self.last_batch, batch)
        self._note_first_loss(batch, logs)
        if batch == 0 and self.start is not None and "loss" in logs:
            first = with_figures(self.start, loss=float(logs["loss"]), accuracy=self._accuracy(logs))
            self.course.probes.append(first)
            self.start = None

    def _note_first_loss(self, batch: int, logs: Mapping[str, Any]) -> None:
        """Keeps the mean loss of the steps so far; calls may come out of order, from several threads."""
        if not self.steps_seen and batch < _FIRST_LOSSES and "loss" in logs:
            self.course.running_means[batch] = float(logs["loss"])

    def turned_bad(self, batch: int) -> bool:
        """Notes a step whose loss is not finite; says whether it is the first."""
        self.last_batch = max(self.last_batch, batch)
        first = self.course.first_bad_step < 0
        if first:
            self.course.first_bad_step = self.steps_seen + batch
        return first

    def epoch_ended(self, model: Any, logs: Mapping[str, Any]) -> None:
        """Takes the figures of an epoch, and asks the network where its turn has come."""
        self.steps_seen += self.last_batch + 1
        self.course.steps = max(self.course.steps or 0, self.last_batch + 1) or None
        figures = {name: float(logs[name]) for name in ("loss", "val_loss", "learning_rate") if name in logs}
        if self.subject.setup.schedule != "constant" and (rate := rate_of(bare_optimizer(model))) is not None:
            figures["learning_rate"] = rate
        if f"val_{self.subject.accuracy_name}" in logs:
            figures["val_accuracy"] = float(logs[f"val_{self.subject.accuracy_name}"])
        _WATCHED[model] = steps_taken(model)
        self.start = None
        self._look_at_first_batch()
        if self.stream is not None:
            self.course.stream = self.stream.epoch()
            self.course.labels = self.course.stream.labels
        probe = self._look(model, figures.get("loss", nan), self._accuracy(logs))
        accuracy = self._accuracy(logs)
        if accuracy is None:
            accuracy = probe.accuracy if probe is not None and probe.present else self._asked_accuracy()
        if accuracy is not None:
            figures["accuracy"] = accuracy
        self.course.note(figures)

    def training_ended(self, model: Any) -> None:
        """Notes how it ended."""
        course = self.course
        course.ended = True
        if self.stream is not None and self.seen is not None:
            course.fitted = self.stream.fitted_accuracy(self._said)
        self.close()
        course.stopped_early = bool(model.stop_training) and course.epochs_done < (course.epochs or 0)

    def _said(self, images: NDArray[np.generic]) -> NDArray[np.int64]:
        """The class that the model names for each image, `(images,)`, in evaluation mode."""
        return classes_said(outputs_and_gradients(self.subject.model, images, None)[0][0], self.subject.setup)

    def diagnosis(self) -> Diagnosis:
        """What the doctor says now."""
        return diagnosis_of(self.subject, self.course)

    def proof(
        self, diagnosis: Diagnosis, handed: Mapping[str, HandedSplit], *, tell: Callable[[str], None]
    ) -> tuple[Diagnosis, tuple[KerasTrial, ...]]:
        """Tries the remedies, see `prove_keras`."""
        from classlab.doctor.keras_proof import prove_keras

        batch_size = self.course.batch_size or _BATCH_SIZE
        return prove_keras(self.subject, diagnosis, handed, batch_size=batch_size, tell=tell)

    def _look(self, model: Any, loss: float, accuracy: float | None) -> Probe | None:
        """Adds the probe of an epoch that ended, where its turn has come."""
        epoch = self.course.epochs_done + 1
        last = epoch if model.stop_training else self.course.epochs
        if not isfinite(loss) or not due(epoch, epochs=last):
            return None
        probe = self._ask(epoch=epoch)
        if probe is None:
            step, since = self.track.changes()
            bare = bare_probe(self.subject, epoch=epoch, step=step, since=since)
            figures = {} if self.seen is None else self.seen.now()
            bare = replace(bare, layers=with_outputs(bare.layers, figures))
            probe = with_figures(bare, loss=loss, accuracy=accuracy)
            self.course.probes.append(probe)
        return probe

    def _ask(self, *, epoch: int) -> Probe | None:
        """Adds a probe of the probe images; None where there are none, or they cannot be asked about."""
        if not self.subject.asks or self.spoilt:
            return None
        step, since = self.track.changes()
        try:
            slopes = self.subject.probe.gradients()
            probe = self.subject.probe.at(epoch=epoch, step=step, since=since, gradients=slopes)
            if not epoch and self.track.affordable:
                self.first_step = FirstStep.begin(self.subject.probe.layers, slopes)
        except Exception as error:  # noqa: BLE001  (a loss that refuses these labels will refuse them in fit as well)
            self.spoilt = f"the loss cannot be computed from the labels that were handed over: {error}"
            return None
        self.course.probes.append(probe)
        return probe

    def _accuracy(self, logs: Mapping[str, Any]) -> float | None:
        name = self.subject.accuracy_name
        return float(logs[name]) if name and name in logs else None

    def _asked_accuracy(self) -> float | None:
        """Accuracy on the probe images, for a model that was compiled without such a metric."""
        if self.subject.accuracy_name or not self.subject.asks or self.spoilt:
            return None
        return self.subject.probe.accuracy()


def _goes_on(model: Any) -> bool:
    """Whether a model is trained further by the optimizer by which it was seen to train: a loop of one epoch each."""
    return 0 < _WATCHED.get(model, 0) <= steps_taken(model)


def _images_seen(model: Any, batches: int) -> int:
    """Images per step, from the count that Keras keeps beside the mean loss; 0 where it keeps none."""
    import keras

    for metric in model.metrics:
        counts = [each for each in metric.variables if "count" in each.name] if metric.name == "loss" else []
        if counts:
            return round(float(keras.ops.convert_to_numpy(counts[0].value)) / batches)
    return 0
