"""A dataset as a notebook shows it: its classes with their counts, and a strip of training images of each."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from classlab.datasets.pillow import as_image, png_address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_MOST_CLASSES = 12  # rows; more do not fit on one screen
_IN_STRIP = 8  # images
_HIGH = 64  # pixels; photographs are made smaller, so that a notebook stays small
_SHOWN = 32  # CSS pixels that a strip is high


def dataset_html(
    title: str,
    class_names: Sequence[str],
    *,
    images: NDArray[np.uint8],
    labels: NDArray[np.int64],
    test_labels: NDArray[np.int64],
) -> str:
    """The dataset as a table: one row per class, of many classes the first.

    Args:
        title: the dataset in a line.
        class_names: one per label.
        images: uint8, `(images, height, width, channels)`, the training images.
        labels: theirs, `(images,)`.
        test_labels: of the test images, `(images,)`.
    """
    train, test = (np.bincount(each, minlength=len(class_names)) for each in (labels, test_labels))
    shown = class_names[:_MOST_CLASSES]
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td>{train[label]:,}</td><td>{test[label]:,}</td>"
        f"<td>{_strip(images[np.flatnonzero(labels == label)[:_IN_STRIP]], name)}</td></tr>"
        for label, name in enumerate(shown)
    )
    left = len(class_names) - len(shown)
    more = f"<p>{left:,} more classes are not shown.</p>" if left else ""
    head = "".join(f"<th>{title}</th>" for title in ("class", "training", "test", "training images"))
    return (
        f"<div><table><caption>{escape(title)}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody>"
        f"</table>{more}</div>"
    )


def _strip(images: NDArray[np.uint8], name: str) -> str:
    """Images side by side, as an element that needs no file beside the page."""
    if not len(images):
        return ""
    picture = as_image(np.concatenate(list(images), axis=1))
    if picture.height > _HIGH:
        picture = picture.resize((max(1, round(picture.width * _HIGH / picture.height)), _HIGH))
    words = f"{len(images)} training images of {escape(name)}"
    return f'<img src="{png_address(picture)}" style="height:{_SHOWN}px" alt="{words}">'
