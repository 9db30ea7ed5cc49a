"""The published figures, and how they stand beside ours."""

from __future__ import annotations

from dataclasses import replace

import pytest

from classlab.lab.lab import STEPS, studies_of
from classlab.lab.published import PUBLISHED, is_comparable, lab_figures, side_by_side
from classlab.lab.setting import Setting


def test_every_published_arm_is_an_arm_of_the_lab(small_images):
    arms = {
        study.topic: {arm.name for arm in study.spec.arms} for study in studies_of(STEPS, Setting(images=small_images))
    }
    for topic, exercise in PUBLISHED.items():
        assert {figure.arm for figure in exercise.figures} <= arms[topic]


@pytest.mark.parametrize(
    ("topic", "arms", "train_sum", "test_sum"),
    [
        # Sums of the published columns, added by hand: a slip in one figure shows.
        ("optimizers", 7, 6.2458, 6.2719),
        ("more-epochs", 4, 3.7245, 3.7007),
        ("perceptrons", 4, 3.6593, 3.6532),
        ("other-images", 2, 1.8232, 1.7659),
        ("scaling", 1, 0.0969, 0.1),
    ],
)
def test_the_published_figures_are_those_of_the_hand_in(topic, arms, train_sum, test_sum):
    figures = PUBLISHED[topic].figures
    assert len(figures) == arms
    assert sum(figure.train for figure in figures) == pytest.approx(train_sum)
    assert sum(figure.test for figure in figures) == pytest.approx(test_sum)


def test_arms_labelled_wrongly_stand_beside_what_they_trained():
    assert {(figure.arm, figure.labelled) for figure in PUBLISHED["more-epochs"].figures if figure.labelled} == {
        ("Adam 0.001", "RMSprop 0.001"),
        ("Adam 0.01", "RMSprop 0.01"),
    }
    assert PUBLISHED["more-epochs"].of("RMSprop 0.001") == ()


def test_figures_on_other_images_have_no_difference(small_lab):
    study = small_lab.studies["optimizers"]
    table = side_by_side(study, "optimizers")
    assert [row[0] for row in table.rows] == [arm.name for arm in study.spec.arms]
    assert (table.rows[2][1], table.rows[2][4]) == ("91.17", "91.66")
    assert {row[column] for row in table.rows for column in (3, 6)} == {"\u2013"}
    assert "so no difference is given" in table.note


def complete(study, *, epochs=5, limit=None):
    """The same study as if it had been trained on the published data."""
    data = replace(study.spec.arms[0].spec.data, name="mnist", limit=limit)
    arms = tuple(replace(arm, spec=replace(arm.spec, data=data, epochs=epochs)) for arm in study.spec.arms)
    runs = tuple(
        replace(run, spec=replace(run.spec, data=data), training=replace(run.training, accuracy=0.9))
        for run in study.runs
    )
    return replace(study, spec=replace(study.spec, arms=arms), runs=runs)


def test_figures_on_the_published_images_have_a_difference(small_lab):
    study = complete(small_lab.studies["optimizers"])
    table = side_by_side(study, "optimizers")
    assert table.rows[2][1:4] == ("91.17", "90.00 ± 0.00", "\u22121.17")
    assert table.note == (
        "Differences are ours minus published, in percentage points; ours leave 10 % of the images aside to choose by."
    )


@pytest.mark.parametrize(("changes", "expected"), [({}, True), ({"epochs": 4}, False), ({"limit": 100}, False)])
def test_only_the_published_protocol_is_comparable(small_lab, changes, expected):
    assert is_comparable(complete(small_lab.studies["optimizers"], **changes), "optimizers") is expected


def test_two_published_runs_of_one_arm_are_two_rows(small_lab):
    table = side_by_side(small_lab.studies["more-epochs"], "more-epochs")
    assert [row[0] for row in table.rows] == [
        "Adam 0.001",
        "Adam 0.001 (published as RMSprop 0.001)",
        "Adam 0.01",
        "Adam 0.01 (published as RMSprop 0.01)",
        "RMSprop 0.001",
        "RMSprop 0.01",
    ]
    assert (table.rows[-1][1], table.rows[-1][4]) == ("\u2013", "\u2013")
    assert "were trained with Adam" in table.note


def test_defects_of_the_published_runs_are_said(small_lab):
    assert "the hand-in's model has two" in side_by_side(small_lab.studies["other-images"], "other-images").note


def test_a_diverged_run_has_no_figure(small_lab):
    study = small_lab.studies["optimizers"]
    runs = (replace(study.runs[0], state="diverged", reason="The loss is not finite."), *study.runs[1:])
    arm = lab_figures({"optimizers": replace(study, runs=runs)})["optimizers"]["arms"][0]
    assert arm["test"][0] is None
    assert arm["test"][1] == study.runs[1].test.accuracy
