"""Kinds of options: what values they take, how these are read from a command line, and how a JSON Schema says it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from classlab.options.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_WIDTHS = 1000  # hidden layers; more is a slip
LARGEST = 10_000_000  # epochs, images per step: beyond any training, and far from what a counter holds


class Refusal(NamedTuple):
    """Why a value is not taken.

    Args:
        rule: what must hold, after "must".
        value: the part that broke it.
        steps: where in the value that part is, from 0.
    """

    rule: str
    value: Any
    steps: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Option:
    """What is known of one option, whoever asks for it.

    Args:
        help: what it means, a clause without its default.
        example: a value that it takes.
        default: its value where nobody gives one; None where `otherwise` says what happens then.
        otherwise: what happens where nobody gives one and `default` does not say it.
        metavar: what a command line shows in place of the value.
        unit: what its number counts.
        rule: what its value must be, where the kind's own words do not say it well.
        only_with: options on which it depends, each with the words with which it has an effect; no words: any value.
        one_of: a name that options share of which at most one may be given.
        ready: whether Python may give a ready object instead.
    """

    help: str
    example: Any
    default: Any = None
    otherwise: str = ""
    metavar: str = "N"
    unit: str = ""
    rule: str = ""
    only_with: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    one_of: str = ""
    ready: bool = False

    def must(self) -> str:
        """What its value must be, after "must"."""
        return f"be {self.rule or self.own_rule()}"

    def own_rule(self) -> str:
        """The kind's words for its bounds."""
        raise NotImplementedError

    def refusal(self, value: Any) -> Refusal | None:
        """Why a plain value is not taken; None where it is."""
        raise NotImplementedError

    def plain(self, value: Any) -> Any:
        """A value that is taken, as records have it."""
        return value

    def is_many(self, value: Any) -> bool:
        """Whether a value as a study file writes it is a list of values rather than one."""
        return isinstance(value, list)

    def step(self, value: Any, example: str) -> str:  # noqa: ARG002  (words have a nearest one)
        """What to do about a value that is not taken, with the example as the caller would write it."""
        return f"Write for example {example}."

    def read(self, text: str) -> Any:
        """A value from the command line.

        Raises:
            ValueError: it has not the form of one.
        """
        return text

    def written(self, value: Any) -> str:
        """A value as the command line takes it."""
        return str(value)

    def schema(self) -> dict[str, Any]:
        """One value as JSON Schema."""
        raise NotImplementedError

    def no(self, value: Any, *steps: int) -> Refusal:
        """A refusal by the rule."""
        return Refusal(self.must(), value, steps)


@dataclass(frozen=True, kw_only=True)
class Number(Option):
    """A finite number.

    Args:
        above: it is larger than this.
        least: it is no smaller than this.
        below: it is smaller than this.
        most: it is no larger than this.
        word: one word that is taken as well.
    """

    above: float | None = None
    least: float | None = None
    below: float | None = None
    most: float | None = None
    word: str = ""

    def own_rule(self) -> str:
        noun = "share" if self.unit == "share" else "number"
        of = f" of {self.unit}" if self.unit == "epochs" else ""
        if self.below is None and self.most is None:
            return f"a positive {noun}{of}" if self.above is not None else f"a {noun}{of} that is not negative"
        if self.above is not None:
            return f"a {noun} between {self.above:g} and {self.below:g}" + (
                f", or the word {self.word}" * bool(self.word)
            )
        return f"a {noun} from {self.least:g} to " + (
            f"below {self.below:g}" if self.most is None else f"{self.most:g}"
        )

    def refusal(self, value: Any) -> Refusal | None:
        if self.word and value == self.word:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            return self.no(value)
        inside = (
            (self.above is None or value > self.above)
            and (self.least is None or value >= self.least)
            and (self.below is None or value < self.below)
            and (self.most is None or value <= self.most)
        )
        return None if inside else self.no(value)

    def plain(self, value: Any) -> Any:
        return value if value == self.word else float(value)

    def written(self, value: Any) -> str:
        return value if isinstance(value, str) else f"{value:g}"

    def read(self, text: str) -> Any:
        return text if self.word and text == self.word else float(text)

    def schema(self) -> dict[str, Any]:
        names = {"above": "exclusiveMinimum", "least": "minimum", "below": "exclusiveMaximum", "most": "maximum"}
        bounds = {key: bound for name, key in names.items() if (bound := getattr(self, name)) is not None}
        number = {"type": "number", **bounds}
        return {"anyOf": [number, {"const": self.word}]} if self.word else number


