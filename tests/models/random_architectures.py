"""Random networks over the whole vocabulary, each reproducible from its number."""

from dataclasses import replace
from typing import get_args

import numpy as np

from classlab.models.builtin import MODEL_NAMES, build
from classlab.models.weights import output_shapes, weight_specs
from classlab.records import Architecture
from classlab.records import layers as records
from classlab.records.architecture import IMAGES

ACTIVATIONS = get_args(records.ActivationName)
INITIALIZERS = (
    *(records.Initializer(name=name) for name in get_args(records.InitializerName)),
    records.Initializer(name="constant", value=0.25),
    records.Initializer(name="random_normal", mean=0.5, stddev=0.125),
    records.Initializer(name="truncated_normal", stddev=0.75),
    records.Initializer(name="random_uniform", minval=-0.5, maxval=0.25),
)
FOR_BIASES = tuple(each for each in INITIALIZERS if each.name != "orthogonal")  # which needs two axes


def random_architecture(number: int) -> Architecture:
    """Some image layers, a way to one row of values, some row layers, and class scores."""
    rng = np.random.default_rng(number)
    shape = (int(rng.integers(9, 14)), int(rng.integers(9, 14)), int(rng.choice([1, 3])))
    layers: list[records.Layer] = []
    for _ in range(rng.integers(0, 4)):
        layers += [_image_layer(rng), *_either(rng)]
    layers += _way_to_a_row(rng, shape, layers)
    for _ in range(rng.integers(0, 3)):
        layers += [_dense(rng, int(rng.integers(1, 9))), *_either(rng)]
    layers.append(records.Dense(units=4, activation="softmax"))
    return Architecture(name=f"random_{number}", input_shape=shape, layers=tuple(layers))


def random_graph(number: int) -> Architecture:
    """Image layers that branch from any place before them, all joined, and class scores."""
    rng = np.random.default_rng(1000 + number)
    shape = (6, 5, int(rng.choice([1, 3])))
    layers: list[records.Layer] = []
    inputs: list[tuple[int, ...]] = []

    def add(layer: records.Layer, *sources: int) -> int:
        layers.append(layer)
        inputs.append(sources)
        return len(layers) - 1

    width = int(rng.integers(2, 5))
    options = {"filters": width, "kernel_size": (3, 3), "padding": "same"}
    ends = [add(records.Conv2D(**options), IMAGES)]  # type: ignore[arg-type]  # every end has the shape (6, 5, width)
    for _ in range(rng.integers(1, 5)):
        source = int(rng.choice(ends))
        layer: records.Layer
        match rng.integers(4):
            case 0:
                layer = records.SeparableConv2D(**options, **_separable(rng))  # type: ignore[arg-type]
            case 1:
                layer = records.LayerNormalization(epsilon=0.01, center=bool(rng.integers(2)))
            case 2:
                pooled = add(records.GlobalMaxPooling2D(), source)
                row = add(records.Reshape(target_shape=(1, 1, width)), pooled)
                ends.append(add(records.Multiply(), source, add(_dense(rng, width), row)))
                continue
            case _:
                layer = records.Activation(activation=str(rng.choice(ACTIVATIONS)))  # type: ignore[arg-type]
        one = add(layer, source)
        joins = (records.Add, records.Subtract, records.Average, records.Maximum, records.Multiply)
        ends.append(add(joins[rng.integers(len(joins))](), int(rng.choice(ends)), one))
    read = {source for sources in inputs for source in sources}
    loose = [place for place in range(len(layers)) if place not in read]
    last = add(records.Concatenate(), *loose, ends[0]) if len(loose) > 1 else loose[0]
    add(records.Dense(units=4, activation="softmax"), add(records.Flatten(), last))
    return Architecture(name=f"graph_{number}", input_shape=shape, layers=tuple(layers), inputs=tuple(inputs))


