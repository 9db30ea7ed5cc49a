"""A study in numbers: who comes first, by what figures, and what a reader must know before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_studies import made_study

from classlab.analysis import Analysis, analyse, judge_study, numbers_of
from classlab.analysis.samples import ranking_sample
from classlab.errors import SpecError
from classlab.records import from_json, to_json
from classlab.statistics import estimate

TIED = {"a": (0.90, 0.91, 0.92, 0.90), "b": (0.905, 0.905, 0.925, 0.89), "far": (0.5, 0.52, 0.51, 0.49)}


def test_arms_come_best_first_and_those_that_may_be_the_best_are_named():
    found = analyse(made_study(TIED))
    assert [found.arms[place].name for place in found.order] == ["a", "b", "far"]
    assert (found.candidates, found.first.name) == ((0, 1), "a")
    assert found.ranking.comparison(0, 2).verdict == "better"
    assert (found.study, found.dataset, found.runs, found.unfinished) == ("a study", "toy", 12, 0)
    assert (found.validation_images, found.test_images) == (400, 200)


def test_the_figure_that_ranks_is_the_one_that_is_estimated():
    study = made_study(TIED, confidence=0.9)
    found = analyse(study)
    for place in range(3):
        assert found.arms[place].score == estimate(ranking_sample(study.runs_of(place), "val_accuracy"), confidence=0.9)
        assert found.arms[place].score == found.ranking.estimates[place]
        assert found.arms[place].selected == TIED[found.arms[place].name]


def test_an_arm_with_a_diverged_run_comes_after_those_that_finished_however_good_the_rest_is():
    for study in (
        made_study({"steady": (0.8, 0.81, 0.82), "wild": (0.95, 0.95, None)}),
        made_study({"steady": (0.8, 0.81, 0.82), "wild": (0.95, 0.95, 0.96)}, diverged=[("wild", 2)]),
    ):
        found = analyse(study)
        assert [found.arms[place].name for place in found.order] == ["steady", "wild"]
        assert (found.unfinished, found.arms[1].score.n, found.arms[1].score.excluded) == (1, 2, 1)
        assert found.candidates == (0, 1)
        assert found.sentences[0].startswith("'steady' comes first, because not every run of 'wild' ended well. ")


def test_where_every_arm_lost_a_run_they_are_ranked_all_the_same():
    found = analyse(made_study({"a": (0.8, 0.81, None), "b": (None, 0.91, 0.92)}))
    assert [found.arms[place].name for place in found.order] == ["b", "a"]


def test_a_study_whose_runs_all_failed_has_no_figures_and_says_so():
    found = analyse(made_study({"a": (None, None), "b": (None, None)}))
    assert found.first.score.mean is None
    assert (found.unfinished, found.test_images, found.candidates) == (4, None, ())
    assert found.sentences == ("No run ended well, so there is nothing to compare.",)


def test_a_loss_ranks_from_the_lowest_and_takes_no_margin():
    found = analyse(made_study(TIED, select="val_loss"))
    assert (found.first.name, found.judgement.figure) == ("a", "validation loss")
    assert (found.ranking.margin, found.ranking.higher_is_better) == (0, False)
    turned = analyse(made_study(TIED, select="val_loss", losses={"far": (0.01, 0.01, 0.02, 0.01)}))
    assert turned.first.name == "far"  # the worst accuracy has the lowest loss here
    assert any(
        "Another rule names another winner: by the validation accuracy at the end" in each for each in turned.sentences
    )


def test_sentences_are_the_verdict_and_then_what_else_must_be_weighed():
    study = made_study(TIED, confirm={"a": (0.9, 0.91), "b": (0.9, 0.89)})
    found = analyse(study)
    own = found.judgement.sentences
    assert found.sentences[: len(own)] == own == judge_study(study).sentences
    assert found.sentences[len(own)].startswith("On 2 fresh seeds")
    assert found.sentences[-1].startswith("On the test images, which took no part in choosing it, 'a' is right for ")


def test_notices_of_the_plan_come_before_those_of_the_runs():
    found = analyse(made_study({"a": (0.9, None)}, record={"notices": ("The plan misleads.",)}))
    assert found.notices[0] == "The plan misleads."
    assert found.notices[1].startswith("1 of 2 runs did not end well: ")


@pytest.mark.parametrize(
    ("options", "advised"),
    [
        ({}, True),
        ({"seeds": (0, 1, 2, 3)}, True),
        ({"seeds": (3, 5, 7, 9)}, False),  # a list of seeds is no number of seeds
        ({"command": "classlab.Study('s', ...).run() from Python"}, False),
    ],
)
def test_the_advice_goes_on_only_where_seeds_are_counted_from_nought(options, advised):
    close = {"a": (0.9, 0.95, 0.91, 0.93), "b": (0.87, 0.95, 0.88, 0.93)}
    advice = analyse(made_study(close, outcomes=False, **options)).judgement.advice
    assert advice.command == (f"classlab sweep study.toml --seeds {advice.seeds}" if advised else "")


def test_no_more_images_are_advised_than_the_study_has():
    study = made_study({"a": (0.90, 0.905, 0.90, 0.905), "b": (0.875, 0.88, 0.875, 0.88)}, noise=2.0)
    advice = judge_study(study).advice
    assert advice.share == pytest.approx(advice.images / 4000, abs=0.01)  # 3,600 to train on, 400 to validate on

    def on_test(run):
        return replace(run, spec=replace(run.spec, data=replace(run.spec.data, validation="test")))

    chosen_on_test = judge_study(replace(study, runs=tuple(on_test(run) for run in study.runs))).advice
    assert (chosen_on_test.images, chosen_on_test.share) == (None, None)
    assert chosen_on_test.seeds == advice.seeds


def test_a_study_that_lacks_runs_is_refused():
    study = made_study(TIED)
    with pytest.raises(SpecError) as refusal:
        analyse(replace(study, runs=study.runs[:-1]))
    assert str(refusal.value) == (
        "the study 'a study' must have one run per arm and seed, 12 in all, but got 11. Finish its training first."
    )


def test_the_numbers_make_the_trip_to_json_and_back():
    found = analyse(made_study({"a": (0.8, None), "b": (0.9, 0.91)}, confirm={"b": (0.9, 0.9)}))
    assert from_json(Analysis, to_json(found), where="here") == found
    assert numbers_of(found)["arms"][0]["score"]["excluded"] == 1
    assert numbers_of(found)["judgement"]["ranking"]["order"] == [1, 0]


def first_of(accuracies, **options):
    return analyse(made_study({"a": accuracies}, **options)).arms[0]


def test_means_are_over_the_runs_that_ended_well():
    found = first_of((0.9, 0.92, None))
    assert found.validation.mean == pytest.approx(0.91)
    assert found.test.mean == pytest.approx(0.90)  # runs are made to test a hundredth lower
    assert found.fitted.mean == pytest.approx(0.94)
    assert found.gap.gap == pytest.approx(0.04)
    assert found.validation.sd == pytest.approx(np.std([0.9, 0.92], ddof=1))
    assert (found.validation.n, found.validation.excluded, found.test.images) == (2, 1, 200)
    assert (found.states, found.epochs, found.parameters) == ({"finished": 2, "failed": 1}, (0, 3), 7850)
    assert not found.ended_well


def test_losses_are_kept_beside_accuracies():
    found = first_of((0.9, 0.92), losses={"a": (0.4, 0.6)}, select="val_loss")
    assert found.score.mean == pytest.approx(0.5)
    assert found.validation.mean == pytest.approx(0.91)
    assert found.test_loss.mean == pytest.approx(1 - 0.9)
    assert found.selected == (0.4, 0.6)


def test_intervals_hold_for_other_images_where_single_ones_are_known():
    assert first_of((0.9, 0.92)).validation.holds_for == "seeds and images"
    assert first_of((0.9, 0.92), outcomes=False).validation.holds_for == "seeds"
    assert first_of((0.9,)).validation.holds_for == "images"
    assert first_of((0.9, 0.92)).fitted.holds_for == "seeds"  # the training images are the ones that there are


def test_a_run_that_stopped_early_finished():
    study = made_study({"a": (0.9, 0.92)})
    stopped = replace(study, runs=tuple(replace(run, state="stopped_early") for run in study.runs))
    found = analyse(stopped).arms[0]
    assert (found.states, found.ended_well, found.score.n) == ({"stopped_early": 2}, True, 2)


def test_a_given_start_is_told():
    assert not first_of((0.9, 0.92)).given_start
    assert first_of((0.9, 0.92), given=["a"]).given_start
