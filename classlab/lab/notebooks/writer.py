"""Writes the notebooks, and beside them the images that they train on, so that they run without network."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Literal

import numpy as np

from classlab.files.atomic_file import make_folder, write_atomically
from classlab.lab.notebooks import clothes, convolution, generalisation, look, optimizers, perceptrons, predictions
from classlab.lab.notebooks.cells import notebook_json
from classlab.lab.notebooks.opening import NotebookImages

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from classlab.datasets.dataset import Dataset
    from classlab.lab.images import Images
    from classlab.lab.notebooks.cells import Cell


def notebooks(images: Images) -> dict[str, list[Cell]]:
    """The cells of every notebook, by file name.

    Args:
        images: the lab's data sets.
    """
    digits = _notebook_images(images.digits, "mnist")
    other = _notebook_images(images.clothes, "fashion_mnist")
    pictures = _notebook_images(images.pictures, "fashion_mnist" if images.pictures is not images.digits else "mnist")
    return {
        "1-look-at-the-data.ipynb": look.cells(digits),
        "2-linear-classifier.ipynb": optimizers.cells(digits),
        "3-generalisation.ipynb": generalisation.cells(digits),
        "4-predictions.ipynb": predictions.cells(digits),
        "5-perceptrons.ipynb": perceptrons.cells(digits),
        "6-other-images.ipynb": clothes.cells(other),
        "7-convolutional-network.ipynb": convolution.cells(pictures),
    }


def write_notebooks(folder: Path, images: Images, *, only: Sequence[int] | None = None) -> list[Path]:
    """Writes the notebooks and the images that they train on.

    Args:
        folder: where to; made where it is missing. Files of the same names are replaced.
        images: the lab's data sets.
        only: numbers of the steps; None for all.

    Returns:
        The notebooks.

    Raises:
        StorageError: the folder cannot be made or written.
    """
    make_folder(folder)
    for dataset in {each.name: each for each in (images.digits, images.clothes, images.pictures)}.values():
        write_atomically(folder / f"{dataset.name}.npz", _packed(dataset))
    written = []
    for name, cells in notebooks(images).items():
        if only is not None and int(name.partition("-")[0]) not in only:
            continue
        write_atomically(folder / name, notebook_json(cells).encode())
        written.append(folder / name)
    return written


def _notebook_images(dataset: Dataset, keras_name: Literal["mnist", "fashion_mnist"]) -> NotebookImages:
    return NotebookImages(file=f"{dataset.name}.npz", keras_name=keras_name, class_names=dataset.class_names)


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
