"""The table of options on the command line: flags, how their text is read, and errors that name flags."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING, Any

from classlab.options.table import TABLE, meaning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from classlab.options.option import Option

_VALUE = r"'[^']*'|\"[^\"]*\"|\[[^=]*\]|\([^()]*\)|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|\w+"
_GIVEN = rf"`(?P<name>[a-z_]+)(?:\[\d+\])*`|(?<![\w./#,-])(?P<key>[a-z_]+) ?= ?(?P<value>{_VALUE})"


def flag(name: str) -> str:
    """An option's name on the command line.

    Example:
        >>> flag("learning_rate")
        '--learning-rate'
    """
    return f"--{name.replace('_', '-')}"


def add_option(
    group: argparse.ArgumentParser | argparse._ArgumentGroup, name: str, *, bounds: bool = False, **changes: Any
) -> None:
    """Adds an option of the table; one that is not given is None.

    Args:
        group: where to.
        name: the option.
        bounds: whether a value out of bounds is a wrong command line; else whoever takes it says so.
        **changes: what this command has otherwise: `default`, `help`, `required`.
    """
    option = TABLE[name]
    default = changes.get("default", option.default)
    words = f" ({default_text(option, default)})" if changes.pop("show_default", True) else ""
    changes["help"] = f"{changes.get('help', meaning(option))}{words}"
    if option.kind == "switch":
        group.add_argument(flag(name), action="store_true", **{"default": None, **changes})
    elif option.kind == "word":
        group.add_argument(flag(name), choices=option.words, **changes)
    else:
        group.add_argument(flag(name), type=reader(name, bounds=bounds), metavar=option.metavar, **changes)


def default_text(option: Option, default: Any) -> str:
    """What holds where an option is not given, as the help shows it."""
    return option.otherwise or option.written(default)


def reader(name: str, *, bounds: bool) -> Callable[[str], Any]:
    """What makes a value of an option's text, and tells the parser what is wrong with it.

    Args:
        name: the option.
        bounds: whether to refuse a value that the option does not take, besides text that is no value at all.
    """
    option = TABLE[name]

    def read(text: str) -> Any:
        try:
            value = option.read(text)
        except ValueError:
            raise _unread(f"be {option.takes()}", text, name) from None
        refusal = option.refusal(value) if bounds else None
        if refusal is not None:
            raise _unread(refusal.rule, text, name)
        return value

    return read


def count(text: str) -> int:
    """A whole number of at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, but got {text!r}")
    return int(text)


def seconds(text: str) -> float:
    """A positive number of seconds."""
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not 0 < found < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a positive number of seconds, but got {text[:80]!r}")
    return found


def refuse_idle(options: argparse.Namespace, names: Iterable[str], why: str) -> None:
    """Ends with a usage error where an option was given that would have no effect.

    Args:
        options: the parsed command line.
        names: options that have none.
        why: when, as in "without --prove".
    """
    parser = options.command_parser
    for name in names:
        if getattr(options, name, None) != parser.get_default(name):
            parser.error(f"`{flag(name)}` has no effect {why}")


def with_flags(message: str, options: argparse.Namespace) -> str:
    """An error's sentence with flags where Python's names of options stand.

    What a study file says stays in the file's words; beside a file only what the command line gave has flags.

    Args:
        message: names options in backticks, and what was given as in `epochs=0`.
        options: the parsed command line.
    """
    parser, file = options.command_parser, getattr(options, "file", None)
    if file is not None and message.startswith(str(file)):
        return message
    flags = {
        action.dest: action
        for action in parser._actions
        if action.option_strings and (file is None or getattr(options, action.dest, None) != action.default)
    }

    def spelled(found: re.Match[str]) -> str:
        action = flags.get(found["name"] or found["key"])
        if action is None:
            inside = found["value"][1:-1] if file is not None and (found["value"] or "").startswith("(") else None
            return found[0] if inside is None else f"{found['key']} = [{inside}]"  # as TOML writes it
        word = action.option_strings[-1]
        if found["name"]:
            return f"`{word}`"
        return word if action.nargs == 0 else f"{word} {_written(action.dest, found['value'])}"

    return re.sub(_GIVEN, spelled, message.removeprefix("the command line: "))


def _unread(rule: str, text: str, name: str) -> argparse.ArgumentTypeError:
    option = TABLE[name]
    step = option.step(text, f"{flag(name)} {option.written(option.example)}").rstrip(".")
    return argparse.ArgumentTypeError(f"must {rule}, but got {text!r}. {step}")


def _written(name: str, text: str) -> str:
    """A value as Python or TOML writes it, as the command line takes it."""
    from ast import literal_eval

    if text in ("True", "False"):
        return text.lower()
    try:
        value = literal_eval(text)
    except (SyntaxError, ValueError):
        return text
    if isinstance(value, list | tuple):
        return ("x" if name == "size" else ",").join(str(each) for each in value)
    return str(value)


def values_given(options: argparse.Namespace, names: Iterable[str]) -> dict[str, Any]:
    """The options of the table that were given, by name."""
    return {name: value for name in names if (value := getattr(options, name, None)) is not None}
