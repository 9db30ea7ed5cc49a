"""Doubtful labels of real images, of which some were made wrong; and the list on its way into a training."""

from __future__ import annotations

import numpy as np
import pytest

from classlab.analysis import analyse
from classlab.datasets import from_arrays, load
from classlab.errors import DataError, FailedRunsError, SpecError
from classlab.studies.cleaning import clean
from classlab.studies.fit import fit
from classlab.studies.study import Study

WRONG = 43  # 3 % of the training images of digits


@pytest.fixture(scope="module")
def flipped():
    """Digits with 3 % of the training labels drawn anew, and where."""
    digits, draw = load("digits"), np.random.default_rng(0)
    labels = digits.train.labels.copy()
    where = draw.choice(len(labels), WRONG, replace=False)
    labels[where] = (labels[where] + draw.integers(1, 10, WRONG)) % 10
    return from_arrays(digits.train.images, labels, digits.test.images, digits.test.labels), set(where.tolist())


@pytest.fixture(scope="module")
def cleaning(flipped):
    return clean(flipped[0], "mlp", epochs=12, seeds=2)


def test_most_labels_that_were_made_wrong_are_found_among_as_many_as_there_are(flipped, cleaning):
    surest = {each.index for each in cleaning.suspects[:WRONG]}
    assert len(surest & flipped[1]) >= 0.65 * WRONG  # 31 to 36 in six draws, docs/datasets.md
    assert len({each.index for each in cleaning.suspects[:20]} & flipped[1]) >= 18
    assert cleaning.errors.images == len(flipped[0].train)
    for each in cleaning.suspects:
        assert each.given == flipped[0].class_names[flipped[0].train.labels[each.index]] != each.suggested


def test_what_is_said_follows_from_the_figures(cleaning):
    errors = cleaning.errors
    assert cleaning.sentences == (
        f"10 networks (mlp, 5 folds x 2 seeds) judged 1,438 training images of arrays, each by networks that were not "
        f"trained on it; they agree with {100 * errors.accuracy:.2f} % of the labels.",
        f"{len(errors.doubtful)} labels are doubtful: the networks are confident of another class. By how often they "
        f"are, about {round(errors.estimated)} of the 1,438 labels ({100 * errors.estimated / 1438:.2f} %) would be "
        "wrong if the networks erred in nothing.",
        "They do err, so right labels are among the doubtful ones: look at the pictures before anything is left out.",
    )
    assert repr(cleaning) == f"<Cleaning of 'arrays', {len(errors.doubtful)} doubtful of 1,438 labels>"


def test_networks_that_have_learnt_little_are_said_to_guess(flipped):
    weak = clean(flipped[0], "linear", epochs=1, learning_rate=1e-6, folds=2, seeds=1)
    if not weak.suspects:
        pytest.skip("this network doubts nothing")
    largest = np.bincount(flipped[0].train.labels).max() / len(flipped[0].train)
    assert weak.sentences[1] == (
        f"Always naming the largest class would agree with {100 * largest:.2f} %: these networks have learnt little, "
        "and what they doubt says little. Train longer, or another model, before anything is left out."
    )


def test_every_image_is_judged_by_networks_of_the_other_folds(monkeypatch):
    import classlab.training as engine

    digits, trained = load("digits"), []

    def spy(specs, division, **options):
        trained.append((division.train.images, division.validation.images))
        return original(specs, division, **options)

    original = engine.train_population
    monkeypatch.setattr(engine, "train_population", spy)
    found = clean(digits, "linear", limit=90, folds=3, epochs=1, seeds=1)
    assert [len(held) for _, held in trained] == [30, 30, 30]
    for learnt, held in trained:
        seen = {each.tobytes() for each in learnt}
        assert not seen & {each.tobytes() for each in held}
    assert found.positions.tolist() == sorted(np.concatenate(digits.fold_positions(3, limit=90)).tolist())


def test_the_list_is_taken_by_the_next_training(flipped, cleaning, tmp_path):
    files = cleaning.save(tmp_path / "suspects")
    assert [each.name for each in files] == ["leave-out.csv", "suspects-1.png"]
    assert files[1].read_bytes().startswith(b"\x89PNG")
    run = fit(flipped[0], "linear", epochs=1, leave_out=str(files[0]))
    left = tuple(sorted(each.index for each in cleaning.suspects))
    assert run.record.spec.data.leave_out == left
    assert run.record.training.images + run.record.validation.images == 1438 - len(left)
    assert run.record.notes[-1] == (
        f"{len(left)} of the 1,438 training images of arrays are left out, as {files[0]} says."
    )
    with pytest.raises(DataError, match="must be a list for the images of digits"):
        fit("digits", "linear", epochs=1, leave_out=str(files[0]))


def test_with_and_without_the_list_are_two_arms(tmp_path):
    digits = load("digits")
    mark = f"sha256:{digits.digest[:16]}"
    (tmp_path / "list.csv").write_text(f"index,dataset\n3,{mark}\n8,{mark}\n")
    (tmp_path / "s.toml").write_text(
        'name = "s"\ndata = "digits"\nmodel = "linear"\nepochs = 1\nseeds = 2\nlimit = 100\n[[arms]]\n'
        '[[arms]]\nleave_out = "list.csv"\n'
    )
    record = Study.from_file(tmp_path / "s.toml").run().record
    assert [arm.spec.data.leave_out for arm in record.spec.arms] == [(), (3, 8)]
    assert record.spec.arms[1].name.startswith("leave out 2 images (")
    assert len(analyse(record).arms) == 2


def refused(act) -> str:
    with pytest.raises((SpecError, FailedRunsError)) as refusal:
        act()
    return str(refusal.value)


@pytest.mark.parametrize("name", ["validation", "early_stopping", "monitor", "top_k"])
def test_the_judged_images_decide_nothing(name):
    value = {"validation": 0.2, "early_stopping": 3, "monitor": "loss", "top_k": 2}[name]
    assert refused(lambda: clean("digits", **{name: value})) == (
        f"`clean` takes no `{name}`, because the images that are judged must decide nothing about the networks that "
        "judge them. Leave it out."
    )


def test_what_cannot_judge_is_refused():
    assert refused(lambda: clean("digits", seeds=0)) == "`seeds` must be at least 1, but got seeds=0. 3 are usual."
    assert refused(lambda: clean("digits", "mlp", limit=60, epochs=2, optimizer="sgd", learning_rate=1e30)) == (
        "every fold must have a network that ended well to judge its images, but of fold 0 all 3 diverged. Lower the "
        "learning rate."
    )
