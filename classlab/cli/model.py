"""`classlab model`: the summary of a network, before anything is trained."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classlab.cli.shared_options import add_output_options
from classlab.cli.table_options import add_option, refuse_idle, values_given
from classlab.options import TABLE
from classlab.options.words import MODEL_NAMES

if TYPE_CHECKING:
    from classlab.models import Summary
    from classlab.records import Architecture, KerasArchitecture

SHAPE = ("units", "activation", "dropout")  # options of built-in models

_DESCRIPTION = """\
Prints layers, output shapes and numbers of parameters.

NAME is linear, mlp, cnn, cnn-small or lenet5, or the path of a .keras file.
"""


def add_parser(subparsers: Any) -> None:
    """Adds the command to the command line."""
    parser = subparsers.add_parser(
        "model",
        help="show a model's layers, shapes and parameters",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", metavar="NAME|FILE.keras", help="a model's name, or a file")
    images = parser.add_mutually_exclusive_group()
    images.add_argument("--data", metavar="NAME|PATH", help="take image shape and classes from this dataset")
    images.add_argument(
        "--input-shape", type=_shape, metavar="HxWxC", help="height, width and channels of the images (28x28x1)"
    )
    parser.add_argument("--classes", type=int, metavar="N", help="number of classes (10)")
    for name in SHAPE:
        add_option(parser, name, bounds=True)
    add_output_options(parser, quiet="say nothing on standard error", json="print one JSON document instead of a table")
    parser.set_defaults(run=run, command_parser=parser)


def run(options: argparse.Namespace) -> int:
    """Runs the command."""
    from classlab.cli.text import print_json
    from classlab.models import summary
    from classlab.records import to_plain

    found = summary(_architecture(options))
    if options.json:
        print_json(to_plain(found))
    else:
        print(_table(found))
    return 0


def _architecture(options: argparse.Namespace) -> Architecture | KerasArchitecture:
    from classlab.models import build
    from classlab.models.keras_file import check_keras_file

    given = values_given(options, SHAPE)
    if options.name.endswith(".keras"):
        refuse_idle(options, (*SHAPE, "data", "classes"), "on a .keras file")
        return check_keras_file(Path(options.name), image_shape=options.input_shape)
    for option in given if options.name in MODEL_NAMES else ():
        words = TABLE[option].only_with["model"]
        if options.name not in words:
            refuse_idle(options, (option,), f"on the model {options.name}; it belongs to {', '.join(words)}")
    shape, classes = options.input_shape or (28, 28, 1), options.classes
    if options.data is not None:
        dataset = _dataset(options)
        shape, classes = dataset.image_shape, classes or len(dataset.class_names)
    return build(options.name, input_shape=shape, classes=10 if classes is None else classes, **given)


def _dataset(options: argparse.Namespace) -> Any:
    from classlab.cli.text import narrate
    from classlab.datasets import load

    return load(options.data, say=lambda sentence: narrate(sentence, quiet=options.quiet))


def _table(found: Summary) -> str:
    """Keras's table: one line per layer, totals below."""
    height, width, channels = found.input_shape
    head = ("Layer (type)", "Output Shape", "Param #")
    rows = [(f"{row.name} ({row.kind})", str(row.output_shape), f"{row.parameters:,}") for row in found.rows]
    wide = [max(len(line[column]) for line in (head, *rows)) for column in range(3)]
    lines = [f"{layer:<{wide[0]}}  {shape:<{wide[1]}}  {count:>{wide[2]}}" for layer, shape, count in (head, *rows)]
    rule = "─" * len(lines[0])
    totals = [
        f"Total params: {_count(found.total)}",
        f"Trainable params: {_count(found.trainable)}",
        f"Non-trainable params: {_count(found.non_trainable)}",
    ]
    title = f'Model: "{found.model}" on images of {height}x{width}x{channels}'
    return "\n".join([title, rule, lines[0], rule, *lines[1:], rule, *totals])


def _count(parameters: int) -> str:
    """A number of float32 values with the memory they take, in the units of Keras's summary (1 KB is 1024 bytes)."""
    size, unit = float(4 * parameters), "B"
    for larger in ("KB", "MB", "GB"):
        if size < 1024:
            break
        size, unit = size / 1024, larger
    return f"{parameters:,} ({size:.2f} {unit})"


def _shape(text: str) -> tuple[int, int, int]:
    parts = text.lower().split("x")
    if len(parts) == 2:
        parts.append("1")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and int(part) > 0 for part in parts):
        raise argparse.ArgumentTypeError(f"must be height x width x channels, as in 28x28x1, but got {text}")
    height, width, channels = (int(part) for part in parts)
    return (height, width, channels)
