"""The figures of learning curves for the page's own drawing, which tells values and hides arms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from classlab.records import to_plain
from classlab.records.plain import finite
from classlab.reports.figures.drawing import COLOURS, spans_decades

if TYPE_CHECKING:
    from classlab.reports.figures.curves import Curves


def plain_curves(numbers: Curves) -> dict[str, Any]:
    """The curves of one metric as JSON carries them, with the colour of every arm.

    Args:
        numbers: as a report draws them.
    """
    arms = list(dict.fromkeys(band.arm for band in numbers.bands))
    values = [value for band in numbers.bands for value in band.mean]
    found: dict[str, Any] = finite(to_plain(numbers))
    colours = [COLOURS[place % len(COLOURS)] for place in range(len(arms))]
    return {
        **found,
        "colours": dict(zip(arms, colours, strict=True)),
        "logarithmic": numbers.metric == "loss" and spans_decades(values),
    }
