"""What the drawing functions take: axes to draw on, and what the call before them gave; each refused in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from classlab.errors import SpecError
from classlab.records import RunRecord, StudyRecord

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Kind = TypeVar("Kind")


def axes_of(ax: Any) -> Axes | None:
    """The axes that somebody gave, or None.

    Raises:
        SpecError: these are no axes, or several.
    """
    from matplotlib.axes import Axes

    if ax is None or isinstance(ax, Axes):
        return ax
    several = getattr(ax, "size", None)
    if isinstance(several, int):
        raise SpecError(f"`ax` must be one pair of axes, but got an array of {several}. Give one of them, as in ax[0].")
    raise SpecError(f"`ax` must be axes of matplotlib, but got {type(ax).__name__}. Leave it out for a new figure.")


def given_by(value: Any, kind: type[Kind], *, name: str, call: str) -> Kind:
    """What an earlier call gave.

    Args:
        value: what was given.
        kind: what it must be.
        name: of the argument.
        call: what gives it.

    Raises:
        SpecError: it is something else.
    """
    if isinstance(value, kind):
        return value
    raise SpecError(f"`{name}` must be what {call} gives, but got {type(value).__name__}. Give its result.")


def record_of(subject: Any) -> RunRecord | StudyRecord:
    """The record of a run or of a study.

    Raises:
        SpecError: it is neither.
    """
    record = getattr(subject, "record", subject)
    if not isinstance(record, RunRecord | StudyRecord):
        raise SpecError(
            f"`subject` must be a run, a study's result, or the record of either, but got {type(subject).__name__}. "
            "Give what classlab.fit or Study.run returned."
        )
    return record
