"""Random networks over the whole vocabulary, each reproducible from its number."""

from typing import get_args

import numpy as np

from classlab.models.weights import weight_specs
from classlab.records import Architecture
from classlab.records import layers as records

ACTIVATIONS = get_args(records.ActivationName)
INITIALIZERS = (
    *(records.Initializer(name=name) for name in get_args(records.InitializerName)),
    records.Initializer(name="constant", value=0.25),
    records.Initializer(name="random_normal", mean=0.5, stddev=0.125),
    records.Initializer(name="truncated_normal", stddev=0.75),
    records.Initializer(name="random_uniform", minval=-0.5, maxval=0.25),
)


def random_architecture(number: int) -> Architecture:
    """Some image layers, a way to one row of values, some row layers, and class scores."""
    rng = np.random.default_rng(number)
    shape = (int(rng.integers(9, 14)), int(rng.integers(9, 14)), int(rng.choice([1, 3])))
    layers: list[records.Layer] = []
    for _ in range(rng.integers(0, 4)):
        layers += [_image_layer(rng), *_either(rng)]
    layers.append(records.GlobalAveragePooling2D() if rng.random() < 0.3 else records.Flatten())
    for _ in range(rng.integers(0, 3)):
        layers += [_dense(rng, int(rng.integers(1, 9))), *_either(rng)]
    layers.append(records.Dense(units=4, activation="softmax"))
    return Architecture(name=f"random_{number}", input_shape=shape, layers=tuple(layers))


def random_weights(architecture: Architecture, *, seed: int = 0) -> dict[str, np.ndarray]:
    """Values that keep activations within a few units; variances are positive."""
    rng = np.random.default_rng(seed)
    return {
        spec.key: (
            rng.uniform(0.5, 2.0, spec.shape)
            if spec.name == "moving_variance"
            else rng.normal(0, 1 / np.sqrt(max(1, np.prod(spec.shape[:-1]))), spec.shape)
        ).astype(np.float32)
        for spec in weight_specs(architecture)
    }


def _weighted(rng: np.random.Generator) -> dict[str, object]:
    def regularizer() -> records.Regularizer | None:
        choices = (None, records.Regularizer(l1=0.01), records.Regularizer(l2=0.1), records.Regularizer(l1=0.3, l2=0.7))
        return choices[rng.integers(4)]

    return {
        "activation": str(rng.choice(ACTIVATIONS)),
        "use_bias": bool(rng.random() < 0.7),
        "kernel_initializer": INITIALIZERS[rng.integers(len(INITIALIZERS))],
        "bias_initializer": INITIALIZERS[rng.integers(len(INITIALIZERS))],
        "kernel_regularizer": regularizer(),
        "bias_regularizer": regularizer(),
    }


def _dense(rng: np.random.Generator, units: int) -> records.Dense:
    return records.Dense(units=units, **_weighted(rng))  # type: ignore[arg-type]


def _image_layer(rng: np.random.Generator) -> records.Layer:
    def pair(low: int, high: int) -> tuple[int, int]:
        return (int(rng.integers(low, high)), int(rng.integers(low, high)))

    padding = "same"  # keeps every stack of layers possible; `valid` has tests of its own
    kind = rng.integers(4)
    if kind < 2:
        strides = (1, 1) if kind else pair(1, 3)
        return records.Conv2D(
            filters=int(rng.integers(1, 6)),
            kernel_size=pair(1, 5),
            strides=strides,
            padding=padding,
            **_weighted(rng),  # type: ignore[arg-type]
        )
    pool = pair(2, 4)
    strides = pair(1, 3)
    pooling = records.MaxPooling2D if kind == 2 else records.AveragePooling2D
    return pooling(pool_size=pool, strides=None if strides == pool or rng.random() < 0.5 else strides, padding=padding)


def _either(rng: np.random.Generator) -> list[records.Layer]:
    """Nothing, or a layer that keeps the shape."""
    choices: list[records.Layer] = [
        records.Dropout(rate=0.25),
        records.BatchNormalization(
            momentum=0.9, epsilon=0.01, center=bool(rng.integers(2)), scale=bool(rng.integers(2))
        ),
        records.Activation(activation=str(rng.choice(ACTIVATIONS))),  # type: ignore[arg-type]
        records.ReLU(),
        records.LeakyReLU(negative_slope=0.1),
        records.Rescaling(scale=0.5, offset=-0.25),
        records.Normalization(mean=(0.5,), variance=(4.0,)),
    ]
    return [choices[rng.integers(len(choices))]] if rng.random() < 0.6 else []
