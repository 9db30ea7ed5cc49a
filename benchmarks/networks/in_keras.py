"""The networks in Keras, as their authors write them; Keras's initializers and defaults are the common ground."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarks.networks.names import BroughtName

CLASSES = 10


def keras_network(name: BroughtName) -> Any:
    """Builds one network with weights drawn by the backend's current seed; the backend was chosen before."""
    return _BUILDERS[name]()


def _convnet() -> Any:
    # https://keras.io/examples/vision/mnist_convnet/
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, kernel_size=(3, 3), activation="relu"),
            layers.MaxPooling2D(pool_size=(2, 2)),
            layers.Conv2D(64, kernel_size=(3, 3), activation="relu"),
            layers.MaxPooling2D(pool_size=(2, 2)),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(CLASSES, activation="softmax"),
        ]
    )


def _vgg() -> Any:
    import keras
    from keras import layers

    network = [keras.Input((32, 32, 3))]
    for filters in (32, 64, 128):
        for _ in range(2):
            network += [
                layers.Conv2D(filters, 3, padding="same"),
                layers.BatchNormalization(),
                layers.Activation("relu"),
            ]
        network += [layers.MaxPooling2D(2), layers.Dropout(0.25)]
    network += [layers.Flatten(), layers.Dense(128, activation="relu"), layers.Dropout(0.5)]
    return keras.Sequential([*network, layers.Dense(CLASSES, activation="softmax")])


def _residual() -> Any:
    import keras
    from keras import layers

    def normalized(x: Any, filters: int, strides: int = 1) -> Any:
        return layers.BatchNormalization()(layers.Conv2D(filters, 3, strides=strides, padding="same")(x))

    images = keras.Input((32, 32, 3))
    x = layers.Activation("relu")(normalized(images, 16))
    for filters, strides in ((16, 1), (32, 2), (64, 2)):
        inner = layers.Activation("relu")(normalized(x, filters, strides))
        inner = normalized(inner, filters)
        beside = x if strides == 1 else layers.Conv2D(filters, 1, strides=strides, padding="same")(x)
        x = layers.Activation("relu")(layers.Add()([inner, beside]))
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(images, layers.Dense(CLASSES, activation="softmax")(x))


def _separable() -> Any:
    import keras
    from keras import layers

    network = [
        keras.Input((32, 32, 3)),
        layers.Conv2D(32, 3, padding="same"),
        layers.BatchNormalization(),
        layers.Activation("relu"),
    ]
    for filters, strides in ((64, 1), (128, 2), (128, 1), (256, 2)):
        network += [
            layers.DepthwiseConv2D(3, strides=strides, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Conv2D(filters, 1),
            layers.BatchNormalization(),
            layers.Activation("relu"),
        ]
    return keras.Sequential([*network, layers.GlobalAveragePooling2D(), layers.Dense(CLASSES, activation="softmax")])


def _lstm() -> Any:
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Reshape((28, 28)),
            layers.LSTM(64),
            layers.Dense(CLASSES, activation="softmax"),
        ]
    )


def _own_layer() -> Any:
    import keras
    from keras import layers, ops

    @keras.saving.register_keras_serializable(package="benchmarks")
    class ChannelGate(keras.layers.Layer):  # type: ignore[misc]  # Keras ships no types
        """Scales every channel by a sigmoid of its mean, through one small matrix (squeeze and excitation)."""

        def build(self, shape: tuple[int, ...]) -> None:
            """Makes the matrix, `(channels, channels)`."""
            self.kernel = self.add_weight(shape=(shape[-1], shape[-1]), initializer="glorot_uniform", name="kernel")

        def call(self, inputs: Any) -> Any:
            """Gates images `(batch, rows, columns, channels)`."""
            means = ops.mean(inputs, axis=(1, 2))
            return inputs * ops.sigmoid(ops.matmul(means, self.kernel))[:, None, None, :]

    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            ChannelGate(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(CLASSES, activation="softmax"),
        ]
    )


_BUILDERS = {
    "convnet": _convnet,
    "vgg": _vgg,
    "residual": _residual,
    "separable": _separable,
    "lstm": _lstm,
    "own-layer": _own_layer,
}
