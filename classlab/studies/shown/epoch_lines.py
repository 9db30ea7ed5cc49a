"""A training told in plain lines, one per epoch: what fits into a log file and a notebook's cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from classlab.files.unfailing_stream import UnfailingStream

if TYPE_CHECKING:
    from classlab.records.progress import EpochReport

SHOWN_FIGURES = (
    ("loss", "loss"),
    ("accuracy", "accuracy"),
    ("val_loss", "val loss"),
    ("val_accuracy", "val accuracy"),
)


class EpochLines:
    """Writes a line after every epoch.

    Args:
        stream: where to.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = UnfailingStream(stream)

    def epoch_finished(self, report: EpochReport) -> None:
        """Writes the epoch's line."""
        self._stream.write(plain_line(report) + "\n")
        self._stream.flush()


def plain_line(report: EpochReport) -> str:
    """An epoch in one line: of one member its figures, of several the range of each figure."""
    parts = [f"epoch {report.epoch}/{report.epochs}"]
    if len(report.members) > 1:
        active = sum(member.state == "training" for member in report.members)
        parts.append(f"{len(report.members)} members ({active} training)")
    for key, title in SHOWN_FIGURES:
        values = [member.figures[key] for member in report.members if key in member.figures]
        if values:
            low, high = f"{min(values):.4f}", f"{max(values):.4f}"
            parts.append(f"{title} {low}" if low == high else f"{title} {low}..{high}")
    return ", ".join([*parts, times(report)])


def times(report: EpochReport) -> str:
    """Time spent, and time left while there is some."""
    spent = duration(report.seconds)
    return spent if report.epoch >= report.epochs else f"{spent}, about {duration(report.seconds_left)} left"


def duration(seconds: float) -> str:
    """A duration for people.

    Example:
        >>> duration(7.25), duration(192), duration(7260)
        ('7.2 s', '3 min 12 s', '2 h 1 min')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
