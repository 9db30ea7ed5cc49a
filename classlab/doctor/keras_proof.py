"""Tries the remedies of a training by Keras's `fit`: fresh copies of the model, trained alike, but for one change."""

from __future__ import annotations

import random
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.doctor.causes import MOST
from classlab.doctor.keras_data import class_numbers, set_aside
from classlab.doctor.keras_remedy import apply_remedy, rescaled
from classlab.doctor.keras_setup import bare_optimizer
from classlab.doctor.wording import measured, rounded
from classlab.measures.keras_probe import classes_said
from classlab.records.finding import Cause
from classlab.records.optimizers import further_rates
from classlab.statistics.trial_order import ERRORS_NEEDED, Gained, trial_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from classlab.doctor.keras_subject import KerasSubject
    from classlab.measures.keras_probe import HandedSplit
    from classlab.records.finding import Diagnosis, Finding

STEPS = 300  # as in the proof of a run
SECONDS = 150  # for all copies together, so that it mostly ends within three minutes
_COPIES = 6  # that may have to be trained: the model as it is, three remedies, two rates further away
_CHUNK = 25  # steps between two looks at the clock


@dataclass(frozen=True, kw_only=True)
class KerasTrial:
    """One remedy, tried.

    Args:
        cause: whose remedy it is.
        before: accuracy of the copy without it, on images that neither was trained on.
        after: accuracy with it.
        standard_error: of the difference.
        steps: of each copy.
    """

    cause: Cause
    before: float
    after: float
    standard_error: float
    steps: int

    @property
    def confirmed(self) -> bool:
        """Whether the remedy is better by more than three standard errors."""
        return self.after - self.before > ERRORS_NEEDED * self.standard_error

    @property
    def sentence(self) -> str:
        """What came of it."""
        verdict = "Confirmed" if self.confirmed else "Not confirmed"
        return (
            f"{verdict}: after {self.steps} steps from the same start accuracy on images set aside is {self.after:.3f} "
            f"instead of {self.before:.3f}, with a standard error of {self.standard_error:.3f}. {self.cause.remedy}"
        )


def prove_keras(
    subject: KerasSubject,
    diagnosis: Diagnosis,
    handed: Mapping[str, HandedSplit],
    *,
    batch_size: int,
    tell: Callable[[str], None],
) -> tuple[Diagnosis, tuple[KerasTrial, ...]]:
    """Tries what the gravest finding may come from, and puts first what helped most.

    The first three causes that a machine can try are tried; where the finding names fewer, what usually stands behind a
    network that does not learn. What was not confirmed keeps its place behind what was.

    Args:
        subject: the model as it was compiled.
        diagnosis: what was found.
        handed: training images and, where there are any, validation images.
        batch_size: images per step.
        tell: takes a line before each copy is trained.

    Returns:
        The diagnosis with its causes in the order of the results; the trials, the best first.
    """
    finding = next((each for each in diagnosis.findings if each.severity in ("FAIL", "WARN")), None)
    if finding is None or "train" not in handed:
        return diagnosis, ()
    with _own_randomness():
        bench = _bench(subject, handed, batch_size=batch_size, tell=tell)
        trials = [] if bench is None else _trials(bench, _candidates(subject, finding, diagnosis), finding.causes)
    ranked = _ranked(trials)
    return _reordered(diagnosis, finding, ranked), tuple(ranked)


def _ranked(trials: Sequence[KerasTrial]) -> list[KerasTrial]:
    gained = [
        Gained(confirmed=each.confirmed, gain=each.after - each.before, standard_error=each.standard_error)
        for each in trials
    ]
    return [trials[place] for place in trial_order(gained)]


def _candidates(subject: KerasSubject, finding: Finding, diagnosis: Diagnosis) -> list[Cause]:
    """Causes with a remedy for a machine: of the finding, of the others, then the usual ones; each rule once."""
    others = [cause for each in diagnosis.findings if each.severity != "INFO" for cause in each.causes]
    found: dict[str, Cause] = {}
    for cause in (*finding.causes, *others, *_usual(subject)):
        if cause.change:
            found.setdefault(cause.rule, cause)
    return list(found.values())


