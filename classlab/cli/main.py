"""The `classlab` command: finds the subcommand, runs it, and turns what goes wrong into a message and an exit code.

The options of all commands are known here; the module that runs a command is imported when it is to run.
"""

from __future__ import annotations

import argparse
import atexit
import gc
import io
import os
import sys
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, TextIO, cast

from classlab.cli.clean_options import add_clean
from classlab.cli.commands import (
    add_audit,
    add_compare,
    add_data,
    add_doctor,
    add_evaluate,
    add_export,
    add_judge,
    add_lab,
    add_model,
    add_predict,
    add_report,
)
from classlab.cli.interruption import Interruption, interruptible
from classlab.cli.lr_options import add_lr
from classlab.cli.parser import Parser
from classlab.cli.runs_options import add_runs
from classlab.cli.search_options import add_search
from classlab.cli.serve_options import add_serve
from classlab.cli.sweep_options import add_sweep
from classlab.cli.table_options import with_flags
from classlab.cli.train_options import add_train
from classlab.errors import ClasslabError, OptionError, SpecError, StorageError, shown, system_reason, unwritable
from classlab.files.unfailing_stream import UnfailingStream, silence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

COMMANDS = {
    "lab": add_lab,
    "data": add_data,
    "clean": add_clean,
    "model": add_model,
    "lr": add_lr,
    "search": add_search,
    "train": add_train,
    "sweep": add_sweep,
    "evaluate": add_evaluate,
    "predict": add_predict,
    "export": add_export,
    "runs": add_runs,
    "serve": add_serve,
    "report": add_report,
    "judge": add_judge,
    "compare": add_compare,
    "doctor": add_doctor,
    "audit": add_audit,
}

_EPILOG = """\
exit codes:
  0  done
  1  a defect of classlab; please report it
  2  the command line is wrong: an option is unknown, never has that value, or has no effect here
  3  data: not found, broken, or not downloadable
  4  a specification, record or export that cannot be used, or a package that is not installed
  5  a file or folder that cannot be read or written
  6  another process is writing to the folder
  7  a run diverged or failed; its record says why
  8  doctor, audit: a finding of severity WARN
  9  doctor, audit: a finding of severity FAIL or INVALID
  10, 11  audit: 8 or 9, and something else could not be audited
  130, 143  stopped by Ctrl-C or a termination signal
  141  whoever read the output has left

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
    with _standard_streams():
        try:
            try:
                return _run(arguments)
            finally:
                sys.stdout.flush()
        except BrokenPipeError:
            silence(sys.stdout)
            return 141  # 128 + SIGPIPE, what a shell reports for a program that the signal ended
        except OSError as refusal:
            silence(sys.stdout)
            return _say(str(unwritable("the standard output", refusal)), StorageError.exit_code)


def _run(arguments: Sequence[str] | None) -> int:
    if arguments is None:
        # The process ends with the command, and the system takes its memory back as a whole. The collector would
        # go through all of it several times first: half a second where PyTorch was imported.
        atexit.register(gc.freeze)
        os.environ.pop("MPLBACKEND", None)  # a command draws into files alone; Matplotlib refuses a word it lacks
    options = parser().parse_args(arguments)
    given = sys.argv[1:] if arguments is None else arguments
    # Records are UTF-8; what a name has of bytes that are not gets a question mark in the command on record.
    options.command_line = [word.encode("utf-8", "replace").decode() for word in given]
    try:
        with interruptible():
            return run_command(options)
    except Interruption as stop:
        return _say(f"stopped. {stop.advice}".rstrip(), stop.exit_code)
    except KeyboardInterrupt:
        return _say("stopped.", 130)
    except Exception as error:
        if isinstance(error, OSError) and error.filename is None and not isinstance(error, ClasslabError):
            raise  # of the standard output, as `print` raises it
        if options.debug:
            import traceback

            traceback.print_exc()
        return _report(error, options)


def run_command(options: argparse.Namespace) -> int:
    """Imports what runs the command, named by its parser as `module` or `module.function`, and runs it."""
    module, _, function = options.run.partition(".")
    return int(getattr(import_module(f"classlab.cli.{module}"), function or "run")(options))


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
    for add in COMMANDS.values():
        add(subparsers)
    return top


@contextmanager
def _standard_streams() -> Iterator[None]:
    """Streams that may be used whatever they are: closed ones lead nowhere, and narration never ends a command.

    Output also passes that the terminal's encoding lacks a letter for, with a question mark in its place.
    """
    for number in range(3):  # a number that is free would be taken by the next file that is opened
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    before = sys.stdin, sys.stdout, sys.stderr
    # Python has None for a stream that was closed when it started.
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115  (open as long as the process)
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    sys.stderr = cast("TextIO", UnfailingStream(sys.stderr, at_exit=True))
    try:
        yield
    finally:
        sys.stdin, sys.stdout, sys.stderr = before


def _report(error: Exception, options: argparse.Namespace) -> int:
    if isinstance(error, OSError) and not isinstance(error, ClasslabError):
        error = StorageError(
            f"{shown(error.filename)} must be readable and writable, but the system says: {system_reason(error)}. "
            "Check the path and its permissions."
        )
    if isinstance(error, ValueError) and "null byte" in str(error):  # of a name that Python does not hand on
        error = StorageError("a path must be a name that the system takes, but one has a null byte. Give another one.")
    if isinstance(error, UnicodeEncodeError) and "surrogates" in str(error):  # as above, of half of a letter
        error = StorageError("a path must be a name that the system takes, but one has half of a letter. Give another.")
    if isinstance(error, MemoryError) or "can't allocate memory" in str(error):  # the latter as PyTorch says it
        error = StorageError("this machine's memory must suffice, but it did not. Use fewer images or smaller layers.")
    if isinstance(error, RuntimeError) and "start new thread" in str(error):
        error = StorageError(
            "the system must let a command start threads, but it did not. End other programs, or raise the limit of "
            "processes (`ulimit -u`)."
        )
    if isinstance(error, ClasslabError):
        # What a study file says is no part of the command line.
        of_file = isinstance(error, OptionError) and str(error).startswith(f"{getattr(options, 'file', None)}")
        return _say(with_flags(str(error), options), SpecError.exit_code if of_file else error.exit_code)
    what = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(":")
    return _say(f"this is a defect of classlab ({what}). Run it again with `classlab --debug` and report it.", 1)


def _say(message: str, code: int) -> int:
    from classlab.cli.text import printable  # what it needs takes a moment, and `--help` does not

    print(f"classlab: {printable(message)}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
