"""The figures of learning curves for the page's own drawing, which tells values and hides arms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from classlab.records import to_plain
from classlab.records.plain import finite
from classlab.reports.figures.curves import FAR_ABOVE, logarithmic
from classlab.reports.figures.drawing import COLOURS

if TYPE_CHECKING:
    from classlab.reports.figures.curves import Curves


def plain_curves(numbers: Curves) -> dict[str, Any]:
    """The curves of one metric as JSON carries them, with the colour of every arm.

    Args:
        numbers: as a report draws them.
    """
    arms = list(dict.fromkeys(band.arm for band in numbers.bands))
    found: dict[str, Any] = finite(to_plain(numbers))
    colours = [COLOURS[place % len(COLOURS)] for place in range(len(arms))]
    return {
        **found,
        "colours": dict(zip(arms, colours, strict=True)),
        "logarithmic": logarithmic(numbers),
        "far_above": FAR_ABOVE,
    }
