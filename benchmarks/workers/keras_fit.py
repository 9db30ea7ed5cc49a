"""Keras's `fit`, as a user writes it, or with the settings that Keras offers for speed."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

from benchmarks.measure import EpochClock, Images, Job, Stopwatch, read_images, read_job, report, versions
from benchmarks.networks.in_keras import keras_network
from benchmarks.networks.names import BROUGHT

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from benchmarks.workloads import Arm

STEPS_PER_EXECUTION = 67  # divides the 469 batches of 60,000 images


def main() -> None:
    job = read_job()
    os.environ["KERAS_BACKEND"] = job.options["backend"]
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    if job.options["backend"] == "torch":
        import torch

        torch.set_num_threads(job.threads)

    if precision := job.options.get("precision"):
        keras.mixed_precision.set_global_policy(f"mixed_{precision}")
    images = read_images(job)
    x_train, x_test = (_pixels(part, job) for part in (images.x_train, images.x_test))
    epochs, total, accuracy, evaluation = [], 0.0, [], Stopwatch()
    for arm in job.arms:
        seconds, per_epoch, model = _fit(keras, job, arm, x_train, images)
        epochs.append(per_epoch)
        total += seconds
        with evaluation.running():
            guesses = model.predict(x_test, batch_size=1000, verbose=0).argmax(axis=1)
        accuracy.append(float((guesses == images.y_test).mean()))
    packages = ("keras", "numpy", {"tensorflow": "tensorflow-cpu"}.get(job.options["backend"], job.options["backend"]))
    report(
        job=job,
        epoch_seconds=epochs,
        training_seconds=total,
        accuracy=accuracy,
        evaluation_seconds=evaluation.seconds,
        versions=versions(*packages, "tensorflow"),
    )


def _pixels(images: NDArray[np.uint8], job: Job) -> NDArray[Any]:
    scaled = images / 255
    return scaled.astype("float32") if job.options["tuned"] else scaled


def _fit(keras: Any, job: Job, arm: Arm, x_train: NDArray[Any], images: Images) -> tuple[float, list[float], Any]:
    keras.utils.set_random_seed(arm.seed)
    model = _network(keras, job, arm, x_train.shape[1:])
    optimizers = {"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam, "rmsprop": keras.optimizers.RMSprop}
    model.compile(
        optimizer=optimizers[arm.optimizer](learning_rate=arm.learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        **_speed(job, steps=-(-len(x_train) // job.batch_size)),
    )
    clock = EpochClock()
    started = time.perf_counter()
    model.fit(
        x_train,
        images.y_train,
        batch_size=job.batch_size,
        epochs=job.epochs,
        verbose=0,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: clock.lap())],
    )
    return time.perf_counter() - started, clock.epochs, model


def _speed(job: Job, *, steps: int) -> dict[str, Any]:
    if not job.options["tuned"]:
        return {}
    if job.options["backend"] == "torch":  # one step per execution is all that this backend offers
        return {"jit_compile": True}
    return {"steps_per_execution": min(steps, STEPS_PER_EXECUTION), "jit_compile": job.options.get("jit", "auto")}


def _network(keras: Any, job: Job, arm: Arm, shape: tuple[int, ...]) -> Any:
    if job.network in BROUGHT:
        return keras_network(job.network)
    layers = keras.layers
    network = [keras.Input(shape)]
    for layer in job.workload.layers_for(arm):
        match layer.kind:
            case "flatten":
                network.append(layers.Flatten())
            case "dense":
                network.append(layers.Dense(layer.width, activation=layer.activation))
            case "conv":
                network.append(layers.Conv2D(layer.width, layer.window, activation=layer.activation))
            case "pool":
                network.append(layers.MaxPooling2D(layer.window))
    return keras.Sequential(network)


if __name__ == "__main__":
    main()
