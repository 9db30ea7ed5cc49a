"""The lab's own forward pass, dead channels and gradients, against Keras and finite differences."""

from __future__ import annotations

import numpy as np
import pytest

from classlab.errors import SpecError
from classlab.lab.layers import Network, activate, layer_gradients, read_relus, relative_change, without_biases
from classlab.models.builtin import build
from classlab.models.keras_build import to_keras
from classlab.models.weights import weight_specs
from classlab.records.architecture import IMAGES, Architecture
from classlab.records.layers import (
    Add,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    Normalization,
    Rescaling,
)

UNIT = Rescaling(scale=1 / 255)


def net(architecture, weights, input_layer=UNIT):
    return Network(architecture=architecture, weights=weights, input_layer=input_layer)


def drawn(architecture, seed=0, scale=0.1):
    rng = np.random.default_rng(seed)
    return {spec.key: rng.normal(0, scale, spec.shape).astype(np.float32) for spec in weight_specs(architecture)}


def images(count, shape, seed=1):
    return np.random.default_rng(seed).integers(0, 256, (count, *shape), dtype=np.uint8)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("linear", {}),
        ("mlp", {"units": (7, 5), "activation": "sigmoid"}),
        ("mlp", {"units": (7, 5), "activation": "tanh", "dropout": 0.5}),
        ("cnn", {}),
        ("cnn-small", {"activation": "relu"}),
    ],
)
def test_the_forward_pass_is_that_of_keras(name, options):
    architecture = build(name, input_shape=(28, 28, 1), classes=10, **options)
    weights, pixels = drawn(architecture), images(3, (28, 28, 1))
    model = to_keras(architecture, weights, input_layer=UNIT)
    expected = model(pixels, training=False)
    expected = np.asarray(expected.detach().cpu() if hasattr(expected, "detach") else expected)
    outputs = net(architecture, weights).outputs(pixels)
    assert len(outputs) == len(architecture.layers)
    assert np.allclose(outputs[-1], expected, atol=1e-5)


def test_standardised_pixels_are_centred_and_divided():
    architecture = Architecture(name="flat", input_shape=(1, 2, 1), layers=(Flatten(),))
    pixels = np.array([[[[10], [30]]]], np.uint8)
    (flat,) = net(architecture, {}, Normalization(mean=(20.0,), variance=(4.0,))).outputs(pixels)
    assert flat.tolist() == [[-5.0, 5.0]]


@pytest.mark.parametrize("layer", [GlobalAveragePooling2D(), Conv2D(filters=2, padding="same")])
def test_a_layer_that_the_lab_never_uses_is_refused(layer):
    architecture = Architecture(name="other", input_shape=(8, 8, 1), layers=(Dropout(rate=0.5), layer))
    with pytest.raises(SpecError) as refusal:
        net(architecture, drawn(architecture)).outputs(images(1, (8, 8, 1)))
    assert str(refusal.value) == (
        f"a network that the lab looks into must be made of its own layers, but layer 1 is {layer.kind} with settings "
        "that the lab never uses. Look at another model."
    )


def test_a_network_that_branches_is_refused():
    layers = (Flatten(), Dense(units=64), Add())
    architecture = Architecture(name="skip", input_shape=(8, 8, 1), layers=layers, inputs=((IMAGES,), (0,), (0, 1)))
    with pytest.raises(SpecError) as refusal:
        net(architecture, drawn(architecture)).outputs(images(1, (8, 8, 1)))
    assert str(refusal.value) == (
        "the lab looks into layers that follow one another, but those of 'skip' branch and join. Look at another model."
    )


def test_an_activation_that_the_lab_never_uses_is_refused():
    with pytest.raises(SpecError) as refusal:
        activate(np.zeros(2, np.float32), "gelu")
    assert str(refusal.value) == (
        "the activation of a layer that the lab looks into must be linear, relu, sigmoid, tanh or softmax, but got "
        "activation='gelu'. Look at another model."
    )


def test_channels_that_are_zero_for_every_image_are_dead():
    architecture = Architecture(
        name="two",
        input_shape=(4, 4, 1),
        layers=(Conv2D(filters=3, activation="relu"), Flatten(), Dense(units=2, activation="relu"), Dense(units=2)),
    )
    weights = drawn(architecture)
    weights["0.kernel"] = np.abs(weights["0.kernel"])
    weights["0.bias"] = np.array([1, -1e6, 1], np.float32)
    weights["2.bias"] = np.array([1e6, -1e6], np.float32)
    found = read_relus(net(architecture, weights), images(70, (4, 4, 1)))
    assert [(layer.name, layer.channels, layer.dead) for layer in found.layers] == [
        ("Conv2D 3", 3, 1),
        ("Dense 2", 2, 1),
    ]
    assert [layer.share for layer in found.layers] == [1 / 3, 1 / 2]
    assert found.dead == 2 / 5
    opened = without_biases(weights)
    assert {name for name in opened if not (opened[name] == weights[name]).all()} == {"0.bias", "2.bias", "3.bias"}
    assert read_relus(net(architecture, opened), images(70, (4, 4, 1))).layers[0].dead == 0


