"""What was met on the way through a program, for the rules to look at."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from classlab.doctor.audit import bounds

if TYPE_CHECKING:
    import ast

    from classlab.doctor.audit.facts import Facts
    from classlab.doctor.audit.location import Location
    from classlab.doctor.audit.source import Source
    from classlab.doctor.audit.trainings import Compiled, Fit, Model, Network, Predicted, Score
    from classlab.doctor.audit.values import CallResult, Value


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
    made: dict[int, tuple[str, Location]] = field(default_factory=dict)  # by the call's node: what object it made
    applied: list[tuple[CallResult, object]] = field(default_factory=list)  # layers, and the input that goes through
    models: list[tuple[Model, object]] = field(default_factory=list)  # functional ones, with their input
    trees: list[tuple[int, ast.Module]] = field(default_factory=list)  # by the number of the cell
    unkept: list[tuple[str, Location]] = field(default_factory=list)  # arrays that are worked out for nothing
    saved: list[Location] = field(default_factory=list)
    rounded: list[Rounded] = field(default_factory=list)
    along_images: list[tuple[Predicted, Location]] = field(default_factory=list)  # largest scores over images
    one_hot_twice: list[Location] = field(default_factory=list)  # labels that were rows of 0 and 1 before
    copies: list[Location] = field(default_factory=list)  # divisions of rows some of which stand there twice
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
