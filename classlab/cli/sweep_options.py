"""The options of `classlab sweep`, and the study file that they stand for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from classlab.cli.train_options import LOSSES, MONITORS, OPTIMIZERS, PRECISIONS, PREPROCESSING, SCHEDULES, STARTS

if TYPE_CHECKING:
    import argparse

# Repeated from the study's schema, which would bring pydantic into every `--help`; a test holds them equal.
SELECTIONS = ("val_accuracy", "val_loss")
ARM_OPTIONS: dict[str, tuple[str, str]] = {
    "model": ("NAME|FILE.keras,...", "linear, mlp, cnn, cnn-small, lenet5, or files (mlp)"),
    "start": ("NAME,...", f"weights of a file: {', '.join(STARTS)} (fresh: every seed draws its own)"),
    "units": ("N,N,.../N,...", "hidden widths of mlp; a slash separates networks, as in 128,64/64,32 (128,64)"),
    "activation": ("NAME,...", "of the hidden layers (relu)"),
    "dropout": ("SHARE,...", "share of values dropped while training (0)"),
    "preprocessing": ("NAME,...", f"{', '.join(PREPROCESSING)} (unit)"),
    "validation": ("SHARE,...|test", "share of the training images set aside, or the test images (0.1)"),
    "limit": ("N,...", "use only N training images"),
    "optimizer": ("NAME,...", f"{', '.join(OPTIMIZERS)} (adam)"),
    "learning_rate": ("RATE,...", "Keras's default of the optimizer"),
    "momentum": ("M,...", "for sgd and rmsprop (0)"),
    "nesterov": ("true|false,...", "Nesterov momentum, for sgd (false)"),
    "weight_decay": ("D,...", "decoupled weight decay"),
    "clipnorm": ("C,...", "largest norm of one weight's gradient"),
    "clipvalue": ("C,...", "largest absolute value in a gradient"),
    "global_clipnorm": ("C,...", "largest norm of all gradients together"),
    "schedule": ("NAME,...", f"{', '.join(SCHEDULES)} (constant)"),
    "step_epochs": ("N,...", "epochs between steps of the rate (10)"),
    "step_factor": ("F,...", "factor at each step (0.1)"),
    "warmup_epochs": ("N,...", "epochs of rising rate first (0)"),
    "epochs": ("N,...", "passes over the training images (10)"),
    "batch_size": ("N,...", "images per step (128)"),
    "loss": ("NAME,...", f"{', '.join(LOSSES)}"),
    "top_k": ("K,...", "also measure top-k accuracy"),
    "early_stopping": ("PATIENCE,...", "stop after so many epochs without gain"),
    "monitor": ("NAME,...", f"the figure that early stopping watches: {', '.join(MONITORS)} (val_loss)"),
    "precision": ("NAME,...", f"{', '.join(PRECISIONS)} (float32)"),
}
SETTINGS = ("name", "question", "seeds", "select", "margin", "confidence")  # leave the arms as they are
STUDY_OPTIONS = (*SETTINGS, "data", "size")
_WORDS = ("model", "name", "question", "data", "select")  # whose values are text, whatever they look like


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds every option of a sweep to a parser."""
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="study file in TOML, instead of the arms")
    _add_study(parser.add_argument_group("the study", "Beside FILE, all but --data and --size replace its own."))
    arms = parser.add_argument_group("the arms", "A comma separates values; every value is combined with every other.")
    for name, (metavar, help_) in ARM_OPTIONS.items():
        arms.add_argument(_spelled(name), metavar=metavar, help=help_)
    _add_place(parser.add_argument_group("where and how"))


def arm_flags(options: argparse.Namespace) -> list[str]:
    """The given options that decide what is trained, as they are spelled; a study file has its own."""
    names = ("data", "size", *ARM_OPTIONS)
    return [_spelled(name) for name in names if getattr(options, name) is not None]


