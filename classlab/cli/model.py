"""`classlab model`: the summary of a network, before anything is trained."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from classlab.cli.commands import SHAPE
from classlab.cli.table_options import refuse_idle, values_given
from classlab.cli.tables import print_table
from classlab.cli.text import narrate, print_json
from classlab.datasets import load
from classlab.models import build, summary
from classlab.models.keras_file import check_keras_file
from classlab.options import TABLE
from classlab.options.words import MODEL_NAMES
from classlab.records import to_plain

if TYPE_CHECKING:
    import argparse

    from classlab.models import Summary
    from classlab.records import Architecture, KerasArchitecture


def run(options: argparse.Namespace) -> int:
    """Runs the command."""
    found = summary(_architecture(options))
    if options.json:
        print_json(to_plain(found))
    else:
        _print(found)
    return 0


def _architecture(options: argparse.Namespace) -> Architecture | KerasArchitecture:
    given = values_given(options, SHAPE)
    if options.name.endswith(".keras"):
        refuse_idle(options, (*SHAPE, "data", "size", "classes"), "on a .keras file")
        return check_keras_file(Path(options.name), image_shape=options.input_shape)
    for option in given if options.name in MODEL_NAMES else ():
        words = TABLE[option].only_with["model"]
        if options.name not in words:
            refuse_idle(options, (option,), f"on the model {options.name}; it belongs to {', '.join(words)}")
    shape, classes = options.input_shape or (28, 28, 1), options.classes
    if options.data is None:
        refuse_idle(options, ("size",), "without --data")
    else:
        dataset = _dataset(options)
        shape, classes = dataset.image_shape, classes or len(dataset.class_names)
    return build(options.name, input_shape=shape, classes=10 if classes is None else classes, **given)


def _dataset(options: argparse.Namespace) -> Any:
    return load(options.data, size=options.size, say=lambda sentence: narrate(sentence, quiet=options.quiet))


def _print(found: Summary) -> None:
    """Keras's table: one line per layer, of a graph with the layers that it is connected to, totals below."""
    height, width, channels = found.input_shape
    print(f'Model: "{found.model}" on images of {height}x{width}x{channels}\n')
    rows = [(f"{row.name} ({row.kind})", str(row.output_shape), f"{row.parameters:,}") for row in found.rows]
    table: list[tuple[str, ...]] = [("Layer (type)", "Output Shape", "Param #"), *rows]
    if any(row.connected_to for row in found.rows):
        sources = ("Connected to", *(", ".join(row.connected_to) for row in found.rows))
        table = [(*cells, source) for cells, source in zip(table, sources, strict=True)]
    print_table(table)
    print(f"\nTotal params: {_count(found.total)}")
    print(f"Trainable params: {_count(found.trainable)}")
    print(f"Non-trainable params: {_count(found.non_trainable)}")


def _count(parameters: int) -> str:
    """A number of float32 values with the memory they take, in the units of Keras's summary (1 KB is 1024 bytes)."""
    size, unit = float(4 * parameters), "B"
    for larger in ("KB", "MB", "GB"):
        if size < 1024:
            break
        size, unit = size / 1024, larger
    return f"{parameters:,} ({size:.2f} {unit})"
