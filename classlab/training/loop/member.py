"""One run in training: its history, its early stopping, the weights worth keeping, and its outcome."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import inf, isfinite
from typing import TYPE_CHECKING

from classlab.records.progress import MemberProgress

if TYPE_CHECKING:
    from collections.abc import Callable

    from classlab.records.diagnostics import Diagnostics, Probe
    from classlab.records.run import EarlyStopping, RunSpec, RunState
    from classlab.training.backend import Weights


@dataclass(frozen=True, kw_only=True, eq=False)
class Outcome:
    """How one run went.

    Args:
        state: how it ended.
        reason: why, as a sentence, where it did not simply finish.
        epochs_done: epochs that completed with finite loss.
        history: one figure per completed epoch under Keras's names.
        weights: arrays by `WeightSpec.key`, in Keras's shapes; those of the last good epoch.
        seconds: wall time of the population's training so far, in seconds, earlier sessions included.
        notes: remarks a reader of the figures must know, each a sentence.
        diagnostics: what was noted for the doctor.
    """

    state: RunState
    reason: str | None
    epochs_done: int
    history: dict[str, tuple[float, ...]]
    weights: Weights
    seconds: float
    notes: tuple[str, ...] = ()
    diagnostics: Diagnostics | None = None


@dataclass
class Stopper:
    """Early stopping of one member, by the rule of `keras.callbacks.EarlyStopping`: remembers the best epoch.

    Args:
        rule: what is watched and for how long.
        best: best figure so far, with the sign turned so that lower is better.
        best_epoch: its epoch, from 1; 0 before the first.
        waited: epochs since.
    """

    rule: EarlyStopping
    best: float = inf
    best_epoch: int = 0
    waited: int = 0

    def improved(self, figures: dict[str, float], epoch: int) -> bool:
        """Takes in an epoch's figures (epoch counted from 1) and tells whether it is the best so far."""
        sign = 1.0 if self.rule.monitor.endswith("loss") else -1.0
        current = sign * figures[self.rule.monitor]
        self.waited += 1
        if not current < self.best - self.rule.min_delta:
            return False
        self.best, self.best_epoch, self.waited = current, epoch, 0
        return True

    @property
    def exhausted(self) -> bool:
        """Whether patience has run out."""
        return self.waited >= max(self.rule.patience, 1)


@dataclass
class Member:
    """A run in training.

    Args:
        index: its place among the runs that were asked for.
        spec: what was asked for.
        history: figures per epoch under Keras's names.
        stopper: early stopping, where asked for.
        best: weights of the best epoch, where they are to be restored.
        state: how it ended, or None while it trains.
        reason: why, as a sentence.
        final: its weights once it has ended.
        seconds: training time until it ended, in seconds.
        probes: what was noted for the doctor, before the first step and after epochs.
        bad_step: step of the whole training at which the loss was first not finite, from 0; -1 where none was.
        notes: what a reader of its figures must know of the training, each a sentence.
    """

    index: int
    spec: RunSpec
    history: dict[str, list[float]] = field(default_factory=dict)
    stopper: Stopper | None = None
    best: Weights | None = None
    state: RunState | None = None
    reason: str | None = None
    final: Weights | None = None
    seconds: float = 0.0
    probes: list[Probe] = field(default_factory=list)
    bad_step: int = -1
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.spec.early_stopping is not None and self.stopper is None:
            self.stopper = Stopper(self.spec.early_stopping)

    @property
    def epochs_done(self) -> int:
        """Epochs that ended with finite figures."""
        return len(self.history.get("loss", ()))

    def take_in(self, figures: dict[str, float], *, steps: int, first_bad_step: int) -> bool:
        """Adds a finished epoch; decides whether the member has ended.

        Args:
            figures: the epoch's figures.
            steps: steps in an epoch.
            first_bad_step: step at which the loss was first not finite, or -1.

        Returns:
            Whether this epoch is the best so far by the early-stopping rule.
        """
        epoch = self.epochs_done + 1
        if first_bad_step >= 0:
            self.state = "diverged"
            self.bad_step = self.epochs_done * steps + first_bad_step
            self.reason = (
                f"the loss was not finite at step {first_bad_step + 1} of {steps} in epoch {epoch}; "
                f"the weights are those of epoch {epoch - 1}"
            )
            return False
        if not all(isfinite(value) for value in figures.values()):
            self.state = "diverged"
            bad = ", ".join(name for name, value in figures.items() if not isfinite(value))
            self.reason = f"{bad} was not finite after epoch {epoch}; the weights are those of epoch {epoch - 1}"
            return False
        for name, value in figures.items():
            self.history.setdefault(name, []).append(value)
        best = self.stopper is not None and self.stopper.improved(figures, epoch)
        if epoch >= self.spec.epochs:
            self.state = "finished"
        elif self.stopper is not None and self.stopper.exhausted:
            self.state = "stopped_early"
            rule = self.stopper.rule
            self.reason = f"{rule.monitor} has not improved since epoch {self.stopper.best_epoch}"
        return best

    def take_probe(self, probe: Probe | None) -> None:
        """Adds what was measured for the doctor; None where its figures were not finite."""
        if probe is not None:
            self.probes.append(probe)

    def leave(self, reason: str, current: Callable[[], Weights]) -> None:
        """Ends the training here, because whoever watches it says so.

        Args:
            reason: why, as a clause.
            current: copies the weights as they are now.
        """
        self.state, self.reason = "stopped_early", reason
        self.keep_weights(current, best=False)

    def keep_weights(self, current: Callable[[], Weights], *, best: bool) -> None:
        """Keeps what an epoch's end asks for: the best epoch's weights, and the final ones once the member has ended.

        Args:
            current: copies the weights as they are now, those of the last good epoch where the member diverged.
            best: whether this epoch is the best so far.
        """
        rule = self.spec.early_stopping
        if best and rule is not None and rule.restore_best_weights:
            self.best = current()
        if self.state is not None:
            chosen = None if self.state == "diverged" else self.best
            self.final = chosen or current()
            self.best = None

    def diagnostics(self, noted: Diagnostics | None) -> Diagnostics | None:
        """What was noted for the doctor so far.

        Args:
            noted: what holds for all members: facts of the splits.
        """
        return None if noted is None else replace(noted, probes=tuple(self.probes), first_bad_step=self.bad_step)

    def progress(self, noted: Diagnostics | None = None) -> MemberProgress:
        """Where the member stands, for whoever watches."""
        return MemberProgress(
            label=f"seed {self.spec.seed}",
            state=self.state or "training",
            figures={name: values[-1] for name, values in self.history.items()},
            history=dict(self.history),
            diagnostics=self.diagnostics(noted),
            index=self.index,
        )

    def outcome(self, noted: Diagnostics | None = None) -> Outcome:
        """What is handed back once the member has ended."""
        if self.state is None or self.final is None:
            message = "a member's outcome is asked for before it ended"
            raise AssertionError(message)
        return Outcome(
            state=self.state,
            reason=self.reason,
            epochs_done=self.epochs_done,
            history={name: tuple(values) for name, values in self.history.items()},
            weights=self.final,
            seconds=self.seconds,
            diagnostics=self.diagnostics(noted),
            notes=self.notes,
        )
