"""The images of the further set: made from known ones, or drawn."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from classlab.datasets.dataset import Dataset, Split
from tests.planted_faults.pictures import joined, made, pictures

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_SEED = 20
_STRIPED = (1500, 400)  # training and test images of stripes
_SHIRTS = (2, 6)  # Fashion-MNIST's pullovers and shirts, which are hard to tell apart


@cache
def images(name: str) -> Dataset:
    """A dataset of the further set by its name in `MAKERS`."""
    return MAKERS[name]()


def inverted() -> Dataset:
    """Black ink on white paper."""
    return repainted(pictures("mnist5k"), "negatives of mnist5k", lambda pixels: 255 - pixels)


def half() -> Dataset:
    """Pictures of 14 x 14: the mean of every four pixels."""

    def shrink(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        count, height, width, channels = pixels.shape
        blocks = pixels.reshape(count, height // 2, 2, width // 2, 2, channels)
        shrunk: NDArray[np.uint8] = np.rint(blocks.mean(axis=(2, 4))).astype(np.uint8)
        return shrunk

    return repainted(pictures("mnist5k"), "mnist5k at half size", shrink)


def tinted() -> Dataset:
    """Digits in color, every picture in a light of its own."""
    rng = np.random.default_rng(_SEED)

    def paint(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        light = rng.uniform(0.4, 1.0, (len(pixels), 1, 1, 3))
        return np.rint(pixels * light).astype(np.uint8)

    return repainted(pictures("digits"), "digits in colour", paint)


def faint() -> Dataset:
    """Pictures that are eight times too dark, and so is every other picture of theirs."""
    return repainted(pictures("mnist5k"), "dark mnist5k", lambda pixels: pixels // 8)


def noisy() -> Dataset:
    """Digits behind noise."""
    rng = np.random.default_rng(_SEED)

    def blur(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return np.clip(pixels + rng.normal(0, 40, pixels.shape), 0, 255).astype(np.uint8)

    return repainted(pictures("digits"), "digits behind noise", blur)


def mixture() -> Dataset:
    """Written digits of two origins and sizes in one set, in an order of chance."""
    rng, large, small = np.random.default_rng(_SEED), pictures("mnist5k"), pictures("digits")

    def both(one: Split, other: Split, count: int) -> Split:
        grown = np.pad(other.images.repeat(3, axis=1).repeat(3, axis=2), ((0, 0), (2, 2), (2, 2), (0, 0)))
        together = joined(one.spread(count), Split(images=grown, labels=other.labels).spread(count))
        order = rng.permutation(len(together))
        return Split(images=together.images[order], labels=together.labels[order])

    return made(
        "two origins", large, train=both(large.train, small.train, 1400), test=both(large.test, small.test, 350)
    )


def five() -> Dataset:
    """The first five classes of another slice of Fashion-MNIST."""
    return _classes("five classes", pictures("fashion", part=2), (0, 1, 2, 3, 4))


def shirts() -> Dataset:
    """Two classes that are hard to tell apart."""
    return _classes("pullovers and shirts", pictures("fashion", part=3), _SHIRTS)


def stripes() -> Dataset:
    """Stripes of four directions at any phase: mean pictures are nearly gray and tell the classes apart poorly."""
    rng = np.random.default_rng(_SEED)
    splits = [_striped(count, rng) for count in _STRIPED]
    like = replace(pictures("digits"), class_names=("rising", "falling", "lying", "standing"))
    return made("stripes", like, train=splits[0], test=splits[1])


def repainted(
    dataset: Dataset, name: str, paint: Callable[[NDArray[np.uint8]], NDArray[np.uint8]], *, test_only: bool = False
) -> Dataset:
    """The same pictures, with their pixels changed.

    Args:
        dataset: the pictures.
        name: of the new dataset.
        paint: from pixels, uint8 `(images, height, width, channels)`, to pixels.
        test_only: leave the training images as they are.
    """
    train = dataset.train if test_only else replace(dataset.train, images=paint(dataset.train.images))
    return made(name, dataset, train=train, test=replace(dataset.test, images=paint(dataset.test.images)))


def relabelled(dataset: Dataset, name: str, order: Callable[[NDArray[np.int64]], NDArray[np.int64]]) -> Dataset:
    """The same training pictures with their labels in another order."""
    return made(name, dataset, train=replace(dataset.train, labels=order(dataset.train.labels)))


def _classes(name: str, dataset: Dataset, kept: tuple[int, ...]) -> Dataset:
    def choose(split: Split) -> Split:
        few = split.where(np.isin(split.labels, kept))
        return replace(few, labels=np.searchsorted(np.array(kept), few.labels).astype(np.int64))

    like = replace(dataset, class_names=tuple(dataset.class_names[label] for label in kept))
    return made(name, like, train=choose(dataset.train), test=choose(dataset.test))


def _striped(count: int, rng: np.random.Generator) -> Split:
    labels = np.arange(count, dtype=np.int64) % 4
    rows, columns = np.mgrid[0:16, 0:16]
    direction = np.array([(1, 1), (1, -1), (1.4, 0), (0, 1.4)])[labels]
    phase = rng.uniform(0, 2 * np.pi, (count, 1, 1))
    waves = np.sin(direction[:, :1, None] * rows + direction[:, 1:, None] * columns + phase)
    pixels = np.clip(127 + 80 * waves + rng.normal(0, 20, waves.shape), 0, 255)
    return Split(images=pixels.astype(np.uint8)[..., None], labels=labels)


MAKERS: dict[str, Callable[[], Dataset]] = {
    maker.__name__: maker for maker in (inverted, half, tinted, faint, noisy, mixture, five, shirts, stripes)
}
