"""The general path: a Keras model with a layer that the engine does not know trains through Keras itself.

Runs train one after the other, with the engine's order of batches, figures, checkpoints and rules for ending.
What Keras draws for itself (initial weights, dropout) follows Keras's global seed, which is set from the run's.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import softmax

from classlab.records.architecture import KerasArchitecture
from classlab.records.progress import EarlyObserver, EpochReport, Silent
from classlab.records.run import Figures
from classlab.training.keras.model import GeneralModel, keras_loss, keras_model
from classlab.training.keras.notes import first_probe, general_notes
from classlab.training.loop.checkpoint import State, read_checkpoint, write_checkpoint
from classlab.training.loop.measurement import Measurement
from classlab.training.loop.member import Member
from classlab.training.loop.population_state import member_arrays, member_facts, members_from

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from classlab.datasets.dataset import Division, Split
    from classlab.records.diagnostics import Diagnostics
    from classlab.records.layers import Normalization, Rescaling
    from classlab.records.progress import Observer
    from classlab.records.run import Loss, RunSpec
    from classlab.training.loop.outcome import Outcome, Weights


def train_general(
    specs: Sequence[RunSpec],
    division: Division,
    *,
    input_layer: Rescaling | Normalization,
    initial_weights: Sequence[Weights | None] | None = None,
    checkpoint: Path | None = None,
    resume: bool = False,
    observer: Observer | None = None,
    diagnostics: bool = True,
) -> list[Outcome]:
    """Trains runs through Keras, whose backend places its tensors itself; see `train_population`."""
    training = _Training(specs, division, input_layer=input_layer, observer=observer or Silent(), checkpoint=checkpoint)
    training.diagnoses = diagnostics
    if resume and checkpoint is not None and checkpoint.exists():
        training.resume(read_checkpoint(checkpoint))
    for member, weights in zip(training.members, initial_weights or [None] * len(specs), strict=True):
        if member.state is None:
            training.train(member, weights)
    return [member.outcome(training.noted) for member in training.members]


def predict_general(
    architecture: KerasArchitecture,
    weights: Weights,
    images: NDArray[np.uint8],
    *,
    input_layer: Rescaling | Normalization,
    from_logits: bool = False,
) -> NDArray[np.float32]:
    """Class probabilities through Keras; see `predict`."""
    model = keras_model(architecture, weights, input_layer=input_layer, seed=0)
    scores = np.asarray(model.predict(images, batch_size=512, verbose=0), dtype=np.float32)
    return _chances(scores, from_logits=from_logits)


def measure_general(
    architecture: KerasArchitecture,
    weights: Sequence[Weights],
    split: Split,
    *,
    input_layer: Rescaling | Normalization,
    loss: Loss,
    top_k: int | None,
    probabilities: bool,
) -> list[Measurement]:
    """Measures members through Keras, one after the other; see `measure`."""
    found = []
    for each in weights:
        scores = predict_general(architecture, each, split.images, input_layer=input_layer)
        found.append(
            Measurement(
                figures=_figures(scores, split, loss=loss, top_k=top_k),
                probabilities=_chances(scores, from_logits=loss.from_logits) if probabilities else None,
            )
        )
    return found


def _figures(scores: NDArray[np.float32], split: Split, *, loss: Loss, top_k: int | None) -> Figures:
    targets = np.eye(scores.shape[1], dtype=np.float32)[split.labels]
    wanted = split.labels if loss.name == "sparse_categorical_crossentropy" else targets
    label = scores[np.arange(len(split)), split.labels]
    within = (scores > label[:, None]).sum(1)
    return Figures(
        images=len(split),
        loss=float(keras_loss(loss)(wanted, scores)),
        accuracy=float((scores.argmax(1) == split.labels).mean()),
        top_k_accuracy=None if top_k is None else float((within < top_k).mean()),
    )


def _chances(scores: NDArray[np.float32], *, from_logits: bool) -> NDArray[np.float32]:
    return np.asarray(softmax(scores, axis=-1), np.float32) if from_logits else scores


class _Training:
    """The runs of one call, trained one after the other."""

    def __init__(
        self,
        specs: Sequence[RunSpec],
        division: Division,
        *,
        input_layer: Rescaling | Normalization,
        observer: Observer,
        checkpoint: Path | None,
    ) -> None:
        self.members = [Member(index=i, spec=spec) for i, spec in enumerate(specs)]
        self._division, self._input_layer = division, input_layer
        self._observer, self._path = observer, checkpoint
        self.diagnoses = True
        self.noted: Diagnostics | None = None
        self._resumed: dict[str, NDArray[np.float64]] = {}
        self._began = time.perf_counter()
        self._seconds_before = 0.0
        self._epochs_here = 0

    def resume(self, state: State) -> None:
        """Takes over the members of a checkpoint."""
        assert self._path is not None  # noqa: S101 - the caller read the state from it
        self.members = members_from(state, [m.spec for m in self.members], path=self._path)
        self._seconds_before = state.facts["seconds"]
        self._resumed = {
            name.removeprefix("keras/"): array for name, array in state.arrays.items() if name.startswith("keras/")
        }

    def train(self, member: Member, weights: Weights | None) -> None:
        """Epoch after epoch until the member has ended."""
        steps = -(-len(self._division.train) // member.spec.batch_size)
        architecture = member.spec.architecture
        assert isinstance(architecture, KerasArchitecture)  # noqa: S101 - routed here for that
        model = GeneralModel(member.spec, architecture, weights, input_layer=self._input_layer, steps_per_epoch=steps)
        if self._resumed and member.epochs_done:
            model.restore(self._resumed)
        self._note(model, member)
        while member.state is None:
            before = model.weights()
            figures = model.epoch(member.epochs_done, self._division.train, self._division.validation)
            best = member.take_in(figures, steps=steps, first_bad_step=-1)
            if member.state == "diverged":
                model.set_weights(before)
            member.keep_weights(model.weights, best=best)
            if member.state is not None:
                member.seconds = self._seconds_before + time.perf_counter() - self._began
            self._close_epoch(model, member)
        self._resumed = {}

    def _note(self, model: GeneralModel, member: Member) -> None:
        """Takes down for the doctor what is known before the first step."""
        if not self.diagnoses:
            return
        architecture = member.spec.architecture
        if self.noted is None and isinstance(architecture, KerasArchitecture):
            self.noted = general_notes(
                self._division, architecture, input_layer=self._input_layer, classes=model.classes
            )
        if member.epochs_done == 0:
            probe = first_probe(model, self._division)
            member.probes = [] if probe is None else [probe]
        if isinstance(self._observer, EarlyObserver):
            self._observer.training_began(self._report(member, 0.0))

    def _close_epoch(self, model: GeneralModel, member: Member) -> None:
        self._epochs_here += 1
        seconds = time.perf_counter() - self._began
        if self._path is not None:
            arrays: dict[str, NDArray[Any]] = {}
            if member.state is None:
                arrays |= {f"keras/{name}": array for name, array in model.state().items()}
            for each in self.members:
                arrays |= member_arrays(each)
            facts = {
                "epoch": member.epochs_done,
                "seconds": self._seconds_before + seconds,
                "active": [m.index for m in self.members if m.state is None],
                "members": [member_facts(m) for m in self.members],
            }
            write_checkpoint(self._path, State(facts=facts, arrays=arrays))
        self._observer.epoch_finished(self._report(member, seconds))

    def _report(self, member: Member, seconds: float) -> EpochReport:
        left = sum(m.spec.epochs - m.epochs_done for m in self.members if m.state is None)
        return EpochReport(
            epoch=member.epochs_done,
            epochs=member.spec.epochs,
            members=tuple(m.progress(self.noted) for m in self.members),
            seconds=seconds,
            seconds_left=seconds / max(1, self._epochs_here) * left,
        )
