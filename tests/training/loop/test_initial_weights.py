import numpy as np
import pytest

from classlab.models.keras_build import to_keras
from classlab.models.keras_runtime import keras
from classlab.records.architecture import Architecture
from classlab.records.layers import GRU, LSTM, Conv2D, Dense, Flatten, Initializer, Rescaling, Reshape
from classlab.training.loop.initial_weights import initial_weights

NAMES = [
    "random_normal",
    "random_uniform",
    "truncated_normal",
    "glorot_uniform",
    "glorot_normal",
    "he_uniform",
    "he_normal",
    "lecun_uniform",
    "lecun_normal",
]


def quantile(values):
    """The size that one value in a hundred exceeds."""
    return float(np.quantile(np.abs(values), 0.99))


def architecture(start):
    return Architecture(
        name="net",
        input_shape=(12, 12, 8),
        layers=(
            Conv2D(filters=64, kernel_initializer=start),
            Flatten(),
            Dense(units=20, kernel_initializer=start),
        ),
    )


@pytest.mark.parametrize("name", NAMES)
def test_draws_are_spread_as_keras_spreads_them(name):
    keras().utils.set_random_seed(0)  # its initializers draw from Python's global generator
    ours = architecture(Initializer(name=name))
    weights = initial_weights(ours, 0)
    model = to_keras(ours, weights, input_layer=Rescaling(scale=1.0))
    for layer, key in ((model.layers[1], "0.kernel"), (model.layers[3], "2.kernel")):
        theirs = np.asarray(layer.kernel_initializer(weights[key].shape), np.float64)
        assert weights[key].std() == pytest.approx(theirs.std(), rel=0.05)
        # Not the largest: Keras on PyTorch lets one truncated draw in 200,000 stay beyond the cut. Of 4,608 normal
        # draws this quantile has a standard error of 2 %, and two of them differ by 2.8 %.
        assert quantile(weights[key]) == pytest.approx(quantile(theirs), rel=0.1)
        assert float(weights[key].mean()) == pytest.approx(0, abs=4 * theirs.std() / theirs.size**0.5)


@pytest.mark.parametrize(("start", "value"), [("zeros", 0.0), ("ones", 1.0), ("constant", 0.25)])
def test_constant_starts(start, value):
    weights = initial_weights(architecture(Initializer(name=start, value=value)), 3)
    assert (weights["2.kernel"] == value).all()


def test_layers_that_agree_in_shape_and_place_start_alike_in_two_architectures():
    def mlp(second):
        return Architecture(
            name="mlp", input_shape=(4, 4, 1), layers=(Flatten(), Dense(units=8), Dense(units=second), Dense(units=3))
        )

    first, other = initial_weights(mlp(5), 0), initial_weights(mlp(6), 0)
    assert (first["1.kernel"] == other["1.kernel"]).all()
    assert first["2.kernel"].shape != other["2.kernel"].shape


@pytest.mark.parametrize(("inputs", "units"), [(144, 20), (144, 200)])
def test_an_orthogonal_start_has_rows_or_columns_at_right_angles(inputs, units):
    start = Initializer(name="orthogonal")
    layers = (Flatten(), Dense(units=units, kernel_initializer=start))
    network = Architecture(name="net", input_shape=(12, 12, 1), layers=layers)
    kernel = initial_weights(network, 1)["1.kernel"]
    assert kernel.shape == (inputs, units)
    wide = kernel if inputs >= units else kernel.T
    np.testing.assert_allclose(wide.T @ wide, np.eye(min(inputs, units)), atol=1e-5)
    assert kernel.min() < 0 < kernel.max()


def recurrent(**options):
    layers = (Reshape(target_shape=(12, 12)), LSTM(units=5, return_sequences=True, **options), GRU(units=4))
    return Architecture(name="net", input_shape=(12, 12, 1), layers=layers)


def test_recurrent_layers_start_as_in_keras():
    weights = initial_weights(recurrent(), 0)
    recurrent_kernel = weights["1.recurrent_kernel"]
    np.testing.assert_allclose(recurrent_kernel @ recurrent_kernel.T, np.eye(5), atol=1e-5)
    built = keras().layers.LSTM(5)
    built.build((None, 12, 12))
    np.testing.assert_array_equal(weights["1.bias"], built.get_weights()[2])  # ones in the forget gate's quarter
    np.testing.assert_array_equal(weights["2.bias"], np.zeros((2, 12)))
    assert (initial_weights(recurrent(unit_forget_bias=False), 0)["1.bias"] == 0).all()


def test_the_rest_of_an_lstms_bias_starts_as_its_initializer_says():
    start = Initializer(name="constant", value=0.5)
    bias = initial_weights(recurrent(bias_initializer=start), 0)["1.bias"]
    np.testing.assert_array_equal(bias, [*[0.5] * 5, *[1.0] * 5, *[0.5] * 10])
