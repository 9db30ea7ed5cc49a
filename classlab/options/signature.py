"""Signatures and docstrings of functions that take options of the table as keywords."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, TypeVar

from classlab.options.table import meaning, options_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from classlab.options.option import Option

Function = TypeVar("Function", bound="Callable[..., Any]")


def takes(kind: type) -> Callable[[Function], Function]:
    """Shows the options that a function takes as `**options: Unpack[kind]`, for `help` and for notebooks.

    The function itself is left alone: its static types are those of `kind`, a typed dictionary.

    Args:
        kind: the typed dictionary.
    """

    def shown(function: Function) -> Function:
        options, own = options_of(kind), inspect.signature(function)
        types = {name: hint.__origin__ for name, hint in kind.__annotations__.items()}
        hints = {name: getattr(each, "__forward_arg__", each) for name, each in types.items()}
        explicit = [each for each in own.parameters.values() if each.kind is not inspect.Parameter.VAR_KEYWORD]
        listed = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=option.default, annotation=hints[name])
            for name, option in options.items()
        ]
        function.__signature__ = own.replace(parameters=[*explicit, *listed])  # type: ignore[attr-defined]
        lines = [f"{name}: {explained(option)}." for name, option in options.items()]
        head, mark, rest = (inspect.getdoc(function) or "").partition("    **options:")
        function.__doc__ = f"{head}    " + "\n    ".join(lines) + "\n" + rest.partition("\n")[2] if mark else head
        return function

    return shown


def explained(option: Option) -> str:
    """What an option means, the words that it takes, and in brackets what holds without it."""
    words = f": {', '.join(option.words)}" if option.kind == "word" else ""
    return f"{meaning(option)}{words} ({option.otherwise or repr(option.default)})"
