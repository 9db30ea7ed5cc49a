"""The architectures that classlab knows by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.errors import SpecError
from classlab.models.weights import output_shapes
from classlab.options import check
from classlab.options.nearest import did_you_mean
from classlab.options.words import MODEL_NAMES as MODEL_NAMES
from classlab.records.architecture import Architecture, ImageShape
from classlab.records.layers import (
    ActivationName,
    AveragePooling2D,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Layer,
    MaxPooling2D,
    Padding,
    Pair,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


def build(
    name: str,
    *,
    input_shape: ImageShape,
    classes: int,
    units: Sequence[int] = (128, 64),
    activation: ActivationName = "relu",
    dropout: float = 0.0,
) -> Architecture:
    """Builds one of the named architectures for images of a given shape.

    - `linear`: Flatten, Dense softmax: one weight per pixel and class, nothing hidden.
    - `mlp`: Flatten, one Dense layer per entry of `units`, Dense softmax.
    - `cnn`: Conv 32, Conv 64, pool, Conv 64, pool, Conv 128 (all 3x3), Flatten, Dense 64, Dense softmax.
    - `cnn-small`: Conv 16 5x5, Conv 16 3x3, pool, Flatten, Dense softmax.
    - `lenet5`: LeNet-5 in Keras's words: Conv 6 5x5 (`same`, in place of LeNet's frame of blank pixels), average
      pool, Conv 16 5x5 with full connections, average pool, Flatten, Dense 120, Dense 84, Dense softmax in place of
      the radial basis outputs; `activation="tanh"` is nearest to the original.

    Args:
        name: one of `MODEL_NAMES`.
        input_shape: `(height, width, channels)` of one image.
        classes: number of classes, at least 2.
        units: widths of the hidden layers of `mlp`, first to last; the other architectures have fixed widths.
        activation: activation of every hidden layer, convolutions included.
        dropout: share of values to drop while training: after every hidden Dense layer, and for `cnn-small`, which
            has none, after its pooling; 0 adds no layer.

    Raises:
        SpecError: the name or activation is unknown, an option does not fit, or the images are too small.

    Example:
        >>> [layer.kind for layer in build("linear", input_shape=(28, 28, 1), classes=10).layers]
        ['Flatten', 'Dense']

    References:
        LeCun, Bottou, Bengio & Haffner, Gradient-based learning applied to document recognition (1998).
    """
    _check(name, input_shape, classes, activation)
    drop = (Dropout(rate=dropout),) if dropout != 0 else ()
    body = _body(name, tuple(units), activation, drop)
    if drop and not any(isinstance(layer, Dropout) for layer in body):
        raise SpecError(
            f"`dropout` must be 0 where no hidden layer is there to drop from, but got dropout={dropout} for "
            f"{name!r}. Leave it out or choose another model."
        )
    architecture = Architecture(
        name=name, input_shape=input_shape, layers=(*body, Dense(units=classes, activation="softmax"))
    )
    try:
        output_shapes(architecture)
    except SpecError:
        height, width, _ = input_shape
        smaller = "mlp or linear" if name == "cnn-small" else "cnn-small, mlp or linear"
        raise SpecError(
            f"the model {name!r} needs larger images than {height} x {width} pixels, of which its windows leave "
            f"nothing. Take {smaller}."
        ) from None
    return architecture


def _body(name: str, units: tuple[int, ...], activation: ActivationName, drop: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """All layers before the last."""

    def conv(filters: int, size: Pair = (3, 3), padding: Padding = "valid") -> Conv2D:
        return Conv2D(filters=filters, kernel_size=size, padding=padding, activation=activation)

    def hidden(*widths: int) -> tuple[Layer, ...]:
        return tuple(layer for width in widths for layer in (Dense(units=width, activation=activation), *drop))

    pool = MaxPooling2D()
    match name:
        case "linear":
            return (Flatten(),)
        case "mlp":
            return (Flatten(), *hidden(*units))
        case "cnn":
            return (conv(32), conv(64), pool, conv(64), pool, conv(128), Flatten(), *hidden(64))
        case "cnn-small":
            return (conv(16, (5, 5)), conv(16), pool, *drop, Flatten())
        case _:
            mean = AveragePooling2D()
            return (conv(6, (5, 5), "same"), mean, conv(16, (5, 5)), mean, Flatten(), *hidden(120, 84))


def _check(name: str, input_shape: ImageShape, classes: int, activation: str) -> None:
    if name not in MODEL_NAMES:
        hint = f"{did_you_mean(name, MODEL_NAMES, otherwise='')} ".lstrip()
        raise SpecError(
            f"no built-in model is called {name!r}. {hint}Built in are {', '.join(MODEL_NAMES)}; any other network is "
            "given as a .keras file or, from Python, as a Keras model."
        )
    check("activation", activation)
    if classes < 2:
        raise SpecError(f"`classes` must be at least 2, but got classes={classes}. Give the number of class names.")
    if len(input_shape) != 3 or min(input_shape) < 1:
        raise SpecError(
            f"`input_shape` must be height, width and channels, each at least 1, but got input_shape={input_shape}. "
            "Grey images have 1 channel: (28, 28, 1)."
        )
