"""The lab's notebooks: percent scripts (`# %%`) of Keras, written as `.ipynb` files beside the images they use.

The scripts lie in `scripts/`, where they are linted and run as they stand. What they share is a script as well: a cell
that imports from `opening`, `division` or `asked` becomes that script's cells, since a notebook stands alone.

A script is the source of two notebooks. Lines between nbgrader's marks `### BEGIN SOLUTION` and `### END SOLUTION` are
the solution's alone; a line behind `# exercise: ` is the exercise's alone. The cell that begins with `# Check` is in
both, and stops with a hint until the gap above it is filled in. The file format
(nbformat 4.5) is plain JSON, so that a library for it would only add weight to the package; the tests compare what is
written here with the format's schema and with Jupytext's reading of the scripts.
"""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from classlab.errors import StorageError
from classlab.files.atomic_file import make_folder, write_atomically
from classlab.files.read_file import read_file
from classlab.lab.setting import Setting

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from classlab.datasets.dataset import Dataset
    from classlab.lab.setting import Images

_LARGEST = 2**26  # bytes: a notebook with pictures in its outputs
# Which of the lab's images each script trains on, and for how many epochs, as the course does; None for as many as the
# lab trains its convolutional network, which takes Keras minutes for each of the course's twenty.
_NOTEBOOKS: dict[str, tuple[Literal["digits", "clothes", "pictures"], int | None]] = {
    "1-look-at-the-data": ("digits", 1),
    "2-linear-classifier": ("digits", 5),
    "3-generalization": ("digits", 5),
    "4-predictions": ("digits", 5),
    "5-perceptrons": ("digits", 10),
    "6-other-images": ("clothes", 20),
    "7-convolutional-network": ("pictures", None),
}
_SHARED = re.compile(r"^from (opening|division|asked) import", re.MULTILINE)
Version = Literal["exercise", "solution"]
VERSIONS: tuple[Version, ...] = ("exercise", "solution")
_ONLY: dict[Version, re.Pattern[str]] = {
    "solution": re.compile(r"^ *### BEGIN SOLUTION\n(.*?)^ *### END SOLUTION(?:\n|\Z)", re.MULTILINE | re.DOTALL),
    "exercise": re.compile(r"^( *)# exercise: (.*(?:\n|\Z))", re.MULTILINE),
}


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell.

    Args:
        kind: text in Markdown, or code.
        source: its lines.
    """

    kind: Literal["markdown", "code"]
    source: str


def percent_cells(script: str) -> list[Cell]:
    r"""Reads the cells of a percent script; what stands above the first marker belongs to none.

    Example:
        >>> [cell.source for cell in percent_cells("# %% [markdown]\n# # Title\n\n# %%\nx = 1\n")]
        ['# Title', 'x = 1']

    References:
        https://jupytext.readthedocs.io/en/latest/formats-scripts.html#the-percent-format
    """
    cells = []
    for part in re.split(r"^# %%", script, flags=re.MULTILINE)[1:]:
        marker, _, body = part.partition("\n")
        if marker.strip() == "[markdown]":
            cells.append(Cell(kind="markdown", source=re.sub(r"^# ?", "", body.strip(), flags=re.MULTILINE)))
        else:
            cells.append(Cell(kind="code", source=body.strip()))
    return cells


def notebook_json(cells: Sequence[Cell]) -> str:
    """Writes a notebook without outputs.

    Args:
        cells: first to last.

    References:
        https://nbformat.readthedocs.io/en/latest/format_description.html
    """
    document = {
        "cells": [_plain(cell, position) for position, cell in enumerate(cells)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def notebooks(images: Images) -> dict[str, list[Cell]]:
    """The cells of every notebook, by file name: of each script an exercise and its solution.

    Args:
        images: the lab's data sets.
    """
    found = {}
    for name, (wanted, epochs) in _NOTEBOOKS.items():
        dataset: Dataset = getattr(images, wanted)
        chosen = Setting(images=images).convolution_epochs if epochs is None else epochs
        cells = [replace(cell, source=_with_images(cell.source, dataset, chosen)) for cell in _cells_of(name, set())]
        for version in VERSIONS:
            found[f"{name}-{version}.ipynb"] = [
                replace(cell, source=version_of(cell.source, version)) for cell in cells
            ]
    return found


def version_of(source: str, version: Version) -> str:
    r"""A cell's source as one of the two notebooks has it.

    Example:
        >>> both = "# exercise: x = None\n### BEGIN SOLUTION\nx = 1\n### END SOLUTION"
        >>> version_of(both, "exercise"), version_of(both, "solution")
        ('x = None', 'x = 1')
    """
    kept = version == "solution"
    source = _ONLY["solution"].sub(r"\1" if kept else "", source)
    return _ONLY["exercise"].sub("" if kept else r"\1\2", source).rstrip("\n")


def write_notebooks(folder: Path, images: Images, *, only: Sequence[int] | None = None) -> list[Path]:
    """Writes the notebooks and the images that they train on.

    Args:
        folder: where to; made where it is missing.
        images: the lab's data sets.
        only: numbers of the steps; None for all.

    Returns:
        The notebooks.

    Raises:
        StorageError: the folder cannot be made or written, or a notebook in it was changed.
    """
    chosen = {
        name: notebook_json(cells).encode()
        for name, cells in notebooks(images).items()
        if only is None or int(name.partition("-")[0]) in only
    }
    trained_on = {f"{each.name}.npz": each for each in (images.digits, images.clothes, images.pictures)}
    packed = {name: _packed(dataset) for name, dataset in trained_on.items()}
    make_folder(folder)
    for name, content in (packed | chosen).items():
        if (folder / name).exists() and read_file(folder / name, limit=_LARGEST) != content:
            raise StorageError(
                f"{folder / name} must be as it was written to be written again, but it was changed. "
                "Choose another folder, or move it away."
            )
    for name, content in (packed | chosen).items():
        write_atomically(folder / name, content)
    return [folder / name for name in chosen]


def _cells_of(script: str, taken: set[str]) -> list[Cell]:
    """A script's cells, with those of the scripts that it imports from in their place, each of these once."""
    found = []
    for cell in percent_cells((files("classlab.lab") / "scripts" / f"{script}.py").read_text(encoding="utf-8")):
        shared = _SHARED.findall(cell.source)
        for name in shared:
            if name not in taken:
                taken.add(name)
                found += _cells_of(name, taken)
        if not shared:
            found.append(cell)
    return found


