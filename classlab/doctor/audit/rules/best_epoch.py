"""C9: the best of all epochs reported as if it were the result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.audit.draft import Draft
from classlab.doctor.audit.values import Const

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.doctor.audit.location import Location
    from classlab.doctor.audit.trainings import Fit, Score, Trace

RULES = ("C9",)


def check(trace: Trace) -> Iterator[Draft]:
    """Looks at scores that were picked over the epochs and then printed, kept or compared."""
    scores = [(reported.score, reported.location) for reported in trace.reported]
    scores += [(score, choice.location) for choice in trace.choices for score in choice.scores]
    for score, location in scores:
        if score.best is None or not score.figure.startswith("val_"):
            continue
        restored = all(_restores(fit) for fit in score.fits)
        yield Draft(
            rule="C9",
            name="best-epoch-reported",
            severity="INFO" if restored else "WARN",
            text=f"The best `{score.figure}` of all epochs is reported, not that of a fixed epoch.",
            location=score.best,
            also=(location, *_spots(score)),
            cause="The best of many noisy figures is too good, the more so the more epochs there are.",
            remedy="Report the last epoch, or that of the weights which early stopping restored.",
        )


def _restores(fit: Fit) -> bool:
    """Whether the weights of the best epoch are those that are kept."""
    return any(
        callback.kwargs.get("restore_best_weights") == Const(True)
        or callback.kwargs.get("save_best_only") == Const(True)
        for callback in fit.callbacks
    )


def _spots(score: Score) -> tuple[Location, ...]:
    return tuple(fit.location for fit in score.fits[:3])