@dataclass(frozen=True, kw_only=True)
class Whole(Option):
    """A whole number between two bounds."""

    least: int = 1
    most: int = LARGEST

    def own_rule(self) -> str:
        return f"a whole number of at least {self.least}"

    def refusal(self, value: Any) -> Refusal | None:
        if isinstance(value, bool) or not isinstance(value, int) or value < self.least:
            return self.no(value)
        if value > self.most:
            return Refusal(f"be at most {self.most:,}", value) if self.most == LARGEST else self.no(value)
        return None

    def read(self, text: str) -> Any:
        return int(text)

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True, kw_only=True)
class Word(Option):
    """One of fixed words."""

    words: tuple[str, ...]
    metavar: str = "NAME"

    def own_rule(self) -> str:
        return f"one of {', '.join(self.words)}"

    def refusal(self, value: Any) -> Refusal | None:
        return None if isinstance(value, str) and value in self.words else self.no(value)

    def step(self, value: Any, example: str) -> str:  # noqa: ARG002  (the words themselves are the example)
        return did_you_mean(value, self.words)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.words)}


@dataclass(frozen=True, kw_only=True)
class Switch(Option):
    """Yes or no."""

    metavar: str = "true|false"

    def own_rule(self) -> str:
        return "true or false"

    def refusal(self, value: Any) -> Refusal | None:
        return None if isinstance(value, bool) else self.no(value)

    def read(self, text: str) -> Any:
        return {"true": True, "false": False}.get(text, text)

    def written(self, value: Any) -> str:
        return str(value).lower()

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True, kw_only=True)
class Text(Option):
    """Words of the user's own.

    Args:
        pattern: what it must match as a whole.
        most: characters.
    """

    pattern: str = r"(?s).+"
    most: int | None = None

    def refusal(self, value: Any) -> Refusal | None:
        if not isinstance(value, str):
            return self.no(value)
        if self.most is not None and len(value) > self.most:
            return Refusal(f"have at most {self.most:,} characters", value)
        return None if re.fullmatch(self.pattern, value) else self.no(value)

    def schema(self) -> dict[str, Any]:
        length = {} if self.most is None else {"maxLength": self.most}
        return {"type": "string", "pattern": f"^{self.pattern.removeprefix('(?s)')}$", **length}


@dataclass(frozen=True, kw_only=True)
class WholeList(Option):
    """Several whole numbers, each of at least 1.

    Args:
        separator: what stands between them on a command line.
        fewest: how many at least.
        most: how many at most.
        largest: the largest of them.
    """

    separator: str = ","
    fewest: int = 1
    most: int = MOST_WIDTHS
    largest: int = LARGEST

    def refusal(self, value: Any) -> Refusal | None:
        if not isinstance(value, list | tuple) or len(value) < self.fewest:
            return self.no(value)
        if len(value) > self.most:
            return self.no(value) if self.fewest == self.most else Refusal(f"have at most {self.most:,} entries", value)
        for position, each in enumerate(value):
            if isinstance(each, bool) or not isinstance(each, int) or each < 1:
                return self.no(each, position)
            if each > self.largest:
                return Refusal(f"be at most {self.largest:,}", each, (position,))
        return None

    def is_many(self, value: Any) -> bool:
        return isinstance(value, list) and any(isinstance(each, list) for each in value)

    def read(self, text: str) -> Any:
        return tuple(int(part) for part in text.split(self.separator))

    def written(self, value: Any) -> str:
        return self.separator.join(str(each) for each in value)

    def schema(self) -> dict[str, Any]:
        each = {"type": "integer", "minimum": 1, "maximum": self.largest}
        return {"type": "array", "items": each, "minItems": self.fewest, "maxItems": self.most}


@dataclass(frozen=True, kw_only=True)
class Seeds(Option):
    """A number of seeds, or the seeds themselves.

    Args:
        most: how many.
    """

    most: int

    def refusal(self, value: Any) -> Refusal | None:
        if isinstance(value, list | tuple):
            if len(value) > self.most:
                return Refusal(f"have at most {self.most:,} entries", value)
            bad = (n for n, each in enumerate(value) if type(each) is not int or not 0 <= each < 2**63)
            position = next(bad, None)
            if position is not None:
                return self.no(value[position], position)
            return None if value else self.no(value)
        if type(value) is not int or value < 1:
            return self.no(value)
        return Refusal(f"be at most {self.most:,}", value) if value > self.most else None

    def is_many(self, value: Any) -> bool:  # noqa: ARG002  (a list of seeds is one value)
        return False

    def read(self, text: str) -> Any:
        return [int(part) for part in text.split(",") if part] if "," in text else int(text)

    def schema(self) -> dict[str, Any]:
        seed = {"type": "integer", "minimum": 0, "exclusiveMaximum": 2**63}
        many = {"type": "array", "items": seed, "minItems": 1, "maxItems": self.most}
        return {"anyOf": [{"type": "integer", "minimum": 1, "maximum": self.most}, many]}
