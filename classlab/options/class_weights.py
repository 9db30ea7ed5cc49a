"""Class weights as they are written: one number per class, by its name or in order, or a word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

WEIGHT_WORDS = ("none", "balanced")
MOST = 1e6  # of a weight: far more than any share of a class asks for, and losses in float32 still have their digits
WEIGHT_RULE = (
    "the word balanced, or weights from 0 to a million that are not all 0, by class as in a:1,b:5 or one for each class"
)


def read_weights(text: str) -> str | list[float] | dict[str, float]:
    """Weights of a text: `balanced`, `cat:1,dog:5`, or `1,5` in the order of the classes.

    Raises:
        ValueError: it is none of them.

    Example:
        >>> read_weights("cat:1, dog:5"), read_weights("1,5"), read_weights("balanced")
        ({'cat': 1.0, 'dog': 5.0}, [1.0, 5.0], 'balanced')
    """
    if text in WEIGHT_WORDS:
        return text
    pairs = [part.strip().rpartition(":") for part in text.split(",")]
    if all(mark for _, mark, _ in pairs):
        found = {name.strip(): float(weight) for name, _, weight in pairs}
        if len(found) < len(pairs):
            raise ValueError(text)
        return found
    return [float(part) for part in text.split(",")]


def plain_weights(value: Any) -> str | list[float] | dict[str | int, float]:
    """Weights in plain values, of a text, a list or a mapping.

    Raises:
        ValueError: it is none that can be weights.
    """
    if isinstance(value, str):
        value = read_weights(value)
    if isinstance(value, str):
        return value
    named = isinstance(value, Mapping)
    numbers = list(value.values()) if named else value
    if not isinstance(numbers, list | tuple) or not numbers:
        raise ValueError(value)
    if any(type(each) not in (int, float) or not 0 <= each <= MOST for each in numbers):
        raise ValueError(value)
    if named:
        if any(type(key) not in (str, int) for key in value):
            raise ValueError(value)
        return {key: float(weight) for key, weight in value.items()}  # classes that are not named have weight 1
    if len(numbers) < 2 or not any(numbers):
        raise ValueError(value)
    return [float(each) for each in numbers]


def written_weights(value: Any) -> str:
    """Weights as a command line takes them.

    Example:
        >>> written_weights({"cat": 1.0, "dog": 2.5}), written_weights((1.0, 5.0)), written_weights("balanced")
        ('cat:1,dog:2.5', '1,5', 'balanced')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return ",".join(f"{name}:{_digits(weight)}" for name, weight in value.items())
    return ",".join(map(_digits, value))


def _digits(weight: float) -> str:
    """A number in as few digits as give it back."""
    short = f"{weight:g}"
    return short if float(short) == weight else repr(float(weight))
