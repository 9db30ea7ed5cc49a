"""How sentences write the figures of a verdict, once more: whether these are right is asked of the statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from classlab.judging.judgement import JudgedResults

UNKNOWN = "Which runs share a seed is not known, so they are compared without pairs."
ALONE = "Figures alone say nothing about other images; which images each run got right (an .npz of 0 and 1) would."
COUNT = (
    "How far other images may move them follows from the number of images: give it with --images N, in Python with "
    "images=N."
)


def ahead(found: JudgedResults, first: str, second: str, *, scale: float = 100, digits: int = 2) -> str:
    """The interval of a difference as in `95 % interval -0.23 to 0.36`, seen from the arm that is ahead."""
    comparison = found.comparison(first, second)
    low, high = comparison.interval
    return _ends((low, high) if comparison.difference >= 0 else (-high, -low), scale=scale, digits=digits)


def reached(found: JudgedResults, arm: str, *, scale: float = 100, digits: int = 2) -> str:
    """The interval of an arm's figure; the unit of shares behind it."""
    estimate = found.judgement.ranking.estimates[found.judgement.names.index(arm)]
    return _ends(estimate.interval, scale=scale, digits=digits) + (" %" if scale == 100 else "")


def luck(found: JudgedResults) -> str:
    """What having been picked is worth."""
    return (
        f"Having been picked from {len(found.candidates)} that may be the best flatters '{found.first}': about "
        f"{100 * found.judgement.luck:.2f} points of its figure, or somewhat more, may be luck."
    )


def _ends(interval: tuple[float, float], *, scale: float, digits: int) -> str:
    written = " to ".join(f"{scale * end:.{digits}f}".replace("-", "\u2212") for end in interval)
    return f"95 % interval {written}"
