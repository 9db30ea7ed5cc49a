from __future__ import annotations

import sys

import numpy as np
import pytest

import classlab
from classlab.errors import ClasslabError, DataError
from classlab.models.keras_runtime import keras as load_keras
from classlab.studies.runs.run import Run, open_run


def test_a_loaded_run_predicts_what_it_predicted(trained, digits, tmp_path):
    trained.save(tmp_path)
    loaded = open_run(tmp_path)
    assert isinstance(loaded, Run)
    assert loaded.folder == tmp_path
    said = loaded.predict(digits.test.images)
    np.testing.assert_array_equal(said, trained.predictions.probabilities)
    assert loaded.evaluate(digits.test) == trained.record.test


def test_grey_images_need_no_channel_axis(trained, digits):
    flat = digits.test.images[..., 0]
    np.testing.assert_array_equal(trained.predict(flat), trained.predict(digits.test.images))


def test_arrays_are_measured_like_a_split(trained, digits):
    assert trained.evaluate((digits.test.images, digits.test.labels)) == trained.record.test


@pytest.mark.parametrize(
    ("images", "got"),
    [
        (np.zeros((1, 8, 8, 1), np.float32), "float32 of shape (1, 8, 8, 1)"),
        (np.zeros((1, 28, 28, 1), np.uint8), "uint8 of shape (1, 28, 28, 1)"),
        (np.zeros((8, 8), np.uint8), "uint8 of shape (8, 8)"),
    ],
)
def test_images_that_do_not_fit_are_refused(trained, images, got):
    with pytest.raises(DataError) as refusal:
        trained.predict(images)
    assert str(refusal.value) == (
        f"images must be uint8 of shape (images, 8, 8, 1), but got {got}. "
        "Give raw pixels from 0 to 255; the model scales them itself."
    )


@pytest.mark.parametrize(
    ("labels", "got"),
    [
        (np.array([0, 1, 10]), "int64 of shape (3,)"),
        (np.array([0, 1, -1]), "int64 of shape (3,)"),
        (np.array([0.0, 1.0, 2.0]), "float64 of shape (3,)"),
        (np.array([0, 1]), "int64 of shape (2,)"),
    ],
)
def test_labels_that_do_not_fit_are_refused(trained, digits, labels, got):
    with pytest.raises(DataError) as refusal:
        trained.evaluate((digits.test.images[:3], labels))
    assert str(refusal.value) == (
        f"labels must be 3 whole numbers from 0 to 9, one per image, but got {got}. "
        "Give the position of each image's class name."
    )


def test_nothing_cannot_be_measured(trained):
    with pytest.raises(DataError) as refusal:
        trained.evaluate((np.zeros((0, 8, 8, 1), np.uint8), np.zeros(0, int)))
    assert str(refusal.value) == "an evaluation must have at least one image, but got none. Give some images."


def test_an_exported_file_takes_raw_pixels_and_says_the_same(trained, digits, tmp_path):
    proof = trained.to_keras(tmp_path / "m.keras")
    assert proof.max_difference < 1e-5
    model = load_keras().saving.load_model(tmp_path / "m.keras")
    said = np.asarray(model.predict(digits.test.images, verbose=0))
    np.testing.assert_allclose(said, trained.predictions.probabilities, atol=1e-5)


def test_history_has_the_shape_of_keras_history(trained):
    assert list(trained.history) >= ["loss", "accuracy"]
    assert all(len(figures) == 3 for figures in trained.history.values())


def test_a_run_shows_itself_in_a_line_and_in_a_notebook(trained):
    test = trained.record.test
    assert repr(trained) == (
        f"<Run linear on digits, seed 1: finished after 3 epochs, test accuracy {test.accuracy:.4f} (n=359)>"
    )
    html = trained._repr_html_()
    assert html.startswith("<div><table>")
    assert html.count('<img src="data:image/svg+xml;base64,') == 1
    assert 'alt="Curves of the accuracy of 1 arm. After the last epoch, linear: training ' in html
    assert f"<td>test</td><td>359</td><td>{test.loss:.4f}</td><td>{test.accuracy:.4f}</td>" in html


@pytest.mark.needs("pandas")
def test_the_history_is_a_data_frame_where_one_is_asked_for(trained, monkeypatch):
    frame = trained.frame()
    assert list(frame.index) == [1, 2, 3]
    assert frame["val_accuracy"].tolist() == trained.history["val_accuracy"]
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ClasslabError) as refused:
        trained.frame()
    assert str(refused.value) == (
        'a data frame needs pandas, which is not installed. Install it with `pip install "classlab[pandas]"`, or take '
        "`run.history`."
    )


def test_a_run_is_not_saved_over_something_else(tmp_path):
    run = classlab.fit("digits", "linear", limit=60, epochs=1)
    run.save(tmp_path / "own")
    run.save(tmp_path / "own")  # once more over itself
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "curves.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(ClasslabError, match="must be new, empty or the folder of a training"):
        run.save(tmp_path / "theirs")
    assert (tmp_path / "theirs" / "curves.csv").read_text(encoding="utf-8") == "mine"
