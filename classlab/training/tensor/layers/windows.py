"""The `same` padding rule of Keras: as many window positions as ceil(size / stride), the odd cell at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def same_padding(size: Sequence[int], window: tuple[int, int], strides: tuple[int, int]) -> tuple[int, int, int, int]:
    """Cells to add (left, right, top, bottom), in the order of `torch.nn.functional.pad`.

    Example:
        >>> same_padding((5, 5), (2, 2), (2, 2))
        (0, 1, 0, 1)
    """
    rows, columns = (
        max((-(-length // stride) - 1) * stride + cells - length, 0)
        for length, cells, stride in zip(size, window, strides, strict=True)
    )
    return (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2)
