"""A Keras network that has what a step must get right, and Keras's own training of it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import numpy as np

from classlab.models.keras_import import from_keras
from classlab.models.keras_runtime import keras
from classlab.training.loop.randomness import generator

OPTIMIZERS = {"sgd": "SGD", "adam": "Adam", "adamw": "AdamW", "rmsprop": "RMSprop", "adagrad": "Adagrad"}


def own_layer() -> Any:
    """A class of layers that no engine knows."""
    k = keras()

    @k.saving.register_keras_serializable(package="classlab_tests")
    class Gate(k.layers.Layer):  # type: ignore[misc]  # Keras ships no types
        """Scales channels, adds to the loss, and has a weight that nothing uses."""

        def build(self, shape: Any) -> None:
            self.scale = self.add_weight(shape=(shape[-1],), initializer="ones", name="scale", constraint="non_neg")
            self.unused = self.add_weight(shape=(2,), initializer="ones", name="unused")

        def call(self, inputs: Any) -> Any:
            self.add_loss(0.01 * k.ops.mean(inputs**2))
            return inputs * self.scale

    return Gate


def passing_layer() -> Any:
    """A class of layers that no engine knows, which passes on what it is given."""
    k = keras()

    @k.saving.register_keras_serializable(package="classlab_tests")
    class Passing(k.layers.Layer):  # type: ignore[misc]  # as above
        def call(self, inputs: Any) -> Any:
            return 1.0 * inputs

    return Passing


def network(*, outputs: int = 10, end: str | None = "softmax", gate: bool = True, middle: Any = ()) -> Any:
    """Convolution, normalization, dropout of nothing, penalties; a bias before a normalization would be mere noise."""
    k = keras()
    layers = [
        k.Input((6, 6, 1)),
        k.layers.Conv2D(4, 3, padding="same", use_bias=False),
        k.layers.BatchNormalization(),
        k.layers.MaxPooling2D(2, padding="same"),
        k.layers.SpatialDropout2D(0.0),
        *([own_layer()(name="gate")] if gate else []),
        *middle,
        k.layers.Flatten(),
        k.layers.Dense(12, activation="tanh", kernel_regularizer="l2", activity_regularizer="l1"),
        k.layers.Dense(outputs, activation=end),
    ]
    return from_keras(k.Sequential(layers, name="gated"))


def fitted(
    bench: Any, spec: Any, weights: Any, *, epochs: int, rate: Any = None, class_weight: Any = None
) -> tuple[list[Any], dict[str, Any]]:
    """Weights and figures after Keras's own `fit` on the same batches."""
    k = keras()
    model = k.models.model_from_json(json.dumps(spec.architecture.config))
    model.set_weights([weights[str(place)] for place in range(len(weights))])
    options = asdict(spec.optimizer)
    kind = options.pop("kind")
    if rate is not None:
        options["learning_rate"] = rate
    losses, sparse = k.losses, spec.loss.name == "sparse_categorical_crossentropy"
    model.compile(
        optimizer=getattr(k.optimizers, OPTIMIZERS.get(kind, "Nadam"))(**options),
        loss={
            "sparse_categorical_crossentropy": lambda: losses.SparseCategoricalCrossentropy(spec.loss.from_logits),
            "categorical_crossentropy": lambda: losses.CategoricalCrossentropy(spec.loss.from_logits),
            "mean_squared_error": losses.MeanSquaredError,
        }[spec.loss.name](),
        metrics=["accuracy"],
    )
    train, validation = bench.division.train, bench.division.validation
    classes = model.output_shape[-1]

    def targets(labels: Any) -> Any:
        return labels if sparse else np.eye(classes, dtype=np.float32)[labels]

    figures: dict[str, list[float]] = {}
    for epoch in range(epochs):
        order = generator(spec.seed, "order of batches", epoch).permutation(len(train))
        history = model.fit(
            train.images[order].astype(np.float32) / 255,
            targets(train.labels[order]),
            batch_size=spec.batch_size,
            shuffle=False,
            verbose=0,
            class_weight=class_weight,
        ).history
        there = model.evaluate(
            validation.images.astype(np.float32) / 255, targets(validation.labels), verbose=0, return_dict=True
        )
        for name, value in there.items():
            figures.setdefault(name, []).append(history[name][0])
            figures.setdefault(f"val_{name}", []).append(value)
    return [np.asarray(array) for array in model.get_weights()], figures
