"""How deep and transparent pictures become opaque ones of eight bits: one rule for all pictures of a dataset.

A sensor of twelve bits leaves four of sixteen unused, and ink on a transparent ground says nothing of the paper. One
picture cannot tell which it is; all together can. What was found goes with the dataset and its runs, so that a single
picture can later be read as the training pictures were.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from classlab.options.words import Paper
from classlab.records.base import CheckedRecord
from classlab.records.bounds import Bounds

_BITS = Bounds(rule="a whole number from 8 to 16, or None", example=12, least=8, most=16)


@dataclass(frozen=True, kw_only=True)
class PictureReading(CheckedRecord):
    """The rule.

    Args:
        bits: how many bits of a grey picture with more than eight are in use; None where each picture tells itself.
        paper: what transparent pixels are laid on; None where each picture tells itself.
    """

    bits: Annotated[int | None, _BITS] = None
    paper: Paper | None = None