def random_network(number: int) -> Architecture:
    """A built-in network, a chain or a graph, of those that Keras's PyTorch backend computes as its others do.

    Of padded averages over windows that overlap, Keras 3.15 on PyTorch counts some of the padding in, which TensorFlow
    and the engine do not, so such a layer takes the maximum here.
    """
    rng = np.random.default_rng(2000 + number)
    if number % 5 == 0:
        name = MODEL_NAMES[number // 5 % len(MODEL_NAMES)]
        return build(name, input_shape=(24, 22, int(rng.choice([1, 3]))), classes=int(rng.integers(2, 12)))
    if number % 5 == 1:
        return random_graph(number)
    chain = random_architecture(number)
    layers = [
        records.MaxPooling2D(pool_size=layer.pool_size, strides=layer.strides, padding=layer.padding)
        if isinstance(layer, records.AveragePooling2D) and layer.padding == "same"
        else layer
        for layer in chain.layers
    ]
    return replace(chain, layers=tuple(layers))


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


def _way_to_a_row(
    rng: np.random.Generator, shape: tuple[int, int, int], layers: list[records.Layer]
) -> list[records.Layer]:
    """What makes one row of values of an image's."""
    match rng.integers(5):
        case 0:
            return [records.GlobalAveragePooling2D()]
        case 1:
            return [records.GlobalMaxPooling2D()]
        case 2 if layers:  # a leading Reshape to the pixels' own shape is read as none
            *_, (rows, columns, channels) = output_shapes(
                Architecture(name="it", input_shape=shape, layers=tuple(layers))
            )
            steps = records.Reshape(target_shape=(rows, columns * channels))
            return [steps, records.GRU(**_recurrent(rng), return_sequences=True), records.LSTM(**_recurrent(rng))]  # type: ignore[arg-type]
        case _:
            return [records.Flatten()]


def _regularizer(rng: np.random.Generator) -> records.Regularizer | None:
    choices = (None, records.Regularizer(l1=0.01), records.Regularizer(l2=0.1), records.Regularizer(l1=0.3, l2=0.7))
    return choices[rng.integers(4)]


def _initializer(rng: np.random.Generator) -> records.Initializer:
    return INITIALIZERS[rng.integers(len(INITIALIZERS))]


def _biased(rng: np.random.Generator) -> dict[str, object]:
    return {
        "use_bias": bool(rng.random() < 0.7),
        "bias_initializer": FOR_BIASES[rng.integers(len(FOR_BIASES))],
        "bias_regularizer": _regularizer(rng),
    }


def _weighted(rng: np.random.Generator) -> dict[str, object]:
    return {
        "activation": str(rng.choice(ACTIVATIONS)),
        "kernel_initializer": _initializer(rng),
        "kernel_regularizer": _regularizer(rng),
        **_biased(rng),
    }


def _depthwise(rng: np.random.Generator) -> dict[str, object]:
    return {
        "depth_multiplier": int(rng.integers(1, 4)),
        "activation": str(rng.choice(ACTIVATIONS)),
        "depthwise_initializer": _initializer(rng),
        "depthwise_regularizer": _regularizer(rng),
        **_biased(rng),
    }


def _separable(rng: np.random.Generator) -> dict[str, object]:
    pointwise = {"pointwise_initializer": _initializer(rng), "pointwise_regularizer": _regularizer(rng)}
    return {**_depthwise(rng), **pointwise}


def _recurrent(rng: np.random.Generator) -> dict[str, object]:
    return {
        "units": int(rng.integers(1, 6)),
        "go_backwards": bool(rng.integers(2)),
        "kernel_initializer": _initializer(rng),
        "recurrent_initializer": _initializer(rng),
        "kernel_regularizer": _regularizer(rng),
        "recurrent_regularizer": _regularizer(rng),
        **_biased(rng),
    }


def _dense(rng: np.random.Generator, units: int) -> records.Dense:
    return records.Dense(units=units, **_weighted(rng))  # type: ignore[arg-type]


def _image_layer(rng: np.random.Generator) -> records.Layer:
    def pair(low: int, high: int) -> tuple[int, int]:
        return (int(rng.integers(low, high)), int(rng.integers(low, high)))

    padding = "same"  # keeps every stack of layers possible; `valid` has tests of its own
    kind = rng.integers(8)
    if kind == 4:
        return records.DepthwiseConv2D(kernel_size=pair(1, 5), padding=padding, **_depthwise(rng))  # type: ignore[arg-type]
    if kind == 5:
        return records.SeparableConv2D(filters=3, kernel_size=pair(1, 4), padding=padding, **_separable(rng))  # type: ignore[arg-type]
    if kind >= 6:
        edges: list[records.Layer] = [
            records.ZeroPadding2D(padding=(pair(0, 3), pair(0, 3))),
            records.Cropping2D(cropping=((0, 1), (1, 0))),
            records.UpSampling2D(size=pair(1, 3)),
            records.SpatialDropout2D(rate=0.25),
        ]
        return edges[rng.integers(4)]
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
        records.LayerNormalization(epsilon=0.01, center=bool(rng.integers(2)), scale=bool(rng.integers(2))),
    ]
    return [choices[rng.integers(len(choices))]] if rng.random() < 0.6 else []
