"""Signatures and docstrings of functions that take options of the table as keywords."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, TypeVar

from classlab.options.table import meaning, options_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from classlab.options.option import Option

Function = TypeVar("Function", bound="Callable[..., Any]")


def takes(*kinds: type, grid: tuple[type, ...] = ()) -> Callable[[Function], Function]:
    """Shows the options that a function takes as `**options: Unpack[kind]`, for `help` and for notebooks.

    The function itself is left alone: its static types are those of the typed dictionary.

    Args:
        kinds: typed dictionaries of the table, whose options take one value.
        grid: those whose options take a list of values as well.
    """

    def shown(function: Function) -> Function:
        options, own = options_of(*kinds, *grid), inspect.signature(function)
        types = {name: hint.__origin__ for kind in (*kinds, *grid) for name, hint in kind.__annotations__.items()}
        hints = {name: getattr(each, "__forward_arg__", each) for name, each in types.items()}
        hints |= {name: f"{_written(hints[name])} | list" for name in options_of(*grid)}
        explicit = [each for each in own.parameters.values() if each.kind is not inspect.Parameter.VAR_KEYWORD]
        listed = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=option.default, annotation=hints[name])
            for name, option in options.items()
        ]
        function.__signature__ = own.replace(parameters=[*explicit, *listed])  # type: ignore[attr-defined]
        lines = [f"{name}: {explained(option)}." for name, option in options.items()]
        head, mark, rest = (inspect.getdoc(function) or "").partition("    **options:")
        if head:
            function.__doc__ = f"{head}    " + "\n    ".join(lines) + "\n" + rest.partition("\n")[2] if mark else head
        return function

    return shown


def _written(hint: Any) -> str:
    return hint.__name__ if isinstance(hint, type) else str(hint)


def explained(option: Option) -> str:
    """What an option means, the words that it takes, and in brackets what holds without it."""
    words = f": {', '.join(option.words)}" if option.kind == "word" else ""
    return f"{meaning(option)}{words} ({option.otherwise or repr(option.default)})"
