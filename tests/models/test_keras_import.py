import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from classlab.errors import SpecError
from classlab.models import from_keras, input_layer, to_keras
from classlab.models.keras_import import rebuild
from classlab.models.keras_runtime import keras as load_keras
from classlab.records import Architecture, KerasArchitecture
from classlab.records.layers import Activation, Dense, Dropout, Flatten, Normalization, Rescaling

keras = load_keras()
L = keras.layers
NONE = input_layer("none", np.zeros((1, 1, 1, 1), np.uint8))
GREY = (6, 5)


@pytest.fixture(autouse=True)
def fresh_names() -> None:
    keras.utils.clear_session(free_memory=False)


def sequential(*layers: Any, shape: tuple[int, ...] = (6, 5, 1)) -> Any:
    return keras.Sequential([keras.Input(shape), *layers], name="mine")


def functional(build: Callable[[Any], Any], *, shape: tuple[int, ...] = (6, 5, 1)) -> Any:
    entrance = keras.Input(shape)
    return keras.Model(entrance, build(entrance), name="mine")


def pixels(count: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(5).integers(0, 256, (count, *shape), dtype=np.uint8)


def adapted(axis: int | None) -> Any:
    layer = L.Normalization(axis=axis)
    layer.adapt(np.random.default_rng(2).normal(3, 2, (20, 6, 5, 3)).astype(np.float32))
    return layer


def branching(x: Any) -> Any:
    flat = L.Flatten()(x)
    return L.Add()([L.Dense(3)(flat), L.Dense(3)(flat)])


def squeezed(x: Any) -> Any:
    maps = L.Conv2D(4, 3)(x)
    gate = L.Dense(4, "sigmoid")(L.Dense(2, "relu")(L.GlobalAveragePooling2D(keepdims=True)(maps)))
    return L.Dense(3)(L.Flatten()(L.Multiply()([maps, gate])))


def called_twice(x: Any) -> Any:
    """The second call of the function needs a layer that stands behind it in Keras's list."""
    relu = L.ReLU()
    first = relu(L.Dense(4)(L.Flatten()(x)))
    return L.Average()([first, relu(L.Dense(4)(first))])


READ: dict[str, tuple[Callable[[], Any], tuple[str, ...]]] = {
    "grey without channel axis": (lambda: sequential(L.Flatten(), L.Dense(3), shape=GREY), ("Flatten", "Dense")),
    "grey with the axis added": (
        lambda: sequential(L.Reshape((6, 5, 1)), L.Conv2D(2, 3), L.Flatten(), L.Dense(3), shape=GREY),
        ("Conv2D", "Flatten", "Dense"),
    ),
    "scaled before the axis is added": (
        lambda: sequential(L.Rescaling(0.01), L.Reshape((6, 5, -1)), L.Flatten(), L.Dense(3), shape=GREY),
        ("Rescaling", "Flatten", "Dense"),
    ),
    "flat rows reshaped to images": (
        lambda: sequential(L.Reshape((6, 5, 1)), L.Conv2D(2, 3), L.Flatten(), L.Dense(3), shape=(30,)),
        ("Conv2D", "Flatten", "Dense"),
    ),
    "images reshaped to flat rows": (
        lambda: sequential(L.Reshape((30,)), L.Dense(3)),
        ("Flatten", "Dense"),
    ),
    "a softmax layer": (lambda: sequential(L.Flatten(), L.Dense(3), L.Softmax()), ("Flatten", "Dense", "Activation")),
    "a functional chain": (
        lambda: functional(lambda x: L.Dense(3)(L.Flatten()(L.MaxPooling2D()(x)))),
        ("MaxPooling2D", "Flatten", "Dense"),
    ),
    "models within models": (
        lambda: functional(
            lambda x: L.Dense(3)(
                keras.Sequential([functional(lambda y: L.BatchNormalization()(y)), L.Flatten()], name="inner")(x)
            )
        ),
        ("BatchNormalization", "Flatten", "Dense"),
    ),
    "adapted per channel": (
        lambda: sequential(adapted(-1), L.Flatten(), L.Dense(3), shape=(6, 5, 3)),
        ("Normalization", "Flatten", "Dense"),
    ),
    "adapted to one number": (
        lambda: sequential(adapted(None), L.Flatten(), L.Dense(3), shape=(6, 5, 3)),
        ("Normalization", "Flatten", "Dense"),
    ),
    "rows of a grey image": (lambda: sequential(L.Dense(3), shape=GREY), ("Reshape", "Dense")),
    "softmax along image rows": (lambda: sequential(L.Softmax(), shape=GREY), ("Reshape", "Activation")),
    "statistics per column": (
        lambda: sequential(L.Normalization(mean=[1.0] * 5, variance=[2.0] * 5), shape=GREY),
        ("Reshape", "Normalization"),
    ),
    "rows read one by one": (lambda: sequential(L.LSTM(4), L.Dense(3), shape=GREY), ("Reshape", "LSTM", "Dense")),
    "the channel axis dropped before a recurrent layer": (
        lambda: sequential(L.Rescaling(0.01), L.Reshape((6, 5)), L.GRU(4, return_sequences=True), L.LSTM(3)),
        ("Rescaling", "Reshape", "GRU", "LSTM"),
    ),
    "a reshape that rearranges": (
        lambda: sequential(L.Reshape((5, -1, 1)), L.Conv2D(2, 3), L.Flatten()),
        ("Reshape", "Conv2D", "Flatten"),
    ),
    "depthwise and separable": (
        lambda: sequential(
            L.DepthwiseConv2D(3, strides=2, padding="same", depth_multiplier=2, activation="relu"),
            L.SpatialDropout2D(0.5),
            L.SeparableConv2D(4, 2, depth_multiplier=3),
            L.LayerNormalization(),
            L.GlobalMaxPooling2D(),
            shape=(6, 5, 3),
        ),
        ("DepthwiseConv2D", "SpatialDropout2D", "SeparableConv2D", "LayerNormalization", "GlobalMaxPooling2D"),
    ),
    "edges": (
        lambda: sequential(
            L.ZeroPadding2D(((1, 2), (3, 0))), L.Cropping2D(((0, 1), (2, 1))), L.UpSampling2D((2, 3)), L.Identity()
        ),
        ("ZeroPadding2D", "Cropping2D", "UpSampling2D"),
    ),
    "branches": (lambda: functional(branching), ("Flatten", "Dense", "Dense", "Add")),
    "branches of grey rows": (
        lambda: functional(lambda x: L.Dense(3)(L.Flatten()(L.Concatenate()([x, L.Rescaling(0.5)(x)]))), shape=GREY),
        ("Rescaling", "Reshape", "Reshape", "Concatenate", "Flatten", "Dense"),
    ),
    "operators": (
        lambda: functional(
            lambda x: keras.ops.maximum((x + L.ReLU()(x)) * L.Conv2D(1, 1)(x), keras.ops.subtract(x, L.ReLU()(x)))
        ),
        ("ReLU", "Add", "Conv2D", "ReLU", "Multiply", "Subtract", "Maximum"),
    ),
    "squeeze and excitation": (
        lambda: functional(squeezed),
        ("Conv2D", "GlobalAveragePooling2D", "Reshape", "Dense", "Dense", "Multiply", "Flatten", "Dense"),
    ),
    "one function called twice": (
        lambda: functional(called_twice),
        ("Flatten", "Dense", "ReLU", "Dense", "ReLU", "Average"),
    ),
    "a graph within a chain within a graph": (
        lambda: functional(
            lambda x: L.Add()([keras.Sequential([functional(branching), L.Dense(3)])(x), L.Dense(3)(L.Flatten()(x))])
        ),
        ("Flatten", "Flatten", "Dense", "Dense", "Add", "Dense", "Dense", "Add"),
    ),
    "a graph that ends in a graph": (
        lambda: functional(lambda x: functional(branching)(L.Conv2D(1, 1)(x))),
        ("Conv2D", "Flatten", "Dense", "Dense", "Add"),
    ),
    "last axes by their number": (
        lambda: sequential(L.BatchNormalization(axis=3), L.Flatten(), L.BatchNormalization(axis=1), L.Softmax(axis=1)),
        ("BatchNormalization", "Flatten", "BatchNormalization", "Activation"),
    ),
}


@pytest.mark.parametrize("case", READ)
def test_a_network_is_read_layer_by_layer_and_computes_the_same(case: str) -> None:
    make, kinds = READ[case]
    model = make()
    rng = np.random.default_rng(7)
    for weight in model.weights:
        if weight.path.endswith(("kernel", "bias", "gamma", "beta", "moving_mean")):
            weight.assign(rng.normal(size=weight.shape))
    read = from_keras(model)
    assert isinstance(read.architecture, Architecture)
    assert tuple(layer.kind for layer in read.architecture.layers) == kinds
    images = pixels(4, *read.architecture.input_shape)
    ours = to_keras(read.architecture, read.weights, input_layer=NONE).predict(images, verbose=0)
    theirs = model.predict(images.reshape(4, *model.inputs[0].shape[1:]).astype(np.float32), verbose=0)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


def test_flat_rows_become_images_of_the_given_shape() -> None:
    model = sequential(L.Rescaling(1 / 255), L.Dense(3), shape=(30,))
    read = from_keras(model, image_shape=(6, 5, 1))
    assert isinstance(read.architecture, Architecture)
    assert [layer.kind for layer in read.architecture.layers] == ["Rescaling", "Flatten", "Dense"]
    np.testing.assert_array_equal(read.weights["2.kernel"], model.get_weights()[0])


def test_options_are_kept() -> None:
    model = sequential(
        L.Flatten(),
        L.Dense(
            3,
            "silu",
            kernel_initializer=keras.initializers.RandomNormal(0.5, 0.25),
            bias_initializer=keras.initializers.Constant(2.0),
            kernel_regularizer=keras.regularizers.L1(0.1),
            bias_regularizer="l2",
        ),
        L.Dropout(0.25),
        L.Activation("gelu"),
    )
    architecture = from_keras(model).architecture
    assert isinstance(architecture, Architecture)
    _, dense, *rest = architecture.layers
    assert isinstance(dense, Dense)
    assert dense.activation == "silu"
    assert (dense.kernel_initializer.name, dense.kernel_initializer.mean, dense.kernel_initializer.stddev) == (
        "random_normal",
        0.5,
        0.25,
    )
    assert (dense.bias_initializer.name, dense.bias_initializer.value) == ("constant", 2.0)
    assert dense.kernel_regularizer is not None
    assert dense.bias_regularizer is not None
    assert (dense.kernel_regularizer.l1, dense.kernel_regularizer.l2, dense.bias_regularizer.l2) == (0.1, 0.0, 0.01)
    assert rest == [Dropout(rate=0.25), Activation(activation="gelu")]


def test_seeds_of_layers_are_named_in_a_note() -> None:
    start = keras.initializers.HeNormal(seed=4)
    model = sequential(L.Flatten(), L.Dropout(0.5, seed=3), L.Dense(3), L.Dense(2, kernel_initializer=start))
    assert from_keras(model).notes == (
        "Seeds given to single layers (dropout, dense_1) are not used: the run's seed decides.",
    )


def test_adapted_statistics_are_read() -> None:
    layer = adapted(-1)
    architecture = from_keras(sequential(layer, L.Flatten(), L.Dense(2), shape=(6, 5, 3))).architecture
    assert isinstance(architecture, Architecture)
    mean, variance, _ = layer.get_weights()
    assert architecture.layers[0] == Normalization(mean=tuple(mean.tolist()), variance=tuple(variance.tolist()))


def frozen() -> Any:
    layer = L.Dense(3)
    layer.trainable = False
    return layer


def frozen_model() -> Any:
    model = sequential(L.Flatten(), L.Dense(3))
    model.trainable = False
    return model


def shared(x: Any) -> Any:
    layer = L.Dense(30)
    return layer(layer(L.Flatten()(x)))


GENERAL: dict[str, tuple[Callable[[], Any], str]] = {
    "an unknown layer": (
        lambda: sequential(L.Conv2DTranspose(2, 3), L.Flatten()),
        "its layer 'conv2d_transpose' (Conv2DTranspose) is not one of the engine's layers",
    ),
    "another initializer": (
        lambda: sequential(L.Flatten(), L.Dense(3, kernel_initializer=keras.initializers.Orthogonal(gain=2.0))),
        "its layer 'dense' (Dense) has kernel_initializer=Orthogonal",
    ),
    "gates of another kind": (
        lambda: sequential(L.LSTM(3, recurrent_activation="relu"), shape=GREY),
        "its layer 'lstm' (LSTM) has recurrent_activation='relu'",
    ),
    "another function in a recurrent layer": (
        lambda: sequential(L.GRU(3, activation="relu"), shape=GREY),
        "its layer 'gru' (GRU) has activation='relu'",
    ),
    "a reset before the product": (
        lambda: sequential(L.GRU(3, reset_after=False), shape=GREY),
        "its layer 'gru' (GRU) has reset_after=False",
    ),
    "dropout within a recurrent layer": (
        lambda: sequential(L.LSTM(3, dropout=0.5), shape=GREY),
        "its layer 'lstm' (LSTM) has dropout=0.5",
    ),
    "dropout between steps": (
        lambda: sequential(L.LSTM(3, recurrent_dropout=0.5), shape=GREY),
        "its layer 'lstm' (LSTM) has recurrent_dropout=0.5",
    ),
    "smooth upsampling": (
        lambda: sequential(L.UpSampling2D(2, interpolation="bilinear")),
        "its layer 'up_sampling2d' (UpSampling2D) has interpolation='bilinear'",
    ),
    "normalization along rows": (
        lambda: sequential(L.LayerNormalization(axis=[1, 2])),
        "its layer 'layer_normalization' (LayerNormalization) has axis=[1, 2]",
    ),
    "a depthwise constraint": (
        lambda: sequential(L.DepthwiseConv2D(2, depthwise_constraint="non_neg")),
        "its layer 'depthwise_conv2d' (DepthwiseConv2D) has depthwise_constraint=NonNeg",
    ),
    "a dilated depthwise convolution": (
        lambda: sequential(L.DepthwiseConv2D(2, dilation_rate=2)),
        "its layer 'depthwise_conv2d' (DepthwiseConv2D) has dilation_rate=[2, 2]",
    ),
    "side by side along rows": (
        lambda: functional(lambda x: L.Concatenate(axis=1)([x, x])),
        "its layer 'concatenate' (Concatenate) has axis=1",
    ),
    "a sum that repeats values": (
        lambda: functional(lambda x: L.Add()([x, L.GlobalMaxPooling2D(keepdims=True)(x)])),
        "its layers cannot follow one another (layer 'add' (Add) joins values of one shape, but got (6, 5, 1) and "
        "(1, 1, 1).",
    ),
    "the least of several": (
        lambda: functional(lambda x: L.Minimum()([x, x])),
        "its layer 'minimum' (Minimum) is not one of the engine's layers",
    ),
    "an unknown activation": (
        lambda: sequential(L.Flatten(), L.Dense(3, "relu6")),
        "its layer 'dense' (Dense) has activation='relu6'",
    ),
    "a layer as activation": (
        lambda: sequential(L.Flatten(), L.Dense(3, activation=L.LeakyReLU())),
        "its layer 'dense' (Dense) has activation=LeakyReLU",
    ),
    "dilation": (
        lambda: sequential(L.Conv2D(2, 2, dilation_rate=2)),
        "its layer 'conv2d' (Conv2D) has dilation_rate=[2, 2]",
    ),
    "groups": (
        lambda: sequential(L.Conv2D(4, 2, groups=2), shape=(6, 5, 2)),
        "its layer 'conv2d' (Conv2D) has groups=2",
    ),
    "a constraint": (
        lambda: sequential(L.Flatten(), L.Dense(3, kernel_constraint="non_neg")),
        "its layer 'dense' (Dense) has kernel_constraint=NonNeg",
    ),
    "an activity regularizer": (
        lambda: sequential(L.Flatten(), L.Dense(3, activity_regularizer="l2")),
        "its layer 'dense' (Dense) has activity_regularizer=L2",
    ),
    "another regularizer": (
        lambda: sequential(L.Flatten(), L.Dense(3, kernel_regularizer="orthogonal_regularizer")),
        "its layer 'dense' (Dense) has kernel_regularizer=OrthogonalRegularizer",
    ),
    "channels first": (
        lambda: sequential(L.Flatten(data_format="channels_first"), L.Dense(3)),
        "its layer 'flatten' (Flatten) has data_format='channels_first'",
    ),
    "a bounded relu": (lambda: sequential(L.ReLU(6.0)), "its layer 're_lu' (ReLU) has max_value=6.0"),
    "another axis": (
        lambda: sequential(L.BatchNormalization(axis=1)),
        "its layer 'batch_normalization' (BatchNormalization) has axis=1",
    ),
    "another start": (
        lambda: sequential(L.BatchNormalization(gamma_initializer="zeros")),
        "its layer 'batch_normalization' (BatchNormalization) has gamma_initializer=Zeros",
    ),
    "dropout of whole maps": (
        lambda: sequential(L.Dropout(0.5, noise_shape=(None, 1, 1, 1))),
        "its layer 'dropout' (Dropout) has noise_shape=[None, 1, 1, 1]",
    ),
    "scales per channel": (
        lambda: sequential(L.Rescaling([0.5, 0.25]), shape=(6, 5, 2)),
        "its layer 'rescaling' (Rescaling) has scale=[0.5, 0.25]",
    ),
    "inverted normalization": (
        lambda: sequential(L.Normalization(mean=1.0, variance=2.0, invert=True)),
        "its layer 'normalization' (Normalization) has invert=True",
    ),
    "unadapted normalization": (
        lambda: sequential(L.Normalization()),
        "its layer 'normalization' (Normalization) has not been adapted",
    ),
    "a frozen layer": (
        lambda: sequential(L.Flatten(), frozen()),
        "its layer 'dense' (Dense) is frozen (trainable=False)",
    ),
    "a frozen model": (frozen_model, "its model 'mine' is frozen (trainable=False)"),
    "half precision": (
        lambda: sequential(L.Flatten(), L.Dense(3, dtype="mixed_float16")),
        "its layer 'dense' (Dense) computes in 'mixed_float16'",
    ),
    "a shared layer": (lambda: functional(shared), "its layer 'dense' (Dense) is called more than once"),
    "an operation": (
        lambda: functional(lambda x: L.Flatten()(x) / 255.0),
        "its layer 'true_divide' is called with more than values of other layers",
    ),
    "dropout that never rests": (
        lambda: functional(lambda x: L.Dropout(0.5)(L.Flatten()(x), training=True)),
        "its layer 'dropout' is called with more than values of other layers",
    ),
    "no layers": (lambda: functional(lambda x: L.Reshape((6, 5))(x)), "it has no layers that the engine trains"),
}


@pytest.mark.parametrize("case", GENERAL)
def test_what_the_engine_does_not_know_takes_the_general_path_and_says_why(case: str) -> None:
    make, reason = GENERAL[case]
    model = make()
    read = from_keras(model)
    assert isinstance(read.architecture, KerasArchitecture)
    assert read.architecture.reason.startswith(reason)
    assert list(read.weights) == [str(position) for position in range(len(model.get_weights()))]
    assert all(array.dtype == np.float32 for array in read.weights.values())


@pytest.mark.parametrize("shape", [(6, 5, 1), (6, 5), (30,)])
def test_a_model_of_the_general_path_takes_raw_pixels_too(shape: tuple[int, ...]) -> None:
    model = sequential(L.Flatten(), L.Dense(4, "relu6"), L.Dense(3), shape=shape)
    read = from_keras(model, image_shape=(6, 5, 1))
    images = pixels(4, 6, 5, 1)
    ours = to_keras(read.architecture, read.weights, input_layer=Rescaling(scale=1 / 255)).predict(images, verbose=0)
    theirs = model.predict((images / 255).reshape(4, *shape).astype(np.float32), verbose=0)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def test_the_compilation_is_no_part_of_the_architecture() -> None:
    model = sequential(L.Flatten(), L.Dense(3, "relu6"))
    before = from_keras(model).architecture
    model.compile("adam", "mse")
    assert from_keras(model).architecture == before


class Unregistered(L.Layer):  # type: ignore[misc, name-defined]
    def call(self, values: Any) -> Any:
        return values


@keras.saving.register_keras_serializable("mine")
class Subclassed(keras.Model):  # type: ignore[misc, name-defined]
    """Called, and so with weights, or not; without an Input that could be read."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.last = L.Dense(3)

    def call(self, values: Any) -> Any:
        return self.last(keras.ops.reshape(values, (-1, 30)))


@keras.saving.register_keras_serializable("mine")
class Late(L.Layer):  # type: ignore[misc, name-defined]
    """Has neither build nor get_config."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.inner = L.Dense(3)

    def call(self, values: Any) -> Any:
        return self.inner(values)


def doubled(values: Any) -> Any:
    return values * 2


def two_outputs() -> Any:
    entrance = keras.Input((6, 5, 1))
    flat = L.Flatten()(entrance)
    return keras.Model(entrance, [L.Dense(1)(flat), L.Dense(2)(flat)], name="mine")


REFUSED: dict[str, tuple[Callable[[], Any], dict[str, Any], str]] = {
    "no model": (
        lambda: "mlp",
        {},
        "`model` must be a Keras model, but got a str. Pass a keras.Sequential or keras.Model.",
    ),
    "not built": (
        lambda: keras.Sequential([L.Dense(3)], name="mine"),
        {},
        "the Keras model 'mine' must be built, but its input shape is not known yet. "
        "Add keras.Input(shape=(height, width, channels)) as its first entry.",
    ),
    "a class of the user's": (
        lambda: Subclassed(name="mine"),
        {},
        "the Keras model 'mine' must say how its layers are connected, but it is of the class Subclassed, whose call "
        "method alone knows. Register the class, and wrap the model, as in `x = keras.Input(shape=(height, width, "
        "channels))` and `keras.Model(x, model(x))`.",
    ),
    "two outputs": (
        two_outputs,
        {},
        "the Keras model 'mine' must have one input and one output, but has 1 and 2. Wrap the part that maps images "
        "to class scores in a model of its own.",
    ),
    "any size": (
        lambda: sequential(L.GlobalAveragePooling2D(), shape=(None, None, 3)),
        {},
        "the Keras model 'mine' must take images of one size, but its Input has shape=(None, None, 3). "
        "Give keras.Input(shape=(height, width, channels)) in numbers.",
    ),
    "flat rows": (
        lambda: sequential(L.Dense(3), shape=(30,)),
        {},
        "the Keras model 'mine' takes rows of 30 values, from which the shape of the images cannot be told. Give "
        "image_shape=(height, width, channels), or let the model begin with keras.Input(shape=(height, width, "
        "channels)) and Flatten.",
    ),
    "flat rows of other images": (
        lambda: sequential(L.Dense(3), shape=(30,)),
        {"image_shape": (28, 28, 1)},
        "`image_shape` must hold the 30 values that the Keras model 'mine' takes, but got image_shape=(28, 28, 1), "
        "which is 784 values. Give the images' own shape.",
    ),
    "a class that Keras cannot find": (
        lambda: sequential(Unregistered(), L.Flatten()),
        {},
        "the Keras model 'mine' cannot be made again from its description (its layer 'unregistered' is of the class "
        "tests.models.test_keras_import.Unregistered, which is no layer that classlab lets Keras make). Put "
        "@keras.saving.register_keras_serializable() above the class, and give it a get_config where it takes options.",
    ),
    "code": (
        lambda: sequential(L.Lambda(lambda x: x * 2, name="twice"), L.Flatten()),
        {},
        "the Keras model 'mine' cannot be made again from its description (its layer 'twice' holds Python code). Write "
        "it with keras.ops in a functional model, or as a layer with a class of its own that is registered with "
        "keras.saving.register_keras_serializable.",
    ),
    "a function that is not registered": (
        lambda: sequential(L.Dense(3, activation=doubled, name="wide"), L.Flatten()),
        {},
        "the Keras model 'mine' cannot be made again from its description (its layer 'wide' uses the function "
        "'doubled', which is not registered). Put @keras.saving.register_keras_serializable() above the function.",
    ),
    "a layer of Keras's own that reads files": (
        lambda: sequential(L.MelSpectrogram(name="odd"), shape=(8000,)),
        {"image_shape": (80, 100, 1)},
        "the Keras model 'mine' cannot be made again from its description (its layer 'odd' is of the class "
        "keras.layers.MelSpectrogram, which is no layer that classlab lets Keras make). Leave it out, or put a layer "
        "of your own with a registered class in its place.",
    ),
}


def test_a_model_of_the_users_class_is_read_where_it_is_wrapped_as_the_sentence_says() -> None:
    x = keras.Input(shape=(6, 5, 1))
    model = keras.Model(x, Subclassed()(x))
    images = np.random.default_rng(0).normal(size=(2, 6, 5, 1)).astype("float32")
    found = from_keras(model)
    made = rebuild(found.architecture, found.weights)
    made.set_weights(model.get_weights())
    assert np.allclose(made(images).detach().numpy(), model(images).detach().numpy())


def test_layers_without_build_are_read_without_warnings_and_called_by_their_class() -> None:
    x = keras.Input((6, 5, 1))
    first, again = (keras.Model(x, Late()(Late()(L.Flatten()(x)))) for _ in range(2))
    found = from_keras(first)
    assert rebuild(found.architecture, found.weights).count_params() == first.count_params()
    assert found.architecture.reason == "its layer 'late_1' (Late) is not one of the engine's layers"
    assert found.architecture == from_keras(again).architecture


@keras.saving.register_keras_serializable("mine")
def halved(x: Any) -> Any:
    return x / 2


def test_parts_of_values_and_registered_functions_go_the_general_path() -> None:
    x = keras.Input((6, 5, 1))
    model = keras.Model(x, L.Dense(3, activation=halved)(L.Flatten()(x[:, 1:, ::2])))
    found = from_keras(model)
    made = rebuild(found.architecture)
    made.set_weights(model.get_weights())
    images = np.random.default_rng(0).normal(size=(2, 6, 5, 1)).astype("float32")
    assert np.allclose(made(images).detach().numpy(), model(images).detach().numpy())


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_is_refused_by_a_sentence(case: str) -> None:
    make, options, sentence = REFUSED[case]
    with pytest.raises(SpecError, match=f"^{re.escape(sentence)}"):
        from_keras(make(), **options)


def test_a_model_that_cannot_be_written_down_is_refused() -> None:
    class Silent(keras.Model):  # type: ignore[misc, name-defined]
        def get_config(self) -> dict[str, Any]:
            raise NotImplementedError("no words")

    entrance = keras.Input((6, 5, 1))
    model = Silent(entrance, L.Flatten()(entrance), name="mine")
    sentence = (
        "the Keras model 'mine' cannot be written down as JSON (no words). Give its custom layers a get_config method."
    )
    with pytest.raises(SpecError, match=f"^{re.escape(sentence)}$"):
        from_keras(model)


@pytest.mark.parametrize(("weights", "found"), [({}, "none"), ({"1.kernel": np.zeros((2, 2), np.float32)}, "(2, 2)")])
def test_weights_of_another_architecture_are_refused(weights: dict[str, np.ndarray], found: str) -> None:
    network = Architecture(name="net", input_shape=(6, 5, 1), layers=(Flatten(), Dense(units=3)))
    sentence = f"weight '1.kernel' of 'net' must have the shape (30, 3), but got {found}. Give the weights of this"
    with pytest.raises(SpecError, match=f"^{re.escape(sentence)} architecture\\.$"):
        to_keras(network, weights, input_layer=NONE)
