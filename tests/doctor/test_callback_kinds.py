"""Faults of own Keras programs by their kind, each beside the same program without it."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from tests.doctor.keras_training import LABELS, PIXELS, TRAIN, UNIT, VALIDATION, L, mlp, one_hot, trained

WAYS = pytest.mark.parametrize("arrays", [True, False], ids=["with arrays", "without"])


@pytest.fixture(autouse=True)
def drawn_alike():
    keras.utils.set_random_seed(3)


def grave(doctor):
    """Rules above INFO with the first cause of each."""
    assert doctor.gave_up == ""
    found = [each for each in doctor.diagnosis.findings if each.severity != "INFO"]
    return {each.rule: each.causes[0].rule if each.causes else "" for each in found}


def within(*layers):
    """A model that holds another one behind some layers."""
    return keras.Sequential([keras.Input((8, 8, 1)), *layers, mlp(32)])


@WAYS
def test_batch_normalization_before_a_model_within_the_model_scales_raw_pixels(arrays):
    assert grave(trained(within(L.BatchNormalization()), images=PIXELS, arrays=arrays)) == {}


@WAYS
def test_a_normalization_that_was_never_adapted_scales_nothing(arrays):
    found = grave(trained(within(L.Normalization(mean=0.0, variance=1.0)), images=PIXELS, arrays=arrays))
    assert found.get("A2") == "A2"


@WAYS
def test_a_softmax_behind_a_model_that_ends_in_one_is_seen(arrays):
    doubled = keras.Sequential([mlp(32), L.Softmax()])
    assert grave(trained(doubled, arrays=arrays)).get("B2") == "B2"


def along_the_images(wanted, said):
    return -keras.ops.mean(wanted * keras.ops.log(keras.ops.softmax(said, axis=0) + 1e-7))


def along_the_classes(wanted, said):
    return -keras.ops.mean(wanted * keras.ops.log(keras.ops.softmax(said, axis=1) + 1e-7))


def weighed_by_the_batch(wanted, said):
    each = keras.losses.categorical_crossentropy(wanted, said, from_logits=True)
    weights = 1 + wanted[:, 0]
    return keras.ops.sum(weights * each) / keras.ops.sum(weights)


@WAYS
@pytest.mark.parametrize(
    ("loss", "rules"), [(along_the_images, ["B9"]), (along_the_classes, []), (weighed_by_the_batch, [])]
)
def test_a_loss_whose_softmax_runs_along_the_images_is_seen(loss, rules, arrays):
    found = grave(trained(mlp(32, head="linear"), labels=one_hot(), loss=loss, epochs=2, arrays=arrays))
    assert [rule for rule in found if rule == "B9"] == rules


@WAYS
def test_a_cross_entropy_with_its_sign_turned_round_is_maximised(arrays):
    doctor = trained(
        mlp(32),
        labels=one_hot(),
        loss=lambda wanted, said: -keras.losses.categorical_crossentropy(wanted, said),
        optimizer=keras.optimizers.SGD(0.01),
        arrays=arrays,
    )
    assert next(iter(grave(doctor).values())) == "B8"


def turned(images):
    return images[:, ::-1, ::-1].transpose(0, 2, 1, 3)


@WAYS
def test_validation_images_that_were_turned_are_of_another_kind_and_shuffled_labels_are_not(arrays):
    images = UNIT.copy()
    images[VALIDATION] = turned(images[VALIDATION])
    found = grave(trained(mlp(32), images=images, arrays=arrays))
    assert found.get("A3") == "A3"
    assert "A6" not in found
    labels = LABELS.copy()
    labels[VALIDATION] = np.random.default_rng(1).permutation(labels[VALIDATION])
    found = grave(trained(mlp(32), labels=labels, arrays=arrays))
    assert found.get("A6") == "A6"
    assert "A3" not in found


def test_a_network_whose_layers_are_all_frozen_is_not_trained():
    model = mlp(32)
    for layer in model.layers:
        layer.trainable = False
    with pytest.warns(UserWarning, match="does not have any trainable weights"):
        assert grave(trained(model)).get("I3") == "I3"


@WAYS
def test_rows_in_the_order_of_their_classes_harm_where_they_are_not_shuffled(arrays):
    order = np.argsort(LABELS[TRAIN], kind="stable")
    images, labels = UNIT.copy(), LABELS.copy()
    images[TRAIN], labels[TRAIN] = UNIT[TRAIN][order], LABELS[TRAIN][order]
    found = grave(trained(mlp(32), images=images, labels=labels, arrays=arrays, shuffle=False))
    assert found.get("A7") == "A7"
    assert "A3" not in found
    assert grave(trained(mlp(32), images=images, labels=labels, arrays=arrays)) == {}


@WAYS
def test_a_class_that_weights_take_out_of_the_loss_is_overlooked(arrays):
    weights = {label: float(label != 4) for label in range(10)}
    assert grave(trained(mlp(64), arrays=arrays, epochs=12, class_weight=weights)).get("A7") == "A7"


@WAYS
def test_a_weight_decay_that_shrinks_the_weights_away_holds_the_network_back(arrays):
    optimizer = keras.optimizers.AdamW(1e-3, weight_decay=100.0)
    assert "I10" in grave(trained(mlp(32), optimizer=optimizer, arrays=arrays)).values()


@WAYS
def test_a_schedule_that_has_taken_the_rate_away_is_named(arrays):
    schedule = keras.optimizers.schedules.ExponentialDecay(0.05, 1, 0.5)
    doctor = trained(mlp(32), optimizer=keras.optimizers.SGD(schedule), arrays=arrays)
    found = next(each for each in doctor.diagnosis.findings if each.rule == "I3")
    assert found.causes[0].text.startswith("The schedule has taken the learning rate from 0.05 to ")


@WAYS
def test_statistics_that_batch_normalization_takes_up_too_slowly_show_without_arrays_too(arrays):
    slow = [L.Dense(32), L.BatchNormalization(momentum=0.9999), L.Activation("relu")]
    model = keras.Sequential([keras.Input((8, 8, 1)), L.Flatten(), *slow, L.Dense(10, activation="softmax")])
    assert grave(trained(model, arrays=arrays)).get("I14") == "I14"


def test_one_unit_for_ten_class_numbers_is_too_few_where_their_accuracy_is_asked_for():
    found = grave(trained(mlp(32, classes=1, head="linear"), loss="mean_squared_error", epochs=2))
    assert found.get("B3") == "B3"
    quantity = trained(mlp(32, classes=1, head="linear"), loss="mean_squared_error", metrics=("mae",), epochs=2)
    assert grave(quantity) == {}


def test_labels_of_ten_classes_before_one_unit_are_told_before_the_loss_refuses_them(capsys):
    with pytest.raises(RuntimeError):
        trained(mlp(32, classes=1, head="sigmoid"), loss="binary_crossentropy", arrays=False, handed={"quiet": False})
    assert (
        "doctor: FAIL A5 label-range: The labels go up to 9, but the last layer has one unit" in capsys.readouterr().out
    )
