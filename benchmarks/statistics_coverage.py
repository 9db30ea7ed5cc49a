"""Simulates studies whose truth is known, and counts how often what `classlab.statistics` says of them is right.

    python -m benchmarks.statistics_coverage --trials 10000

Every simulated figure is an arm's true mean, plus what all arms of a seed share, plus noise of the arm's own. Prints a
Markdown table: what is counted, the rate that is stated, the rate that was found with its 95 % Wilson interval.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import scipy
from scipy.special import bdtr, bdtrc

from benchmarks.machine import describe_machine
from classlab.statistics import (
    compare,
    compare_predictions,
    estimate,
    power_to_differ,
    rank,
    seeds_needed,
    simultaneous_confidence,
    wilson,
)

if TYPE_CHECKING:
    from collections.abc import Callable

Draw = np.random.Generator
SPREAD = 0.005  # of an arm's accuracy over seeds: half a percentage point, as small networks show it
SHARED = 0.01  # spread of what all arms of a seed have in common
CHANCE = 1e-4  # a correct procedure falls outside the tolerance this rarely, per simulation


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """One kind of study with known truth.

    Args:
        claim: what is counted, for the table.
        stated: the rate at which it should happen.
        bound: whether that rate is exact, a floor or a ceiling.
        happens: simulates one study and says whether it happened.
    """

    claim: str
    stated: float
    bound: Literal["exactly", "at least", "at most"]
    happens: Callable[[Draw], bool]

    def count(self, *, trials: int, seed: int) -> int:
        """In how many simulated studies it happened."""
        source = np.random.default_rng(seed)
        return sum(self.happens(source) for _ in range(trials))

    def tolerates(self, hits: int, *, trials: int) -> bool:
        """Whether a count fits the stated rate, but for the binomial error of the simulation itself."""
        too_few = float(bdtr(hits, trials, self.stated)) < CHANCE
        too_many = hits > 0 and float(bdtrc(hits - 1, trials, self.stated)) < CHANCE
        return not (too_few and self.bound != "at most") and not (too_many and self.bound != "at least")


def scores(source: Draw, means: tuple[float, ...], *, seeds: int = 5, spreads: tuple[float, ...] = ()) -> np.ndarray:
    """Accuracies `(arms, seeds)` of a study with these true means."""
    arms = len(means)
    noise = source.normal(size=(arms, seeds)) * np.array(spreads or (SPREAD,) * arms)[:, None]
    table: np.ndarray = np.array(means)[:, None] + source.normal(0.0, SHARED, size=seeds) + noise
    return table


def within(interval: tuple[float, float] | None, truth: float) -> bool:
    """Whether an interval holds the truth."""
    return interval is not None and interval[0] <= truth <= interval[1]


def mean_covered(seeds: int) -> Callable[[Draw], bool]:
    """The interval of one arm holds its mean."""
    return lambda source: within(estimate(source.normal(0.9, SPREAD, seeds)).interval, 0.9)


def difference_covered(source: Draw) -> bool:
    """The interval of two arms half a point apart holds their difference."""
    first, second = scores(source, (0.905, 0.9))
    return within(compare(first, second).interval, 0.005)


def all_covered(source: Draw) -> bool:
    """All intervals of a study of five arms, unequally spread, hold at once."""
    means = (0.91, 0.909, 0.9, 0.9, 0.7)
    found = rank(scores(source, means, spreads=(0.002, 0.005, 0.005, 0.01, 0.05)))
    return all(within(pair.comparison.interval, means[pair.first] - means[pair.second]) for pair in found.pairs)


def tied_told_apart(arms: int, *, step: float = 0.0) -> Callable[[Draw], bool]:
    """Any two of equal arms are called better or worse; accuracies move in steps where there are few images."""

    def happens(source: Draw) -> bool:
        table = scores(source, (0.9,) * arms)
        return any(pair.comparison.told_apart for pair in rank(np.round(table / step) * step if step else table).pairs)

    return happens


def wrong_claim(source: Draw) -> bool:
    """A study of tied, close and far arms makes any false claim: a wrong side, or equality beyond the margin."""
    means, margin = (0.9, 0.9, 0.9, 0.8978, 0.7), 0.002
    for pair in rank(scores(source, means, seeds=10, spreads=(0.001,) * 5), margin=margin).pairs:
        truth, verdict = means[pair.first] - means[pair.second], pair.comparison.verdict
        if {"better": truth <= 0, "worse": truth >= 0, "practically equal": abs(truth) > margin + 1e-9}.get(verdict):
            return True
    return False


def unequal_called_equal(source: Draw) -> bool:
    """Two arms exactly the margin apart are called practically equal."""
    first, second = scores(source, (0.902, 0.9), seeds=10, spreads=(0.0005, 0.0005))
    return compare(first, second, margin=0.002).verdict == "practically equal"


def far_found(source: Draw) -> bool:
    """An arm four points below six others, eight of their spreads, is told apart from all of them."""
    found = rank(scores(source, (0.9,) * 6 + (0.86,)))
    return all((found.comparison(arm, 6) or compare([], [])).verdict == "better" for arm in range(6))


def far_power() -> float:
    """How often that must happen: all six comparisons, of a family of 21, each with its power (Boole's inequality)."""
    alone = power_to_differ(
        difference=0.04, sd=SPREAD * 2**0.5, n=5, confidence=simultaneous_confidence(0.95, comparisons=21)
    )
    return 1 - 6 * (1 - alone)


def told_with(*, difference: float, margin: float) -> Callable[[Draw], bool]:
    """A study with the number of seeds that `seeds_needed` asks for tells."""
    spread = SPREAD * 2**0.5
    number = seeds_needed(difference=difference, sd=spread, n=2, margin=margin, confidence=0.95)

    def happens(source: Draw) -> bool:
        first, second = scores(source, (0.9 + difference, 0.9), seeds=number or 2)
        return compare(first, second, margin=margin).verdict != "cannot tell"

    return happens


def accuracy_covered(source: Draw) -> bool:
    """Wilson's interval over 500 images holds a true accuracy of 0.97."""
    return within(wilson(int(source.binomial(500, 0.97)), 500).interval, 0.97)


def models_told_apart(source: Draw) -> bool:
    """Two models equally good on 500 images are called better or worse."""
    fates = source.choice(4, size=500, p=(0.9, 0.03, 0.03, 0.04))  # both right, first only, second only, neither
    return compare_predictions(fates <= 1, (fates == 0) | (fates == 2)).told_apart


SIMULATIONS = (
    *(
        Simulation(
            claim=f"interval of one arm's mean holds it, {seeds} seeds",
            stated=0.95,
            bound="exactly",
            happens=mean_covered(seeds),
        )
        for seeds in (2, 3, 5, 10)
    ),
    Simulation(
        claim="interval of a paired difference holds it, 5 seeds",
        stated=0.95,
        bound="exactly",
        happens=difference_covered,
    ),
    Simulation(
        claim="all 10 intervals of 5 arms hold at once, 5 seeds, spreads 0.2 to 5 points",
        stated=0.95,
        bound="at least",
        happens=all_covered,
    ),
    *(
        Simulation(
            claim=f"any of {arms} tied arms called better or worse, 5 seeds",
            stated=0.05,
            bound="exactly" if arms == 2 else "at most",
            happens=tied_told_apart(arms),
        )
        for arms in (2, 4, 7)
    ),
    Simulation(
        claim="the same with 4 arms whose accuracies move in steps of 0.002 (500 images)",
        stated=0.05,
        bound="at most",
        happens=tied_told_apart(4, step=0.002),
    ),
    Simulation(
        claim="any false verdict about 5 arms, tied, close and far, 10 seeds, margin 0.2 points",
        stated=0.05,
        bound="at most",
        happens=wrong_claim,
    ),
    Simulation(
        claim="two arms the margin apart called practically equal, 10 seeds",
        stated=0.025,
        bound="at most",
        happens=unequal_called_equal,
    ),
    Simulation(
        claim="an arm 4 points below 6 tied ones told apart from all of them, 5 seeds",
        stated=far_power(),
        bound="at least",
        happens=far_found,
    ),
    Simulation(
        claim="a study with the seeds asked for tells a difference of 0.5 points",
        stated=0.8,
        bound="at least",
        happens=told_with(difference=0.005, margin=0.0),
    ),
    Simulation(
        claim="a study with the seeds asked for shows tied arms practically equal, margin 0.4 points",
        stated=0.8,
        bound="at least",
        happens=told_with(difference=0.0, margin=0.004),
    ),
    Simulation(
        claim="Wilson's interval holds an accuracy of 0.97 on 500 images",
        stated=0.9526,  # summed over the binomial distribution; it swings around 0.95 with the steps of a count
        bound="exactly",
        happens=accuracy_covered,
    ),
    Simulation(
        claim="two equally good models called better or worse on 500 images",
        stated=0.05,
        bound="at most",
        happens=models_told_apart,
    ),
)


def row(simulation: Simulation, *, trials: int, seed: int) -> str:
    """One line of the table."""
    hits = simulation.count(trials=trials, seed=seed)
    low, high = wilson(hits, trials).interval
    verdict = "yes" if simulation.tolerates(hits, trials=trials) else "NO"
    return (
        f"| {simulation.claim} | {simulation.bound} {simulation.stated:.3f} | {hits / trials:.4f} "
        f"| {low:.4f} to {high:.4f} | {verdict} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=2000, help="simulated studies per row (default: 2000)")
    parser.add_argument("--only", default="", help="rows whose claim holds this text (default: all)")
    parser.add_argument("--seed", type=int, default=0, help="of the simulated studies (default: 0)")
    options = parser.parse_args()
    began = time.perf_counter()
    print("| what is counted | stated | found | 95 % interval of the simulation | as stated |\n|---|---|---|---|---|")
    for simulation in SIMULATIONS:
        if options.only in simulation.claim:
            print(row(simulation, trials=options.trials, seed=options.seed), flush=True)
    machine = describe_machine()
    print(
        f"\n{options.trials} studies per row, {time.perf_counter() - began:.0f} s on {machine['processor']}, "
        f"Python {machine['python']}, NumPy {np.__version__}, SciPy {scipy.__version__}."
    )


if __name__ == "__main__":
    main()
