"""The networks as classlab's records."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from benchmarks.networks.names import BROUGHT, BroughtName
from benchmarks.workloads import CLASSES

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Literal

    from classlab.records.architecture import Architecture, ImageShape, KerasArchitecture

    BuiltIn = Literal["linear", "mlp", "cnn", "cnn-small"]


def architecture_of(
    network: BuiltIn | BroughtName,
    *,
    input_shape: ImageShape = (28, 28, 1),
    classes: int = CLASSES,
    activation: Literal["relu", "sigmoid"] = "relu",
    file: Path | None = None,
) -> Architecture | KerasArchitecture:
    """What is built in, or what a Keras model becomes, whose author decided on shape, classes and activations.

    Args:
        network: its name.
        input_shape: rows, columns and channels of what is built in.
        classes: of what is built in.
        activation: of the hidden layers of what is built in.
        file: where its author saved it; None, or none there, where its program builds it.
    """
    if file is not None and file.exists():
        from classlab.models import load_keras_file

        return load_keras_file(file).architecture
    if network in BROUGHT:
        os.environ.setdefault("KERAS_BACKEND", "torch")  # before its author imports Keras
        from benchmarks.networks.in_keras import keras_network
        from classlab.models import from_keras

        return from_keras(keras_network(network)).architecture
    from classlab.models.builtin import build

    return build(network, input_shape=input_shape, classes=classes, activation=activation)
