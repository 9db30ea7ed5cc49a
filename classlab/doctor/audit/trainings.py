"""Models, their trainings, and what comes out of a training: curves, scores, predictions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from classlab.doctor.audit.objective import loss_of, optimizer_of
from classlab.doctor.audit.values import CallResult, MutableObject, Value

if TYPE_CHECKING:
    from classlab.doctor.audit.facts import Facts
    from classlab.doctor.audit.location import Location
    from classlab.doctor.audit.objective import Objective


@dataclass(frozen=True)
class Compiled:
    """How a model was compiled."""

    optimizer: Value
    loss: Value
    metrics: Value
    location: Location


@dataclass(frozen=True)
class Network:
    """The layers of a model, first to last; `certain` where nothing else stands between them."""

    layers: tuple[CallResult, ...]
    certain: bool


@dataclass(eq=False)
class Model(MutableObject):
    """A Keras model.

    Args:
        network: its layers now.
        location: where it was built.
        name: Keras's name of it, "" where it was not given.
        instance: the object of a class of the file that it is.
        compiled: how it was last compiled.
        fits: its trainings so far, unless its weights were set anew.
        fresh: whether its weights are as its trainings left them.
        names: what else it is called: text, place, and what carries it.
        own_training: whether its class trains it in its own way.
    """

    network: Network
    location: Location
    name: str = ""
    instance: MutableObject | None = None
    compiled: Compiled | None = None
    fits: tuple[Fit, ...] = ()
    fresh: bool = True
    names: tuple[tuple[str, Location, str], ...] = ()
    own_training: bool = False


@dataclass(eq=False, kw_only=True)
class Fit:
    """One call of `fit`.

    Args:
        model: the model.
        network: its layers at that time.
        compiled: how it was compiled.
        images: what was trained on; None where that is not an array that is followed.
        labels: the labels.
        validation: images and labels for validation, None where not given.
        validation_split: share of the training rows that Keras sets aside.
        validation_known: whether the validation argument is understood.
        epochs: how many; None where unknown.
        batch_size: None where unknown.
        callbacks: those that are known.
        location: where.
        path: branches taken, as (place of the `if`, which branch).
        turns: loops that it stands in, as (place of the loop, turn).
        functions: functions of the file that it was called in, outermost first.
        seed: what the random state was last set from; None where never.
        earlier: trainings of the same weights before this one.
        recompiled: whether the model was compiled anew since the one before.
        thawed: whether the weights, or which of them are trained, were changed since the one before.
        trainables: which layers are trained, as far as the code says so.
        fold: whether the rows are a fold of a cross-validation.
    """

    model: Model
    network: Network
    compiled: Compiled | None
    images: Facts | None
    labels: Facts | None
    validation: tuple[Facts | None, Facts | None] | None
    validation_split: bool
    validation_known: bool
    epochs: int | None
    batch_size: int | None
    callbacks: tuple[CallResult, ...]
    location: Location
    path: tuple[tuple[int, int], ...]
    turns: tuple[tuple[int, int], ...]
    functions: tuple[str, ...]
    seed: object
    earlier: tuple[Fit, ...]
    recompiled: bool
    thawed: bool
    trainables: tuple[object, ...] = ()
    fold: bool = False
    names: list[tuple[str, Location]] = field(default_factory=list)

    @property
    def loss(self) -> Objective | None:
        """What is minimised; None where that is not known."""
        return loss_of(self.compiled.loss) if self.compiled is not None else None

    @property
    def optimizer(self) -> str | None:
        """Keras's name of the optimizer; None where it is not known."""
        return optimizer_of(self.compiled.optimizer) if self.compiled is not None else None

    @property
    def validation_images(self) -> Facts | None:
        """The images of `validation_data`, where they are known."""
        return self.validation[0] if self.validation else None

    @property
    def validation_labels(self) -> Facts | None:
        """The labels of `validation_data`, where they are known."""
        return self.validation[1] if self.validation else None

    @property
    def validation_role(self) -> str:
        """What the validation rows are for."""
        if self.validation_split:
            return "validation"
        return self.validation_images.role if self.validation_images is not None else "unknown"


@dataclass(frozen=True)
class History(Value):
    """What `fit` gives back."""

    fit: Fit


@dataclass(frozen=True)
class Logs(Value):
    """The dictionary of a history, with one curve per figure."""

    fit: Fit


@dataclass(frozen=True)
class Curve(Value):
    """One figure over the epochs."""

    fit: Fit
    figure: str


@dataclass(frozen=True)
class Score(Value):
    """A number that says how good a training is.

    Args:
        fits: the trainings it speaks of.
        role: what the rows are for that it was measured on.
        figure: which figure, "" where unknown.
        best: the best over the epochs rather than that of one epoch; where it was taken.
        model: the model that was measured.
    """

    fits: tuple[Fit, ...]
    role: str
    figure: str = ""
    best: Location | None = None
    model: Model | None = None


@dataclass(frozen=True)
class Scores(Value):
    """What `evaluate` gives back: the loss, then the metrics."""

    fits: tuple[Fit, ...]
    role: str
    model: Model | None

    def at(self, place: int | str | None) -> Score:
        """One of the figures, by place or name: the loss comes first, the metrics after it."""
        figure = place if isinstance(place, str) else "loss" if place == 0 else "accuracy"
        return Score(self.fits, self.role, figure, None, self.model)


@dataclass(frozen=True)
class Predicted(Value):
    """What `predict` gives back, or something computed from it row by row."""

    model: Model
    role: str
    facts: Facts | None
    stage: Literal["scores", "rounded", "other"] = "scores"
    rounded: Location | None = None
    row: bool = False  # whether it is, or may be, that of one image

    def rounding(self, location: Location) -> Predicted:
        """The same after scores were rounded to 0 and 1."""
        return replace(self, stage="rounded", rounded=location) if self.stage == "scores" else self


@dataclass(frozen=True)
class Frame2D(Value):
    """A table: one value per row and column.

    Args:
        columns: names of the columns; None where unknown.
        rows: the rows, each a list of values.
    """

    columns: tuple[str, ...] | None
    rows: tuple[tuple[Value, ...], ...]
    sorted_by: str | None = None
