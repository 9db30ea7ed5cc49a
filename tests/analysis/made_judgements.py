"""Comparisons and judgements of chosen figures: what their sentences must say is known without any statistics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from classlab.analysis.records import Judgement
from classlab.statistics import Comparison, Estimate, RankedPair, Ranking, decide

Pair = tuple[float, tuple[float, float] | None]  # first minus second, and its interval


def made_comparison(difference: float | None, interval: tuple[float, float] | None, **changes: Any) -> Comparison:
    """First minus second, with the verdict that follows from the interval; lower is better where `lower` is given."""
    margin, lower = changes.get("margin", 0.0), changes.pop("lower", False)
    fields: dict[str, Any] = {
        "verdict": decide(interval, margin=margin, higher_is_better=not lower),
        "holds_for": "seeds and images" if interval else "nothing",
        "difference": difference,
        "sd": None,
        "n": 5,
        "excluded": 0,
        "images": 500,
        "interval": interval,
        "confidence": 0.95,
        "comparisons": 1,
        "alone": 0.95,
        "margin": margin,
        "p_value": None,
        "spread": None,
        "would_tell": None,
    }
    return Comparison(**fields | changes)


def made_estimate(mean: float | None, interval: tuple[float, float] | None = None, **changes: Any) -> Estimate:
    """A mean over five seeds and five hundred images, unless said otherwise."""
    fields: dict[str, Any] = {
        "mean": mean,
        "sd": None,
        "n": 0 if mean is None else 5,
        "excluded": 5 if mean is None else 0,
        "images": 500,
        "interval": interval,
        "holds_for": "seeds and images" if interval else "nothing",
        "confidence": 0.95,
    }
    return Estimate(**fields | changes)


def made_judgement(
    estimates: dict[str, Estimate],
    against: Sequence[Comparison],
    *,
    margin: float = 0.0,
    **changes: Any,
) -> Judgement:
    """Arms by name, best first; the first compared with every other that has a figure."""
    names = tuple(estimates)
    known = [place for place, found in enumerate(estimates.values()) if found.n]
    lower = changes.get("kind") == "loss"
    beaten = {place for place, found in zip(known[1:], against, strict=True) if found.verdict == "better"}
    ranking = Ranking(
        order=tuple(range(len(names))),
        unranked=tuple(place for place in range(len(names)) if place not in known),
        estimates=tuple(estimates.values()),
        pairs=tuple(
            RankedPair(first=0, second=place, comparison=found) for place, found in zip(known[1:], against, strict=True)
        ),
        family="best",
        candidates=tuple(place for place in known if place not in beaten),
        confidence=0.95,
        margin=margin,
        higher_is_better=not lower,
    )
    fields: dict[str, Any] = {
        "names": names,
        "figure": "validation loss" if lower else "validation accuracy",
        "kind": "accuracy",
        "given_start": (),
        "paired": True,
        "ranking": ranking,
        "luck": None,
        "advice": None,
    }
    return Judgement(**fields | changes)
