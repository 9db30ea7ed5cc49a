"""Plain figures in words, which several steps share."""

from __future__ import annotations

from math import isfinite
from statistics import fmean, stdev
from typing import TYPE_CHECKING

from classlab.analysis.numbers import MISSING, count, decimal, percent
from classlab.analysis.sentences.comparison import quoted
from classlab.analysis.sentences.verdict import figure_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.analysis import ArmAnalysis


def spread(values: Sequence[float | None]) -> str:
    """Mean and standard deviation of accuracies over seeds in per cent, as in `92.30 ± 0.05`; for tables.

    Example:
        >>> spread([0.9, None, 0.92])
        '91.00 ± 1.41'
    """
    there = [value for value in values if value is not None and isfinite(value)]
    if not there:
        return MISSING
    mean = f"{100 * fmean(there):.2f}"
    return mean if len(there) == 1 else f"{mean} ± {100 * stdev(there):.2f}"


def reached_sentence(arm: ArmAnalysis) -> str:
    """What an arm reaches on the test images, with the analysis's own figures."""
    if arm.test.mean is None:
        return f"{quoted(arm.name)} has no test accuracy: no run of it ended well."
    return f"On the test images {quoted(arm.name)} is right for {figure_words(arm.test)}."


def of_images(share: float, images: int) -> str:
    """A share of images, as in `9,236 of 10,000 images (92.36 %)`."""
    return f"{count(round(share * images))} of {count(images)} images ({percent(share)})"


def times(factor: float) -> str:
    """A ratio in words, as in `about 12 times`; two digits are enough for a comparison of sizes."""
    return f"about {decimal(factor, digits=0 if factor >= 10 else 1)} times"


def plain_times(factor: float) -> str:
    """A ratio as a figure, as in `12 times`, `0.2 times`."""
    return f"{decimal(factor, digits=0 if factor >= 10 else 1)} times"
