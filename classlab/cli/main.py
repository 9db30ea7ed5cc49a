"""The `classlab` command: finds the subcommand, runs it, and turns what goes wrong into a message and an exit code.

Every command module offers `add_parser` and `run`; they import torch, keras and the like only inside the function
that needs them, which keeps `classlab --help` quick.
"""

from __future__ import annotations

import argparse
import atexit
import gc
import io
import os
import sys
import traceback
from typing import TYPE_CHECKING

from classlab.cli import (
    audit,
    compare,
    data,
    doctor,
    evaluate,
    export,
    judge,
    lab,
    model,
    predict,
    report,
    runs,
    sweep,
    train,
)
from classlab.cli.interruption import Interruption, interruptible
from classlab.cli.parser import Parser
from classlab.cli.table_options import with_flags
from classlab.errors import ClasslabError

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = (lab, data, model, train, sweep, evaluate, predict, export, runs, report, judge, compare, doctor, audit)

_EPILOG = """\
exit codes:
  0  done
  1  a defect of classlab; please report it
  2  the command line is wrong
  3  data: not found, broken, or not downloadable
  4  a specification, record or export that cannot be used
  5  a file or folder that cannot be read or written
  6  another process is writing to the folder
  7  a run diverged or failed; its record says why
  8  doctor, audit: a finding of severity WARN
  9  doctor, audit: a finding of severity FAIL or INVALID
  130, 143  stopped by Ctrl-C or a termination signal

environment variables:
  CLASSLAB_DATA   folder with datasets that you already have; looked into first
  CLASSLAB_CACHE  folder for downloaded datasets, instead of the system's cache folder
  CLASSLAB_STORE  folder of the store, instead of classlab-store in the current folder
"""


class _Version(argparse.Action):
    """Prints the version; asked of the installed package only when somebody wants to know."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from classlab import __version__

        print(f"classlab {__version__}")
        parser.exit()


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        arguments: the command line without the program's name; that of this process where it is None.

    Returns:
        The exit code; `classlab --help` lists them.
    """
    _print_anything()
    if arguments is None:
        # The process ends with the command, and the system takes its memory back as a whole. The collector would
        # go through all of it several times first: half a second where PyTorch was imported.
        atexit.register(gc.freeze)
    options = parser().parse_args(arguments)
    options.command_line = list(sys.argv[1:] if arguments is None else arguments)
    try:
        with interruptible():
            code = int(options.run(options))
            sys.stdout.flush()
            return code
    except Interruption as stop:
        return _say(f"stopped. {stop.advice}".rstrip(), stop.exit_code)
    except KeyboardInterrupt:
        return _say("stopped.", 130)
    except BrokenPipeError:
        return _broken_pipe()
    except Exception as error:  # noqa: BLE001  (no traceback reaches a user who did not ask for it)
        if options.debug:
            traceback.print_exc()
        return _report(error, options)


def parser() -> argparse.ArgumentParser:
    """Builds the parser of the whole command line."""
    top = Parser(
        prog="classlab",
        description="Train, compare and explain image classifiers: Keras in, Keras out.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    top.add_argument("--debug", action="store_true", help="show the traceback of an error")
    subparsers = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_parser(subparsers)
    return top


def _print_anything() -> None:
    """Lets output pass that the terminal's encoding lacks a letter for, with a question mark in its place."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _report(error: Exception, options: argparse.Namespace) -> int:
    if isinstance(error, ClasslabError):
        return _say(with_flags(str(error), options), error.exit_code)
    what = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(":")
    return _say(f"this is a defect of classlab ({what}). Run it again with `classlab --debug` and report it.", 1)


def _say(message: str, code: int) -> int:
    print(f"classlab: {message}", file=sys.stderr)
    return code


def _broken_pipe() -> int:
    """Whoever read our output has left, as `head` does; Python must not complain when it flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 141  # 128 + SIGPIPE, what a shell reports for a program that the signal ended


if __name__ == "__main__":
    sys.exit(main())
