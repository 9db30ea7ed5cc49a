"""Options that many commands have, each said once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from classlab.cli.table_options import count, seconds
from classlab.options.words import DeviceName, PlaceName

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    Group = argparse.ArgumentParser | argparse._ArgumentGroup

RUN_HELP = "run folder, name of a study in the store (its best run), or beginning of a run's identity there"


def add_output_options(group: Group, *, json: str, quiet: str = "no narration", **absent: Any) -> None:
    """Adds `--quiet` and `--json`.

    Args:
        group: where to.
        json: what the document holds.
        quiet: what is left unsaid, and perhaps what is not.
        **absent: `default`, for the parser of a word behind a command, whose defaults must not undo what stood before.
    """
    group.add_argument("--quiet", action="store_true", help=quiet, **absent)
    group.add_argument("--json", action="store_true", help=json, **absent)


def add_store_option(group: Group, *, what: str = "folder of the store", **absent: Any) -> None:
    """Adds `--store`."""
    place = "environment variable CLASSLAB_STORE, else classlab-store"
    group.add_argument("--store", type=Path, metavar="DIR", help=f"{what} ({place})", **absent)


def add_machine_options(group: Group) -> None:
    """Adds `--device` and `--threads`."""
    add_device_option(group)
    group.add_argument("--threads", type=count, metavar="N", help="processor threads (all cores)")


def add_place_options(group: Group) -> None:
    """Adds `--on`, `--ray-address` and `--run-timeout`."""
    group.add_argument(
        "--on",
        choices=get_args(PlaceName),
        default="local",
        help="where populations train: this process, or Ray's workers, with --threads cores each (local)",
    )
    group.add_argument(
        "--ray-address",
        metavar="ADDRESS",
        help="of a Ray cluster (environment variable RAY_ADDRESS, else Ray is started on this machine)",
    )
    group.add_argument(
        "--run-timeout",
        type=seconds,
        metavar="SECONDS",
        help="stop a run that is not done after so many seconds, and record it as failed (no limit)",
    )


def add_device_option(group: Group) -> None:
    """Adds `--device`."""
    group.add_argument("--device", choices=get_args(DeviceName), default="auto", help="where to compute (auto)")


def set_threads(options: argparse.Namespace) -> None:
    """Sets the number of threads that was asked for."""
    if options.threads is not None:
        from classlab.training import set_threads

        set_threads(options.threads)


def add_pairs_option(group: Group) -> None:
    """Adds `--pairs`."""
    help_ = "compare with the best arm, or show every two arms as well (best)"
    group.add_argument("--pairs", choices=("best", "all"), default="best", help=help_)


def add_fail_on_option(group: Group) -> None:
    """Adds `--fail-on`."""
    group.add_argument(
        "--fail-on",
        type=str.lower,
        choices=("warn", "fail", "invalid", "never"),
        default="warn",
        help="the least severity that ends with exit code 8 or 9 (warn)",
    )


_GRAVITY = {"INFO": 0, "WARN": 1, "FAIL": 2, "INVALID": 3}


def severity_code(severities: Iterable[str], *, fail_on: str) -> int:
    """0 for what `fail_on` lets pass, else 8 for WARN as the gravest, 9 for FAIL or INVALID."""
    gravest = max((_GRAVITY[each] for each in severities), default=0)
    if fail_on == "never" or gravest < _GRAVITY[fail_on.upper()]:
        return 0
    return 8 if gravest == _GRAVITY["WARN"] else 9
