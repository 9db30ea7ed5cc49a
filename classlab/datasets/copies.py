"""Images that occur more than once, pixel for pixel, within a split and between splits."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlab.datasets.dataset import Dataset


def fingerprints(images: NDArray[np.uint8]) -> NDArray[np.bytes_]:
    """One 128-bit digest per image, `(images,)`: equal digests mean equal pixels."""
    rows = np.ascontiguousarray(images).reshape(len(images), -1)
    joined = b"".join(hashlib.blake2b(row.data, digest_size=16).digest() for row in rows)
    return np.frombuffer(joined, "V16").astype("V16")


def copies_said(dataset: Dataset) -> tuple[str, ...]:
    """Sentences on copies among the images that came: what is measured on a copy was seen in training.

    Args:
        dataset: its validation images count where it brings them along; otherwise they are training images.
    """
    train = fingerprints(dataset.train.images).tolist()
    seen = set(train)
    said = []
    for name, split in (("validation", dataset.validation), ("test", dataset.test)):
        if split is None:
            continue
        found = sum(one in seen for one in fingerprints(split.images).tolist())
        if found:
            said.append(
                f"{found:,} of the {len(split):,} {name} images also {'occurs' if found == 1 else 'occur'} among the "
                "training images, pixel for pixel."
            )
    twice = len(train) - len(seen)
    if twice:
        equal = f"{twice:,} of the {len(train):,} training images {'equals' if twice == 1 else 'equal'} an earlier one"
        sides = "" if dataset.validation else "; where validation images are drawn, copies fall on both sides"
        said.append(f"{equal}, pixel for pixel{sides}.")
    return tuple(said)
