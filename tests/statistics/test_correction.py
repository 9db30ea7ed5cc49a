"""Many comparisons at once."""

from __future__ import annotations

import pytest
from statsmodels.stats.multitest import multipletests

from classlab.errors import SpecError
from classlab.statistics import simultaneous_confidence


def test_literal_values():
    assert simultaneous_confidence(0.95, comparisons=1) == 0.95
    assert simultaneous_confidence(0.95, comparisons=21) == pytest.approx(1 - 0.05 / 21)


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.999])
@pytest.mark.parametrize("comparisons", [1, 2, 10, 21])
def test_it_is_the_level_at_which_statsmodels_rejects(confidence, comparisons):
    level = multipletests([0.5] * comparisons, alpha=1 - confidence, method="bonferroni")[3]
    assert 1 - simultaneous_confidence(confidence, comparisons=comparisons) == pytest.approx(level)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (
            {"confidence": 1.0, "comparisons": 2},
            "`confidence` must lie between 0 and 1, but got confidence=1.0. 0.95 is usual.",
        ),
        (
            {"confidence": 0.9, "comparisons": 0},
            "`comparisons` must be at least 1, but got comparisons=0. Give more.",
        ),
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong, sentence):
    with pytest.raises(SpecError) as refusal:
        simultaneous_confidence(wrong["confidence"], comparisons=wrong["comparisons"])
    assert str(refusal.value) == sentence