def test_a_channel_that_lives_for_one_late_image_is_alive():
    architecture = Architecture(
        name="one", input_shape=(1, 1, 1), layers=(Flatten(), Dense(units=1, activation="relu"))
    )
    weights = {"1.kernel": np.ones((1, 1), np.float32), "1.bias": np.array([-0.5], np.float32)}
    pixels = np.zeros((40, 1, 1, 1), np.uint8)
    assert read_relus(net(architecture, weights), pixels).layers[0].dead == 1
    pixels[39] = 255
    assert read_relus(net(architecture, weights), pixels).layers[0].dead == 0


def test_sizes_and_differences_are_those_of_the_values_in_keras():
    architecture = build("cnn-small", input_shape=(28, 28, 1), classes=10)
    weights, pixels = drawn(architecture), images(70, (28, 28, 1))
    found = read_relus(net(architecture, weights), pixels)
    model = to_keras(architecture, weights, input_layer=UNIT)
    outputs = [pixels]
    for layer in model.layers:
        outputs.append(layer(outputs[-1]))
    first = next(place for place, layer in enumerate(model.layers, start=1) if "conv" in layer.name)
    values, last = (outputs[place].detach().cpu().numpy() for place in (first, -1))
    assert found.layers[0].size == pytest.approx(float(np.sqrt((values.astype(np.float64) ** 2).mean())), rel=1e-4)
    assert found.layers[0].bias == pytest.approx(float(np.sqrt((weights["0.bias"] ** 2).mean())), rel=1e-6)
    assert found.differs == pytest.approx(float(np.ptp(last, axis=0).max()), abs=1e-5)


def loss(architecture, weights, pixels, labels):
    shares = net(architecture, weights).outputs(pixels)[-1].astype(np.float64)
    return float(-np.log(shares[np.arange(len(labels)), labels]).mean())


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh"])
def test_gradients_are_the_slopes_of_the_loss(activation):
    architecture = build("mlp", input_shape=(4, 4, 1), classes=3, units=(5, 4), activation=activation)
    weights, pixels = drawn(architecture, scale=0.8), images(6, (4, 4, 1))
    labels = np.array([0, 1, 2, 0, 1, 2])
    found = layer_gradients(net(architecture, weights), pixels, labels)
    for position, layer in zip((1, 2, 3), found, strict=True):
        key, step, total = f"{position}.kernel", 1e-2, 0.0
        for place in np.ndindex(weights[key].shape):
            changed = []
            for sign in (1, -1):
                moved = {**weights, key: weights[key].copy()}
                moved[key][place] += sign * step
                changed.append(loss(architecture, moved, pixels, labels))
            total += ((changed[0] - changed[1]) / (2 * step)) ** 2
        assert layer.gradient == pytest.approx(total**0.5, rel=0.02)
        assert layer.weight == pytest.approx(float(np.linalg.norm(weights[key])), rel=1e-6)


def test_the_slope_of_half_open_relus_is_the_root_of_one_half():
    architecture = build("mlp", input_shape=(1, 2, 1), classes=2, units=(2,), activation="relu")
    weights = {key: np.zeros_like(array) for key, array in drawn(architecture).items()}
    weights["1.bias"] = np.array([1, -1], np.float32)
    hidden, _ = layer_gradients(net(architecture, weights), images(5, (1, 2, 1)), np.zeros(5, int))
    assert hidden.slope == pytest.approx(0.5**0.5)


def test_slopes_are_derivatives_of_the_activation():
    architecture = build("mlp", input_shape=(2, 2, 1), classes=2, units=(3,), activation="sigmoid")
    weights = {key: np.zeros_like(array) for key, array in drawn(architecture).items()}
    hidden, last = layer_gradients(net(architecture, weights), images(5, (2, 2, 1)), np.zeros(5, int))
    assert (hidden.name, hidden.slope) == ("Dense 3 sigmoid", 0.25)
    assert (last.name, last.slope) == ("Dense 2 softmax", 1.0)


def test_gradients_of_other_networks_are_refused():
    architecture = build("cnn-small", input_shape=(28, 28, 1), classes=10)
    with pytest.raises(SpecError) as refusal:
        layer_gradients(net(architecture, {}), images(1, (28, 28, 1)), np.zeros(1, int))
    assert str(refusal.value) == (
        "gradients are measured on perceptrons, Flatten and then Dense layers with softmax at the end, but got "
        "'cnn-small'. Look at a linear or mlp model."
    )


def test_relative_change_is_the_distance_over_the_length_layer_by_layer():
    before = {"10.kernel": np.array([[3.0, 4.0]]), "2.kernel": np.array([[1.0]]), "2.bias": np.array([0.0])}
    after = {"10.kernel": np.array([[3.0, 5.0]]), "2.kernel": np.array([[3.0]]), "2.bias": np.array([9.0])}
    assert relative_change(before, after) == (2.0, 0.2)
