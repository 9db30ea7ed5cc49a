"""Simulated studies whose truth is known: what is said of them is right as often as it claims to be."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from benchmarks.statistics_coverage import SIMULATIONS, Simulation, row, scores
from classlab.statistics import compare

TRIALS = 400


@pytest.mark.parametrize("simulation", SIMULATIONS, ids=lambda simulation: simulation.claim)
def test_it_happens_as_often_as_stated(simulation):
    hits = simulation.count(trials=TRIALS, seed=1)
    assert simulation.tolerates(hits, trials=TRIALS), f"{hits} of {TRIALS}, stated {simulation.stated}"


def normal_quantile_covers(source: np.random.Generator) -> bool:
    """An interval for five seeds that takes the spread for known: 1.96 standard errors instead of 2.78."""
    values = source.normal(size=5)
    return abs(values.mean()) <= stats.norm.isf(0.025) * values.std(ddof=1) / np.sqrt(5)


def uncorrected_tells_apart(source: np.random.Generator) -> bool:
    """Six comparisons of four tied arms, each at its own 5 %."""
    table = scores(source, (0.9,) * 4)
    return any(compare(table[one], table[two]).told_apart for one in range(4) for two in range(one))


@pytest.mark.parametrize(
    "mistake",
    [
        Simulation(claim="covers", stated=0.95, bound="exactly", happens=normal_quantile_covers),
        Simulation(claim="tells apart", stated=0.05, bound="at most", happens=uncorrected_tells_apart),
    ],
    ids=lambda mistake: mistake.claim,
)
def test_the_simulation_would_notice_the_usual_mistakes(mistake):
    assert not mistake.tolerates(mistake.count(trials=TRIALS, seed=1), trials=TRIALS)


@pytest.mark.parametrize(
    ("bound", "tolerated"),
    [("exactly", [False, True, False]), ("at least", [False, True, True]), ("at most", [True, True, False])],
)
def test_the_tolerance_is_the_binomial_error_on_the_side_that_is_bounded(bound, tolerated):
    simulation = Simulation(claim="", stated=0.5, bound=bound, happens=lambda _source: True)
    assert [simulation.tolerates(hits, trials=100) for hits in (30, 50, 70)] == tolerated


def test_a_row_of_the_table_says_what_was_found():
    always = Simulation(claim="always", stated=0.95, bound="at least", happens=lambda _source: True)
    never = Simulation(claim="never", stated=0.95, bound="at least", happens=lambda _source: False)
    assert row(always, trials=100, seed=0) == "| always | at least 0.950 | 1.0000 | 0.9630 to 1.0000 | yes |"
    assert row(never, trials=100, seed=0) == "| never | at least 0.950 | 0.0000 | 0.0000 to 0.0370 | NO |"
