"""What the statistics refuse, by whole sentences, and what they make of gaps."""

from __future__ import annotations

import numpy as np
import pytest

from classlab.errors import SpecError
from classlab.statistics.inputs import check_confidence, check_count, check_margin, figures


def test_everything_that_is_no_finite_number_becomes_nan():
    read = figures([0.5, None, float("nan"), float("inf"), -float("inf")], name="values", axes=("seeds",))
    np.testing.assert_array_equal(read, [0.5, np.nan, np.nan, np.nan, np.nan])


def test_the_callers_array_is_left_alone():
    given = np.array([0.5, np.inf])
    figures(given, name="values", axes=("seeds",))
    assert given[1] == np.inf


@pytest.mark.parametrize(
    ("values", "axes", "sentence"),
    [
        (
            [[0.5, 0.6]],
            ("seeds",),
            "`values` must have the shape (seeds), but got shape=(1, 2). Give None where a run has no figure.",
        ),
        (
            [0.5, 0.6],
            ("arms", "seeds"),
            "`values` must have the shape (arms, seeds), but got shape=(2,). Give None where a run has no figure.",
        ),
        (
            [[0.5, 0.6], [0.5]],
            ("arms", "seeds"),
            "`values` must be numbers of shape (arms, seeds), but got something else. "
            "Give None where a run has no figure.",
        ),
        (
            ["high"],
            ("seeds",),
            "`values` must be numbers of shape (seeds), but got something else. Give None where a run has no figure.",
        ),
        (
            [10**400],  # a whole number that no double can hold
            ("seeds",),
            "`values` must be numbers of shape (seeds), but got something else. Give None where a run has no figure.",
        ),
        (
            [1j],
            ("seeds",),
            "`values` must be numbers of shape (seeds), but got something else. Give None where a run has no figure.",
        ),
    ],
)
def test_other_shapes_are_refused(values, axes, sentence):
    with pytest.raises(SpecError) as refusal:
        figures(values, name="values", axes=axes)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize("confidence", [0, 1, -0.5, 95, float("nan")])
def test_a_confidence_is_a_probability(confidence):
    with pytest.raises(SpecError) as refusal:
        check_confidence(confidence)
    assert (
        str(refusal.value) == f"`confidence` must lie between 0 and 1, but got confidence={confidence}. 0.95 is usual."
    )


@pytest.mark.parametrize("margin", [-0.001, float("nan"), float("inf")])
def test_a_margin_is_zero_or_more(margin):
    with pytest.raises(SpecError) as refusal:
        check_margin(margin)
    assert (
        str(refusal.value)
        == f"`margin` must be zero or more, but got margin={margin}. 0.002 is two images in a thousand."
    )


def test_a_count_has_a_least():
    with pytest.raises(SpecError) as refusal:
        check_count(0, name="bins")
    assert str(refusal.value) == "`bins` must be at least 1, but got bins=0. Give more."
