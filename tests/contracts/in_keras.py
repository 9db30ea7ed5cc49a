"""What stock Keras makes of a specification: one epoch from given weights, in the engine's order of batches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from classlab.datasets.dataset import Division, Split
from classlab.models.keras_build import to_keras
from classlab.models.keras_runtime import keras
from classlab.models.keras_words import layer_names
from classlab.records.architecture import Architecture
from classlab.records.layers import Rescaling
from classlab.records.run import RunSpec
from classlab.training import Weights
from classlab.training.keras.model import keras_loss, keras_optimizer
from classlab.training.loop.randomness import generator

STEPS = 50
BATCH = 16
# A power of two, so that the scale is the same number in every precision.
UNIT = Rescaling(scale=1 / 256)


@dataclass
class KerasRun:
    """What stock Keras makes of a specification."""

    history: dict[str, float]
    weights: Weights


def in_float64(config: Any) -> Any:
    """A Keras model's configuration with float64 in place of float32 throughout."""
    if isinstance(config, dict):
        return {key: in_float64(value) for key, value in config.items()}
    if isinstance(config, list | tuple):
        return [in_float64(value) for value in config]
    return "float64" if config == "float32" else config


def keras_run(
    spec: RunSpec,
    data: Division,
    weights: Weights,
    *,
    change: Callable[[Any], Any] | None = None,
    class_weight: dict[int, float] | None = None,
) -> KerasRun:
    """Trains one epoch with `keras.Model.fit` on the engine's order of batches."""
    assert isinstance(spec.architecture, Architecture)
    model = to_keras(spec.architecture, weights, input_layer=UNIT)
    if spec.precision == "float64":
        exact = type(model).from_config(in_float64(model.get_config()))
        exact.set_weights(model.get_weights())
        model = exact
    if change is not None:
        model = change(model)
    sparse = spec.loss.name == "sparse_categorical_crossentropy"
    metrics = keras().metrics
    kinds: list[Any] = [(metrics.SparseCategoricalAccuracy if sparse else metrics.CategoricalAccuracy)(name="accuracy")]
    if spec.top_k:
        top = metrics.SparseTopKCategoricalAccuracy if sparse else metrics.TopKCategoricalAccuracy
        kinds.append(top(k=spec.top_k, name=f"top_{spec.top_k}_accuracy"))
    model.compile(optimizer=keras_optimizer(spec.optimizer), loss=keras_loss(spec.loss), metrics=kinds)
    order = generator(spec.seed, "order of batches", 0).permutation(len(data.train))

    def targets(split: Split) -> Any:
        return split.labels if sparse else np.eye(10, dtype=np.float32)[split.labels]

    shuffled = Split(images=data.train.images[order], labels=data.train.labels[order])
    # On one thread, oneDNN's gradient of a 1 x 1 kernel with strides writes beyond its memory (AVX2, PyTorch 2.13.0).
    own_threads = torch.get_num_threads()
    torch.set_num_threads(max(2, own_threads))
    history = model.fit(
        shuffled.images,
        targets(shuffled),
        batch_size=spec.batch_size,
        epochs=1,
        shuffle=False,
        verbose=0,
        class_weight=class_weight,
        validation_data=(data.validation.images, targets(data.validation)),
    ).history
    torch.set_num_threads(own_threads)
    # In the architecture's order: Keras has the layers of a model that branches in another one.
    by_name = {layer.name: layer for layer in model.layers}
    named = [by_name[name] for name in layer_names(spec.architecture.layers) if name in by_name]
    arrays = [array for layer in named for array in layer.get_weights()]
    return KerasRun(
        history={name: values[-1] for name, values in history.items()},
        weights=dict(zip(weights, arrays, strict=True)),
    )
