"""Models, their trainings, and what comes out of a training: curves, scores, predictions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from classlab.doctor.audit import bounds
from classlab.doctor.audit.objective import loss_of, optimizer_of
from classlab.doctor.audit.values import CallResult, MutableObject, Value

if TYPE_CHECKING:
    import ast

    from classlab.doctor.audit.facts import Facts
    from classlab.doctor.audit.location import Location
    from classlab.doctor.audit.objective import Objective
    from classlab.doctor.audit.source import Source


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

    def rounding(self, location: Location) -> Predicted:
        """The same after scores were rounded to 0 and 1."""
        return replace(self, stage="rounded", rounded=location) if self.stage == "scores" else self


@dataclass(frozen=True)
class Rounded:
    """Scores that were rounded before something was read from them."""

    predicted: Predicted
    picked: bool
    location: Location


@dataclass(frozen=True)
class Matched:
    """Predictions that are held against labels."""

    predicted: Facts
    labels: Facts
    location: Location


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


@dataclass(frozen=True)
class Choice:
    """One of several scores was chosen, or they were put in order; `picks` where what it belongs to is asked for."""

    scores: tuple[Score, ...]
    way: str
    location: Location
    picks: bool = False


@dataclass(frozen=True)
class Naming:
    """A name that was given to an optimizer or to something that came out of a training.

    Args:
        text: the name.
        how: what carries it, as in "the variable".
        value: what is named.
        location: where.
        loose: the value is a measure rather than a model, so that its name may speak of the measure.
    """

    text: str
    how: str
    value: Value
    location: Location
    loose: bool = False


@dataclass(frozen=True)
class Evaluation:
    """One call of `evaluate` or `predict`."""

    model: Model
    network: Network
    compiled: Compiled | None
    images: Facts | None
    labels: Facts | None
    fits: tuple[Fit, ...]
    location: Location
    scored: bool


@dataclass(frozen=True)
class LossCall:
    """A loss applied to a model's output in a loop of the author's own."""

    loss: Value
    tensor: tuple[CallResult, ...]
    certain: bool
    labels: Facts | None
    location: Location


@dataclass(frozen=True)
class Reported:
    """A score that was printed or put into a container."""

    score: Score
    location: Location


@dataclass(frozen=True)
class Kept:
    """A score, curve or model that was put beside others, in one container or one figure."""

    container: object
    key: object
    value: Value
    location: Location


@dataclass(frozen=True)
class Searched:
    """A tuner's search on some validation rows."""

    validation: Facts | None
    location: Location


@dataclass(frozen=True)
class Reshaped:
    """A reshape that moves an axis."""

    before: tuple[int | None, ...]
    after: tuple[int | None, ...]
    location: Location


@dataclass(frozen=True)
class Early:
    """A name that is used in a cell before the cell that defines it."""

    name: str
    location: Location
    defined: Location


@dataclass
class Trace:
    """Everything noteworthy that was met, in order."""

    fits: list[Fit] = field(default_factory=list)
    evaluations: list[Evaluation] = field(default_factory=list)
    compiled: list[Model] = field(default_factory=list)
    losses: list[LossCall] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    namings: list[Naming] = field(default_factory=list)
    reported: list[Reported] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    searched: list[Searched] = field(default_factory=list)
    made: dict[int, tuple[str, Location]] = field(
        default_factory=dict
    )  # by the call's node: what library object it made
    applied: list[tuple[CallResult, object]] = field(
        default_factory=list
    )  # layers and the input that went through them
    models: list[tuple[Model, object]] = field(default_factory=list)  # functional ones, with their input
    trees: list[tuple[int, ast.Module]] = field(default_factory=list)  # by the number of the cell
    saved: list[Location] = field(default_factory=list)
    rounded: list[Rounded] = field(default_factory=list)
    matched: list[Matched] = field(default_factory=list)
    reshaped: list[Reshaped] = field(default_factory=list)
    early: list[Early] = field(default_factory=list)
    seeds: list[tuple[str, Location]] = field(default_factory=list)
    loops: list[Location] = field(default_factory=list)
    followed: bool = True
    cut: str = ""
    modules: list[Source] = field(default_factory=list)  # those beside the file that were followed
    unchecked: dict[str, str] = field(default_factory=dict)  # rules that say themselves why they could not look

    @property
    def full(self) -> bool:
        """Whether so much was met that no more is remembered."""
        return len(self.fits) + len(self.evaluations) + len(self.namings) + len(self.kept) > bounds.EVENTS

    def read_off(self, predicted: Predicted, location: Location, *, picked: bool = False) -> Predicted:
        """Notes that something is read from predictions, the largest score or whether they are right."""
        if predicted.stage == "rounded" and len(self.rounded) < 200:
            self.rounded.append(Rounded(predicted, picked, location))
        return replace(predicted, stage="other")

    def match(self, predicted: Predicted, labels: Facts, location: Location) -> None:
        """Notes that predictions are held against labels."""
        if predicted.facts is not None and len(self.matched) < 200:
            self.matched.append(Matched(predicted.facts, labels, location))
