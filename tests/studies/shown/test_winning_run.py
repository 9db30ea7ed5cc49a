"""Which run stands for a study."""

from __future__ import annotations

from dataclasses import replace

import pytest

from classlab.errors import FailedRunsError
from classlab.records import Arm, Figures, StudyRecord, StudySpec
from classlab.studies.shown.winning_run import winning_run


@pytest.fixture
def study(trained):
    """Makes a study: for each arm, one (state, validation accuracy, validation loss) per seed."""

    def make(arms, *, select="val_accuracy", seeds=(5, 3, 4)) -> StudyRecord:
        runs = []
        for outcomes in arms.values():
            for seed, (state, accuracy, loss) in zip(seeds, outcomes, strict=True):
                spec = replace(trained.record.spec, seed=seed)
                validation = Figures(images=144, loss=loss, accuracy=accuracy)
                runs.append(replace(trained.record, spec=spec, state=state, validation=validation))
        spec = StudySpec(
            name="which",
            arms=tuple(Arm(name=name, settings={}, spec=trained.record.spec) for name in arms),
            seeds=seeds,
            select=select,
        )
        return StudyRecord(spec=spec, runs=tuple(runs), created="", command="", seconds=0.0)

    return make


GOOD = ("finished", 0.8, 0.5)


def test_the_best_seed_of_the_first_arm_stands_for_the_study(study):
    found = winning_run(
        study({"low": [GOOD] * 3, "adam 0.01": [("finished", 0.9, 0.3), ("stopped_early", 0.95, 0.4), GOOD]})
    )
    assert str(found) == (
        "'adam 0.01', seed 3 (the first-ranked arm of study which, the seed with its best validation accuracy)"
    )
    assert found.record.validation.accuracy == 0.95


def test_of_equal_figures_the_lowest_seed_is_taken(study):
    assert winning_run(study({"a": [GOOD, GOOD, GOOD]})).record.spec.seed == 3


def test_the_loss_decides_where_the_study_selects_by_it(study):
    arms = {"a": [("finished", 0.9, 0.3), ("finished", 0.95, 0.4), GOOD]}
    found = winning_run(study(arms, select="val_loss"))
    assert found.record.spec.seed == 5
    assert found.why == "the first-ranked arm of study which, the seed with its lowest validation loss"


def test_a_run_that_diverged_does_not_stand_for_a_study_by_its_last_good_epoch(study):
    found = winning_run(study({"a": [("diverged", 0.99, 0.1), GOOD, ("failed", 0.99, 0.1)]}))
    assert found.record.spec.seed == 3


def test_a_single_seed_is_not_called_the_best(study):
    found = winning_run(study({"a": [GOOD]}, seeds=(7,)))
    assert str(found) == "'a', seed 7 (the first-ranked arm of study which, its only seed)"


@pytest.mark.parametrize(("seeds", "words"), [((1,), "1 run"), ((1, 2), "2 runs")])
def test_a_study_of_bad_runs_is_refused(study, seeds, words):
    with pytest.raises(FailedRunsError) as refusal:
        winning_run(study({"a": [("diverged", 0.9, 0.3)] * len(seeds)}, seeds=seeds))
    assert str(refusal.value) == (
        f"the study 'which' must have a run that ended well to stand for it, but got {words} that diverged or failed. "
        "See why with `classlab doctor`."
    )
    assert refusal.value.exit_code == 7
