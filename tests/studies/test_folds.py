"""Cross-validation from the plan to the verdict: who is trained on what, and what is made of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from classlab.analysis.samples import accuracies, accuracy_sample, by_seed, ranking_sample
from classlab.errors import SpecError
from classlab.statistics import estimate, sample
from classlab.studies.fit import fit, fit_seeds
from classlab.studies.store import open_store
from classlab.studies.study import Study
from classlab.studies.work.plan import plan_runs

OPTIONS = {"data": "digits", "limit": 100, "epochs": 2, "seeds": 2, "folds": 3}


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    store = tmp_path_factory.mktemp("folds") / "store"
    return Study("s", **OPTIONS, model="linear", learning_rate=[0.01, 0.1]).run(store, confirm=2), store


def test_every_arm_and_seed_trains_one_network_per_fold(result):
    record = result[0].record
    for place in range(2):
        runs = record.runs_of(place)
        assert [(run.spec.seed, run.spec.data.fold) for run in runs] == [(s, f) for s in (0, 1) for f in (0, 1, 2)]
        assert {run.spec.optimizer.learning_rate for run in runs} == {(0.01, 0.1)[place]}
    assert [(run.spec.seed, run.spec.data.fold) for run in record.confirmation[:6]] == [
        (s, f) for s in (2, 3) for f in (0, 1, 2)
    ]
    assert len({run.identity for run in (*record.runs, *record.confirmation)}) == 24
    assert result[0].run("learning rate 0.1", 1, 2).record == record.runs[-1]


def test_runs_of_one_fold_train_together():
    spec = Study("s", **OPTIONS, model="linear", learning_rate=[0.01, 0.1]).spec
    plan = plan_runs(spec.arms, spec.seeds)
    assert [{run.data.fold for run in population.specs} for population in plan] == [{0}, {1}, {2}]
    assert [len(population.specs) for population in plan] == [4, 4, 4]


def test_the_folds_of_a_seed_are_one_figure_over_all_training_images(result):
    runs = result[0].record.runs_of(0)
    found = ranking_sample(runs, "val_accuracy")
    assert [len(group) for group in by_seed(runs)] == [3, 3]
    for seed, group in enumerate(by_seed(runs)):
        right = np.concatenate([run.outcomes.validation.right() for run in group])
        assert found.by_image[seed].tolist() == right.tolist()
        assert found.by_seed[seed] == pytest.approx(right.mean())
    assert found.images == 100
    arm = result[0].analysis.arms[0]
    assert arm.score == estimate(found)
    assert arm.selected == tuple(found.by_seed)
    assert (arm.score.n, arm.score.images, arm.states) == (2, 100, {"finished": 6})


def test_a_loss_over_folds_counts_every_image_once(result):
    runs = result[0].record.runs_of(0)
    found = ranking_sample(runs, "val_loss")
    pooled = sum(run.validation.loss * run.validation.images for run in runs[:3]) / 100
    assert found.by_seed[0] == pytest.approx(pooled)
    assert found.by_image.mean(axis=1) == pytest.approx(found.by_seed)


def test_test_images_are_seen_by_every_network_of_a_seed(result):
    runs = result[0].record.runs_of(1)
    found = accuracy_sample(runs, "test")
    assert found.by_seed[1] == pytest.approx(np.mean([run.test.accuracy for run in runs[3:]]))
    assert found.by_image[1] == pytest.approx(np.mean([run.outcomes.test.right() for run in runs[3:]], axis=0))
    assert set(np.round(3 * found.by_image).ravel()) <= {0, 1, 2, 3}
    assert accuracies(runs, "fitted")[0] == pytest.approx(np.mean([run.fitted.accuracy for run in runs[:3]]), abs=0.01)


def test_a_seed_that_lacks_a_fold_has_no_figure(result):
    runs = list(result[0].record.runs_of(0))
    runs[1] = replace(runs[1], state="diverged")
    found = accuracy_sample(runs, "validation")
    assert found.there.tolist() == [False, True]
    assert found.by_image.shape == (2, 100)


def test_what_is_said_names_the_folds(result):
    analysis = result[0].analysis
    assert analysis.notices[0] == (
        "Cross-validation in 3 folds: every seed of an arm trains 3 networks, each on the other 2 folds, and each "
        "training image is judged by the one network that was not trained on it."
    )
    text = " ".join(analysis.sentences)
    assert " with 2 seeds on 100 images in 3 folds (" in text
    assert " with 2 seeds of 3 folds on 359 images (" in text
    assert "a validation share of" not in text
    assert (analysis.folds, analysis.validation_images, analysis.test_images) == (3, 100, 359)


def test_a_store_knows_the_arm_of_every_fold(result):
    with open_store(result[1], write=False) as store:
        assert store.study("s") == result[0].record
        known = store.memberships(list(result[0].record.runs))
    assert Counter(each.arm for each in known.values()) == {"learning rate 0.01": 6, "learning rate 0.1": 6}


def test_folds_that_are_in_the_store_are_not_trained_again(result):
    again = Study("s", **OPTIONS, model="linear", learning_rate=[0.01, 0.1]).run(result[1])
    assert again.record.runs == result[0].record.runs
    assert again.record.seconds == 0.0


def test_an_arm_may_have_one_seed_and_then_its_networks_are_spoken_of():
    found = Study("s", **{**OPTIONS, "seeds": 1}, model="linear").run().analysis
    assert found.arms[0].score.holds_for == "images"
    assert "for other images and these very networks" in found.sentences[0]


def test_a_file_takes_folds(tmp_path):
    path = tmp_path / "s.toml"
    path.write_text('name = "s"\ndata = "digits"\nmodel = "linear"\nseeds = 1\nfolds = 4\n')
    spec = Study.from_file(path).spec
    assert (spec.folds, len(spec.arms[0].run_specs(spec.seeds))) == (4, 4)
    assert Study.from_file(path, folds=2).spec.folds == 2


def refused(act) -> str:
    with pytest.raises(SpecError) as refusal:
        act()
    return str(refusal.value)


def test_what_makes_no_sense_with_folds_is_refused(result):
    assert refused(lambda: Study("s", **OPTIONS, validation=0.2)) == (
        "the study 's': `validation` has no effect with `folds`, but both were given. Every fold validates once; leave "
        "`validation` out."
    )
    assert refused(lambda: Study("s", **{**OPTIONS, "limit": [100, 200]}).spec) == (
        "arms must be cross-validated on the same folds, but got arms with different numbers of folds or of images. "
        "Give `folds` and `limit` once, for all arms."
    )
    assert refused(lambda: Study("s", **{**OPTIONS, "seeds": 4000})) == (
        "the study 's': a study must have at most 10,000 runs, but got 1 arms with 4,000 seeds and 3 folds each, "
        "12,000 runs. Shorten the longest lists."
    )
    assert refused(lambda: result[0].run("learning rate 0.1", 0, 3)) == (
        "`fold` must be one of the study's folds, but got fold=3. It has folds 0 to 2."
    )


@pytest.mark.parametrize("train", [fit, fit_seeds])
def test_a_single_training_has_no_folds_and_says_what_has(train):
    assert refused(lambda: train("digits", "linear", folds=5)) == (
        "one training has one division of its images, so `fit` takes no `folds`. Cross-validate with "
        "`classlab.Study(name, data=..., folds=5)`, which takes one arm as well as many."
    )


def test_shares_of_several_networks_are_taken_and_no_others():
    rows = [[0.5, 1.0, 0.0], [1.0, 0.5, 0.5]]
    assert sample([0.5, 2 / 3], by_image=rows, networks=2).by_image.tolist() == rows
    assert refused(lambda: sample([0.5, 0.6], by_image=[[1.5, 0, 0], [0, 0, 1]], networks=2)) == (
        "accuracies must be shares from 0 to 1, but got 1.5. Divide percentages by 100."
    )
