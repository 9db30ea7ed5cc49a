"""The options of `classlab train`, and what they are called in Python."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classlab.cli.run_source import add_store_option

if TYPE_CHECKING:
    from classlab.studies.asked.spec_options import SpecOptions

# Repeated from the records, which would bring pydantic into every `--help`; a test holds them equal.
OPTIMIZERS = ("sgd", "adam", "adamw", "rmsprop", "adagrad", "nadam")
SCHEDULES = ("constant", "step", "cosine")
LOSSES = ("sparse_categorical_crossentropy", "categorical_crossentropy", "mean_squared_error")
MONITORS = ("val_loss", "val_accuracy", "loss", "accuracy")
PREPROCESSING = ("unit", "symmetric", "standardize", "none")
STARTS = ("fresh", "given")
PRECISIONS = ("float32", "bfloat16", "float64", "auto")

_SPEC = (
    "optimizer",
    "learning_rate",
    "momentum",
    "nesterov",
    "weight_decay",
    "clipnorm",
    "clipvalue",
    "global_clipnorm",
    "schedule",
    "step_epochs",
    "step_factor",
    "warmup_epochs",
    "loss",
    "top_k",
    "early_stopping",
    "monitor",
    "epochs",
    "batch_size",
    "validation",
    "limit",
    "preprocessing",
    "precision",
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds every option of a training to a parser."""
    _add_what(parser.add_argument_group("what is trained"))
    _add_optimizer(parser.add_argument_group("optimizer and learning rate"))
    _add_course(parser.add_argument_group("course of the training"))
    _add_place(parser.add_argument_group("where and how"))


def spec_options(options: argparse.Namespace) -> SpecOptions:
    """Picks what determines a run out of the parsed command line; what was not given is left out."""
    found: dict[str, Any] = {name: getattr(options, name) for name in _SPEC if getattr(options, name) is not None}
    return found  # type: ignore[return-value]  # the names above are SpecOptions' own; a test holds them equal


def _add_what(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--data", required=True, metavar="NAME|PATH", help="dataset name, folder, .npz or IDX files")
    group.add_argument(
        "--model", default="mlp", metavar="NAME|FILE.keras", help="linear, mlp, cnn, cnn-small, lenet5, or a file (mlp)"
    )
    group.add_argument("--units", type=_units, metavar="N,N,...", help="hidden widths of mlp (128,64)")
    group.add_argument("--activation", metavar="NAME", help="activation of the hidden layers (relu)")
    group.add_argument("--dropout", type=float, metavar="SHARE", help="share of values dropped while training (0)")
    group.add_argument(
        "--start",
        choices=STARTS,
        help="a file's weights: drawn anew by every seed, or those in it (given; fresh with several seeds)",
    )
    group.add_argument("--preprocessing", choices=PREPROCESSING, default="unit", help="scaling of the pixels (unit)")
    group.add_argument(
        "--validation",
        type=_validation,
        default=0.1,
        metavar="SHARE|test",
        help="share of the training images set aside, or the test images (0.1)",
    )
    group.add_argument("--size", type=_size, metavar="HxW", help="bring the pictures of a folder to this size")
    group.add_argument("--limit", type=int, metavar="N", help="use only N training images")


def _add_optimizer(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--optimizer", choices=OPTIMIZERS, help="(adam)")
    group.add_argument("--learning-rate", type=float, metavar="RATE", help="Keras's default of the optimizer")
    group.add_argument("--momentum", type=float, metavar="M", help="for sgd and rmsprop (0)")
    group.add_argument("--nesterov", action="store_true", default=None, help="Nesterov momentum, for sgd")
    group.add_argument("--weight-decay", type=float, metavar="D", help="decoupled weight decay")
    clipping = group.add_mutually_exclusive_group()
    clipping.add_argument("--clipnorm", type=float, metavar="C", help="largest norm of one weight's gradient")
    clipping.add_argument("--clipvalue", type=float, metavar="C", help="largest absolute value in a gradient")
    clipping.add_argument("--global-clipnorm", type=float, metavar="C", help="largest norm of all gradients together")
    group.add_argument("--schedule", choices=SCHEDULES, default="constant", help="learning rate over time (constant)")
    group.add_argument("--step-epochs", type=float, metavar="N", help="epochs between steps of the rate (10)")
    group.add_argument("--step-factor", type=float, metavar="F", help="factor at each step (0.1)")
    group.add_argument("--warmup-epochs", type=float, default=0.0, metavar="N", help="epochs of rising rate first (0)")


def _add_course(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--epochs", type=int, default=10, metavar="N", help="passes over the training images (10)")
    group.add_argument("--batch-size", type=int, default=128, metavar="N", help="images per step (128)")
    group.add_argument("--loss", choices=LOSSES, help="(sparse_categorical_crossentropy)")
    group.add_argument("--top-k", type=int, metavar="K", help="also measure top-k accuracy")
    group.add_argument("--early-stopping", type=int, metavar="PATIENCE", help="stop after so many epochs without gain")
    group.add_argument("--monitor", choices=MONITORS, help="the figure early stopping watches (val_loss)")
    group.add_argument("--seed", type=int, default=0, metavar="N", help="weights, order of batches, dropout (0)")
    group.add_argument("--seeds", type=_count, default=1, metavar="N", help="train from N seeds in lock-step (1)")


def _add_place(group: argparse._ArgumentGroup) -> None:
    group.add_argument("-o", "--output", type=Path, metavar="DIR", help="run folder (runs/DATA-MODEL-IDENTITY)")
    add_store_option(group, what="store whose test-set ledger gains the entry")
    start = group.add_mutually_exclusive_group()
    start.add_argument("--resume", action="store_true", help="continue an interrupted training in the run folder")
    start.add_argument("--again", action="store_true", help="train anew what the run folder holds already")
    group.add_argument("--precision", choices=PRECISIONS, default="float32", help="arithmetic of the layers (float32)")
    group.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="(auto)")
    group.add_argument("--threads", type=_count, metavar="N", help="processor threads (all cores)")
    group.add_argument("--quiet", action="store_true", help="no narration, only the figures")
    group.add_argument("--json", action="store_true", help="figures as one JSON document")


def _units(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"widths must be whole numbers as in 128,64, but got {text!r}") from None


def _validation(text: str) -> float | str:
    try:
        return text if text == "test" else float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a share as in 0.1, or the word test, but got {text!r}") from None


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, but got {text!r}")
    return int(text)


def _size(text: str) -> tuple[int, int]:
    height, _, width = text.partition("x")
    if not (height.isdecimal() and width.isdecimal() and int(height) and int(width)):
        raise argparse.ArgumentTypeError(f"must be height and width as in 28x28, but got {text!r}")
    return int(height), int(width)
