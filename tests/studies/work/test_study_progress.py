from __future__ import annotations

import io
from dataclasses import replace

import pytest
from study_records import made_run

from classlab.records import Arm, StudySpec
from classlab.records.progress import EpochReport, MemberProgress, StepReport
from classlab.studies.shown.progress_lines import StudyLines, study_line
from classlab.studies.work.plan import PlannedPopulation
from classlab.studies.work.study_progress import StudyProgress, StudyReport


class Clock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


class Watch:
    def __init__(self) -> None:
        self.reports: list[StudyReport] = []

    def study_moved(self, report: StudyReport) -> None:
        self.reports.append(report)

    study_stepped = study_moved


@pytest.fixture
def scene(trained):
    """Two arms of two seeds, each arm a population of its own, four epochs; seed 0 of the first arm is done."""
    specs = [replace(trained.record.spec, epochs=4, batch_size=size, seed=0) for size in (32, 64)]
    arms = tuple(Arm(name=name, settings={}, spec=spec) for name, spec in zip("ab", specs, strict=True))
    study = StudySpec(name="s", arms=arms, seeds=(0, 1))
    done = made_run(trained.record, arms[0].run_spec(0), 0.5)
    populations = [
        PlannedPopulation(specs=(arms[0].run_spec(1),)),
        PlannedPopulation(specs=(arms[1].run_spec(0), arms[1].run_spec(1))),
    ]
    clock, watch = Clock(), Watch()
    known = {done.identity: done}
    progress = StudyProgress(study, populations, [100, 100], known=known, observer=watch, clock=clock)
    return progress, populations, clock, watch, trained.record


def epoch(number: int, *accuracies: float) -> EpochReport:
    members = tuple(MemberProgress(label="", state="training", figures={"val_accuracy": each}) for each in accuracies)
    return EpochReport(epoch=number, epochs=4, members=members, seconds=0, seconds_left=0)


def test_populations_that_are_in_the_store_are_counted(trained):
    spec, watch = trained.record.spec, Watch()
    study = StudySpec(name="s", arms=(Arm(name="a", settings={}, spec=spec),), seeds=(0,))
    populations = [PlannedPopulation(specs=(study.arms[0].run_spec(0),))]
    StudyProgress(study, populations, [100], known={}, observer=watch, found=1).begin(0)
    assert (watch.reports[-1].population, watch.reports[-1].populations) == (2, 2)


def test_a_study_reports_on_the_whole(scene):
    progress, populations, clock, watch, template = scene
    training = progress.begin(0)
    first = watch.reports[-1]
    assert (first.done, first.runs, first.population, first.populations, first.epoch) == (1, 4, 1, 2, 0)
    assert (first.seconds, first.seconds_left) == (0.0, None)
    clock.seconds += 2
    training.epoch_finished(epoch(1, 0.7))
    report = watch.reports[-1]
    assert (report.seconds, report.seconds_left) == (2.0, None)  # nothing is said by the first epoch
    assert [(arm.name, arm.done, arm.runs, arm.epoch) for arm in report.arms] == [("a", 1, 2, 1), ("b", 0, 2, 0)]
    assert report.arms[0].figures == {"val_accuracy": 0.7}
    assert (report.all_finished, report.all_epochs) == (4 + 1, 16)
    clock.seconds += 1
    training.epoch_finished(epoch(2, 0.7))
    # A second for 1/12 of the work, of which 10/12 are left.
    assert watch.reports[-1].seconds_left == pytest.approx(10.0)
    clock.seconds += 5
    progress.kept([made_run(template, populations[0].specs[0], 0.7)], position=0)
    report = watch.reports[-1]
    assert (report.done, report.population, report.seconds_left) == (2, 2, pytest.approx(16.0))
    training = progress.begin(1)
    training.epoch_finished(epoch(1, 0.6, 0.8))
    assert watch.reports[-1].arms[1].figures == {"val_accuracy": pytest.approx(0.7)}
    assert watch.reports[-1].all_finished == 4 + 4 + 2 * 1
    progress.kept([made_run(template, spec, None) for spec in populations[1].specs], position=1)
    report = watch.reports[-1]
    assert (report.done, report.arms[1].trouble, report.seconds_left) == (4, 2, 0.0)


def test_a_study_reports_within_an_epoch(scene):
    progress, _, clock, watch, _ = scene
    training = progress.begin(0)
    clock.seconds += 2
    figures = {0: {"accuracy": 0.5}}
    half = StepReport(epoch=1, epochs=4, step=2, steps=4, figures=figures, seconds=2.0, seconds_left=14.0)
    training.epoch_moved(half)
    report = watch.reports[-1]
    assert (report.epoch, report.step, report.steps) == (0, 2, 4)
    assert report.arms[0].figures == {"accuracy": 0.5}
    # Two seconds for 1/24 of the work: within the first epoch its own speed is all that is known.
    assert report.seconds_left == pytest.approx(46.0)
    assert study_line(report).startswith("1 of 4 runs kept, population 1 of 2, epoch 1/4, batch 2/4, ")
    clock.seconds += 2
    training.epoch_finished(epoch(1, 0.7))
    assert watch.reports[-1].steps == 0
    training.epoch_moved(half)
    assert watch.reports[-1].arms[0].figures == {"val_accuracy": 0.7, "accuracy": 0.5}


def test_epochs_from_a_checkpoint_are_not_taken_for_speed(scene):
    progress, _, clock, watch, _ = scene
    training = progress.begin(0)
    clock.seconds += 3
    training.epoch_finished(epoch(2, 0.7))  # one of the epochs was trained before
    clock.seconds += 1
    training.epoch_finished(epoch(3, 0.7))
    # One epoch of one run took a second; one more of it and four of two other runs are left.
    assert watch.reports[-1].seconds_left == pytest.approx(9.0)


def test_a_population_that_is_repeated_run_by_run_is_still_reported(scene):
    progress, _, clock, watch, _ = scene
    training = progress.begin(1)
    clock.seconds += 1
    training.epoch_finished(epoch(1, 0.7))
    assert watch.reports[-1].arms[1].figures == {}


def report(**changes) -> StudyReport:
    standard = {"arms": (), "done": 3, "runs": 9, "population": 2, "populations": 3, "epoch": 1, "epochs": 5}
    return StudyReport(**{**standard, "seconds": 61.0, "seconds_left": 30.0, **changes})


def test_a_line_says_where_a_study_stands(scene):
    progress, _, _, watch, _ = scene
    training = progress.begin(0)
    training.epoch_finished(epoch(1, 0.7))
    arms = watch.reports[-1].arms
    assert study_line(report(arms=arms)) == (
        "3 of 9 runs kept, population 2 of 3, epoch 1/5, best validation accuracy 0.7000 (a), 1 min 1 s, "
        "about 30 s left"
    )
    assert study_line(report(done=9)) == "9 of 9 runs kept, 1 min 1 s"


def test_lines_come_after_the_first_epoch_at_the_end_and_every_few_seconds():
    clock, stream = Clock(), io.StringIO()
    lines = StudyLines(stream, clock=clock)
    lines.study_moved(report(epoch=0, seconds_left=None))
    assert stream.getvalue() == ""
    for number in range(1, 5):
        lines.study_moved(report(epoch=number))
        clock.seconds += 2
    lines.study_moved(report(done=9))
    told = [line.split(", ")[2] if "epoch" in line else "end" for line in stream.getvalue().splitlines()]
    assert told == ["epoch 1/5", "epoch 4/5", "end"]
