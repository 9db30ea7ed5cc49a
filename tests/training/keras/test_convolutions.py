"""Keras's convolutions and poolings on PyTorch, with two of its functions replaced."""

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from classlab.models.keras_runtime import keras
from classlab.training.keras import convolutions
from classlab.training.keras.convolutions import quick_convolutions
from classlab.training.tensor.device import gains_from_bfloat16
from tests.training.keras.networks import network

keras()
from keras.src.backend.torch import nn  # noqa: E402 - Keras chooses its backend when it is first imported


def layers():
    k = keras().layers
    return {
        "plain": k.Conv2D(5, 3),
        "same": k.Conv2D(5, 3, strides=2, padding="same"),
        "grouped": k.Conv2D(6, 3, groups=3, dilation_rate=2),
        "depthwise": k.DepthwiseConv2D(3, depth_multiplier=2),
        "separable": k.SeparableConv2D(4, 3, padding="same"),
        "transposed": k.Conv2DTranspose(4, 3, strides=2, padding="same"),
        "maximum": k.MaxPooling2D(3, strides=2, padding="same"),
        "average": k.AveragePooling2D(3, strides=2, padding="same"),
        "adaptive": k.AdaptiveAveragePooling2D((2, 3)) if hasattr(k, "AdaptiveAveragePooling2D") else k.MaxPooling2D(2),
    }


def passed(layer, images):
    """Outputs, and the gradient of their weighed sum with respect to images and weights."""
    images = images.clone().requires_grad_()
    for variable in layer.trainable_variables:
        variable.value.grad = None
    out = layer(images)
    (out * torch.linspace(-1, 1, out.numel()).reshape(out.shape)).sum().backward()
    return [out.detach(), images.grad, *(variable.value.grad for variable in layer.trainable_variables)]


@pytest.mark.parametrize("kind", layers())
def test_every_layer_computes_what_it_does_without(kind):
    layer, images = layers()[kind], torch.rand(4, 9, 8, 6, generator=torch.Generator().manual_seed(1))
    expected = passed(layer, images)
    with quick_convolutions():
        found = passed(layer, images)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("native", [False, True])
def test_bfloat16_rounds_operands_and_results_and_adds_in_float32(native, monkeypatch):
    if native and not gains_from_bfloat16(torch.device("cpu")):
        pytest.skip("the processor does not multiply bfloat16")
    monkeypatch.setattr(convolutions, "gains_from_bfloat16", lambda _: native)
    layer = keras().layers.Conv2D(5, 3, use_bias=False)
    images = torch.rand(4, 9, 8, 6, generator=torch.Generator().manual_seed(1))
    layer(images)
    kernel = layer.kernel.value.detach().bfloat16().double().permute(3, 2, 0, 1)
    exact = torch.nn.functional.conv2d(images.bfloat16().double().permute(0, 3, 1, 2), kernel).permute(0, 2, 3, 1)
    with quick_convolutions(torch.bfloat16):
        found = layer(images)
    assert found.dtype == torch.float32
    assert torch.equal(found, found.bfloat16().float())
    torch.testing.assert_close(found.double(), exact, rtol=2**-8, atol=1e-3)
    assert not torch.equal(found, layer(images))


def test_keras_has_its_functions_back_however_it_ends():
    before = nn.conv, nn._transpose_spatial_inputs

    def interrupted():
        assert nn.conv is not before[0]
        assert nn._transpose_spatial_inputs is not before[1]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), quick_convolutions(torch.bfloat16):
        interrupted()
    assert (nn.conv, nn._transpose_spatial_inputs) == before


def test_other_threads_compute_as_keras_does_and_may_end_first():
    layer, images = keras().layers.Conv2D(5, 3, use_bias=False), torch.rand(2, 9, 8, 6)
    expected, before = layer(images), (nn.conv, nn._transpose_spatial_inputs)
    with ThreadPoolExecutor(1) as other:
        one, two = quick_convolutions(torch.bfloat16), quick_convolutions()
        other.submit(two.__enter__).result()
        with one:
            assert not torch.equal(layer(images), expected)
            assert torch.equal(other.submit(layer, images).result(), expected)
            other.submit(two.__exit__, None, None, None).result()
            assert torch.equal(other.submit(layer, images).result(), expected)
            assert not torch.equal(layer(images), expected)
    assert (nn.conv, nn._transpose_spatial_inputs) == before


def test_a_keras_without_them_computes_by_itself(monkeypatch):
    monkeypatch.delattr(nn, "_transpose_spatial_inputs")
    with quick_convolutions():
        assert not hasattr(nn, "_transpose_spatial_inputs")


@pytest.mark.parametrize("precision", ["bfloat16", "auto"])
def test_training_in_bfloat16_is_near_to_float32_and_evaluated_in_float32(bench, precision):
    found = network()
    specs = [bench.spec(architecture=found.architecture, epochs=2, precision=name) for name in ("float32", precision)]
    exact, rounded = (bench.train(spec, initial_weights=[found.weights])[0] for spec in specs)
    narrow = precision == "bfloat16" or gains_from_bfloat16(torch.device("cpu"))
    assert (rounded.history["loss"] != exact.history["loss"]) == narrow
    assert rounded.history["loss"] == pytest.approx(exact.history["loss"], rel=0.02)
    model = keras().models.model_from_json(json.dumps(found.architecture.config))
    model.set_weights([rounded.weights[str(place)] for place in range(len(rounded.weights))])
    model.compile(loss="sparse_categorical_crossentropy")
    validation = bench.division.validation
    expected = model.evaluate(validation.images / np.float32(255), validation.labels, verbose=0)
    assert rounded.history["val_loss"][-1] == pytest.approx(expected, rel=1e-5)
