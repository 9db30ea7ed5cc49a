"""Keras models, losses and optimizers for descriptions and specifications of ours."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.errors import SpecError
from classlab.models.keras_build import to_keras
from classlab.models.keras_import import rebuild
from classlab.models.keras_runtime import keras
from classlab.training.loop.randomness import stream_seed

if TYPE_CHECKING:
    from classlab.records.architecture import KerasArchitecture
    from classlab.records.layers import Normalization, Rescaling
    from classlab.records.optimizers import Optimizer
    from classlab.records.run import Loss
    from classlab.training.backend import Weights


def keras_model(
    architecture: KerasArchitecture, weights: Weights, *, input_layer: Rescaling | Normalization, seed: int
) -> Any:
    """The model with its preprocessing in front, taking uint8 pixels.

    Keras draws dropout from a global seed; it is set here from the run's seed, right before it is used.
    """
    keras().utils.set_random_seed(stream_seed(seed, "dropout") % 2**32)
    return to_keras(architecture, weights, input_layer=input_layer)


def first_weights(architecture: KerasArchitecture, given: Weights | None, *, seed: int) -> Weights:
    """What a run starts from: weights that are given, and the rest drawn by the layers' own initializers.

    Keras draws from a global seed; it is set here from the run's seed, right before it is used.

    Args:
        architecture: the model's description.
        given: all weights, by position, or those that the architecture keeps; None where it keeps none.
        seed: the run's.

    Raises:
        SpecError: the architecture keeps weights, and they are not given.
    """
    if given is not None and architecture.kept_weights is None:
        return given
    if given is None and architecture.kept_weights is not None:
        raise SpecError(
            f"the model {architecture.name!r} must come with the weights that no seed draws (frozen layers, statistics "
            "of Normalization layers), but they were not given. Train it from the Keras model or file that holds them."
        )
    keras().utils.set_random_seed(stream_seed(seed, "initial weights") % 2**32)
    return {**weights_of(rebuild(architecture)), **(given or {})}


def weights_of(model: Any) -> Weights:
    """A Keras model's weights by position in `get_weights()`."""
    return {str(place): np.array(array, np.float32) for place, array in enumerate(model.get_weights())}


def penalty_of(model: Any) -> float:
    """What the regularizers of a Keras model's weights add to its loss."""
    weights = [weight for weight in model.trainable_weights if weight.regularizer is not None]
    return float(sum(keras().ops.convert_to_numpy(weight.regularizer(weight.value)) for weight in weights))


def keras_optimizer(spec: Optimizer) -> Any:
    """Keras's own optimizer for a specification."""
    options = asdict(spec)
    kinds = keras().optimizers
    classes = {
        "sgd": kinds.SGD,
        "adam": kinds.Adam,
        "adamw": kinds.AdamW,
        "rmsprop": kinds.RMSprop,
        "adagrad": kinds.Adagrad,
        "nadam": kinds.Nadam,
    }
    return classes[options.pop("kind")](**options)


def keras_loss(spec: Loss) -> Any:
    """Keras's own loss for a specification."""
    losses = keras().losses
    if spec.name == "mean_squared_error":
        return losses.MeanSquaredError()
    if spec.name == "categorical_crossentropy":
        return losses.CategoricalCrossentropy(from_logits=spec.from_logits)
    return losses.SparseCategoricalCrossentropy(from_logits=spec.from_logits)


def keras_metrics(*, sparse: bool, top_k: int | None) -> list[Any]:
    """Keras's own accuracies; they are named as in a history of Keras's."""
    metrics = keras().metrics
    kinds = (
        (metrics.SparseCategoricalAccuracy, metrics.SparseTopKCategoricalAccuracy)
        if sparse
        else (metrics.CategoricalAccuracy, metrics.TopKCategoricalAccuracy)
    )
    found = [kinds[0](name="accuracy")]
    if top_k is not None:
        found.append(kinds[1](k=top_k, name=f"top_{top_k}_accuracy"))
    return found
