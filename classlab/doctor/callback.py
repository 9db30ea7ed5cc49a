"""`classlab.Doctor()`: a callback for Keras's `fit` that says why a network does not learn."""

from __future__ import annotations

import functools
import inspect
import os
import sys
from math import isfinite
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from classlab.doctor.callback_text import counted, finding_line, summary_html, summary_lines
from classlab.errors import OptionError
from classlab.extras import installed, need
from classlab.files.unfailing_stream import UnfailingStream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from classlab.doctor.keras_proof import KerasTrial
    from classlab.doctor.keras_watch import KerasWatch
    from classlab.records.finding import Diagnosis, Finding

_Method = TypeVar("_Method", bound="Callable[..., None]")
_GRAVITY = {"INFO": 0, "WARN": 1, "FAIL": 2, "INVALID": 3}


def _keras() -> Any:
    """Keras on the backend that the user chose; on PyTorch where nothing else is there and nothing was said.

    Without a word Keras looks for TensorFlow, and fails where only PyTorch is installed, as the extra `keras` does it.
    A choice that could be carried out is never overruled: the notebook's own `import keras` may come after this.

    Raises:
        MissingExtraError: Keras is not installed, or nothing that it could compute on.
    """
    if sys.modules.get("keras") is None:
        need("keras", "`classlab.Doctor`", because="it is a Keras callback")
        if not any(map(installed, ("tensorflow", "jax"))):
            need("torch", "`classlab.Doctor`", because="Keras computes on it")
            os.environ.setdefault("KERAS_BACKEND", "torch")
    import keras

    return keras


def _never_breaks(method: _Method) -> _Method:
    """Keeps a defect of the doctor from ending the training that it watches: it is said once, then nothing more."""

    @functools.wraps(method)
    def guarded(self: Doctor, *args: Any, **options: Any) -> None:
        import numpy as np

        if self._defect:
            return
        try:
            with np.errstate(all="ignore"):  # numbers gone astray are what is looked for, not a reason to warn
                method(self, *args, **options)
        except Exception as error:  # noqa: BLE001  (the training matters more than whatever went wrong here)
            self._give_up(error)

    return guarded  # type: ignore[return-value]  # the same signature, which functools.wraps does not tell mypy


