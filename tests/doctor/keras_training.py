"""Small Keras models on the 8 x 8 digits, trained beside a Doctor."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from sklearn.datasets import load_digits

from classlab import Doctor

L = keras.layers
PIXELS, LABELS = load_digits(return_X_y=True)
PIXELS = PIXELS.reshape(-1, 8, 8, 1).astype("float32") * (255 / 16)
UNIT = PIXELS / 255
TRAIN, VALIDATION, TEST = slice(0, 1200), slice(1200, 1500), slice(1500, None)
SPARSE = "sparse_categorical_crossentropy"


def mlp(*hidden: int, activation: str = "relu", head: str = "softmax", classes: int = 10, **options: Any) -> Any:
    inner = [L.Dense(units, activation=activation, **options) for units in hidden]
    return keras.Sequential([keras.Input((8, 8, 1)), L.Flatten(), *inner, L.Dense(classes, activation=head)])


def trained(
    model: Any,
    *,
    images: Any = UNIT,
    labels: Any = LABELS,
    optimizer: Any = "adam",
    loss: Any = SPARSE,
    metrics: Any = ("accuracy",),
    epochs: int = 6,
    arrays: bool = True,
    train: slice = TRAIN,
    validation: slice = VALIDATION,
    test: slice | None = None,
    callbacks: Any = (),
    compiled: dict[str, Any] | None = None,
    handed: dict[str, Any] | None = None,
    **fitting: Any,
) -> Doctor:
    given: dict[str, Any] = {"quiet": True}
    if arrays:
        given |= {"x": images[train], "y": labels[train], "validation_data": (images[validation], labels[validation])}
    if test is not None:
        given["test_data"] = (images[test], labels[test])
    doctor = Doctor(**given | (handed or {}))
    if optimizer is not None:
        model.compile(optimizer, loss, metrics=list(metrics) or None, **(compiled or {}))
    fitting |= {"epochs": epochs, "verbose": 0, "validation_data": (images[validation], labels[validation])}
    fitting.setdefault("batch_size", 32 if epochs > 3 else 64)  # symptoms need 200 steps, facts need none
    model.fit(images[train], labels[train], callbacks=[doctor, *callbacks], **fitting)
    return doctor


def one_hot(labels: Any = LABELS) -> Any:
    return np.eye(10, dtype="float32")[labels]


def told(scene: Callable[[], Doctor]) -> dict[str, Any]:
    """What the doctor of a scene says, and whether training changed through its presence."""
    keras.utils.set_random_seed(7)
    began = time.perf_counter()
    doctor = scene()
    diagnosis = doctor.diagnosis
    return {
        "findings": [[each.rule, each.severity, each.text] for each in diagnosis.findings] if diagnosis else [],
        "causes": {each.rule: [cause.rule for cause in each.causes] for each in diagnosis.findings}
        if diagnosis
        else {},
        "checked": list(diagnosis.checked) if diagnosis else [],
        "unchecked": {each.rule: each.reason for each in diagnosis.unchecked} if diagnosis else {},
        "gave_up": doctor.gave_up,
        "seconds": round(time.perf_counter() - began, 2),
    }
