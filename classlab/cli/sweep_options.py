"""The options of `classlab sweep`, and the study file that they stand for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from classlab.cli.shared_options import (
    add_machine_options,
    add_output_options,
    add_pairs_option,
    add_place_options,
    add_store_option,
)
from classlab.cli.table_options import default_text, flag, values_given
from classlab.options import OPTIONS, STUDY_KEYS, STUDY_SETTINGS, TABLE
from classlab.options.option_text import read_value
from classlab.options.table import meaning

if TYPE_CHECKING:
    import argparse

    from classlab.cli.parser import Subparsers

ARM_KEYS = ("data", "size", "fit", *OPTIONS)  # decide what is trained; a study file has its own


def add_sweep(subparsers: Subparsers) -> None:
    """Adds the command and its options."""
    parser = subparsers.add_parser(
        "sweep",
        help="train and rank every combination of models and settings",
        description="Train every arm of a study from several seeds and rank the arms on validation images. "
        "Lists of values expand into a grid. Finished runs are kept in the store and are never trained twice.",
    )
    add_options(parser)
    parser.set_defaults(run="sweep", command_parser=parser)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds every option of a sweep to a parser."""
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="study file in TOML, instead of the arms")
    study = parser.add_argument_group("the study", "Beside FILE, all but --data, --size and --fit replace its own.")
    for name in STUDY_KEYS:
        _add(study, name)
    arms = parser.add_argument_group(
        "the arms",
        "A comma separates values, of --units a slash, as in 128,64/64,32; every value is combined with every other.",
    )
    for name in OPTIONS:
        _add(arms, name, several=",...")
    place = parser.add_argument_group("where and how")
    add_store_option(place, what="where runs are kept")
    place.add_argument(
        "--confirm", type=int, default=0, metavar="N", help="train the first two arms again on N fresh seeds"
    )
    start = place.add_mutually_exclusive_group()
    start.add_argument("--resume", action="store_true", help="go on with an interrupted sweep, as is done anyway")
    start.add_argument("--again", action="store_true", help="train anew what the store holds already")
    place.add_argument("--schema", action="store_true", help="print the JSON Schema of study files, and stop")
    add_machine_options(place)
    add_place_options(place)
    add_pairs_option(place)
    add_output_options(place, quiet="no narration, only the figures", json="figures as one JSON document")


def arm_flags(options: argparse.Namespace) -> list[str]:
    """The given options that decide what is trained, as they are spelled."""
    return [flag(name) for name in ARM_KEYS if getattr(options, name) is not None]


def settings(options: argparse.Namespace) -> dict[str, Any]:
    """The given options that leave the arms as they are."""
    return {name: read_value(name, text) for name, text in values_given(options, STUDY_SETTINGS).items()}


def document(options: argparse.Namespace) -> dict[str, Any]:
    """The study file that the given options stand for."""
    found = {name: read_value(name, text) for name, text in values_given(options, (*STUDY_KEYS, *OPTIONS)).items()}
    return {"name": _default_name(options, found), **found}


def _add(group: argparse._ArgumentGroup, name: str, *, several: str = "") -> None:
    option = TABLE[name]
    words = f": {', '.join(option.words)}" if option.kind == "word" else ""
    shown = f"{meaning(option)}{words} ({default_text(option, option.default)})"
    metavar = {"word": "NAME", "switch": "true|false"}.get(option.kind, option.metavar.removesuffix(",..."))
    group.add_argument(flag(name), metavar=metavar + several, help=shown)


def _default_name(options: argparse.Namespace, found: dict[str, Any]) -> str:
    """Data, models and what varies, as in `mnist-linear-optimizer-learning_rate`."""
    varying = [name for name in OPTIONS if name in found and name != "model" and OPTIONS[name].is_many(found[name])]
    models = [Path(model).stem for model in (options.model or "mlp").split(",")]
    words = [Path(options.data or "data").stem, *models, *varying]
    return "-".join("".join(letter for letter in word if letter.isalnum() or letter in "_.") for word in words)[:80]
