"""A dataset as a notebook shows it: its classes with their counts, and a strip of training images of each."""

from __future__ import annotations

import base64
import io
from html import escape
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlab.datasets.dataset import Dataset

_MOST_CLASSES = 12  # rows; more do not fit on one screen
_IN_STRIP = 8  # images
_HIGH = 64  # pixels; photographs are made smaller, so that a notebook stays small
_SHOWN = 32  # CSS pixels that a strip is high


def dataset_html(dataset: Dataset) -> str:
    """The dataset as a table: one row per class, of many classes the first.

    Args:
        dataset: whose training images are bytes.
    """
    train, test = (
        np.bincount(each.labels, minlength=len(dataset.class_names)) for each in (dataset.train, dataset.test)
    )
    shown = dataset.class_names[:_MOST_CLASSES]
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td>{train[label]:,}</td><td>{test[label]:,}</td>"
        f"<td>{_strip(dataset.train.images[np.flatnonzero(dataset.train.labels == label)[:_IN_STRIP]], name)}</td></tr>"
        for label, name in enumerate(shown)
    )
    left = len(dataset.class_names) - len(shown)
    more = f"<p>{left:,} more classes are not shown.</p>" if left else ""
    head = "".join(f"<th>{title}</th>" for title in ("class", "training", "test", "training images"))
    return (
        f"<div><table><caption>{escape(repr(dataset))}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody>"
        f"</table>{more}</div>"
    )


def _strip(images: NDArray[np.uint8], name: str) -> str:
    """Images side by side, as an element that needs no file beside the page."""
    from PIL import Image

    if not len(images):
        return ""
    pixels = np.concatenate(list(images), axis=1)
    picture = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    if picture.height > _HIGH:
        picture = picture.resize((max(1, round(picture.width * _HIGH / picture.height)), _HIGH))
    file = io.BytesIO()
    picture.save(file, "PNG")
    source = f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
    return f'<img src="{source}" style="height:{_SHOWN}px" alt="{len(images)} training images of {escape(name)}">'
