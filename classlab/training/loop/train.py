"""The training loop: runs from their first epoch to their last, whichever backend computes them."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from classlab.measures.plan import due
from classlab.records.progress import EarlyObserver, EpochReport, Selector, Silent, StepObserver, StepReport
from classlab.training.loop.by_class import watched_by_class
from classlab.training.loop.checkpoint import read_checkpoint, write_checkpoint
from classlab.training.loop.member import Member
from classlab.training.loop.population_state import members_from, population_arrays, to_state
from classlab.training.loop.schedules import rate_at
from classlab.training.process.pulse import Pulse

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from numpy.typing import NDArray

    from classlab.records.diagnostics import Diagnostics
    from classlab.training.backend import Backend, EpochFigures, EpochResult, Population, TrainingRequest
    from classlab.training.loop.member import Outcome


def train(backend: Backend, request: TrainingRequest) -> list[Outcome]:
    """Trains runs; see `train_population`.

    Args:
        backend: computes them.
        request: what was asked for.
    """
    with backend.computing():
        training = _Training(backend, request)
        try:
            training.run()
        finally:
            training.close()
    return training.outcomes()


class _Training:
    """The state of one call: members in training, members that wait for their turn, and members that ended."""

    def __init__(self, backend: Backend, request: TrainingRequest) -> None:
        self._backend, self._request = backend, request
        self._observer = request.observer or Silent()
        self._pulse = Pulse(self._tell) if isinstance(self._observer, StepObserver) else None
        self._noted: Diagnostics | None = None
        self._population: Population | None = None
        self._active: list[Member] = []  # in the order of their slots
        self._epoch, self._epochs_here, self._seconds_before, self._first_seconds = 0, 0, 0.0, 0.0
        self._held: Mapping[str, NDArray[Any]] = {}  # of the population that a checkpoint was written in
        path = request.checkpoint
        if request.resume and path is not None and path.exists():
            state = read_checkpoint(path)
            self._members = members_from(state, request.specs, path=path)
            self._epoch, self._seconds_before = state.facts["epoch"], state.facts["seconds"]
            self._held = population_arrays(state)
            left = [self._members[index] for index in state.facts["active"]]
        else:
            left = self._members = [Member(index=i, spec=spec) for i, spec in enumerate(request.specs)]
            if backend.in_step:
                left = sorted(left, key=_place)
        self._waiting = [left] if backend.in_step and left else [[member] for member in left]

    def run(self) -> None:
        """Population after population until every member has ended."""
        self._began = time.perf_counter()
        if not self._waiting:
            self._note()
        while self._waiting:
            self._populate(self._waiting.pop(0))
            self._note()
            self._watch_beginning()
            while self._population is not None:
                self._train_epoch(self._population)
                self._end_epoch()

    def close(self) -> None:
        """Ends what a population has running beside this process."""
        if self._population is not None:
            self._population.close()

    def outcomes(self) -> list[Outcome]:
        """In the order of the specifications."""
        return [member.outcome(self._noted) for member in self._members]

    def _populate(self, members: list[Member]) -> None:
        """Gives members slots: with what the checkpoint holds of them, or with their first weights."""
        self._active, runs = members, [member.spec for member in members]
        given = self._request.initial_weights or [None] * len(self._members)
        if self._held:
            place = self._backend.first_weights(given[members[0].index], seed=members[0].spec.seed)
            self._population = self._backend.populate(runs, [place] * len(runs))
            self._population.load_state(self._held)
            self._held = {}
            return
        self._epoch = 0
        weights = [self._backend.first_weights(given[m.index], seed=m.spec.seed) for m in members]
        self._population = self._backend.populate(runs, weights)

    def _note(self) -> None:
        """Takes down for the doctor what holds for every run."""
        if self._request.diagnostics and self._noted is None:
            self._noted = self._backend.notes()

    def _watch_beginning(self) -> None:
        """Measures members before their first step, and tells whoever wants to know so early."""
        if not self._request.diagnostics or self._population is None:
            return
        if self._epoch == 0:
            for member, probe in zip(self._active, self._population.first_probes(), strict=True):
                member.take_probe(probe)
        if isinstance(self._observer, EarlyObserver):
            self._observer.training_began(self._report(0.0))

    def _train_epoch(self, population: Population) -> None:
        before = population.snapshot()
        probed = self._request.diagnostics and any(due(self._epoch + 1, epochs=m.spec.epochs) for m in self._active)
        self._epoch_began = time.perf_counter()
        if self._pulse is not None:
            self._pulse.begin(member_steps=population.steps * len(self._active))
        result = population.epoch(self._epoch, probed=probed, pulse=self._pulse)
        watched = watched_by_class(self._active, result, population, self._request)
        for slot, member in enumerate(self._active):
            bad = result.training.first_bad_step[slot]
            figures = self._figures(member, result, slot, steps=population.steps) | watched.get(slot, {})
            best = member.take_in(figures, steps=population.steps, first_bad_step=bad)
            if member.state == "diverged":
                population.restore(before, slot)
            elif due(member.epochs_done, epochs=member.spec.epochs):
                member.take_probe(result.probes[slot])
            member.keep_weights(partial(population.member_weights, slot), best=best)
        self._let_go(population)
        staying = [slot for slot, member in enumerate(self._active) if member.state is None]
        if not staying:
            population.close()
            self._population = None
        elif len(staying) < len(self._active):
            population.keep(staying)
            self._active = [self._active[slot] for slot in staying]

    def _let_go(self, population: Population) -> None:
        """Ends the members that the observer lets go; the checkpoint of this epoch has them as ended."""
        if not isinstance(self._observer, Selector):
            return
        leaving = self._observer.leaving(self._report(time.perf_counter() - self._began))
        for slot, member in enumerate(self._active):
            if member.state is None and member.index in leaving:
                member.leave(leaving[member.index], partial(population.member_weights, slot))

    def _figures(self, member: Member, result: EpochResult, slot: int, *, steps: int) -> dict[str, float]:
        """A member's figures of the epoch under Keras's names, with the rate of its last step."""
        rate = rate_at(member.spec, (self._epoch + 1) * steps - 1, steps_per_epoch=steps)
        return (
            _named(result.training, "", slot, member.spec.top_k)
            | _named(result.validation, "val_", slot, member.spec.top_k)
            | {"learning_rate": rate}
        )

    def _end_epoch(self) -> None:
        self._epoch, self._epochs_here = self._epoch + 1, self._epochs_here + 1
        seconds = time.perf_counter() - self._began
        total = self._seconds_before + seconds
        for member in self._members:
            if member.state is not None and member.seconds == 0.0:
                member.seconds = total
        if self._request.checkpoint is not None:
            waiting = [member for members in self._waiting for member in members]
            active = [member for member in self._active if member.state is None]
            state = to_state(self._population, [*active, *waiting], self._members, epoch=self._epoch, seconds=total)
            write_checkpoint(self._request.checkpoint, state)
        if self._epochs_here == 1:
            self._first_seconds = seconds
        told = time.perf_counter()
        self._observer.epoch_finished(self._report(seconds))
        self._began += time.perf_counter() - told  # a study that waits does so there, which is no training

    def _tell(self, share: float, figures: Mapping[int, tuple[float, float]]) -> None:
        """Says how far the epoch is; of the first one, the time that is left is measured by itself."""
        if self._population is None or not isinstance(self._observer, StepObserver):
            return
        now, steps = time.perf_counter(), self._population.steps
        epochs, seconds = self._epochs_left() - share, now - self._began
        each = (now - self._epoch_began) / max(share, 1 / steps)
        if self._epochs_here > 1:
            each = (seconds - self._first_seconds) / (self._epochs_here - 1 + share)
        self._observer.epoch_moved(
            StepReport(
                epoch=self._epoch + 1,
                epochs=self._planned(),
                step=round(share * steps),
                steps=steps,
                figures={
                    self._active[slot].index: {"loss": loss, "accuracy": accuracy}
                    for slot, (loss, accuracy) in sorted(figures.items())
                },
                seconds=seconds,
                seconds_left=each * epochs,
            )
        )

    def _planned(self) -> int:
        members = self._members if self._backend.in_step else self._active
        return max(member.spec.epochs for member in members)

    def _epochs_left(self) -> int:
        waiting: int = sum(member.spec.epochs for members in self._waiting for member in members)
        return waiting if self._population is None else waiting + self._planned() - self._epoch

    def _report(self, seconds: float) -> EpochReport:
        left = self._epochs_left()
        measured = self._epochs_here - 1  # the first epoch is slow: caches are cold, and threads and kernels begin
        return EpochReport(
            epoch=self._epoch,
            epochs=self._planned(),
            members=tuple(m.progress(self._noted) for m in self._members),
            seconds=seconds,
            seconds_left=(seconds - self._first_seconds) / measured * left if measured > 0 else None,
        )


def _place(member: Member) -> tuple[int, str, str, str]:
    """Equal seeds stand together, within a seed equal augmentation, then equal optimizers: all share their work."""
    spec = member.spec
    return spec.seed, repr(spec.augmentation), repr(spec.optimizer), repr(spec.schedule)


def _named(figures: EpochFigures, prefix: str, slot: int, top_k: int | None) -> dict[str, float]:
    named = {f"{prefix}loss": figures.loss[slot], f"{prefix}accuracy": figures.accuracy[slot]}
    if figures.top_k is not None:
        named[f"{prefix}top_{top_k}_accuracy"] = figures.top_k[slot]
    return named
