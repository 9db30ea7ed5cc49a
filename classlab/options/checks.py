"""Values against the table: types, bounds, names, and options that would have no effect.

Sentences name options as Python spells them; `classlab.cli` says the same with flags.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from classlab.errors import OptionError, shown_value
from classlab.options.nearest import nearest
from classlab.options.option import joined
from classlab.options.table import TABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from classlab.options.option import Option

_PLAIN = (str, int, float, list, tuple, dict)


def check(name: str, value: Any, *, called: str | None = None) -> Any:
    """Takes one value, or says what it must be.

    Args:
        name: the option.
        value: as Python gives it, NumPy's numbers included.
        called: another name that the caller has for it.

    Returns:
        The value as records have it.

    Raises:
        OptionError: the option does not take it.

    Example:
        >>> check("learning_rate", 1)
        1.0
    """
    option, value = TABLE[name], plain_value(value)
    if is_ready(option, value):
        return value
    refusal = option.refusal(value)
    if refusal is not None:
        word = called or name
        step = option.step(value, f"{word}={option.example!r}")
        raise OptionError(f"`{word}` must {refusal.rule}, but got {word}={shown_value(value)}. {step}")
    return option.plain(value)


def check_names(given: Iterable[str], known: Iterable[str], *, taker: str) -> None:
    """Refuses a name that is none of an option.

    Raises:
        OptionError: there is one.
    """
    known = list(known)
    strange = next((name for name in given if name not in known), None)
    if strange is not None:
        close = nearest(strange, known)
        hint = f"Did you mean {close!r}?" if close else f"It takes {', '.join(known)}."
        raise OptionError(f"{taker} takes no option {strange!r}. {hint}")


def checked(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that were given, with plain values; None stands for the default.

    Raises:
        OptionError: a value is none that its option takes, options exclude each other, or one would have no effect.
    """
    found = {name: check(name, value) for name, value in options.items() if value is not None}
    refuse_several(found)
    refuse_idle(found)
    return found


def refuse_several(options: Mapping[str, Any]) -> None:
    """Refuses options of which only one may be given.

    Raises:
        OptionError: two of them are.
    """
    by_group: dict[str, list[str]] = {}
    for name, value in options.items():
        if value is not None and name in TABLE and TABLE[name].one_of:
            by_group.setdefault(TABLE[name].one_of, []).append(f"`{name}`")
    for group, names in by_group.items():
        if len(names) > 1:
            raise OptionError(f"at most one way of {group} may be given, but got {' and '.join(names)}. Keep one.")


def refuse_idle(options: Mapping[str, Any]) -> None:
    """Refuses an option that would have no effect beside the others.

    Args:
        options: those that were given, by their names.

    Raises:
        OptionError: there is one.

    Example:
        >>> refuse_idle({"optimizer": "adam", "learning_rate": 0.1})
        >>> refuse_idle({"optimizer": "adam", "momentum": 0.9})
        Traceback (most recent call last):
        classlab.errors.OptionError: `momentum` has no effect with optimizer='adam', but got momentum=0.9. It belongs \
to sgd and rmsprop.
    """
    for name, value in options.items():
        for other, words in TABLE[name].only_with.items() if value is not None and name in TABLE else ():
            _refuse_without(name, value, other, options.get(other), words)


def _refuse_without(name: str, value: Any, other: str, chosen: Any, words: tuple[str, ...]) -> None:
    option = TABLE[other]
    if chosen is not None and is_ready(option, chosen):
        raise OptionError(
            f"`{name}` must be left out where `{other}` is a ready one, but both were given. Set it in the "
            f"{other.replace('_', ' ')}."
        )
    if not words and value is not False and chosen in (None, option.default):
        raise OptionError(
            f"`{name}` has no effect without `{other}`, but got {name}={value!r} alone. "
            f"Give it as well, for example {other}={option.example!r}."
        )
    if words and (chosen or option.default) not in words:
        raise OptionError(
            f"`{name}` has no effect with {other}={chosen or option.default!r}, but got {name}={value!r}. "
            f"It belongs to {joined(words)}."
        )


def is_ready(option: Option, value: Any) -> bool:
    """Whether it is a ready object that Python may give in place of a value."""
    return option.ready and not isinstance(value, _PLAIN)


def plain_value(value: Any) -> Any:
    """Tuples, ranges and NumPy's arrays and numbers as lists and numbers, paths as text; others as they are."""
    if isinstance(value, tuple | list | range):
        return [plain_value(each) for each in value]
    if isinstance(value, dict):
        return {plain_value(key): plain_value(each) for key, each in value.items()}
    if hasattr(value, "tolist") and hasattr(value, "dtype"):
        return value.tolist()
    return str(value) if isinstance(value, Path) else value
