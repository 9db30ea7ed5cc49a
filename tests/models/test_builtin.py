import re

import pytest

from classlab.errors import SpecError
from classlab.models import MODEL_NAMES, build, parameter_count
from classlab.records.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D

GREY = (28, 28, 1)

BUILT_IN = (
    "Built in are linear, mlp, cnn, cnn-small, lenet5; any other network is given as a .keras file or, from Python, as "
    "a Keras model."
)


@pytest.mark.parametrize(
    ("name", "parameters"),
    # counted by hand: inputs x outputs + biases, layer by layer
    [
        ("linear", 784 * 10 + 10),
        ("mlp", 784 * 128 + 128 + 128 * 64 + 64 + 64 * 10 + 10),
        (
            "cnn",
            (9 + 1) * 32
            + (9 * 32 + 1) * 64
            + (9 * 64 + 1) * 64
            + (9 * 64 + 1) * 128
            + (3 * 3 * 128 + 1) * 64
            + 65 * 10,
        ),
        ("cnn-small", (25 + 1) * 16 + (9 * 16 + 1) * 16 + (11 * 11 * 16 + 1) * 10),
        ("lenet5", (25 + 1) * 6 + (25 * 6 + 1) * 16 + (5 * 5 * 16 + 1) * 120 + 121 * 84 + 85 * 10),
    ],
)
def test_each_model_has_the_expected_number_of_parameters(name: str, parameters: int) -> None:
    assert parameter_count(build(name, input_shape=GREY, classes=10)) == parameters


def test_the_labs_cnn_has_the_layers_of_the_lab() -> None:
    def conv(filters: int) -> Conv2D:
        return Conv2D(filters=filters, kernel_size=(3, 3), activation="relu")

    assert build("cnn", input_shape=GREY, classes=10).layers == (
        conv(32),
        conv(64),
        MaxPooling2D(),
        conv(64),
        MaxPooling2D(),
        conv(128),
        Flatten(),
        Dense(units=64, activation="relu"),
        Dense(units=10, activation="softmax"),
    )


def test_mlp_takes_any_sizes_activation_and_dropout() -> None:
    layers = build("mlp", input_shape=(8, 8, 3), classes=4, units=(5, 6, 7), activation="tanh", dropout=0.25).layers
    drop = Dropout(rate=0.25)
    hidden = [Dense(units=width, activation="tanh") for width in (5, 6, 7)]
    assert layers == (
        Flatten(),
        hidden[0],
        drop,
        hidden[1],
        drop,
        hidden[2],
        drop,
        Dense(units=4, activation="softmax"),
    )


def test_mlp_without_hidden_layers_is_linear() -> None:
    mlp = build("mlp", input_shape=GREY, classes=10, units=())
    assert mlp.layers == build("linear", input_shape=GREY, classes=10).layers


@pytest.mark.parametrize("name", sorted(set(MODEL_NAMES) - {"linear"}))
def test_dropout_adds_dropout_layers_and_no_parameters(name: str) -> None:
    with_dropout = build(name, input_shape=GREY, classes=10, dropout=0.5)
    assert Dropout(rate=0.5) in with_dropout.layers
    assert parameter_count(with_dropout) == parameter_count(build(name, input_shape=GREY, classes=10))


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        (
            "lenet",
            {},
            f"no built-in model is called 'lenet'. Did you mean 'lenet5'? {BUILT_IN}",
        ),
        (
            "transformer9000",
            {},
            f"no built-in model is called 'transformer9000'. {BUILT_IN}",
        ),
        (
            "resnet",  # lenet5 has most of its letters and nothing of its shape
            {},
            f"no built-in model is called 'resnet'. {BUILT_IN}",
        ),
        (
            "mlp",
            {"activation": "rleu"},
            "`activation` must be one of linear, relu, sigmoid, tanh, softmax, leaky_relu, elu, selu, gelu, silu, "
            "softplus, but got activation='rleu'. Did you mean 'relu'?",
        ),
        ("mlp", {"classes": 1}, "`classes` must be at least 2, but got classes=1. Give the number of class names."),
        (
            "mlp",
            {"input_shape": (28, 28)},
            "`input_shape` must be height, width and channels, each at least 1, but got input_shape=(28, 28). "
            "Grey images have 1 channel: (28, 28, 1).",
        ),
        (
            "linear",
            {"dropout": 0.2},
            "`dropout` must be 0 where no hidden layer is there to drop from, but got dropout=0.2 for 'linear'. "
            "Leave it out or choose another model.",
        ),
        (
            "mlp",
            {"dropout": 1.5},
            "Dropout's `rate` must be a number from 0 to below 1, but got rate=1.5. Write for example rate=0.2.",
        ),
        (
            "mlp",
            {"units": (0,)},
            "Dense's `units` must be a whole number from 1 to 2**31 - 1, but got units=0. Write for example units=128.",
        ),
        (
            "cnn",
            {"input_shape": (8, 8, 1)},
            "the model 'cnn' needs larger images than 8 x 8 pixels, of which its windows leave nothing. "
            "Take cnn-small, mlp or linear.",
        ),
    ],
)
def test_a_wrong_request_is_refused_by_a_sentence(name: str, options: dict[str, object], sentence: str) -> None:
    with pytest.raises(SpecError, match=f"^{re.escape(sentence)}$"):
        build(name, **{"input_shape": GREY, "classes": 10, **options})  # type: ignore[arg-type]
