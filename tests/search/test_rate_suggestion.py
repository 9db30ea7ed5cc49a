from __future__ import annotations

from math import inf

import pytest

from classlab.records.rates import RateSuggestion, RateTrial
from classlab.search.rate_suggestion import suggest


def trials(losses):
    return [
        RateTrial(learning_rate=rate, losses=loss if isinstance(loss, tuple) else (loss,))
        for rate, loss in losses.items()
    ]


def test_half_of_the_rate_with_the_lowest_loss_is_suggested():
    suggestion, reason = suggest(trials({1e-4: 2.3, 1e-3: 1.5, 1e-2: 0.5, 1e-1: 0.8}))
    assert suggestion == RateSuggestion(low=0.001, rate=0.005, high=0.01)
    assert reason == (
        "The validation loss is lowest at 0.01, where it is 0.5. Half of that is suggested, because whole trainings "
        "want shorter steps than short ones."
    )


def test_rates_from_the_first_that_diverged_on_are_shown_and_not_suggested():
    suggestion, reason = suggest(trials({1e-3: (2.3, 2.3), 1e-2: (1.0, 1.2), 1e-1: (0.1, inf), 1.0: (0.05, 0.05)}))
    assert suggestion == RateSuggestion(low=0.001, rate=0.005, high=0.01)
    assert reason.endswith(" From 0.1 on runs diverge.")


@pytest.mark.parametrize(
    ("losses", "reason"),
    [
        (
            {1e-3: 2.3, 1e-2: 2.29, 1e-1: 2.5},
            "No rate lowered the validation loss in these few steps: it is 2.3 at the smallest and 2.29 at the best.",
        ),
        (
            {1e-3: inf, 1e-2: inf},
            "No rate lowered the validation loss in these few steps. From 0.001 on runs diverge.",
        ),
    ],
)
def test_nothing_is_suggested_where_nothing_is_learned(losses, reason):
    assert suggest(trials(losses)) == (None, reason)


@pytest.mark.parametrize("factor", [0.01, 10.0])
def test_the_suggestion_moves_with_the_rates(factor):
    losses = {1e-4: 2.3, 1e-3: 1.5, 1e-2: 0.5, 1e-1: 0.8}
    first, _ = suggest(trials(losses))
    moved, _ = suggest(trials({rate * factor: loss for rate, loss in losses.items()}))
    assert first is not None
    assert moved is not None
    assert moved.rate == pytest.approx(first.rate * factor)
