"""Trains small Keras models, healthy and sick, with a Doctor beside them; prints what each was told as JSON.

Run with the backend in KERAS_BACKEND: `python keras_scenes.py [SCENE...]`.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras_training import LABELS, PIXELS, SPARSE, TEST, TRAIN, UNIT, mlp, one_hot, told, trained

from classlab import Doctor

L, losses, optimizers = keras.layers, keras.losses, keras.optimizers
Scene = Callable[[], Doctor]
HEALTHY: dict[str, Scene] = {}
SICK: dict[str, Scene] = {}
EXPECTED: dict[str, str] = {}  # the rule that a sick scene must be told of


def healthy(scene: Scene) -> Scene:
    HEALTHY[scene.__name__] = scene
    return scene


def sick(rule: str) -> Callable[[Scene], Scene]:
    def noted(scene: Scene) -> Scene:
        SICK[scene.__name__] = scene
        EXPECTED[scene.__name__] = rule
        return scene

    return noted


# --- healthy -------------------------------------------------------------------------------------------------------


@healthy
def mlp_with_adam() -> Doctor:
    return trained(mlp(32), test=TEST)


@healthy
def nothing_handed_over() -> Doctor:
    return trained(mlp(32), arrays=False, epochs=2)


@healthy
def convolutions_with_sgd_of_a_tenth() -> Doctor:
    model = keras.Sequential([keras.Input((8, 8, 1)), L.Conv2D(8, 3), L.ReLU(), L.Flatten(), L.Dense(10), L.Softmax()])
    return trained(model, optimizer=optimizers.SGD(0.1, momentum=0.5))


@healthy
def standardised_images() -> Doctor:
    images = (UNIT - UNIT[TRAIN].mean()) / UNIT[TRAIN].std()
    return trained(mlp(32), images=images, optimizer=optimizers.SGD(0.1), epochs=3)


@healthy
def sigmoid_layers() -> Doctor:
    return trained(mlp(32, 32, activation="sigmoid"), optimizer=optimizers.Adam(0.01), epochs=8)


@healthy
def dropout_and_weight_decay() -> Doctor:
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            L.Flatten(),
            L.Dense(64, activation="relu", kernel_regularizer="l2"),
            L.Dropout(0.5),
            L.Dense(10, activation="softmax"),
        ]
    )
    return trained(model, optimizer="adamw", epochs=8)


@healthy
def raw_pixels_scaled_in_the_model() -> Doctor:
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            L.Rescaling(1 / 255),
            L.Conv2D(8, 3, use_bias=False),
            L.BatchNormalization(momentum=0.9),
            L.Activation("relu"),
            L.GlobalAveragePooling2D(),
            L.Dense(10, activation="softmax"),
        ]
    )
    return trained(model, images=PIXELS, optimizer=optimizers.Adam(0.01), epochs=3)


@healthy
def raw_pixels_normalised_by_their_statistics() -> Doctor:
    scaling = L.Normalization(axis=-1)
    scaling.adapt(PIXELS[TRAIN])
    model = keras.Sequential([keras.Input((8, 8, 1)), scaling, L.Flatten(), L.Dense(10, activation="softmax")])
    return trained(model, images=PIXELS, optimizer="rmsprop", epochs=2)


@healthy
def raw_scores_and_one_hot_labels() -> Doctor:
    loss = losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.05)
    return trained(mlp(32, head="linear"), labels=one_hot(), loss=loss, epochs=2)


@healthy
def shortcuts_and_operations_in_a_graph() -> Doctor:
    given = keras.Input((8, 8, 1))
    hidden = L.Dense(32)(L.Flatten()(given))
    hidden = L.Add()([hidden, L.Dense(32)(keras.ops.relu(hidden))])
    scores = keras.ops.softmax(L.Dense(10)(keras.ops.relu(hidden)))
    return trained(keras.Model(given, scores), epochs=2)


class Subclassed(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.head = L.Dense(10)
        self.hidden = L.Dense(32)
        self.flat = L.Flatten()

    def call(self, images: Any) -> Any:
        hidden = keras.ops.relu(self.hidden(self.flat(images) / 255))
        return keras.ops.softmax(self.head(hidden))


@healthy
def subclassed_model_that_scales_inside() -> Doctor:
    return trained(Subclassed(), images=PIXELS, epochs=3)


@healthy
def subclassed_model_without_arrays() -> Doctor:
    return trained(Subclassed(), images=PIXELS, arrays=False, epochs=2)


@healthy
def frozen_model_in_a_model() -> Doctor:
    base = keras.Sequential([keras.Input((8, 8, 1)), L.Rescaling(1 / 255), L.Conv2D(16, 3, activation="relu")])
    base.trainable = False
    model = keras.Sequential([keras.Input((8, 8, 1)), base, L.Flatten(), L.Dense(10, activation="softmax")])
    return trained(model, images=PIXELS, epochs=2)


@healthy
def two_classes_and_one_unit() -> Doctor:
    labels = (LABELS > 4).astype("int64")
    return trained(mlp(32, head="sigmoid", classes=1), labels=labels, loss="binary_crossentropy", epochs=2)


@healthy
def numbers_instead_of_classes() -> Doctor:
    labels = UNIT.mean(axis=(1, 2, 3)) * 3 - 1
    return trained(mlp(32, head="linear", classes=1), labels=labels, loss="mse", metrics=["mae"], epochs=2)


@healthy
def pictures_of_themselves() -> Doctor:
    model = keras.Sequential([keras.Input((8, 8, 1)), L.Flatten(), L.Dense(16, activation="relu"), L.Dense(64)])
    return trained(model, labels=UNIT.reshape(-1, 64), loss="mse", metrics=(), epochs=2)


@healthy
def two_outputs() -> Doctor:
    given = keras.Input((8, 8, 1))
    hidden = L.Dense(16, activation="relu")(L.Flatten()(given))
    model = keras.Model(given, [L.Dense(10, activation="softmax")(hidden), L.Dense(1)(hidden)])
    model.compile("adam", [SPARSE, "mse"])
    doctor = Doctor(UNIT[TRAIN], LABELS[TRAIN], quiet=True)
    model.fit(UNIT[TRAIN], [LABELS[TRAIN], LABELS[TRAIN] / 9.0], epochs=2, verbose=0, callbacks=[doctor])
    return doctor


@healthy
def no_metric_and_several_steps_at_once() -> Doctor:
    together = 1 if keras.backend.backend() == "torch" else 8  # PyTorch takes one step at a time
    return trained(mlp(32), metrics=(), compiled={"steps_per_execution": together}, epochs=2)


@healthy
def squared_errors_behind_softmax() -> Doctor:
    return trained(mlp(32), labels=one_hot(), loss="mse", optimizer=optimizers.Adam(0.01), epochs=3)


@healthy
def early_stopping_with_a_falling_rate() -> Doctor:
    rate = optimizers.schedules.CosineDecay(0.01, 38 * 20)
    stop = keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True)
    return trained(mlp(32), optimizer=optimizers.Nadam(rate), epochs=20, callbacks=[stop], batch_size=64)


@healthy
def one_short_epoch() -> Doctor:
    return trained(mlp(32), epochs=1)


@healthy
def words_instead_of_pictures() -> Doctor:
    words = np.random.default_rng(3).integers(0, 2000, (1797, 12))
    labels = (words[:, :6].mean(axis=1) > words[:, 6:].mean(axis=1)).astype("int64")
    inner = [L.Embedding(2000, 8), L.GlobalAveragePooling1D(), L.Dense(8, activation="relu")]
    model = keras.Sequential([keras.Input((12,)), *inner, L.Dense(1, activation="sigmoid")])
    return trained(model, images=words, labels=labels, loss="binary_crossentropy", epochs=3)


@healthy
def a_focal_loss() -> Doctor:
    return trained(mlp(32), labels=one_hot(), loss="categorical_focal_crossentropy", epochs=3)


@healthy
def shortcuts_and_batch_statistics() -> Doctor:
    given = keras.Input((8, 8, 1))
    hidden = L.ReLU()(L.BatchNormalization()(L.Conv2D(8, 3, padding="same", use_bias=False)(given)))
    side = L.BatchNormalization()(L.Conv2D(8, 3, padding="same", use_bias=False)(hidden))
    pooled = L.GlobalAveragePooling2D()(L.ReLU()(L.Add()([hidden, side])))
    model = keras.Model(given, L.Dense(10, activation="softmax")(pooled))
    return trained(model, optimizer=optimizers.Adam(0.01), epochs=6)


@healthy
def training_continued_on_purpose() -> Doctor:
    model = mlp(32)
    trained(model, epochs=3)
    return trained(model, optimizer=None, epochs=4, initial_epoch=3)


# --- sick ----------------------------------------------------------------------------------------------------------


@sick("A1")
def divided_twice() -> Doctor:
    model = keras.Sequential([keras.Input((8, 8, 1)), L.Rescaling(1 / 255), *mlp(32).layers])
    return trained(model, epochs=2)


@sick("A2")
def raw_pixels() -> Doctor:
    return trained(mlp(32), images=PIXELS, epochs=2)


@sick("A3")
def validation_scaled_differently() -> Doctor:
    images = np.concatenate([UNIT[TRAIN], PIXELS[1200:]])
    return trained(mlp(32), images=images, epochs=2)


@sick("A5")
def labels_scaled_like_pixels() -> Doctor:
    return trained(mlp(32), labels=LABELS / 255, epochs=1)


@sick("A7")
def one_class_everywhere() -> Doctor:
    chosen = np.concatenate([np.flatnonzero(LABELS == 1), np.flatnonzero(LABELS == 8)[:4]])
    order = np.tile(chosen, 10)  # 4 and 182 pictures, often enough to fill the splits
    labels = (LABELS[order] == 8).astype("int64")
    return trained(mlp(8, classes=2), images=UNIT[order], labels=labels, optimizer=optimizers.SGD(1e-3), epochs=8)


@sick("A8")
def copies_in_the_test_images() -> Doctor:
    images = np.concatenate([UNIT[:1700], UNIT[:97]])
    return trained(mlp(32), images=images, test=TEST, epochs=1)


@sick("B1")
def raw_scores_as_probabilities() -> Doctor:
    return trained(mlp(32, head="linear"), epochs=2)


@sick("B2")
def softmax_twice() -> Doctor:
    return trained(mlp(32), loss=losses.SparseCategoricalCrossentropy(from_logits=True), arrays=False, epochs=2)


@sick("B3")
def one_unit_behind_softmax() -> Doctor:
    labels = (LABELS > 4).astype("int64")
    return trained(mlp(32, classes=1), labels=labels, loss="binary_crossentropy", epochs=2)


@sick("B4")
def relu_head() -> Doctor:
    return trained(mlp(32, head="relu"), labels=one_hot(), loss="mse", epochs=2)


@sick("B6")
def binary_accuracy_of_ten_classes() -> Doctor:
    return trained(mlp(32), labels=one_hot(), loss="categorical_crossentropy", metrics=["binary_accuracy"], epochs=2)


@sick("C1")
def rmsprop_that_is_adam() -> Doctor:
    return trained(mlp(32), handed={"label": "rmsprop 0.001"}, epochs=1)


@sick("C3")
def test_images_as_validation() -> Doctor:
    return trained(mlp(32), validation=TEST, test=TEST, epochs=1)


@sick("C5")
def training_images_as_validation() -> Doctor:
    return trained(mlp(32), validation=slice(600, 900), epochs=1)


@sick("C8")
def trained_before() -> Doctor:
    model = mlp(32)
    trained(model, optimizer=optimizers.Adam(0.01), epochs=3)
    return trained(model, epochs=1)


@sick("I1")
def equal_weights_without_arrays() -> Doctor:
    return trained(mlp(32, 32, kernel_initializer="zeros"), optimizer="sgd", arrays=False, epochs=6)


@sick("I2")
def rate_far_too_high() -> Doctor:
    return trained(mlp(32, 32), optimizer=optimizers.Adam(5.0), epochs=6)


@sick("I3")
def rate_far_too_low() -> Doctor:
    return trained(mlp(32), optimizer=optimizers.SGD(1e-7), epochs=8)


@sick("I4")
def not_finite() -> Doctor:
    return trained(mlp(32, head="linear"), labels=one_hot(), loss="mse", optimizer=optimizers.SGD(1e6), epochs=2)


@sick("I4")
def an_image_without_numbers() -> Doctor:
    images = UNIT.copy()
    images[5] = np.nan
    return trained(mlp(32), images=images, epochs=2)


@sick("B3")
def units_to_spare() -> Doctor:
    return trained(mlp(32, classes=14), epochs=1)


@sick("I5")
def dead_units() -> Doctor:
    dead = {"kernel_initializer": keras.initializers.RandomUniform(-0.5, 0.0), "bias_initializer": "zeros"}
    return trained(mlp(32, 32, **dead), epochs=6)


@sick("I6")
def ten_sigmoid_layers() -> Doctor:
    return trained(mlp(*[16] * 10, activation="sigmoid"), optimizer="sgd", epochs=8)


@sick("I7")
def all_weights_equal() -> Doctor:
    return trained(mlp(32, 32, kernel_initializer="ones"), arrays=False, epochs=2)


@sick("I10")
def no_activation() -> Doctor:
    return trained(mlp(32, 32, activation="linear"), epochs=2)


def main(names: list[str]) -> None:
    scenes = {**HEALTHY, **SICK}
    found = {name: told(scenes[name]) for name in names or scenes}
    report = {"backend": keras.backend.backend(), "healthy": list(HEALTHY), "sick": EXPECTED, "told": found}
    sys.stdout.write(json.dumps(report))


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # backends warn of each other; what counts here is what the doctor says
    main(sys.argv[1:])
