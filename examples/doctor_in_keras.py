"""A plain Keras training whose images were divided by 255 twice, and what the doctor says before the first step."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras

from classlab import Doctor, load

if TYPE_CHECKING:
    import numpy as np


def network() -> keras.Model:
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Conv2D(8, 3, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def train(images: np.ndarray, labels: np.ndarray) -> Doctor:
    keras.utils.set_random_seed(0)
    doctor = Doctor(images[:1200], labels[:1200], validation_data=(images[1200:], labels[1200:]))
    network().fit(
        images[:1200],
        labels[:1200],
        validation_data=(images[1200:], labels[1200:]),
        epochs=3,
        verbose=0,
        callbacks=[doctor],
    )
    return doctor


def main() -> None:
    digits = load("digits").train
    images, labels = digits.images.astype("float32"), digits.labels  # pixels from 0 to 255, as most pictures have them

    print("--- scaled before the model and again inside it")
    sick = train(images / 255, labels)
    print("--- scaled once")
    sound = train(images, labels)

    # The claim: the fault is a fact that needs no patience, and the sound training has nothing above INFO.
    assert sick.diagnosis is not None
    assert sound.diagnosis is not None
    assert sick.diagnosis.findings[0].rule == "A1"
    assert sick.diagnosis.findings[0].kind == "fact"
    assert all(finding.severity == "INFO" for finding in sound.diagnosis.findings)


if __name__ == "__main__":
    main()
