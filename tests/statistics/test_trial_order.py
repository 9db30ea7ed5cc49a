from __future__ import annotations

import pytest

from classlab.statistics.trial_order import Gained, trial_order


def tried(*gains, error=0.01):
    return [Gained(confirmed=gain is not None, gain=gain or 0.0, standard_error=error) for gain in gains]


@pytest.mark.parametrize(
    ("gains", "error", "order"),
    [
        ((), 0.01, []),
        ((None, None), 0.01, [0, 1]),
        ((0.1, 0.5), 0.01, [1, 0]),
        ((0.48, 0.5), 0.01, [0, 1]),  # within three errors of the difference
        ((0.45, 0.5), 0.01, [1, 0]),  # beyond them
        ((None, 0.2, None, 0.4), 0.01, [3, 1, 0, 2]),
        ((0.1, 0.2, 0.3), 0.2, [0, 1, 2]),
        ((0.1, 0.2, 0.9, 0.88), 0.01, [2, 3, 1, 0]),
    ],
)
def test_what_helped_comes_first_and_a_small_difference_decides_nothing(gains, error, order):
    assert trial_order(tried(*gains, error=error)) == order