def settings(options: argparse.Namespace) -> dict[str, Any]:
    """The given options that leave the arms as they are."""
    given = {name: getattr(options, name) for name in SETTINGS}
    return {name: _study_value(name, text) for name, text in given.items() if text is not None}


def document(options: argparse.Namespace) -> dict[str, Any]:
    """The study file that the given options stand for."""
    found: dict[str, Any] = {}
    for name in (*STUDY_OPTIONS, *ARM_OPTIONS):
        text = getattr(options, name)
        if text is None:
            continue
        if name in STUDY_OPTIONS:
            found[name] = _study_value(name, text)
        elif name == "units":
            found[name] = [[_value(name, width) for width in network.split(",")] for network in text.split("/")]
        else:
            found[name] = [_value(name, part) for part in text.split(",")]
    found.setdefault("name", _default_name(options))
    return {name: _lone(name, value) for name, value in found.items()}


def _add_study(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--data", metavar="NAME|PATH", help="dataset name, folder, .npz or IDX files")
    group.add_argument("--name", metavar="NAME", help="the study's name (made of what varies)")
    group.add_argument("--question", metavar="SENTENCE", help="what the study is to answer")
    group.add_argument("--seeds", metavar="N|A,B,...", help="a number of seeds, or a list of them (5)")
    group.add_argument("--select", metavar="FIGURE", help=f"rank by {' or '.join(SELECTIONS)} (val_accuracy)")
    group.add_argument("--margin", metavar="SHARE", help="a difference in accuracy too small to matter (0.002)")
    group.add_argument("--confidence", metavar="SHARE", help="of intervals and comparisons (0.95)")
    group.add_argument("--size", metavar="HxW", help="bring the pictures of a folder to this size")


def _add_place(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--store", type=Path, metavar="DIR", help="where runs are kept (CLASSLAB_STORE, classlab-store)")
    group.add_argument(
        "--confirm", type=int, default=0, metavar="N", help="train the first two arms again on N fresh seeds"
    )
    start = group.add_mutually_exclusive_group()
    start.add_argument("--resume", action="store_true", help="go on with an interrupted sweep, as is done anyway")
    start.add_argument("--again", action="store_true", help="train anew what the store holds already")
    group.add_argument("--schema", action="store_true", help="print the JSON Schema of study files, and stop")
    group.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="(auto)")
    group.add_argument("--threads", type=int, metavar="N", help="processor threads (all cores)")
    group.add_argument(
        "--pairs",
        choices=("best", "all"),
        default="best",
        help="compare with the best arm, or show every two arms as well (best)",
    )
    group.add_argument("--quiet", action="store_true", help="no narration, only the figures")
    group.add_argument("--json", action="store_true", help="figures as one JSON document")


def _spelled(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _study_value(name: str, text: str) -> Any:
    if name == "size":
        return [_value(name, part) for part in text.split("x")]
    if name == "seeds" and "," in text:
        return [_value(name, part) for part in text.split(",") if part]
    return _value(name, text)


def _value(name: str, text: str) -> Any:
    """A word of the command line as the value that a study file would have; what cannot be read stays text."""
    text = text.strip()
    if name in _WORDS:
        return text
    if name == "nesterov":
        return {"true": True, "false": False}.get(text, text)
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _lone(name: str, value: Any) -> Any:
    """A single value without the list around it, as errors spell it."""
    alone = isinstance(value, list) and len(value) == 1 and name not in ("seeds", "size")
    return value[0] if alone else value


def _default_name(options: argparse.Namespace) -> str:
    """Data, models and what varies, as in `mnist-linear-optimizer-learning_rate`."""
    varying = [
        name
        for name in ARM_OPTIONS
        if name != "model" and ("/" if name == "units" else ",") in (getattr(options, name) or "")
    ]
    models = [Path(model).stem for model in (options.model or "mlp").split(",")]
    words = [Path(options.data or "data").stem, *models, *varying]
    return "-".join("".join(letter for letter in word if letter.isalnum() or letter in "_.") for word in words)[:80]
