"""Class weights as people write them."""

import numpy as np
import pytest

from classlab.errors import SpecError
from classlab.options import TABLE, check
from classlab.options.class_weights import plain_weights, read_weights, written_weights

RULE = (
    "`class_weights` must be the word balanced, or weights from 0 to a million that are not all 0, by class as in "
    "a:1,b:5 or one for each class, but got class_weights="
)


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ("balanced", "balanced"),
        ("none", "none"),
        ("1,5", [1.0, 5.0]),
        ("cat:1, dog:5", {"cat": 1.0, "dog": 5.0}),
        ("C:\\a:b:2", {"C:\\a:b": 2.0}),
        ([1, 0.5], [1.0, 0.5]),
        ((0, 1), [0.0, 1.0]),
        (np.array([1.0, 2.0]), [1.0, 2.0]),
        ({0: 1, 1: 5}, {0: 1.0, 1: 5.0}),
        ({np.int64(1): np.float32(2)}, {1: 2.0}),
        ({"dog": 5}, {"dog": 5.0}),
    ],
)
def test_a_value_of_any_form_is_taken(value, plain):
    assert check("class_weights", value) == plain


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("even", "'even'"),
        ([1, -1], "[1, -1]"),
        ([0, 0], "[0, 0]"),
        ([1], "[1]"),
        ([], "[]"),
        ({}, "{}"),
        ([True, 1], "[True, 1]"),
        ([1, float("inf")], "[1, inf]"),
        ([1, 1e308], "[1, 1e+308]"),
        ({"a": "1"}, "{'a': '1'}"),
        ({1.5: 1}, "{1.5: 1}"),
        ("a:1,a:2", "'a:1,a:2'"),
        (3, "3"),
    ],
)
def test_what_can_be_no_weights_is_refused(value, shown):
    with pytest.raises(SpecError) as refusal:
        check("class_weights", value)
    assert str(refusal.value) == f"{RULE}{shown}. Write for example class_weights='balanced'."


@pytest.mark.parametrize("value", ["balanced", {"cat": 1.0, "dog": 2.5}, [1.0, 1 / 3]])
def test_what_is_written_is_read_back(value):
    assert plain_weights(written_weights(value)) == value
    assert read_weights(written_weights(value)) == value


@pytest.mark.parametrize(
    ("value", "many"),
    [
        ([1, 5], False),
        ({"a": 1}, False),
        ("balanced", False),
        (["none", "balanced"], True),
        ([[1, 5], [1, 9]], True),
        ([{"a": 2}, "balanced"], True),
    ],
)
def test_a_list_of_numbers_is_one_value_and_a_list_of_values_a_grid(value, many):
    assert TABLE["class_weights"].is_many(value) == many
