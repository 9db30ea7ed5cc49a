"""When a network is measured, and on which of its training images.

One schedule and one choice of images for every way of training, so that two courses can be laid side by side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# On so many images a unit that is 0 for all may be called dead (list of checks, I5).
_IMAGES = 512
# Of small training sets, which would be probed for longer than trained: a pass over a sixteenth of the images costs
# some 2 % of an epoch, however large the pictures are. A fixed number of images or of pixels has no such bound.
_SMALL_SHARE, _FEWEST_IMAGES = 1 / 16, 128
# Gradients are those of so many of the probe images: a norm needs fewer than a rarely active unit, and costs twice a
# forward pass.
GRADIENT_IMAGES = 64
_EARLY = (1, 2, 3)  # a symptom counts on two probes in a row, so the first epochs are all looked at
_EACH = 8  # probe images of every class: enough to see that fewer than 0.3 of them are recognized


def due(epoch: int, *, epochs: int | None) -> bool:
    """Whether a run is probed after this many epochs: after the first three, then at doubling epochs, and at the end.

    Doubled is the third epoch, the last of those that are all looked at: 6, 12, 24. Powers of two would look again
    one epoch later, at 4, and tell nothing new.

    Args:
        epoch: epochs done; 0 before the first step.
        epochs: epochs planned; None where nobody knows.

    Example:
        >>> [epoch for epoch in range(21) if due(epoch, epochs=20)]
        [0, 1, 2, 3, 6, 12, 20]
    """
    third, left = divmod(epoch, 3)
    return epoch in (0, *_EARLY, epochs) or (not left and third & (third - 1) == 0)


def probe_size(images: int) -> int:
    """How many of a run's training images it is probed on.

    Example:
        >>> [probe_size(images) for images in (100, 1_000, 5_000, 60_000)]
        [128, 128, 312, 512]
    """
    return min(_IMAGES, max(_FEWEST_IMAGES, int(images * _SMALL_SHARE)))


def evenly(images: int, most: int) -> NDArray[np.int64]:
    """Positions of at most so many images, evenly spaced, so that images sorted by class give every class.

    Example:
        >>> evenly(10, 4).tolist()
        [0, 2, 5, 7]
    """
    count = min(images, most)
    return np.asarray(np.arange(count) * images // max(1, count), np.int64)


def probe_positions(labels: NDArray[np.int64], *, most: int, leading: int = 0) -> NDArray[np.int64]:
    """Positions of at most so many images, spread over the split, with a few of every class however small it is.

    Args:
        labels: class numbers of all training images, `(images,)`; all 0 where there are no classes.
        most: images.
        leading: so many of them, spread over the chosen ones, come first.
    """
    chosen = _chosen(labels, most=most)
    first = evenly(len(chosen), leading) if leading else np.empty(0, np.int64)
    others = np.ones(len(chosen), bool)
    others[first] = False
    return np.asarray(chosen[np.concatenate([first, np.flatnonzero(others)])])


def _chosen(labels: NDArray[np.int64], *, most: int) -> NDArray[np.int64]:
    """The positions in their order."""
    images, counts = len(labels), np.bincount(labels)
    present = int((counts > 0).sum())
    each = min(_EACH, most // (2 * present))
    if images <= most or not each or counts[counts > 0].min() * most >= each * images:
        return evenly(images, most)
    wanted = np.minimum(counts, each + counts * (most - each * present) // images)
    chosen = []
    for label in np.flatnonzero(wanted > 0):
        places = np.flatnonzero(labels == label)
        chosen.append(places[evenly(len(places), int(wanted[label]))])
    return np.sort(np.concatenate(chosen))
