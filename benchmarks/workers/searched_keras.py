"""What both of Keras's search tools share: a candidate's network, its training, and the time that ends it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from benchmarks.measure import versions
from benchmarks.search_space import PATIENCE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from benchmarks.search_job import Clock, SearchImages, SearchJob
    from benchmarks.search_space import SearchedModel, Settings

CLASSES = 10
STEPS_PER_EXECUTION = 67  # on TensorFlow; the loop of Keras in Python costs most of a small network's step otherwise


def start_keras(job: SearchJob) -> Any:
    """Imports Keras on the backend that was asked for, with the job's threads and seed."""
    os.environ["KERAS_BACKEND"] = job.options["backend"]
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    if job.options["backend"] == "torch":
        import torch

        torch.set_num_threads(job.threads)
    keras.utils.set_random_seed(job.seed)
    return keras


def pixels(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Images scaled to 0 to 1 once, not in every step."""
    scaled: NDArray[np.float32] = (images / 255).astype("float32")
    return scaled


def compiled(keras: Any, job: SearchJob, settings: Settings) -> Any:
    """The network of one candidate, ready to train.

    On TensorFlow it trains with `steps_per_execution`, and Keras decides about XLA, which it leaves off on a processor:
    there an epoch of convolutions took twice as long with it. On PyTorch it is not compiled: every candidate would be
    compiled anew, which takes longer than its epochs.
    """
    model = keras.Sequential([keras.Input((28, 28, 1)), *_hidden(keras.layers, job.model, settings)])
    model.add(keras.layers.Dense(CLASSES, activation="softmax"))
    rules = {"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam, "rmsprop": keras.optimizers.RMSprop}
    name = settings["optimizer"]
    model.compile(
        optimizer=rules[name](learning_rate=settings[f"{name}_rate"]),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        **({"steps_per_execution": STEPS_PER_EXECUTION} if job.options["backend"] == "tensorflow" else {}),
    )
    return model


def _hidden(layers: Any, model: SearchedModel, settings: Settings) -> list[Any]:
    drop = [layers.Dropout(settings["dropout"])] if settings["dropout"] > 0 else []
    if model == "mlp":
        width, activation = settings["units"], settings["activation"]
        found = [layers.Flatten()]
        for _ in range(settings["layers"]):
            found += [layers.Dense(width, activation=activation), *drop]
        return found
    found = []
    for _ in range(settings["blocks"]):
        found.append(layers.Conv2D(settings["filters"], settings["kernel"], padding="same", activation="relu"))
        found += [layers.BatchNormalization()] if settings["batch_norm"] else []
        found.append(layers.MaxPooling2D(2))
    return [*found, layers.Flatten(), layers.Dense(settings["dense"], activation="relu"), *drop]


def fit_arguments(images: SearchImages) -> dict[str, Any]:
    """What every `fit` of a search is given, but its epochs and callbacks."""
    return {
        "x": pixels(images.x_train),
        "y": images.y_train,
        "validation_data": (pixels(images.x_validation), images.y_validation),
        "validation_batch_size": 1000,
        "verbose": 0,
    }


class Effort:
    """The epochs that were trained, and the end of all training when the time is up."""

    def __init__(self, keras: Any, clock: Clock) -> None:
        self.epochs = 0
        self._callbacks, self._clock = keras.callbacks, clock

    def callback(self) -> Any:
        """Counts the epochs of one `fit`, and ends it within an epoch where it must."""
        effort, clock = self, self._clock

        class Watch(self._callbacks.Callback):  # type: ignore[name-defined,misc]  # Keras is imported late
            def __deepcopy__(self, memo: dict[int, Any]) -> Watch:
                """KerasTuner copies callbacks for every trial; the count is one for all."""
                return Watch()

            def on_train_batch_end(self, *_: Any, **__: Any) -> None:
                """Ends the training within an epoch; what it has by then is validated and counts."""
                if clock.over:
                    self.model.stop_training = True

            def on_epoch_end(self, *_: Any, **__: Any) -> None:
                """Counts."""
                effort.epochs += 1

        return Watch()

    def patience(self) -> Any:
        """Ends candidates that gain nothing, and keeps their best epoch."""
        return self._callbacks.EarlyStopping("val_accuracy", mode="max", patience=PATIENCE, restore_best_weights=True)


def accuracy(model: Any, images: NDArray[np.uint8], labels: NDArray[np.int64]) -> float:
    """Share of right answers."""
    guesses = model.predict(pixels(images), batch_size=1000, verbose=0).argmax(axis=1)
    return float((guesses == labels).mean())


def keras_versions(job: SearchJob, tool: str) -> dict[str, str]:
    """Of the tool and of what it ran on."""
    backend = job.options["backend"]
    return versions(tool, "keras", "numpy", *({backend} if backend != "tensorflow" else {backend, "tensorflow-cpu"}))
