"""How deep and transparent pictures become opaque ones of eight bits: one rule for all pictures of a dataset.

A sensor of twelve bits leaves four of sixteen unused, and ink on a transparent ground says nothing of the paper. One
picture cannot tell which it is; all together can. What was found goes with the dataset, so that a single picture can
later be read as the training pictures were.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from classlab.records.base import Record

Paper = Literal["white", "black"]

_MIDDLE = 127.5  # halfway from black to white


@dataclass(frozen=True, kw_only=True)
class PictureReading(Record):
    """The rule.

    Args:
        bits: how many bits of a picture with more than eight are in use, 8 to 16; None where each picture tells itself.
        paper: what transparent pixels are laid on; None where each picture tells itself.
    """

    bits: int | None = None
    paper: Paper | None = None


def bits_for(largest: int) -> int:
    """The bits that hold the largest pixel value, 8 at the least.

    Example:
        >>> bits_for(4095), bits_for(4096), bits_for(3)
        (12, 13, 8)
    """
    return max(8, largest.bit_length())


def paper_for(brightness: float) -> Paper:
    """The paper that ink stands out from: white for dark ink, black for bright ink.

    Args:
        brightness: mean brightness of what is drawn, each pixel weighted by its opacity, from 0 to 255.
    """
    return "black" if brightness > _MIDDLE else "white"
