"""Numbers and lists as findings print them."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from classlab.records.finding import Evidence

_LARGE = 1e6


def measured(name: str, found: float | str, expected: str = "") -> Evidence:
    """One piece of evidence; numbers keep four digits, and what is not finite becomes a word.

    Args:
        name: what was measured, unit included.
        found: what it was.
        expected: what a healthy run shows.

    Example:
        >>> measured("loss", 2.302585093).found
        2.303
    """
    from classlab.records.finding import Evidence  # brings pydantic, for which naming the callback does not wait

    if isinstance(found, float):
        found = float(f"{found:.4g}") if isfinite(found) else str(found)
    return Evidence(name=name, found=found, expected=expected)


def written(found: float | str) -> str:
    """What was measured as a sentence or a table has it: thirteen zeros are read by nobody.

    Example:
        >>> written(12910000000000.0), written(2302.0), written(7)
        ('1.3e+13', '2302.0', '7')
    """
    return f"{found:.1e}" if isinstance(found, float) and abs(found) >= _LARGE else str(found)


def rounded(value: float) -> float:
    """A setting that a remedy proposes, to six digits: 0.003 / 10 is 0.0003.

    Example:
        >>> rounded(0.003 / 10)
        0.0003
    """
    return float(f"{value:.6g}")