class Doctor:
    """Watches a training by Keras 3's `fit` on any backend, and says what is wrong with it.

    A finding is printed once, when it appears; at the end comes a summary with evidence, causes and remedies, and with
    what could not be checked. Without arrays the doctor reads the model, how it was compiled, its weights and the
    figures that Keras reports. With them it also looks at what reaches the first layer with weights, at labels and
    copies between splits, and asks the network about at most 512 training images before the first step and after some
    epochs: dead units and gradients are read from that. It uses public functions only, changes neither
    weights nor random numbers nor metrics, and stops a training only where that was asked for.

    What it makes is an instance of `keras.callbacks.Callback`; Keras is imported here, not by `import classlab`.

    Args:
        x: training images as they are given to `fit`.
        y: their labels.
        validation_data: the pair `(x, y)` that is given to `fit` under this name.
        test_data: the test images and labels, to look for copies; the network is not asked about them.
        label: what you call this training, as in "rmsprop 0.001"; the model's name where you gave it one.
        continued: whether this training goes on from an earlier one on purpose.
        quiet: print nothing; `diagnosis` says it all.
        stop_on_nonfinite: end the training at the first loss that is not finite.
        prove: after the training, try the remedies of the first three causes on fresh copies of the model, and put
            first what helps most; takes minutes, and needs `x` and `y`.

    Raises:
        MissingExtraError: Keras is not installed.
        DataError: What was handed over is no pair of arrays of equal length.
        OptionError: `prove` was asked for without images.

    Example:
        >>> from classlab import Doctor
        >>> doctor = Doctor(quiet=True)
        >>> doctor.diagnosis is None
        True
    """

    model: Any
    params: Mapping[str, Any] | None
    # Keras may call what runs after a batch from a thread of its own; it does nothing there but read a number.
    async_safe = True
    _made: ClassVar[dict[type, type]] = {}

    def __new__(cls, *_: Any, **__: Any) -> Doctor:
        """Makes an object that is a Keras callback too."""
        base = _keras().callbacks.Callback
        if issubclass(cls, base):
            return super().__new__(cls)
        if cls not in cls._made:
            cls._made[cls] = type(cls.__name__, (cls, base), {"__module__": cls.__module__, "__doc__": cls.__doc__})
        return super().__new__(cls._made[cls])

    def __init__(
        self,
        x: Any = None,
        y: Any = None,
        *,
        validation_data: Any = None,
        test_data: Any = None,
        label: str = "",
        continued: bool = False,
        quiet: bool = False,
        stop_on_nonfinite: bool = False,
        prove: bool = False,
    ) -> None:
        from classlab.doctor.keras_data import handed, handed_pair

        super().__init__()
        splits = {
            "train": handed(x, y, named="x and y"),
            "validation": handed_pair(validation_data, named="validation_data"),
            "test": handed_pair(test_data, named="test_data"),
        }
        self._handed = {name: split for name, split in splits.items() if split is not None}
        self._label, self._continued = label, continued
        self._quiet, self._stops = quiet, stop_on_nonfinite
        self._proves = prove
        if prove and "train" not in self._handed:
            raise OptionError(
                "`prove` must have images to train on, but got none. Hand them over, as in Doctor(x, y, prove=True)."
            )
        self._watch: KerasWatch | None = None
        self._diagnosis: Diagnosis | None = None
        self._trials: tuple[KerasTrial, ...] = ()
        self._said: dict[str, int] = {}
        self._waiting: list[str] = []
        self._defect = ""

    @property
    def diagnosis(self) -> Diagnosis | None:
        """What the doctor says of the training so far; None before the first one begins."""
        return self._diagnosis

    @property
    def trials(self) -> tuple[KerasTrial, ...]:
        """The remedies that were tried after the training, the best first; nothing without `prove`."""
        return self._trials

    @property
    def gave_up(self) -> str:
        """The defect of its own that made the doctor stop looking; "" while there is none."""
        return self._defect

    @_never_breaks
    def on_train_begin(self, logs: Any = None) -> None:  # noqa: ARG002  (Keras's signature)
        """Looks at the model, the data and the loss before the first step."""
        from classlab.doctor.keras_watch import KerasWatch

        self._said, self._waiting, self._diagnosis, self._trials = {}, [], None, ()
        if self._watch is not None:  # of a training that an error ended
            self._watch.close()
        self._watch = KerasWatch.begin(
            self.model, self.params or {}, self._handed, label=self._label, continued=self._continued
        )
        if self._watch.stream is not None:
            self._watch.stream.alarm = self._labels_seen
        self._look()
        self._flush()

    @_never_breaks
    def _labels_seen(self) -> None:
        """Says what is wrong with labels before the loss refuses them."""
        if self._watch is not None:
            self._watch.labels_seen()
            self._look()
            self._flush()

    @_never_breaks
    def on_test_begin(self, logs: Any = None) -> None:  # noqa: ARG002  (Keras's signature)
        """Tells the images of validation from those of training."""
        if self._watch is not None:
            self._watch.evaluates(True)

    @_never_breaks
    def on_test_end(self, logs: Any = None) -> None:  # noqa: ARG002  (Keras's signature)
        """Goes back to training."""
        if self._watch is not None:
            self._watch.evaluates(False)

    @_never_breaks
    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002  (Keras's signature)
        """Prints what the last epoch has shown, below its line."""
        if self._watch is not None:
            self._flush()
            self._watch.epoch_begins(epoch)

    @_never_breaks
    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002  (Keras's signature)
        """Remembers the weights before the last step of an epoch."""
        if self._watch is not None and self._watch.wants(batch):
            self._watch.step_begins(self.model, batch)

    @_never_breaks
    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Reads the loss of the first step, and looks for one that is not finite."""
        if self._watch is None:
            return
        loss = float((logs or {}).get("loss", 0.0))
        if isfinite(loss):
            self._watch.step_ended(batch, logs or {})
        elif self._watch.turned_bad(batch):
            self._say(f"doctor: I4 non-finite: the loss is {loss} at step {self._watch.course.first_bad_step + 1:,}.")
            if self._stops:
                self._watch.subject.model.stop_training = True

    @_never_breaks
    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:  # noqa: ARG002
        """Notes the epoch's figures and asks the network about the probe images."""
        if self._watch is not None:
            self._watch.epoch_ended(self.model, logs or {})
            self._look()

    @_never_breaks
    def on_train_end(self, logs: Any = None) -> None:  # noqa: ARG002  (Keras's signature)
        """Says it all, and lets go of the model."""
        if self._watch is None:
            return
        self._watch.training_ended(self.model)
        self._look()
        self._flush()
        if self._proves and self._diagnosis is not None:
            self._diagnosis, self._trials = self._watch.proof(self._diagnosis, self._handed, tell=self._say)
        if self._diagnosis is not None:
            for line in summary_lines(self._diagnosis):
                self._say(line)
        for trial in self._trials:
            self._say(f"doctor: {trial.cause.rule}: {trial.sentence}")
        self._watch = None

    def _look(self) -> None:
        if self._watch is None:
            return
        self._diagnosis = self._watch.diagnosis()
        for finding in self._diagnosis.findings:
            if self._is_news(finding):
                self._waiting.append(finding_line(finding))

    def _is_news(self, finding: Finding) -> bool:
        """Whether a finding is above INFO and was not said yet, or not as gravely."""
        gravity = _GRAVITY[finding.severity]
        if gravity <= self._said.get(finding.rule, 0):
            return False
        self._said[finding.rule] = gravity
        return True

    def _flush(self) -> None:
        for line in self._waiting:
            self._say(line)
        self._waiting = []

    def _say(self, line: str) -> None:
        if not self._quiet:
            UnfailingStream(sys.stdout).write(f"{line}\n")

    def _give_up(self, error: Exception) -> None:
        self._defect = f"{type(error).__name__}: {error}"
        if self._watch is not None:
            self._watch.close()
        self._watch = None
        self._say(
            f"doctor: stopped looking because of a defect of its own ({self._defect}); the training goes on unwatched."
        )

    def __repr__(self) -> str:
        state = "no training yet" if self._diagnosis is None else counted(len(self._diagnosis.findings), "finding")
        return f"<{type(self).__name__}: {state}>"

    def _repr_html_(self) -> str:
        return "<p>No training yet.</p>" if self._diagnosis is None else summary_html(self._diagnosis)


# `__new__` takes whatever a subclass of its own takes; what a user gives is what `__init__` names.
Doctor.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
    list(inspect.signature(Doctor.__init__).parameters.values())[1:]
)
