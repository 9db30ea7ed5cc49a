"""Takes a compiled Keras model, trains it here, and gives it back as a file that stock Keras opens."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras

import classlab


def main() -> None:
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(8, 5, activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ],
        name="small",
    )
    model.compile(optimizer=keras.optimizers.RMSprop(0.002), loss="sparse_categorical_crossentropy")

    data = classlab.load("mnist5k")
    run = classlab.fit(data, model, epochs=5)
    assert run.record.test is not None
    print(f"test accuracy {run.record.test.accuracy:.3f} ({run.record.test.images:,} images)")

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "small.keras"
        proof = run.to_keras(path)
        reopened = keras.saving.load_model(path)
    # The file takes raw pixels: the preprocessing is inside.
    said = np.asarray(reopened.predict(data.test.images, verbose=0))
    difference = float(np.abs(said - run.predict(data.test.images)).max())
    print(f"largest difference between Keras and the run: {difference:.1e}")

    # The claim: what comes back is the network that was trained.
    assert difference < 1e-5
    assert proof.max_difference < 1e-5
    assert run.record.test.accuracy > 0.85


if __name__ == "__main__":
    main()
