"""Where the figures contradict what a step said to expect: a sentence each, and none where they do not.

An expectation is held against means over the seeds, as the step's paragraph speaks of them; how much of that may be
chance is said by the intervals and comparisons beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import count, counted, listed, percent, points
from classlab.analysis.sentences.comparison import quoted
from classlab.lab.step import OPTIMIZER_TITLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from classlab.lab.sentences import Planned
    from classlab.statistics.confusion import MixUp

SMALL_GAP = 0.01  # what step 3 calls a small gap: less than a point
SGD = OPTIMIZER_TITLES["sgd"]
_START = "Against what was to be expected,"


def rate_sentences(first: Mapping[str, float]) -> tuple[str, ...]:
    """Step 2: SGD needs larger learning rates than the other optimizers.

    Args:
        first: each optimizer's learning rate that comes first; without those that have none.
    """
    rate = first.get(SGD)
    no_smaller = [f"{name} with {other:g}" for name, other in first.items() if rate and other >= rate and name != SGD]
    if rate is None or not no_smaller:
        return ()
    return (f"{_START} the learning rate of {SGD} that comes first, {rate:g}, is no larger than {listed(no_smaller)}.",)


def on_their_way_sentences(small: Sequence[Planned]) -> tuple[str, ...]:
    """Step 2: small learning rates are still on their way when the shorter training ends.

    Args:
        small: the arms with the smallest rate after more epochs, each against itself after fewer.
    """
    there = [each for each in small if each.comparison.verdict in ("practically equal", "worse")]
    names = [quoted(each.second) for each in there]
    if not names:
        return ()
    return (f"{_START} {listed(names)} {'was' if len(names) == 1 else 'were'} no longer on the way.",)


def gap_size_sentences(arm: str, gap: float | None, *, weights: int, images: int) -> tuple[str, ...]:
    """Step 3: with fewer weights than training images the gap is small.

    Args:
        arm: whose gap it is.
        gap: training minus test accuracy, as a share; None where it is not known.
        weights: of the network.
        images: that it was trained on.
    """
    if gap is None or (weights < images) == (gap < SMALL_GAP):
        return ()
    more, size = ("more", "less") if weights > images else ("fewer", "no less")
    return (
        f"{_START} the gap of {quoted(arm)} is {size} than a point, {points(gap)}, with {more} weights "
        f"({count(weights)}) than training images ({count(images)}).",
    )


def growth_sentences(arm: str, gaps: tuple[float | None, float | None], epochs: tuple[int, int]) -> tuple[str, ...]:
    """Step 3: the gap grows with the epochs.

    Args:
        arm: one that was trained for both.
        gaps: after fewer and after more epochs, as shares.
        epochs: how many.
    """
    before, after = gaps
    if before is None or after is None or after > before or epochs[0] == epochs[1]:
        return ()
    return (
        f"{_START} the gap of {quoted(arm)} does not grow: {points(before)} points after "
        f"{counted(epochs[0], 'epoch')}, {points(after)} points after {epochs[1]}.",
    )


def alike_sentences(mixed: Sequence[MixUp], names: Sequence[str]) -> tuple[str, ...]:
    """Step 4: 4 and 9 are mixed up.

    Args:
        mixed: the pairs that are most often mixed up.
        names: of the classes.
    """
    if not {"4", "9"} <= set(names) or not mixed:
        return ()
    if any({names[pair.true], names[pair.predicted]} == {"4", "9"} for pair in mixed):
        return ()
    return (f"{_START} 4 and 9 are not among the classes that are most often mixed up.",)


def alone_sentences(candidates: Sequence[str]) -> tuple[str, ...]:
    """Step 6: several sizes may be the best.

    Args:
        candidates: names of the arms that may be the best.
    """
    return (f"{_START} one alone may be the best.",) if len(candidates) == 1 else ()


def beaten_sentences(
    reached: float | None, perceptron: float | None, *, arm: str, how: tuple[str, str]
) -> tuple[str, ...]:
    """Step 7: the convolutional network beats the perceptrons.

    Args:
        reached: its test accuracy, a mean over the seeds; None where there is none.
        perceptron: that of the best perceptron on the same test images; None where none was trained.
        arm: the perceptron's.
        how: on how many images and for how long each of the two was trained.
    """
    if reached is None or perceptron is None or reached > perceptron:
        return ()
    return (
        f"{_START} this network does not beat the perceptrons: {quoted(arm)} is right for {percent(perceptron)} of the "
        f"same test images after {how[1]}, this one for {percent(reached)} after {how[0]}.",
    )
