"""What the records of layers have in common."""

from __future__ import annotations

from typing import Annotated, Literal

from classlab.records.base import CheckedRecord
from classlab.records.bounds import size

Padding = Literal["valid", "same"]
Pair = Annotated[tuple[int, int], size((3, 3), words="two whole numbers")]
PairOrNone = Annotated[tuple[int, int] | None, size((3, 3), words="two whole numbers")]


class LayerRecord(CheckedRecord):
    """A layer, named in the sentence that refuses one of its fields."""

    def __init_subclass__(cls) -> None:
        cls._owner = f"{cls.__name__}'s "
