"""The parser behind every command: argparse that does not guess abbreviations and names the nearest spelling."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from classlab.options.nearest import nearest

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[Any]  # what `add_subparsers` gives; the class has no other name


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaints help.

    Abbreviated options are refused: `--epoch` that works today would change its meaning when an option is added.
    """

    def __init__(self, **options: Any) -> None:
        options.setdefault("allow_abbrev", False)
        super().__init__(**options)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse does; an argument in whose place a second `--` stands is missing, and no empty list."""
        found, rest = super().parse_known_args(args, namespace)
        for action in self._actions:
            if action.nargs is None and not action.option_strings and getattr(found, action.dest, None) == []:
                self.error(f"the following arguments are required: {action.metavar or action.dest}")
        return found, rest

    def _get_value(self, action: argparse.Action, arg_string: str) -> Any:
        """As argparse does; of an empty path Python would make the current folder."""
        if not arg_string and action.type is Path:
            self.error(f"argument {'/'.join(action.option_strings) or action.metavar}: it must be a path, but got ''")
        return super()._get_value(action, arg_string)

    def error(self, message: str) -> NoReturn:
        """Prints what is wrong, the nearest known spelling and where to read on; exits with 2."""
        hint = self._nearest(message)
        self.exit(2, f"{self.prog}: {message}.{hint} See `{self.prog} --help`.\n")

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parses; an unknown option is reported by the parser of the command that it was given to."""
        options, unknown = self.parse_known_args(args, namespace)
        if unknown:
            spokesman = getattr(options, "command_parser", self)
            spokesman.error(f"unknown argument: {' '.join(unknown)}")
        return options

    def print_help(self, file: Any = None) -> None:
        """Prints the help; argparse itself would keep quiet about an output that cannot be written."""
        print(self.format_help(), end="", file=file)

    def _nearest(self, message: str) -> str:
        known = [*self._option_string_actions]
        for action in self._actions:
            known.extend(str(choice) for choice in action.choices or ())
        found = re.search(r"(?:unknown argument: |invalid choice: )'?([^\s'=,]+)", message)
        close = nearest(found.group(1), known) if found else None
        return f" Did you mean {close}?" if close else ""
