"""How a training is cut to a short one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from classlab.errors import SpecError
from classlab.models.builtin import build
from classlab.records import DataSpec, RunSpec
from classlab.records.schedules import Cosine, Step
from classlab.studies.remedies.short_course import (
    LEAST_STEPS,
    WORK_BUDGET,
    check_extent,
    short_course,
    steps_within_budget,
)
from classlab.studies.work.plan import work_of


@pytest.fixture
def spec(digits) -> RunSpec:
    network = build("linear", input_shape=digits.image_shape, classes=10)
    return RunSpec(data=DataSpec(name="digits", digest=digits.digest), architecture=network, epochs=10, batch_size=32)


def test_few_images_are_passed_several_times(spec, digits):
    course = short_course(spec, spec, digits, seeds=3, steps=300)
    assert len(course.division.train) == 1294
    assert course.faulty.epochs == course.remedied.epochs == 7
    assert course.steps == 7 * 41
    assert course.faulty.data.limit is None


def test_many_images_are_cut_to_one_pass(spec, digits):
    course = short_course(spec, spec, digits, seeds=3, steps=10)
    assert course.faulty.epochs == 1
    assert course.steps == 10
    assert course.faulty.data.limit == 356  # ten batches of 32 are 320 images, nine tenths of it
    assert len(course.division.train) + len(course.division.validation) == 356


def test_a_limit_of_the_run_is_kept(spec, digits):
    limited = replace(spec, data=replace(spec.data, limit=200))
    course = short_course(limited, limited, digits, seeds=3, steps=60)
    assert len(course.division.train) == 180
    assert course.faulty.epochs == 10


def test_the_test_images_do_not_choose(spec, digits):
    shown = replace(spec, data=replace(spec.data, validation="test"))
    course = short_course(shown, shown, digits, seeds=3, steps=10)
    assert course.faulty.data.validation == course.remedied.data.validation == 0.1
    assert course.division.validation.images is not course.division.test.images


def test_a_remedy_of_more_epochs_gets_more_of_them(spec, digits):
    course = short_course(spec, replace(spec, epochs=30), digits, seeds=3, steps=82)
    assert (course.faulty.epochs, course.remedied.epochs) == (2, 6)


def test_schedules_shrink_with_the_course(spec, digits):
    faulty = replace(spec, schedule=Step(warmup_epochs=1.0, every_epochs=5.0))
    remedied = replace(spec, schedule=Cosine(warmup_epochs=2.0))
    course = short_course(faulty, remedied, digits, seeds=3, steps=41)
    assert course.faulty.schedule == Step(warmup_epochs=0.1, every_epochs=0.5)
    assert course.remedied.schedule == Cosine(warmup_epochs=0.2)


def test_slow_networks_get_fewer_steps():
    network = build("cnn", input_shape=(28, 28, 1), classes=10)
    slow = RunSpec(data=DataSpec(name="mnist"), architecture=network)
    steps = steps_within_budget(slow, runs=6, steps=300)
    assert LEAST_STEPS < steps < 300
    one = work_of(replace(slow, epochs=1), slow.batch_size)
    assert 6 * steps * one <= WORK_BUDGET < 6 * (steps + 1) * one
    assert steps_within_budget(replace(slow, batch_size=4096), runs=20, steps=300) == LEAST_STEPS
    assert steps_within_budget(replace(slow, batch_size=4096), runs=20, steps=9) == 9


@pytest.mark.parametrize(
    ("extent", "sentence"),
    [
        ({"seeds": 1, "steps": 9}, "`seeds` must be at least 2 to show a spread, but got seeds=1. 3 are usual."),
        ({"seeds": 3, "steps": 0}, "`steps` must be at least 1, but got steps=0. 300 are usual."),
    ],
)
def test_a_course_that_can_show_nothing_is_refused(extent, sentence):
    with pytest.raises(SpecError) as refusal:
        check_extent(**extent)
    assert str(refusal.value) == sentence
