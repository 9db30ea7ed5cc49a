"""The images of the planted faults: slices of known datasets, and ways in which people spoil images and labels."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from classlab.datasets import load
from classlab.datasets.dataset import Dataset, Split

if TYPE_CHECKING:
    from numpy.typing import NDArray

Pictures = Literal["digits", "mnist5k", "fashion"]
_FASHION_SLICE = 4000  # training images: as many as mnist5k has
_TEST_SLICE = 1000


@cache
def pictures(name: Pictures, *, part: int = 0) -> Dataset:
    """A small dataset by name.

    Args:
        name: `fashion` is a slice of Fashion-MNIST's training images with a thousand test images.
        part: which slice of Fashion-MNIST; the others have one part only.
    """
    if name != "fashion":
        return load(name)
    whole = load("fashion_mnist")
    start = part * _FASHION_SLICE
    return made(
        f"fashion-{part}",
        whole,
        train=_slice(whole.train, start, start + _FASHION_SLICE),
        test=_slice(whole.test, 0, _TEST_SLICE),
    )


def made(name: str, like: Dataset, *, train: Split | None = None, test: Split | None = None) -> Dataset:
    """A dataset with other images under another name, with a digest of its own.

    Args:
        name: of the new dataset.
        like: class names, and the splits that stay.
        train: new training images.
        test: new test images.
    """
    train, test = train or like.train, test or like.test
    content = hashlib.sha256(name.encode())
    for split in (train, test):
        content.update(np.ascontiguousarray(split.images).tobytes())
        content.update(np.ascontiguousarray(split.labels).tobytes())
    return replace(like, name=name, train=train, test=test, digest=content.hexdigest(), notes=())


def labels_shuffled(dataset: Dataset, rng: np.random.Generator) -> Dataset:
    """Training labels in another order than their images."""
    train = replace(dataset.train, labels=rng.permutation(dataset.train.labels))
    return made(f"{dataset.name}, labels shuffled", dataset, train=train)


def images_shuffled(dataset: Dataset, rng: np.random.Generator) -> Dataset:
    """Training images in another order than their labels."""
    train = replace(dataset.train, images=dataset.train.images[rng.permutation(len(dataset.train))])
    return made(f"{dataset.name}, images shuffled", dataset, train=train)


def labels_off_by_one(dataset: Dataset) -> Dataset:
    """Every label belongs to the image before: an array that was cut at another place than its fellow."""
    train = replace(dataset.train, labels=np.roll(dataset.train.labels, 1))
    return made(f"{dataset.name}, labels off by one image", dataset, train=train)


def imbalanced(dataset: Dataset, *, kept: int, favoured: int = 0) -> Dataset:
    """One class keeps all of its training images, the others a few each.

    Args:
        dataset: the images.
        kept: images that each other class keeps.
        favoured: the class that keeps its own.
    """
    labels = dataset.train.labels
    rank = np.zeros(len(labels), np.int64)
    for label in range(len(dataset.class_names)):
        own = labels == label
        rank[own] = np.arange(own.sum())
    train = dataset.train.where((labels == favoured) | (rank < kept))
    return made(f"{dataset.name}, class {favoured} against {kept} each", dataset, train=train)


def test_in_train(dataset: Dataset, *, share: float) -> Dataset:
    """Some test images also stand among the training images.

    Args:
        dataset: the images.
        share: of the test images.
    """
    stray = dataset.test.spread(round(share * len(dataset.test)))
    train = joined(dataset.train, stray)
    return made(f"{dataset.name}, {share:.0%} of the test images in training", dataset, train=train)


def tested_on_training_rows(dataset: Dataset) -> Dataset:
    """The test images are training images."""
    return made(f"{dataset.name}, tested on training rows", dataset, test=dataset.train.spread(len(dataset.test)))


def training_images_twice(dataset: Dataset, *, share: float) -> Dataset:
    """Training images that occur twice, so that a division leaves copies on both of its sides.

    Args:
        dataset: the images.
        share: of the training images.
    """
    again = dataset.train.spread(round(share * len(dataset.train)))
    return made(f"{dataset.name}, {share:.0%} twice", dataset, train=joined(dataset.train, again))


def test_divided_by_255(dataset: Dataset) -> Dataset:
    """The test images were scaled before they were cast back to whole numbers: 0 and 1 are left."""
    test = replace(dataset.test, images=(dataset.test.images // 255).astype(np.uint8))
    return made(f"{dataset.name}, test images divided by 255", dataset, test=test)


def test_dimmed(dataset: Dataset, *, factor: int) -> Dataset:
    """The test images are darker by a factor, as from another camera or another conversion."""
    test = replace(dataset.test, images=(dataset.test.images // factor).astype(np.uint8))
    return made(f"{dataset.name}, test images darker by {factor}", dataset, test=test)


def few(dataset: Dataset, *, images: int) -> Dataset:
    """A few training images, evenly spaced."""
    return made(f"{dataset.name}, {images} images", dataset, train=dataset.train.spread(images))


def colored(dataset: Dataset) -> Dataset:
    """Grey images in three channels of unequal strength."""

    def paint(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
        strengths = np.array([1.0, 0.6, 0.3])
        painted: NDArray[np.uint8] = np.rint(images.astype(np.float64) * strengths).astype(np.uint8)
        return painted

    train = replace(dataset.train, images=paint(dataset.train.images))
    test = replace(dataset.test, images=paint(dataset.test.images))
    return made(f"{dataset.name}, coloured", dataset, train=train, test=test)


def two_classes(dataset: Dataset) -> Dataset:
    """Only the first two classes."""
    parts = [split.where(split.labels < 2) for split in (dataset.train, dataset.test)]
    found = made(f"{dataset.name}, two classes", dataset, train=parts[0], test=parts[1])
    return replace(found, class_names=dataset.class_names[:2])


def joined(first: Split, second: Split) -> Split:
    """Both splits' images, one after the other."""
    return Split(
        images=np.concatenate([first.images, second.images]), labels=np.concatenate([first.labels, second.labels])
    )


def _slice(split: Split, start: int, stop: int) -> Split:
    return Split(images=split.images[start:stop], labels=split.labels[start:stop])
