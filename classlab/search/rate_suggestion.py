"""From losses after short trainings to a range of learning rates, and the reason in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.records.rates import RateSuggestion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.records.rates import RateTrial

# A short training rewards long steps more than a whole one does. In thirty full grids half of its best rate may be the
# best of a whole training, a third in 27 of them, see docs/evidence/rate-finder.md.
SHORTER = 2.0
WIDTH = 10.0  # the range goes from a tenth of the rate with the lowest loss to that rate
# The lowest loss must be so far below that of the smallest rate, which hardly moves: a difference in loss per image
# that seeds alone make is far smaller.
LEARNS = 0.05


def suggest(trials: Sequence[RateTrial]) -> tuple[RateSuggestion | None, str]:
    """A range of rates and why, or None and why.

    Rates at which a run diverged are out, and so is every rate above the smallest of them: luck alone keeps a run
    alive there.

    Args:
        trials: by ascending learning rate, at least two.

    Example:
        >>> from classlab.records.rates import RateTrial
        >>> losses = {0.0001: 2.2, 0.001: 1.0, 0.01: 0.4, 0.1: 0.9, 1.0: float("inf")}
        >>> trials = [RateTrial(learning_rate=rate, losses=(loss,)) for rate, loss in losses.items()]
        >>> suggest(trials)[0]
        RateSuggestion(low=0.001, rate=0.005, high=0.01)
    """
    first_bad = next((trial.learning_rate for trial in trials if trial.diverged), None)
    sound = [trial for trial in trials if first_bad is None or trial.learning_rate < first_bad]
    diverges = "" if first_bad is None else f" From {_written(first_bad)} on runs diverge."
    best = min(sound, key=lambda trial: trial.mean, default=None)
    if best is None or best.mean > sound[0].mean - LEARNS:
        figures = "" if best is None else f": it is {sound[0].mean:.3g} at the smallest and {best.mean:.3g} at the best"
        return None, f"No rate lowered the validation loss in these few steps{figures}.{diverges}"
    rate = best.learning_rate
    suggestion = RateSuggestion(low=_rounded(rate / WIDTH), rate=_rounded(rate / SHORTER), high=_rounded(rate))
    reason = (
        f"The validation loss is lowest at {_written(rate)}, where it is {best.mean:.3g}. Half of that is "
        f"suggested, because whole trainings want shorter steps than short ones.{diverges}"
    )
    return suggestion, reason


def _rounded(rate: float) -> float:
    return float(f"{rate:.2g}")


def _written(rate: float) -> str:
    return f"{rate:.2g}"
