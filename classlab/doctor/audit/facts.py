"""What is known of an array: where its values come from, how they were scaled, in which order they stand."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from classlab.doctor.audit.location import Location
    from classlab.doctor.audit.rows import Rows

Kind = Literal["images", "labels", "unknown"]
StepKind = Literal[
    "multiply", "shift", "centre", "standardise", "own-range", "normalise", "clip", "cast", "two-valued", "opaque"
]
DatasetRole = Literal["train", "test", "validation", "unknown"]


@dataclass(frozen=True)
class Step:
    """One step of preprocessing.

    Args:
        kind: multiply by a factor; shift by a number; subtract a mean (centre); subtract a mean and divide by a
            deviation; divide by the array's own maximum (own-range); scale every row to length 1 (normalise); cut off
            so that no value is far above 1 (clip); leave fractions out, which leaves 0 and 1 (cast); compare, which
            leaves two values (two-valued); or something that is not known.
        factor: what values are multiplied by; 1 where it does not apply.
        location: where it stands.
        words: how it is written, for people.
    """

    kind: StepKind
    factor: float
    location: Location
    words: str


@dataclass(frozen=True)
class Fitted:
    """A statistic that was computed from rows and used on this array."""

    rows: Rows
    location: Location
    words: str
    declared: DatasetRole = "unknown"


@dataclass(frozen=True)
class Numbering:
    """Class numbers that are places in an order which is not fixed.

    Args:
        order: what has no fixed order, as in "a set".
        location: where it was made.
        names: the list of names, of which it is asked whether it is kept.
    """

    order: str
    location: Location
    names: object = None


@dataclass(frozen=True)
class Facts:
    """Everything that is known of an array.

    Args:
        kind: images or labels.
        rows: which rows of which source.
        low: smallest possible value; None where unknown.
        high: largest possible value.
        steps: preprocessing, first to last.
        fitted: statistics that went into the values.
        order: the shuffles that the rows went through, first to last.
        shape: axis lengths; None for one that is not known; None altogether where the number of axes is not.
        classes: how many labels there are; None where unknown.
        one_hot: whether labels stand in one row of 0 and 1 each; None where unknown.
        whole_numbers: whether values are integers; None where unknown.
        declared: what the author calls these rows, where they set them aside themselves.
        origin: where the values were loaded.
        opaque: something not understood happened to the values.
        name: the data set's name in Keras, "" where unknown.
        augmented: random changes of the images, by their names in Keras, and where each is asked for.
        arranged: whether rows are all of one class, or stand class by class.
        numbering: where class numbers are places in an order that is not fixed.
    """

    kind: Kind = "unknown"
    rows: Rows = ()
    low: float | None = None
    high: float | None = None
    steps: tuple[Step, ...] = ()
    fitted: tuple[Fitted, ...] = ()
    order: tuple[object, ...] = ()
    shape: tuple[int | None, ...] | None = None
    classes: int | None = None
    one_hot: bool | None = None
    whole_numbers: bool | None = None
    declared: DatasetRole = "unknown"
    origin: Location | None = None
    opaque: bool = False
    name: str = ""
    augmented: tuple[tuple[str, Location], ...] = ()
    arranged: Literal["", "one class", "by class"] = ""
    numbering: Numbering | None = None

    @property
    def role(self) -> DatasetRole:
        """What the rows are for: as the author declared them, else as the data set divides them."""
        if self.declared != "unknown":
            return self.declared
        found = {fragment.split for fragment in self.rows}
        if found == {"test"}:
            return "test"
        return "train" if found == {"train"} else "unknown"

    @property
    def holds_test_rows(self) -> bool:
        """Whether some rows belong to a test set, whatever else is among them."""
        return any(fragment.split == "test" for fragment in self.rows) or self.declared == "test"

    @property
    def steps_scaled(self) -> bool:
        """Whether a step changed the size of the values."""
        return any(step.kind not in ("shift", "opaque") for step in self.steps)

    @property
    def divisor(self) -> float:
        """By how much known factors divided the values altogether."""
        product = 1.0
        for step in self.steps:
            product *= step.factor
        return 1 / product if product else 0.0


_ABOUT_ONE = 2.0  # the width of -1..1, to which images are scaled as often as to 0..1


def scaled(facts: Facts, factor: float, location: Location, words: str) -> Facts:
    """Values multiplied by a number."""
    if factor == 0:
        return replace(facts, opaque=True)
    ends = [None if end is None else end * factor for end in (facts.low, facts.high)]
    low, high = ends if factor > 0 else reversed(ends)
    steps = (*facts.steps, Step("multiply", factor, location, words)) if factor != 1 else facts.steps
    return replace(facts, low=low, high=high, steps=steps, whole_numbers=False if factor != 1 else facts.whole_numbers)


def shifted(facts: Facts, amount: float, location: Location, words: str) -> Facts:
    """Values plus a number."""
    low, high = (None if end is None else end + amount for end in (facts.low, facts.high))
    steps = (*facts.steps, Step("shift", 1.0, location, words)) if amount else facts.steps
    return replace(facts, low=low, high=high, steps=steps)


def stepped(
    facts: Facts, kind: StepKind, location: Location, words: str, *, ends: tuple[float, float] | None = None
) -> Facts:
    """Values after a step whose numbers are not known; `ends` is the range that it leaves behind."""
    low, high = ends if ends is not None else (None, None)
    step = Step(kind, 1.0, location, words)
    return replace(facts, low=low, high=high, steps=(*facts.steps, step), whole_numbers=False)


def clipped(facts: Facts, low: float | None, high: float | None, location: Location, words: str) -> Facts:
    """Values cut off at two ends, None for an end that is left open; where both are given the range is known."""
    ends = [bound if end is None else end for bound, end in ((low, facts.low), (high, facts.high))]
    ends[0] = ends[0] if low is None or ends[0] is None else max(low, ends[0])
    ends[1] = ends[1] if high is None or ends[1] is None else min(high, ends[1])
    known = low is not None and high is not None
    narrow = ends[0] is not None and ends[1] is not None and ends[1] - ends[0] <= _ABOUT_ONE
    changed = ends != [facts.low, facts.high]
    before = (*facts.steps, Step("opaque", 1.0, location, words)) if facts.opaque else facts.steps
    steps = (*before, Step("clip", 1.0, location, words)) if known and narrow and changed else facts.steps
    return replace(facts, low=ends[0], high=ends[1], steps=steps, opaque=facts.opaque and not known)


def two_valued(facts: Facts, low: float, high: float, location: Location, words: str) -> Facts:
    """Values of which a comparison left two, whatever was done to them before."""
    steps = (Step("two-valued", 1.0, location, words),) if high - low <= _ABOUT_ONE else ()
    return replace(facts, low=low, high=high, steps=steps, opaque=False)


def truncated(facts: Facts, location: Location, words: str) -> Facts:
    """Values without their fractions; of images between 0 and 1 that leaves black, and white where it was full."""
    if facts.kind != "images" or facts.opaque or facts.high is None or facts.low is None:
        return facts
    if not facts.steps_scaled or facts.high - facts.low > _ABOUT_ONE or facts.steps[-1].kind == "two-valued":
        return facts
    return replace(facts, steps=(*facts.steps, Step("cast", 1.0, location, words)), whole_numbers=True)


def hidden(facts: Facts) -> Facts:
    """Values after something that is not understood: the rows are the same, nothing is claimed of the numbers."""
    return replace(facts, low=None, high=None, opaque=True, shape=None, one_hot=None, whole_numbers=None)


def joined(one: Facts, other: Facts) -> Facts:
    """What holds for both of two possibilities."""
    if one == other:
        return one
    changes = {name: nothing for name, nothing in _NOTHING.items() if getattr(one, name) != getattr(other, name)}
    if "steps" in changes or "order" in changes or "fitted" in changes:
        changes |= {"opaque": True, "low": None, "high": None}
    if "rows" in changes and _same_roles(one, other):
        # Loaded from a file or else by Keras: another source, the same rows for all that matters here.
        changes["rows"] = one.rows
    return replace(one, **changes)  # type: ignore[arg-type]


def _same_roles(one: Facts, other: Facts) -> bool:
    mine, theirs = ([(each.split, each.selections) for each in facts.rows] for facts in (one, other))
    return bool(mine) and mine == theirs


_NOTHING = {field.name: field.default for field in fields(Facts)} | {"opaque": True}
