from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import classlab
from classlab.datasets import load
from classlab.errors import DataError, SpecError, StorageError
from classlab.models.keras_runtime import keras as load_keras
from classlab.records.optimizers import SGD, Adam
from classlab.records.preparation import Preparation


def keras_model(**compiled: object):
    keras = load_keras()
    layers = [keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
    model = keras.Sequential(layers)
    if compiled:
        model.compile(**compiled)
    return model


def test_a_name_and_a_few_words_are_enough(tmp_path):
    run = classlab.fit("digits", "mlp", units=(16,), epochs=2, learning_rate=0.01, folder=tmp_path)
    assert run.record.spec.optimizer == Adam(learning_rate=0.01)
    assert run.history["accuracy"][1] > run.history["accuracy"][0]
    assert classlab.open_run(tmp_path).record == run.record


def test_arrays_as_keras_gives_them(digits):
    train, test = (digits.train.images, digits.train.labels), (digits.test.images, digits.test.labels)
    run = classlab.fit((train, test), "linear", epochs=1)
    assert run.record.test.images == len(digits.test)
    same = classlab.fit((*train, *test), "linear", epochs=1)
    np.testing.assert_array_equal(run.predictions.probabilities, same.predictions.probabilities)


def test_arrays_without_a_test_set(digits):
    run = classlab.fit((digits.train.images, digits.train.labels), "linear", epochs=1)
    assert 0 < run.record.test.images < len(digits.train)


def test_a_dataset_is_taken_as_it_is():
    run = classlab.fit(load("digits"), "linear", epochs=1)
    assert run.record.spec.data.name == "digits"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (
            (1, 2, 3),
            "arrays must come as (images, labels) or as two or three such pairs, but got 3 parts. "
            "Give for example `keras.datasets.mnist.load_data()`.",
        ),
        (
            17,
            "data must be a dataset's name or path, a Dataset, arrays, a table, or what gives images with their "
            "labels, but got an int. Give for example 'mnist5k'.",
        ),
    ],
)
def test_other_data_is_refused(data, sentence):
    with pytest.raises(DataError) as refusal:
        classlab.fit(data)
    assert str(refusal.value) == sentence


def test_pictures_of_a_folder_come_to_the_size_asked_for(tmp_path):
    for place in range(8):
        file = tmp_path / "ab"[place % 2] / f"{place}.png"
        file.parent.mkdir(exist_ok=True)
        Image.fromarray(np.full((9 + place, 5), 30 * place, np.uint8)).save(file)
    run = classlab.fit(str(tmp_path), "linear", size=(6, 4), fit="crop", epochs=1)
    assert run.preparation == Preparation(size=(6, 4), channels=1, fit="crop") == run.record.preparation
    assert run.to_keras(tmp_path / "net.keras").max_difference <= 1e-5


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"size": (8, 8)}, "`size` is for folders of pictures, but data came as a tuple. Leave it out."),
        ({"fit": "pad"}, "`fit` is for folders of pictures, but data came as a tuple. Leave it out."),
    ],
)
def test_arrays_come_in_their_size(digits, options, sentence):
    with pytest.raises(DataError) as refused:
        classlab.fit((digits.train.images, digits.train.labels), **options)
    assert str(refused.value) == sentence


def test_an_impossible_fit_is_refused():
    with pytest.raises(SpecError) as refused:
        classlab.fit("photos", size=(8, 8), fit="squeeze")
    assert str(refused.value) == ("`fit` must be one of stretch, crop, pad, but got fit='squeeze'. Choose one of them.")


def test_a_keras_model_trains_from_its_own_weights_with_its_own_optimizer(digits):
    model = keras_model(optimizer=load_keras().optimizers.SGD(1e-9), loss="sparse_categorical_crossentropy")
    before = [array.copy() for array in model.get_weights()]
    run = classlab.fit(digits, model, epochs=1)
    assert run.record.spec.optimizer == SGD(learning_rate=1e-9)
    np.testing.assert_allclose(run.weights["1.kernel"], before[0], atol=1e-6)
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)  # the model itself is left as it was


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"optimizer": "adam"}, Adam()),
        ({"learning_rate": 0.5}, Adam(learning_rate=0.5)),
    ],
)
def test_what_the_user_says_counts_more_than_what_a_model_was_compiled_with(digits, options, expected):
    model = keras_model(optimizer="sgd", loss="sparse_categorical_crossentropy")
    assert classlab.fit(digits, model, epochs=1, **options).record.spec.optimizer == expected


def test_a_keras_model_trains_as_keras_trains_it(digits):
    """One full batch per epoch leaves nothing to chance: Keras is the oracle for the whole path."""
    model = keras_model(optimizer=load_keras().optimizers.SGD(0.5), loss="sparse_categorical_crossentropy")
    division = digits.divide()
    size = len(division.train)
    run = classlab.fit(digits, model, epochs=3, batch_size=size)
    model.fit(division.train.images / np.float32(255), division.train.labels, batch_size=size, epochs=3, verbose=0)
    np.testing.assert_allclose(run.weights["1.kernel"], model.get_weights()[0], rtol=1e-4, atol=1e-6)


def test_seeds_train_together_and_as_they_would_alone():
    runs = classlab.fit_seeds("digits", "linear", seeds=2, seed=5, epochs=2)
    alone = classlab.fit("digits", "linear", seed=6, epochs=2)
    assert [run.record.spec.seed for run in runs] == [5, 6]
    np.testing.assert_allclose(runs[1].weights["1.kernel"], alone.weights["1.kernel"], rtol=1e-4, atol=1e-5)


def test_no_seeds_at_all_is_refused():
    with pytest.raises(SpecError) as refusal:
        classlab.fit_seeds("digits", seeds=0)
    assert str(refusal.value) == "`seeds` must be at least 1, but got seeds=0. 3 to 10 are usual."


def test_a_training_says_something_only_when_asked(capsys):
    classlab.fit("digits", "linear", epochs=2)
    assert capsys.readouterr() == ("", "")
    classlab.fit("digits", "linear", epochs=2, quiet=False)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(",")[0] for line in lines] == ["epoch 1/2", "epoch 2/2"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"device": "banana"}, "`device` must be one of auto, cpu, cuda, but got device='banana'. Choose one."),
        ({"quiet": "no"}, "`quiet` must be True or False, but got quiet='no'. Choose one of them."),
        ({"resume": True}, "`resume` has no effect without `folder`, but got resume=True. Give the training's folder."),
        ({"again": True}, "`again` has no effect without `folder`, but got again=True. Give the training's folder."),
    ],
)
def test_where_and_how_is_checked_before_anything_is_read(options, sentence):
    with pytest.raises(SpecError) as refusal:
        classlab.fit("no-such-data", **options)
    assert str(refusal.value) == sentence


def test_a_keras_model_with_too_few_scores_is_refused_on_the_general_path_too():
    keras = load_keras()
    model = keras.Sequential(
        [keras.Input((8, 8, 1)), keras.layers.Reshape((8, 8)), keras.layers.SimpleRNN(3)], name="rows"
    )
    with pytest.raises(SpecError) as refusal:
        classlab.fit("digits", model, limit=60, epochs=1)
    assert str(refusal.value) == (
        "the model 'rows' ends in 3 classes, but the labels go up to 9. Give its last layer at least 10 units."
    )


def test_a_folder_that_no_system_can_name_is_told(digits):
    with pytest.raises(StorageError, match=r"must be writable, but the system says: File name too long\."):
        classlab.fit(digits, "linear", epochs=1, folder="p" * 300)
