"""What the statistics take for an arm."""

from __future__ import annotations

import numpy as np
import pytest

from classlab.errors import SpecError
from classlab.statistics import sample


def test_runs_without_a_figure_are_there_as_gaps():
    found = sample([0.5, None, float("nan"), float("inf"), 1.0])
    np.testing.assert_array_equal(found.by_seed, [0.5, np.nan, np.nan, np.nan, 1.0])
    assert found.there.tolist() == [True, False, False, False, True]
    assert (found.images, found.by_image, found.kind, found.image_set) == (None, None, "accuracy", "")


@pytest.mark.parametrize("rows", [[[True, False], [True, True]], [[1, 0], [1, 1]], [[1.0, 0.0], [1.0, 1.0]]])
def test_right_and_wrong_take_a_byte_however_they_are_given(rows):
    found = sample([0.5, 1.0], by_image=rows)
    assert (found.by_image.dtype, found.by_image.tolist(), found.images) == (np.int8, [[1, 0], [1, 1]], 2)


def test_losses_stay_what_they_are():
    found = sample([0.3, 0.25], by_image=[[0.1, 0.5], [0.2, 0.3]], kind="loss")
    assert (found.by_image.dtype, found.by_image.tolist()) == (np.float64, [[0.1, 0.5], [0.2, 0.3]])


def test_rows_of_runs_without_a_figure_are_not_looked_at():
    found = sample([0.5, None], by_image=[[1, 0], [7, 9]])
    assert found.by_image.tolist() == [[1, 0], [0, 0]]
    assert sample([0.5, None], by_image=[[0.4, 0.6], [np.nan, np.inf]], kind="loss").images == 2


def test_a_loss_may_be_larger_than_one():
    assert sample([2.3, 14.0], kind="loss").by_seed.tolist() == [2.3, 14.0]


def test_the_number_of_images_is_taken_where_single_ones_are_not_known():
    assert sample([0.5], images=100, image_set="validation").images == 100
    assert sample([0.5], images=100, image_set="validation").image_set == "validation"


@pytest.mark.parametrize(
    ("values", "options", "sentence"),
    [
        ([98.5], {}, "accuracies must be shares from 0 to 1, but got 98.5. Divide percentages by 100."),
        ([-0.1], {}, "accuracies must be shares from 0 to 1, but got -0.1. Divide percentages by 100."),
        (
            [[0.5]],
            {},
            "`values` must have the shape (seeds), but got shape=(1, 1). Give None where a run has no figure.",
        ),
        (
            [0.5, 0.6],
            {"by_image": [[1, 0]]},
            "`by_image` must have the shape (seeds, images) with one row per figure and at least 2 images, but got "
            "shape=(1, 2) for 2 figures. Give what every run said about every image.",
        ),
        (
            [1.0],
            {"by_image": [[1]]},
            "`by_image` must have the shape (seeds, images) with one row per figure and at least 2 images, but got "
            "shape=(1, 1) for 1 figures. Give what every run said about every image.",
        ),
        (
            [1.0],
            {"by_image": [1, 1]},
            "`by_image` must have the shape (seeds, images) with one row per figure and at least 2 images, but got "
            "shape=(2,) for 1 figures. Give what every run said about every image.",
        ),
        (
            [1.0, 0.5],
            {"by_image": [[1, 1], [1]]},
            "`by_image` must have one row per figure, all of one length, but got rows of several. Give what every run "
            "said about every image.",
        ),
        (
            [1.0],
            {"by_image": [["right", "wrong"]]},
            "`by_image` must be numbers or true and false, but got dtype=<U5. Give an array.",
        ),
        (
            [0.5],
            {"by_image": [[0.9, 0.1]]},
            "`by_image` must say right (1) or wrong (0), but got 0.9. Compare classes with labels.",
        ),
        (
            [0.5],
            {"by_image": [[np.nan, 1]]},
            "`by_image` must say right (1) or wrong (0), but got nan. Compare classes with labels.",
        ),
        (
            [0.5],
            {"by_image": [[0.5, np.inf]], "kind": "loss"},
            "losses in `by_image` must be finite where a run has a figure, but got one that is not. Give None for the "
            "figure of a run that diverged.",
        ),
        ([0.5], {"images": 0}, "`images` must be at least 1, but got images=0. Give more."),
    ],
)
def test_what_makes_no_sense_is_refused(values, options, sentence):
    with pytest.raises(SpecError) as refusal:
        sample(values, **options)
    assert str(refusal.value) == sentence
