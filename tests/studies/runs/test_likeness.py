from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from classlab import fit, load
from classlab.errors import DataError, RecordError
from classlab.studies.runs.likeness import Views, _components, fit_likeness, likeness_from
from classlab.studies.runs.run import Run
from classlab.studies.runs.views import with_likeness
from tests.datasets.strangers import photographs


def views(images: int, *, seed: int, features: int = 5) -> tuple[Views, np.ndarray]:
    random = np.random.default_rng(seed)
    labels = np.arange(images) % 3
    rows = random.normal(size=(images, features)) + 4 * labels[:, None]
    return Views(features=rows, thumbnails=random.random((images, 30)), forms=random.normal(size=(images, 4))), labels


@pytest.fixture(scope="module")
def likeness():
    train, labels = views(600, seed=0)
    return fit_likeness(train, labels, *views(400, seed=1), classes=3, ground=0.0)


def test_one_validation_image_in_twenty_is_above_the_threshold(likeness):
    rows, named = views(400, seed=1)
    assert (likeness.scores(rows, named) > likeness.threshold).mean() == pytest.approx(0.05, abs=0.003)
    others, their = views(4000, seed=2)
    assert (likeness.scores(others, their) > likeness.threshold).mean() == pytest.approx(0.05, abs=0.02)


def test_distances_are_those_of_scipy():
    distance = pytest.importorskip("scipy.spatial.distance")
    train, labels = views(600, seed=0, features=2)
    found = fit_likeness(train, labels, *views(400, seed=1, features=2), classes=3, ground=0.0)
    rows, named = views(4, seed=3, features=2)
    means = np.stack([train.forms[labels == label].mean(0) for label in range(3)])
    apart = train.forms - means[labels]
    for place in range(4):
        label = named[place]
        own = apart[labels == label]
        covariance = 0.5 * apart.T @ apart / 600 + 0.5 * own.T @ own / 200
        covariance += 0.01 * np.trace(covariance) / 4 * np.eye(4)
        expected = distance.mahalanobis(rows.forms[place], means[label], np.linalg.inv(covariance)) ** 2
        assert found._distances(rows, named)[place, 2] == pytest.approx(expected, rel=1e-4)


def test_principal_components_are_those_of_a_whole_decomposition():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(300, 196)) * 0.9 ** np.arange(196) @ np.linalg.qr(rng.normal(size=(196, 196)))[0]
    rows -= rows.mean(axis=0)
    found, expected = _components(rows, 10), np.linalg.svd(rows, full_matrices=False)[2][:10]
    np.testing.assert_allclose(np.abs(np.sum(found * expected, axis=1)), 1, atol=0.01)
    np.testing.assert_allclose(found @ found.T, np.eye(10), atol=1e-9)
    assert np.linalg.norm(rows @ found.T) == pytest.approx(np.linalg.norm(rows @ expected.T), rel=1e-4)
    assert _components(rows[:4], 10).shape == (4, 196)


def test_what_is_far_in_any_view_is_unlike(likeness):
    rows, named = views(30, seed=4)
    for changed in (
        Views(features=rows.features + 20, thumbnails=rows.thumbnails, forms=rows.forms),
        Views(features=rows.features, thumbnails=1 - 5 * rows.thumbnails, forms=rows.forms),
        Views(features=rows.features, thumbnails=rows.thumbnails, forms=rows.forms + 9),
    ):
        assert (likeness.scores(changed, named) > likeness.threshold).all()
    assert (likeness.scores(rows, (named + 1) % 3) > likeness.threshold).all()  # like another class than the named one


def test_without_features_the_other_views_count():
    train, labels = views(600, seed=0, features=0)
    found = fit_likeness(train, labels, *views(400, seed=1, features=0), classes=3, ground=0.0)
    rows, named = views(400, seed=1, features=0)
    assert (found.scores(rows, named) > found.threshold).mean() == pytest.approx(0.05, abs=0.003)
    assert likeness_from(found.arrays(), classes=3, where="a").threshold == found.threshold


def test_arrays_that_do_not_fit_are_refused(likeness):
    good = likeness.arrays()
    bad = [
        {},
        {**good, "more": good["ground"]},
        {**good, "medians": good["medians"][:2]},
        {**good, "threshold": np.array([np.nan], np.float32)},
        {**good, "spreads": np.zeros(3, np.float32)},
        {**good, "ground": good["ground"].astype(np.float64)},
        {**good, "feature_axes": np.zeros((), np.float32)},
    ]
    for arrays in bad:
        with pytest.raises(RecordError) as refusal:
            likeness_from(arrays, classes=3, where="likeness.safetensors")
        assert str(refusal.value) == (
            "likeness.safetensors must hold what the training images of the run beside it have in common, but its "
            "arrays are others. Restore the file or train the run again."
        )
    with pytest.raises(RecordError):
        likeness_from(good, classes=4, where="likeness.safetensors")


@pytest.fixture(scope="module")
def digits_run(tmp_path_factory):
    return fit("mnist5k", "mlp", epochs=3, folder=tmp_path_factory.mktemp("likeness") / "run")


def test_a_run_knows_its_test_images_and_no_photographs(digits_run):
    known = digits_run.unlikeness(load("mnist5k").test.images)
    assert known.alarms.mean() < 0.1
    assert (known.false_alarms, known.images) == (0.05, 400)
    strange = [np.asarray(each.convert("L").resize((28, 28)))[..., None] for each in photographs(30, seed=0)]
    assert digits_run.unlikeness(np.stack(strange)).alarms.mean() > 0.9


def test_the_calibration_travels_with_the_run_and_is_made_up_for(digits_run, tmp_path):
    digits_run.save(tmp_path / "run")
    images = load("mnist5k").test.images[:20]
    again = Run.load(tmp_path / "run")
    np.testing.assert_array_equal(again.unlikeness(images).scores, digits_run.unlikeness(images).scores)
    (tmp_path / "run" / "likeness.safetensors").unlink()
    older = Run.load(tmp_path / "run")
    assert older.unlikeness(images) is None
    older.calibrate(load("mnist5k"))
    np.testing.assert_allclose(older.unlikeness(images).scores, digits_run.unlikeness(images).scores, rtol=1e-4)
    with pytest.raises(DataError) as refusal:
        older.calibrate(load("digits"))
    assert str(refusal.value) == (
        "dataset must be the one that the run was trained on, but digits holds other images. Load the run's own."
    )


def test_few_validation_images_calibrate_nothing():
    run = fit("mnist5k", "linear", epochs=1, limit=500)
    assert run.unlikeness(load("mnist5k").test.images[:2]) is None
    with pytest.raises(DataError) as refusal:
        run.calibrate(load("mnist5k"))
    assert str(refusal.value) == (
        "the run must have enough images to be calibrated, but its 50 validation images are fewer than the 100 that a "
        "threshold needs. Train on more images."
    )


def test_weights_beyond_all_numbers_calibrate_nothing(digits_run):
    stored = digits_run._stored
    beyond = {name: np.full_like(array, np.inf) for name, array in stored.weights.items()}
    division = load("mnist5k").divide()
    assert with_likeness(replace(stored, weights=beyond, likeness=None), division).likeness is None
