"""An option: what values it takes, how they are read from a command line, and how a JSON Schema says it."""

from __future__ import annotations

import re
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from classlab.options.class_weights import plain_weights, read_weights, written_weights
from classlab.options.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST = 10_000_000  # epochs, images per step: beyond any training, and far from what a counter holds
_NOTHING: Mapping[str, tuple[str, ...]] = {}
Kind = Literal["number", "whole", "word", "switch", "text", "list", "seeds", "weights"]


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


class Option(SimpleNamespace):
    """What is known of one option, whoever asks for it.

    A plain namespace, because a command line makes the whole table before it can say anything, and a dataclass or a
    named tuple takes milliseconds to define.

    Args:
        kind: number: finite; whole: a whole number; word: one of `words`; switch: yes or no; text; list: whole numbers
            of at least 1; seeds: a number of seeds, or a list of them; weights: of classes, or a word.
        help: what it means, a clause without its default.
        example: a value that it takes.
        default: its value where nobody gives one; None where `otherwise` says what happens then.
        otherwise: what happens where nobody gives one and `default` does not say it.
        metavar: what a command line shows in place of the value.
        unit: what its number counts.
        rule: what its value must be, where the words of its kind do not say it well.
        words: those that it takes; of a number, words besides.
        absent: words that others take and it does not, each with the sentence that says why.
        above: a number is larger than this.
        least: a number is no smaller than this, and a list no shorter.
        below: a number is smaller than this.
        most: a whole number is no larger than this; a text or list no longer.
        largest: of the numbers in a list.
        pattern: what a text matches as a whole.
        separator: what stands between the numbers of a list on a command line.
        only_with: options on which it depends, each with the words with which it has an effect; no words: any value.
        one_of: a name that options share of which at most one may be given.
        ready: whether Python may give a ready object instead.
    """

    kind: Kind
    help: str
    example: Any
    default: Any = None
    otherwise: str = ""
    metavar: str = "N"
    unit: str = ""
    rule: str = ""
    words: tuple[str, ...] = ()
    absent: Mapping[str, str] = {}
    above: float | None = None
    least: float | None = None
    below: float | None = None
    most: int | None = None
    largest: int = LARGEST
    pattern: str = r"(?s).+"
    separator: str = ","
    only_with: Mapping[str, tuple[str, ...]] = _NOTHING
    one_of: str = ""
    ready: bool = False

    def __init__(self, kind: Kind, help: str, **more: Any) -> None:  # noqa: A002  (the word of every command line)
        super().__init__(kind=kind, help=help, **more)

    def takes(self) -> str:
        """What its value must be, as a noun: "a positive number"."""
        if self.rule or self.kind in ("word", "switch", "whole"):
            words = f"one of {', '.join(self.words)}"
            known = {"word": words, "switch": "true or false", "whole": "a whole number of at least 1"}
            return self.rule or known[self.kind]
        noun, of = "share" if self.unit == "share" else "number", " of epochs" * (self.unit == "epochs")
        if self.below is None:
            return f"a positive {noun}{of}" if self.above is not None else f"a {noun}{of} that is not negative"
        if self.least is not None:
            return f"a {noun} from {self.least:g} to below {self.below:g}"
        words = f", or the word {' or '.join(self.words)}" if self.words else ""
        return f"a {noun} between {self.above:g} and {self.below:g}{words}"

    def step(self, value: Any, example: str) -> str:
        """What to do about a value that is not taken, with the example as the caller would write it."""
        if isinstance(value, str) and value in self.absent:
            return self.absent[value]
        return did_you_mean(value, self.words) if self.kind == "word" else f"Write for example {example}."

    def refusal(self, value: Any) -> Refusal | None:
        """Why a plain value is not taken; None where it is."""
        no = Refusal(f"be {self.takes()}", value)
        match self.kind:
            case "number":
                return None if self._holds(value) or value in self.words else no
            case "switch":
                return None if isinstance(value, bool) else no
            case "word":
                return None if isinstance(value, str) and value in self.words else no
            case "text":
                if isinstance(value, str) and self.most is not None and len(value) > self.most:
                    return Refusal(f"have at most {self.most:,} characters", value)
                return None if isinstance(value, str) and re.fullmatch(self.pattern, value) else no
            case "weights":
                return None if self._weighs(value) else no
        if self.kind == "list" or isinstance(value, list | tuple):
            return self._list(value)
        if type(value) is not int or value < (1 if self.least is None else self.least):
            return no
        most = LARGEST if self.most is None else self.most
        return None if value <= most else no if most > LARGEST else Refusal(f"be at most {most:,}", value)

    def _weighs(self, value: Any) -> bool:
        """Whether it can be weights of classes."""
        try:
            plain_weights(value)
        except ValueError:
            return False
        return True

    def _holds(self, value: Any) -> bool:
        """Whether it is a finite number within the bounds."""
        return (
            type(value) in (int, float)
            and -sys.float_info.max <= value <= sys.float_info.max  # false of NaN; a whole number may have any length
            and (self.above is None or value > self.above)
            and (self.least is None or value >= self.least)
            and (self.below is None or value < self.below)
        )

    def _list(self, value: Any) -> Refusal | None:
        """Why a list of whole numbers is not taken."""
        rule, fewest, most = f"be {self.takes()}", self.least or 1, 1000 if self.most is None else self.most
        low, high = (1, self.largest) if self.kind == "list" else (0, 2**63 - 1)
        if self.kind == "whole" or not isinstance(value, list | tuple) or not fewest <= len(value) <= most:
            long = isinstance(value, list | tuple) and len(value) > most != fewest and self.kind != "whole"
            return Refusal(f"have at most {most:,} entries" if long else rule, value)
        for position, each in enumerate(value):
            if type(each) is not int or each < low:
                return Refusal(rule, each, (position,))
            if each > high:
                return Refusal(rule if self.kind == "seeds" else f"be at most {high:,}", each, (position,))
        return None

    def plain(self, value: Any) -> Any:
        """A value that is taken, as records have it."""
        if self.kind == "weights":
            return plain_weights(value)
        return float(value) if self.kind == "number" and value not in self.words else value

    def is_many(self, value: Any) -> bool:
        """Whether a value as a study file writes it is a list of values rather than one."""
        if self.kind == "list":
            return isinstance(value, list) and any(isinstance(each, list) for each in value)
        if self.kind == "weights":
            return isinstance(value, list) and any(isinstance(each, list | dict | str) for each in value)
        return isinstance(value, list) and self.kind != "seeds"

    def read(self, text: str) -> Any:
        """A value from the command line.

        Raises:
            ValueError: it has not the form of one.
        """
        match self.kind:
            case "number":
                return text if text in self.words else float(text)
            case "switch":
                return {"true": True, "false": False}.get(text, text)
            case "list":
                return tuple(_whole(part) for part in text.split(self.separator))
            case "seeds" if "," in text:
                return [_whole(part) for part in text.split(",") if part]
            case "whole" | "seeds":
                return _whole(text)
            case "weights":
                return read_weights(text)
        return text

    def written(self, value: Any) -> str:
        """A value as the command line takes it."""
        if self.kind == "weights":
            return written_weights(value)
        if isinstance(value, list | tuple):
            return self.separator.join(str(each) for each in value)
        return f"{value:g}" if isinstance(value, float) else str(value).lower() if self.kind == "switch" else str(value)

    def schema(self) -> dict[str, Any]:
        """One value as JSON Schema."""
        whole = {"type": "integer", "minimum": int(self.least or 0), "maximum": int(self.most or LARGEST)}
        match self.kind:
            case "number":
                names = {"above": "exclusiveMinimum", "least": "minimum", "below": "exclusiveMaximum"}
                bounds = {key: bound for name, key in names.items() if (bound := getattr(self, name)) is not None}
                number = {"type": "number", **bounds}
                return {"anyOf": [number, {"enum": list(self.words)}]} if self.words else number
            case "word":
                return {"type": "string", "enum": list(self.words)}
            case "switch":
                return {"type": "boolean"}
            case "text":
                most = {} if self.most is None else {"maxLength": self.most}
                return {"type": "string", "pattern": f"^{self.pattern.removeprefix('(?s)')}$", **most}
            case "list":
                each = {"type": "integer", "minimum": 1, "maximum": self.largest}
                return {"type": "array", "items": each, "minItems": self.least or 1, "maxItems": self.most or 1000}
            case "weights":
                weight = {"type": "number", "minimum": 0}
                lists = {"type": "array", "items": weight, "minItems": 2}
                by_class = {"type": "object", "additionalProperties": weight, "minProperties": 1}
                return {"anyOf": [{"type": "string"}, lists, by_class]}
            case "seeds":
                seed = {"type": "integer", "minimum": 0, "exclusiveMaximum": 2**63}
                return {"anyOf": [{**whole, "minimum": 1}, {"type": "array", "items": seed, "minItems": 1}]}
        return {**whole, "minimum": 1 if self.least is None else int(self.least)}


def _whole(text: str) -> int:
    """A whole number of the digits 0 to 9, which Python's own reading does not insist on."""
    if re.fullmatch(r" *[+-]?[0-9]+ *", text) is None:
        raise ValueError(text)
    return int(text)


def joined(words: tuple[str, ...]) -> str:
    """Words as a sentence has them: `a, b and c`."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
