"""Training runs that share data, architecture, loss and batch size: one population from first epoch to last."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from classlab.errors import SpecError
from classlab.models.weights import class_count, weight_specs
from classlab.records.architecture import Architecture
from classlab.records.progress import EarlyObserver, EpochReport, Silent
from classlab.training.loop.checkpoint import read_checkpoint, write_checkpoint
from classlab.training.loop.initial_weights import initial_weights as draw_weights
from classlab.training.loop.member import Member
from classlab.training.loop.population_state import members_from, to_state
from classlab.training.loop.probe import due

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from classlab.datasets.dataset import Division
    from classlab.records.diagnostics import Diagnostics
    from classlab.records.progress import Observer
    from classlab.records.run import RunSpec
    from classlab.training.backend import Engine, Population
    from classlab.training.loop.checkpoint import State
    from classlab.training.loop.outcome import Outcome, Weights

_SHARED = ("data", "architecture", "loss", "batch_size", "top_k", "precision")


def train_members(
    engine: Engine,
    specs: Sequence[RunSpec],
    *,
    initial_weights: Sequence[Weights | None] | None = None,
    checkpoint: Path | None = None,
    resume: bool = False,
    observer: Observer | None = None,
) -> list[Outcome]:
    """Trains runs whose architecture consists of layers that the engine knows; see `train_population`.

    Args:
        engine: computes it.
        specs: the runs.
        initial_weights: each run's first weights; None draws them from the run's seed.
        checkpoint: file that is rewritten after every epoch.
        resume: go on from that file where it exists.
        observer: told of every epoch.
    """
    training = _Training(engine, specs)
    if resume and checkpoint is not None and checkpoint.exists():
        training.resume(read_checkpoint(checkpoint), checkpoint)
    else:
        training.begin(initial_weights or [None] * len(specs))
    training.run(checkpoint, observer or Silent())
    return training.outcomes()


def check_alike(specs: Sequence[RunSpec], division: Division) -> None:
    """Makes sure that the runs can sit in one population and that their network fits the data.

    Raises:
        SpecError: they cannot, or it does not.
    """
    if not specs:
        raise SpecError("a population needs at least one run, but got none. Name a model and a seed.")
    for name in _SHARED:
        if any(getattr(spec, name) != getattr(specs[0], name) for spec in specs):
            raise SpecError(f"runs of one population must share `{name}`, but got several. Train them one by one.")
    architecture = specs[0].architecture
    shape = division.train.images.shape[1:]
    if tuple(shape) != architecture.input_shape:
        raise SpecError(
            f"the model {architecture.name!r} takes images of {architecture.input_shape}, but the data has "
            f"{tuple(shape)} (height, width, channels). Build the model for these images."
        )
    labels = 1 + max(int(split.labels.max()) for split in (division.train, division.validation, division.test))
    if isinstance(architecture, Architecture):
        width = class_count(architecture)
        if width < labels:
            raise SpecError(
                f"the model {architecture.name!r} ends in {width} classes, but the labels go up to {labels - 1}. "
                f"Give its last layer at least {labels} units."
            )
        top_k = specs[0].top_k
        if top_k is not None and top_k > width:
            raise SpecError(f"`top_k` must be at most the {width} classes, but got top_k={top_k}. Give less.")


class _Training:
    """The state of one call: members in training and members that ended."""

    def __init__(self, engine: Engine, specs: Sequence[RunSpec]) -> None:
        self._engine, self._specs = engine, specs
        architecture = specs[0].architecture
        self._architecture: Architecture = architecture  # type: ignore[assignment]  # the caller routes others away
        self._noted: Diagnostics | None = None
        self._members: list[Member] = []
        self._population: Population | None = None
        self._epoch = 0
        self._seconds_before = 0.0

    def begin(self, initial_weights: Sequence[Weights | None]) -> None:
        """Seats all members with their first weights."""
        self._members = [Member(index=i, spec=spec) for i, spec in enumerate(self._specs)]
        for weights in initial_weights:
            if weights is not None:
                _check_weights(self._architecture, weights)
        # Equal seeds sit together, and within a seed equal optimizers: both then share their work.
        order = sorted(self._members, key=lambda m: (m.spec.seed, repr(m.spec.optimizer), repr(m.spec.schedule)))
        self._population = self._engine.seat(
            order, [initial_weights[m.index] or draw_weights(self._architecture, m.spec.seed) for m in order]
        )

    def resume(self, state: State, path: Path) -> None:
        """Seats the members that a checkpoint holds."""
        self._members = members_from(state, self._specs, path=path)
        self._epoch, self._seconds_before = state.facts["epoch"], state.facts["seconds"]
        active = [self._members[index] for index in state.facts["active"]]
        if active:
            self._population = self._engine.seat(active, [draw_weights(self._architecture, 0)] * len(active))
            self._population.load_state(state.arrays)

    def run(self, checkpoint: Path | None, observer: Observer) -> None:
        """Epoch after epoch until every member has ended."""
        try:
            self._run(checkpoint, observer)
        finally:
            if self._population is not None:
                self._population.close()

    def _run(self, checkpoint: Path | None, observer: Observer) -> None:
        began = time.perf_counter()
        epochs_before = self._epoch
        self._note(observer)
        while self._population is not None:
            self._train_epoch(self._population)
            self._epoch += 1
            seconds = time.perf_counter() - began
            for member in self._members:
                if member.state is not None and member.seconds == 0.0:
                    member.seconds = self._seconds_before + seconds
            if checkpoint is not None:
                ended = [m for m in self._members if m.state is not None]
                total = self._seconds_before + seconds
                write_checkpoint(checkpoint, to_state(self._population, ended, epoch=self._epoch, seconds=total))
            observer.epoch_finished(self._report(seconds, self._epoch - epochs_before))

    def outcomes(self) -> list[Outcome]:
        """In the order of the specifications."""
        return [member.outcome(self._noted) for member in self._members]

    def _note(self, observer: Observer) -> None:
        """Takes down for the doctor what is known before the first step."""
        if not self._engine.diagnoses:
            return
        self._noted = self._engine.notes()
        if self._population is None:
            return
        if self._epoch == 0:
            for member, probe in zip(self._population.members, self._population.first_probes(), strict=True):
                member.take_probe(probe)
        if isinstance(observer, EarlyObserver):
            observer.training_began(self._report(0.0, 1))

    def _train_epoch(self, population: Population) -> None:
        before = population.snapshot()
        following = self._epoch + 1
        probed = self._engine.diagnoses and any(due(following, epochs=m.spec.epochs) for m in population.members)
        for seat, result in enumerate(population.epoch(self._epoch, probed=probed)):
            member = population.members[seat]
            best = member.take_in(result.figures, steps=population.steps, first_bad_step=result.first_bad_step)
            if member.state == "diverged":
                population.restore(before, seat)
            elif due(member.epochs_done, epochs=member.spec.epochs):
                member.take_probe(result.probe)
            member.keep_weights(partial(population.member_weights, seat), best=best)
        staying = [seat for seat, member in enumerate(population.members) if member.state is None]
        if not staying:
            population.close()
            self._population = None
        elif len(staying) < len(population.members):
            population.keep(staying)

    def _report(self, seconds: float, epochs_here: int) -> EpochReport:
        epochs = max(spec.epochs for spec in self._specs)
        left = 0.0 if self._population is None else seconds / epochs_here * (epochs - self._epoch)
        return EpochReport(
            epoch=self._epoch,
            epochs=epochs,
            members=tuple(m.progress(self._noted) for m in self._members),
            seconds=seconds,
            seconds_left=left,
        )


def _check_weights(architecture: Architecture, weights: Weights) -> None:
    expected = {spec.key: spec.shape for spec in weight_specs(architecture)}
    found = {key: array.shape for key, array in weights.items()}
    if expected != found:
        wrong = sorted(k for k in expected.keys() | found.keys() if expected.get(k) != found.get(k))
        raise SpecError(
            f"initial weights of {architecture.name!r} must have the architecture's shapes, but {wrong[0]} has "
            f"{found.get(wrong[0])} instead of {expected.get(wrong[0])}. Take them from the same architecture."
        )
