"""The space of a search: what may be chosen, and how one point of it is drawn.

The options are those of a study file. A list has choices, a `Range` the numbers in between; a table of arms lays its
own over the top level, and is itself drawn first. An option that would have no effect beside what was drawn before,
such as the momentum of Adam, is not drawn, so that a space is conditional wherever the options are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from classlab.errors import SpecError
from classlab.options import OPTIONS, TABLE, options_of, refuse_idle
from classlab.options.class_weights import written_weights
from classlab.options.table import (
    SHAPE,
    AugmentationOptions,
    OptimizerOptions,
    ScheduleOptions,
)
from classlab.records.search import Dimension

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from classlab.records.study import Setting

ORDER = ("model", *SHAPE, *(name for name in OPTIONS if name != "model"))
"""What is drawn after what: an option after those on which it depends."""
_OF_COURSE = (
    *options_of(OptimizerOptions), *options_of(ScheduleOptions), *options_of(AugmentationOptions), "early_stopping",
    "monitor",
)  # fmt: skip
_PER_PLACE = {"units": "layers", "filters": "blocks"}  # drawn once for each of so many
ARM = "arm"


@dataclass(frozen=True, kw_only=True)
class Range:
    """Numbers from `low` to `high`.

    Args:
        low: lower end.
        high: upper end, which belongs to it.
        log: whether equal ratios are equally likely to begin with.
        step: between neighbouring values; None for every number in between.
        whole: whether its numbers are whole.
    """

    low: float
    high: float
    log: bool = False
    step: float | None = None
    whole: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """One table of arms over the top level.

    Args:
        name: what candidates call it.
        options: choices (one or more) or a range, by option.
        own: the options that stand in the table itself.
    """

    name: str
    options: Mapping[str, list[Any] | Range]
    own: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Point:
    """One point of a space.

    Args:
        arm: name of its table; "" where there is but one.
        drawn: by the key of a dimension, as `Candidate.drawn` has it.
        options: one value per option.
    """

    arm: str
    drawn: dict[str, float]
    options: dict[str, Any]


class Space:
    """What may be drawn.

    Args:
        tables: at least one.

    Raises:
        SpecError: an option would never have an effect.

    Example:
        >>> rates = Range(low=0.001, high=0.1, log=True)
        >>> table = Table(name="", options={"optimizer": ["sgd", "adam"], "learning_rate": rates, "momentum": [0.9]})
        >>> point = Space([table]).draw(lambda key, dimension: dimension.low or 0)
        >>> point.options
        {'optimizer': 'sgd', 'learning_rate': 0.001, 'momentum': 0.9}
    """

    def __init__(self, tables: Sequence[Table]) -> None:
        self.tables = tuple(tables)
        for table in self.tables:
            _refuse_never(table)

    @property
    def arms(self) -> tuple[str, ...]:
        """Names of the tables between which a candidate chooses; none where there is one."""
        return tuple(table.name for table in self.tables) if len(self.tables) > 1 else ()

    @cached_property
    def dimensions(self) -> dict[str, Dimension]:
        """Everything that may be drawn, by its key in `Candidate.drawn`."""
        first = {ARM: Dimension(name=ARM, choices=self.arms)} if self.arms else {}
        return first | {key: each for table in self.tables for key, each in self._all_of(table)}

    @property
    def fixed(self) -> dict[str, Setting]:
        """Options that have one value, behind the name of the arm to which they belong."""
        return {
            key_of(_dimension(name, table.name if name in table.own else "", values)): written(values[0])
            for table in self.tables
            for name, values in table.options.items()
            if not isinstance(values, Range) and len(values) == 1
        }

    @cached_property
    def structure(self) -> tuple[str, ...]:
        """Keys of what decides which runs can train in lock-step: networks, batches, images."""
        found = [
            key for table in self.tables for key, each in self._all_of(table) if _option(each.name) not in _OF_COURSE
        ]
        shaped = any(name not in _OF_COURSE for table in self.tables for name in table.own)
        return tuple(dict.fromkeys(([ARM] if shaped and self.arms else []) + found))

    @property
    def size(self) -> int | None:
        """How many points there are at most, where all of it is choices; None where there are ranges."""
        total = 0
        for table in self.tables:
            points = 1
            for _, each in self._all_of(table):
                if not each.choices:
                    return None
                points *= len(each.choices)
            total += points
        return total

    def draw(self, value: Callable[[str, Dimension], float]) -> Point:
        """One point.

        Args:
            value: gives a number of a range, or a position in choices, by the key of a dimension.
        """
        drawn: dict[str, float] = {}

        def take(key: str, dimension: Dimension) -> float:
            drawn[key] = value(key, dimension)
            return drawn[key]

        place = int(take(ARM, self.dimensions[ARM])) if self.arms else 0
        table = self.tables[place]
        options: dict[str, Any] = {}
        for name in ORDER:
            if name in table.options and _applies(name, options):
                options[name] = self._value(table, name, options, take)
        return Point(arm=table.name if self.arms else "", drawn=drawn, options=options)

    def settings(self, point: Point) -> dict[str, Setting]:
        """What tells a point from others, in the words of a study file."""
        return {name: written(value) for name, value in point.options.items() if self._differs(name)}

    def _differs(self, name: str) -> bool:
        values = [table.options.get(name, []) for table in self.tables]
        return any(isinstance(each, Range) or len(each) > 1 or each != values[0] for each in values)

    def _value(self, table: Table, name: str, options: dict[str, Any], take: Callable[[str, Dimension], float]) -> Any:
        values = table.options[name]
        if name in _PER_PLACE and (isinstance(values, Range) or name == "filters"):
            count = options.get(_PER_PLACE[name], TABLE[_PER_PLACE[name]].default)
            return tuple(self._one(table, name, values, take, f"{name}_{place + 1}") for place in range(count))
        return self._one(table, name, values, take, name)

    def _one(
        self, table: Table, name: str, values: list[Any] | Range, take: Callable[[str, Dimension], float], called: str
    ) -> Any:
        if not isinstance(values, Range) and len(values) == 1:
            return values[0]
        dimension = _dimension(called, table.name if name in table.own else "", values)
        found = take(key_of(dimension), dimension)
        if isinstance(values, Range):
            return round(found) if values.whole else found if values.step is None else round(found, 12)
        return values[int(found)]

    def _all_of(self, table: Table) -> Iterator[tuple[str, Dimension]]:
        """Everything that may be drawn of a table, whatever else is drawn."""
        for name in ORDER:
            values = table.options.get(name)
            if values is None or not (isinstance(values, Range) or len(values) > 1):
                continue
            arm = table.name if name in table.own else ""
            names = [name]
            if name in _PER_PLACE and (isinstance(values, Range) or name == "filters"):
                names = [f"{name}_{place + 1}" for place in range(_most(table, _PER_PLACE[name]))]
            for each in names:
                dimension = _dimension(each, arm, values)
                yield key_of(dimension), dimension


def key_of(dimension: Dimension) -> str:
    """What a dimension is called in `Candidate.drawn`: its name, behind that of its arm where it has one."""
    return f"{dimension.arm}: {dimension.name}" if dimension.arm else dimension.name


def written(value: Any) -> Setting:
    """A value as a record of settings has it."""
    if isinstance(value, dict):
        return written_weights(value)
    if isinstance(value, list | tuple):
        return ",".join(str(each) for each in value)
    if isinstance(value, str | int | float | bool):
        return value
    return f"{value} ({id(value)})"  # a ready model: another session cannot know that it is the same


def _dimension(name: str, arm: str, values: list[Any] | Range) -> Dimension:
    if isinstance(values, Range):
        return Dimension(
            name=name, arm=arm, low=values.low, high=values.high, log=values.log, step=values.step, whole=values.whole
        )
    return Dimension(name=name, arm=arm, choices=tuple(written(each) for each in values))


def _option(called: str) -> str:
    """The option of a dimension, as `units` of `units_2`."""
    name, _, place = called.rpartition("_")
    return name if place.isdecimal() and name in _PER_PLACE else called


def _most(table: Table, name: str) -> int:
    values = table.options.get(name, [TABLE[name].default])
    return int(values.high) if isinstance(values, Range) else max(values)


def _applies(name: str, options: Mapping[str, Any]) -> bool:
    """Whether an option has an effect beside what was drawn before it."""
    for other, words in TABLE[name].only_with.items():
        chosen = options.get(other)
        if words and (TABLE[other].default if chosen is None else chosen) not in words:
            return False
        if not words and chosen in (None, TABLE[other].default):
            return False
    return True


def _refuse_never(table: Table) -> None:
    """Refuses an option that has no effect whatever is drawn.

    Raises:
        SpecError: there is one, or widths are a range and nobody says of how many layers.
    """
    for name, values in table.options.items():
        several = {other: _possible(table, other) for other in TABLE[name].only_with}
        if any(all(not _applies(name, {other: each}) for each in several[other]) for other in several):
            alone = {other: each[0] for other, each in several.items() if each[0] is not None}
            example = values.low if isinstance(values, Range) else values[0]
            refuse_idle({**alone, name: example})
    ranged = isinstance(table.options.get("units"), Range)
    if ranged != ("layers" in table.options):
        raise SpecError(
            f"`layers` and a range of `units` must be given together, but got {'`units`' if ranged else '`layers`'} "
            "alone. Write for example layers = {low = 1, high = 3} and units = {low = 32, high = 512}."
        )


def _possible(table: Table, name: str) -> list[Any]:
    values = table.options.get(name)
    if values is None:
        return [None]
    return [values.low, values.high] if isinstance(values, Range) else values
