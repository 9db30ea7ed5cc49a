"""Comparisons that were planned before looking."""

from __future__ import annotations

import pytest

from classlab.analysis.samples import ranking_sample
from classlab.analysis.sentences.comparison import comparison_sentence
from classlab.lab.sentences import Planned, planned
from classlab.lab.step import runs_of
from classlab.statistics import compare, sample


def test_a_planned_comparison_is_that_of_the_two_arms(small_lab):
    study = small_lab.studies["optimizers"]
    found = planned((study, "Adam 0.001"), (study, "RMSprop 0.001"), comparisons=2)
    one, two = (ranking_sample(runs_of(study, arm), "val_accuracy") for arm in ("Adam 0.001", "RMSprop 0.001"))
    expected = compare(one, two, confidence=0.95, margin=study.spec.margin, comparisons=2)
    assert found.comparison == expected
    assert expected.holds_for == "seeds and images"
    assert found.sentence.startswith(comparison_sentence("Adam 0.001", "RMSprop 0.001", expected))


def test_arms_of_two_studies_are_compared_on_the_same_seeds_and_images(small_lab):
    five, twenty = (small_lab.studies[topic] for topic in ("optimizers", "more-epochs"))
    found = planned((twenty, "Adam 0.01"), (five, "Adam 0.01"), comparisons=4, names=("longer", "shorter"))
    # A rehearsal trains both for two epochs, so they are the same runs.
    assert found.comparison.difference == 0
    assert (found.comparison.n, found.comparison.images, found.comparison.comparisons) == (2, 400, 4)
    assert found.sentence.startswith("'longer' and 'shorter' ")


@pytest.mark.parametrize(
    ("second", "begins", "advised"),
    [
        ([0.90, 0.92, 0.911], "'A' is better than 'B' by 0.97 points (95 % interval ", False),
        ([0.93, 0.95, 0.94], "'A' and 'B' cannot be told apart: they differ by the same on 3 seeds, ", False),
        ([0.90, 0.94, 0.919], "'A' and 'B' cannot be told apart: 'A' is ahead by 0.03 points (95 % interval ", True),
        ([0.9101, 0.93, 0.9199], "'A' and 'B' are practically equal: their means are the same (95 % interval ", False),
        ([None, None, None], "'A' and 'B' cannot be told apart: no seed has a figure for both.", False),
    ],
)
def test_the_sentence_says_what_would_tell_where_nothing_is_told(second, begins, advised):
    found = compare(sample([0.91, 0.93, 0.92]), sample(second), margin=0.002)
    said, told = Planned(first="A", second="B", comparison=found).sentence, comparison_sentence("A", "B", found)
    assert told.startswith(begins)
    seeds = found.would_tell.seeds if advised else 0
    shown = "show that 'A' and 'B' are practically equal"  # the measured difference lies within the margin
    assert said == told + f" About {seeds} seeds of each instead of 3 would probably {shown}." * advised