def _with_images(source: str, dataset: Dataset, epochs: int) -> str:
    """A cell with a notebook's own images and epochs in place of those that the script opens with."""
    keras_name = "fashion_mnist" if dataset.name == "fashion_mnist" else "mnist"
    for general, own in (
        ('"EPOCHS", "5"', f'"EPOCHS", "{epochs}"'),
        ('Path("mnist.npz")', f'Path("{dataset.name}.npz")'),
        ("keras.datasets.mnist.", f"keras.datasets.{keras_name}."),
        ('class_names = list("0123456789")', f"class_names = {list(dataset.class_names)!r}"),
    ):
        source = source.replace(general, own)
    return source


def _plain(cell: Cell, position: int) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "cell_type": cell.kind,
        "id": f"cell-{position}",
        "metadata": {},
        "source": cell.source.splitlines(keepends=True),
    }
    if cell.kind == "code":
        plain |= {"execution_count": None, "outputs": []}
    return plain


def _packed(dataset: Dataset) -> bytes:
    """The arrays under the names that Keras's own file of MNIST has, images without an axis for one channel."""
    content = io.BytesIO()
    np.savez_compressed(
        content,
        x_train=dataset.train.images[..., 0],
        y_train=dataset.train.labels.astype(np.uint8),
        x_test=dataset.test.images[..., 0],
        y_test=dataset.test.labels.astype(np.uint8),
    )
    return content.getvalue()
