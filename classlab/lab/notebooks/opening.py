"""The cells that every notebook begins with: settings, images, and the division into training and validation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from classlab.lab.notebooks.cells import Cell, code, text


@dataclass(frozen=True, kw_only=True)
class NotebookImages:
    """The images of a notebook.

    Args:
        file: name of the `.npz` file beside the notebook.
        keras_name: the data set of `keras.datasets` that is loaded where the file is missing.
        class_names: in label order.
    """

    file: str
    keras_name: Literal["mnist", "fashion_mnist"]
    class_names: tuple[str, ...]


def opening(title: str, purpose: str, images: NotebookImages, *, epochs: int) -> list[Cell]:
    """Heading, settings and images.

    Args:
        title: heading of the notebook.
        purpose: what it is about, one or two sentences.
        images: what it trains on.
        epochs: passes over the training images, unless the reader chooses otherwise.
    """
    return [text(f"# {title}\n\n{purpose}"), code(_settings(epochs)), code(_load(images))]


def division() -> list[Cell]:
    """Sets validation images aside and scales the pixels once."""
    return [
        text(
            "## Training, validation, test\n\nEvery tenth training image is set aside. Settings are chosen by these "
            "validation images; the test images are for the end, when everything is chosen."
        ),
        code(_DIVISION),
    ]


def _settings(epochs: int) -> str:
    return f"""
import os

os.environ.setdefault("KERAS_BACKEND", "torch")  # "tensorflow" and "jax" do as well, where they are installed

from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np

SEED = 0
EPOCHS = int(os.environ.get("EPOCHS", "{epochs}"))
LIMIT = int(os.environ.get("LIMIT", "0")) or None  # a number uses only so many training images: a quick rehearsal
"""


def _load(images: NotebookImages) -> str:
    return f"""
FILE = Path("{images.file}")  # lies beside this notebook, so that it runs without network
if FILE.exists():
    with np.load(FILE) as file:
        train_images, train_labels = file["x_train"], file["y_train"]
        test_images, test_labels = file["x_test"], file["y_test"]
else:
    (train_images, train_labels), (test_images, test_labels) = keras.datasets.{images.keras_name}.load_data()
class_names = {list(images.class_names)!r}

print("training images", train_images.shape, train_images.dtype, "labels", train_labels.shape, train_labels.dtype)
print("test images    ", test_images.shape, test_images.dtype, "labels", test_labels.shape, test_labels.dtype)
"""


_DIVISION = """
order = np.random.default_rng(SEED).permutation(len(train_images))[:LIMIT]
held_out, kept = order[: len(order) // 10], order[len(order) // 10 :]

# The scaled images have names of their own: this cell can be run twice, and nothing is divided by 255 twice.
x_train, y_train = train_images[kept].astype("float32") / 255, train_labels[kept]
x_validation, y_validation = train_images[held_out].astype("float32") / 255, train_labels[held_out]
x_test, y_test = test_images.astype("float32") / 255, test_labels
print(f"{len(x_train)} images to train on, {len(x_validation)} to choose by, {len(x_test)} for the end")
print("pixels from", x_train.min(), "to", x_train.max())
"""