def _usual(subject: KerasSubject) -> list[Cause]:
    """What most often stands behind a network that does not learn, where the model has it at all."""
    from classlab.doctor.symptoms import bad_start, vanishing_gradients

    rate, layers = subject.setup.learning_rate, subject.layers
    found = [] if not rate else [_rate("I2", rounded(rate / 10)), _rate("I3", rounded(rate * 10))]
    if any((layer.rate or 0) > 0.1 for layer in layers):
        found.append(Cause(rule="I10", text="Dropout holds it back.", remedy="Drop less.", change={"dropout": 0.1}))
    if any(layer.penalty for layer in layers):
        text = "Penalties hold it back."
        found.append(Cause(rule="I10", text=text, remedy="Leave them out.", change={"remove_regularizers": True}))
    if any(layer.activation in ("sigmoid", "tanh") for layer in layers[:-1]):
        found.append(vanishing_gradients.CAUSE)
    odd = any(layer.initializer and layer.initializer not in bad_start.SOUND for layer in layers)
    return [*found, bad_start.CAUSE] if odd else found


def _rate(rule: str, rate: float) -> Cause:
    words = "high" if rule == "I2" else "low"
    return Cause(
        rule=rule,
        text=f"The learning rate is too {words} for this optimizer and network.",
        remedy=f"Set the learning rate to {rate:g}.",
        change={"learning_rate": rate},
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Bench:
    """The copy without a remedy, and all that every other copy shares with it.

    Args:
        subject: the model as it was compiled.
        train: images that every copy is trained on.
        asked: images that every copy is asked about.
        wanted: their classes.
        weights: of every copy before its first step.
        order: positions of the training images, step by step.
        batch_size: images per step.
        steps: of every copy.
        before: which of the images the copy without a remedy is right about.
        tell: takes a line before each copy is trained.
    """

    subject: KerasSubject
    train: HandedSplit
    asked: HandedSplit
    wanted: NDArray[np.int64]
    weights: list[NDArray[Any]]
    order: NDArray[np.int64]
    batch_size: int
    steps: int
    before: NDArray[np.bool_]
    tell: Callable[[str], None]

    def tried(self, cause: Cause) -> KerasTrial | None:
        """Trains a copy with one remedy; None where it cannot be applied."""
        copy = apply_remedy(self.subject.model, cause.change, self.train.labels)
        if copy is None:
            return None
        if "initializer" not in cause.change:
            copy.set_weights(self.weights)
        scaled = cause.change.get("preprocessing") is not None
        some, others = (_scaled(split, self.train) if scaled else split for split in (self.train, self.asked))
        self.tell(f"doctor: trying remedies: {cause.remedy}")
        _train(copy, some, self.order, batch_size=self.batch_size, steps=self.steps, seconds=SECONDS)
        after = _hits(self.subject, copy, others, self.wanted)
        gains = after.astype(float) - self.before
        return KerasTrial(
            cause=cause,
            before=float(self.before.mean()),
            after=float(after.mean()),
            standard_error=float(gains.std() / sqrt(len(gains))),
            steps=self.steps,
        )


def _trials(bench: _Bench, causes: Sequence[Cause], own: Sequence[Cause]) -> list[KerasTrial]:
    """The first three causes that can be tried; where none helps, rates further away, if the finding named a rate.

    Args:
        bench: what all copies share.
        causes: what may be tried, in order.
        own: the causes that the finding named.
    """
    found: list[KerasTrial] = []
    for cause in causes:
        trial = bench.tried(cause) if len(found) < MOST else None
        found += [] if trial is None else [trial]
    for cause in [further for named in own for further in _stronger(named, bench.subject)]:
        if any(trial.confirmed for trial in found):
            break
        trial = bench.tried(cause)
        found += [] if trial is None else [trial]
    return found


def _bench(
    subject: KerasSubject, handed: Mapping[str, HandedSplit], *, batch_size: int, tell: Callable[[str], None]
) -> _Bench | None:
    """Trains the copy without a remedy, as far as the time allows; None where the model cannot be copied."""
    train, asked = set_aside(handed["train"], handed.get("validation"))
    wanted = class_numbers(asked.labels)
    plain = apply_remedy(subject.model, {}, train.labels)
    if plain is None or wanted is None:
        return None
    weights, order = plain.get_weights(), _order(len(train.images), STEPS * batch_size)
    tell(f"doctor: trying remedies: the model as it is, up to {STEPS} steps.")
    steps = _train(plain, train, order, batch_size=batch_size, steps=STEPS, seconds=SECONDS / _COPIES)
    return _Bench(
        subject=subject,
        train=train,
        asked=asked,
        wanted=wanted,
        weights=weights,
        order=order,
        batch_size=batch_size,
        steps=steps,
        before=_hits(subject, plain, asked, wanted),
        tell=tell,
    )


def _stronger(cause: Cause, subject: KerasSubject) -> list[Cause]:
    """For a learning rate as much again, and the optimizer's default where that lies further away."""
    rate, before = cause.change.get("learning_rate"), subject.setup.learning_rate
    if list(cause.change) != ["learning_rate"] or not isinstance(rate, int | float) or not before or rate == before:
        return []
    further = further_rates(rate, before, usual=_default_rate(subject))
    return [replace(_rate(cause.rule, each), text=cause.text) for each in further]


def _default_rate(subject: KerasSubject) -> float | None:
    """The learning rate that the model's optimizer has where nobody says one; None where it cannot be made so."""
    optimizer = bare_optimizer(subject.model)
    try:
        return float(type(optimizer)().get_config()["learning_rate"])
    except Exception:  # noqa: BLE001  (an optimizer of somebody's own may need to be told more)
        return None


def _scaled(split: HandedSplit, train: HandedSplit) -> HandedSplit:
    return replace(split, images=rescaled(split.images, train.images))


def _order(images: int, wanted: int) -> NDArray[np.int64]:
    """Positions of the images in the order in which every copy meets them, pass by pass."""
    drawn = np.random.default_rng(0)
    passes = [drawn.permutation(images) for _ in range(wanted // images + 1)]
    return np.asarray(np.concatenate(passes)[:wanted], np.int64)


def _train(
    model: Any, train: HandedSplit, order: NDArray[np.int64], *, batch_size: int, steps: int, seconds: float
) -> int:
    """Trains a copy for so many steps, or fewer where time is up; returns how many."""
    began = time.perf_counter()
    for done in range(0, steps, _CHUNK):
        if done and time.perf_counter() - began > seconds:
            return done
        some = train.at(order[done * batch_size : min(steps, done + _CHUNK) * batch_size])
        model.fit(some.images, some.labels, batch_size=batch_size, epochs=1, shuffle=False, verbose=0)
    return steps


def _hits(subject: KerasSubject, model: Any, asked: HandedSplit, wanted: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each image is given to its class; a copy whose figures are not finite names class 0 throughout."""
    said = np.nan_to_num(np.asarray(model.predict(asked.images, verbose=0)), nan=0.0)
    return np.asarray(classes_said(said, subject.setup) == wanted)


def _reordered(diagnosis: Diagnosis, finding: Finding, trials: Sequence[KerasTrial]) -> Diagnosis:
    """The finding with confirmed causes first, the best of them first, and its numbers among the evidence.

    A fact was measured, and is its own cause: what else would help does not explain it.
    """
    own = {cause.rule for cause in finding.causes}
    confirmed = [trial for trial in trials if trial.confirmed and (finding.kind != "fact" or trial.cause.rule in own)]
    if not confirmed:
        return diagnosis
    best = confirmed[0]
    named = [trial.cause for trial in confirmed]
    rest = [cause for cause in finding.causes if cause.rule not in {each.rule for each in named}]
    name = f"accuracy on images set aside after {best.steps} steps with the first remedy"
    proof = measured(name, best.after, f"above {best.before:.3g}, without it")
    new = replace(finding, causes=tuple([*named, *rest][:MOST]), evidence=(*finding.evidence, proof))
    return replace(diagnosis, findings=tuple(new if each is finding else each for each in diagnosis.findings))


@contextmanager
def _own_randomness() -> Iterator[None]:
    """Leaves the random numbers that come after as they would have been."""
    import keras

    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002  (the user's, to be given back)
    torch = import_module("torch") if keras.backend.backend() == "torch" else None
    drawn = None if torch is None else torch.get_rng_state()
    try:
        random.seed(0)
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002
        if torch is not None:
            torch.set_rng_state(drawn)
