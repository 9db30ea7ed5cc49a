"""From runs to samples: what counts, and what is known of single images."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_studies import made_study, right_on

from classlab.analysis.samples import accuracies, accuracy_sample, ended_well, ranked_figure, ranking_sample

THREE = {"a": (0.9, 0.92, None)}


def runs_of(**options):
    return made_study(options.pop("arms", THREE), **options).runs_of(0)


@pytest.mark.parametrize(
    ("state", "well"),
    [("finished", True), ("stopped_early", True), ("diverged", False), ("failed", False), ("interrupted", False)],
)
def test_only_runs_that_came_to_their_end_count(state, well):
    run = replace(runs_of()[0], state=state)
    assert ended_well(run) is well
    assert ranked_figure(run, "val_accuracy") == (0.9 if well else None)
    assert accuracies([run], "test") == ((0.89,) if well else (None,))


def test_a_diverged_run_does_not_count_by_its_last_good_epoch():
    runs = runs_of(arms={"a": (0.9, 0.99)}, diverged=[("a", 1)])
    found = ranking_sample(runs, "val_accuracy")
    assert found.there.tolist() == [True, False]


def test_what_every_run_made_of_every_image_is_kept():
    runs = runs_of(images=50)
    found = accuracy_sample(runs, "validation")
    assert found.by_image.shape == (3, 50)
    for row, run in zip(found.by_image[:2], runs, strict=False):
        assert row.tolist() == right_on(run.spec, "validation", 50, run.validation.accuracy, 0.05).tolist()
    assert found.by_seed[:2] == pytest.approx(found.by_image[:2].mean(axis=1))
    assert np.isnan(found.by_seed[2])
    assert (found.images, found.kind) == (50, "accuracy")


def test_validation_and_test_images_have_names_of_their_own():
    runs = runs_of()
    elsewhere = runs_of(validation=0.2)
    names = [
        accuracy_sample(runs, "validation").image_set,
        accuracy_sample(runs, "test").image_set,
        accuracy_sample(elsewhere, "validation").image_set,
    ]
    assert len(set(names)) == 3
    assert accuracy_sample(elsewhere, "test").image_set == names[1]  # the same test images, however the rest is divided


def test_a_loss_on_record_is_exact_and_single_images_move_it():
    runs = runs_of(arms={"a": (0.9, 0.8)}, losses={"a": (0.5, 0.7)}, images=100)
    found = ranking_sample(runs, "val_loss")
    assert (found.kind, found.by_seed.tolist()) == ("loss", [0.5, 0.7])
    assert found.by_image.mean(axis=1) == pytest.approx([0.5, 0.7])
    right = runs[0].outcomes.validation.right()
    costs = found.by_image[0]
    assert costs[~right].mean() - costs[right].mean() == pytest.approx(np.log(0.8 / 0.2), rel=0.02)


def test_one_run_without_single_images_leaves_them_out_for_the_arm():
    runs = runs_of(arms={"a": (0.9, 0.92)})
    mixed = [runs[0], replace(runs[1], outcomes=None)]
    assert ranking_sample(mixed, "val_accuracy").by_image is None
    assert ranking_sample(mixed, "val_accuracy").images == 400
    assert ranking_sample(mixed, "val_loss").by_image is None


def test_a_run_that_failed_needs_no_single_images():
    found = ranking_sample(runs_of(), "val_accuracy")
    assert found.by_image is not None


def test_an_arm_without_any_figure_is_a_sample_of_nothing():
    found = ranking_sample(runs_of(arms={"a": (None, None)}), "val_accuracy")
    assert (found.there.tolist(), found.by_image, found.images) == ([False, False], None, None)
