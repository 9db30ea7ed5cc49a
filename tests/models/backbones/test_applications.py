"""Networks of keras.applications as backbones, with random weights: nothing is fetched."""

from __future__ import annotations

import numpy as np
import pytest

from classlab.errors import SpecError
from classlab.models.backbones import applications
from classlab.models.backbones.applications import APPLICATIONS, from_application
from classlab.models.keras_runtime import keras
from classlab.options.words import BACKBONE_NAMES
from classlab.records.layers import Rescaling
from classlab.training import scoring
from classlab.training.loop.scaling import scaled

pytestmark = pytest.mark.needs("keras", "torch")
AS_THEY_ARE = Rescaling(scale=1.0)


def test_every_name_is_one_of_keras():
    assert set(APPLICATIONS) == set(BACKBONE_NAMES)
    assert [name for name, each in APPLICATIONS.items() if not hasattr(keras().applications, each.maker)] == []


@pytest.mark.parametrize("mode", ["tf", "torch", "caffe"])
def test_the_preprocessing_is_the_documented_one(mode):
    images = np.random.default_rng(0).integers(0, 256, (2, 3, 4, 3)).astype(np.uint8)
    wanted = keras().applications.imagenet_utils.preprocess_input(images.astype(np.float32), mode=mode)
    wanted = wanted[..., ::-1] if mode == "caffe" else wanted  # blue, green, red there: the kernel is turned instead
    np.testing.assert_allclose(scaled(images, applications._SCALINGS[mode]), wanted, atol=1e-4)


def test_coloured_pictures_through_a_network_trained_on_turned_channels():
    k = keras()
    images = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3)).astype(np.uint8)
    found = from_application("vgg16", image_shape=(32, 32, 3), weights="none")
    k.utils.set_random_seed(0)
    stock = k.applications.VGG16(include_top=False, weights=None, pooling="avg", input_shape=(32, 32, 3))
    wanted = stock.predict(k.applications.vgg16.preprocess_input(images.astype(np.float32)), verbose=0)
    features = scoring(found.architecture, found.weights, input_layer=AS_THEY_ARE)(images)
    np.testing.assert_allclose(features, wanted, atol=1e-4 * abs(wanted).max())


def test_small_grey_pictures_are_enlarged_and_given_three_channels():
    k = keras()
    images = np.random.default_rng(0).integers(0, 256, (2, 20, 20, 1)).astype(np.uint8)
    found = from_application("mobilenet_v2", image_shape=(20, 20, 1), weights="none")
    assert found.record.features == 1280
    assert found.record.scaled_by == "Rescaling"
    assert found.notes == (
        "The backbone mobilenet_v2 was frozen while the head trained (2,257,984 weights, random, untrained).",
        "The pictures are enlarged 2 times, given three equal channels.",
    )
    k.utils.set_random_seed(0)
    stock = k.applications.MobileNetV2(include_top=False, weights=None, pooling="avg", input_shape=(40, 40, 3))
    large = images.repeat(2, 1).repeat(2, 2).repeat(3, 3).astype(np.float32)
    wanted = stock.predict(k.applications.mobilenet_v2.preprocess_input(large), verbose=0)
    features = scoring(found.architecture, found.weights, input_layer=AS_THEY_ARE)(images)
    np.testing.assert_allclose(features, wanted, atol=1e-5)


def raising(message: str):
    def maker(**_: object) -> None:
        raise ValueError(message)

    return maker


def test_weights_that_cannot_be_fetched_are_one_sentence(monkeypatch):
    address = "https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2/mobilenet_v2_x_no_top.h5"
    monkeypatch.setattr(keras().applications, "MobileNetV2", raising(f"URL fetch failure on {address}: None -- no"))
    with pytest.raises(SpecError) as refusal:
        from_application("mobilenet_v2", image_shape=(96, 96, 3), weights="imagenet")
    assert str(refusal.value) == (
        "the backbone 'mobilenet_v2' needs its ImageNet weights, but mobilenet_v2_x_no_top.h5 is not in "
        "~/.keras/models and could not be fetched. Put it there, name a file of weights as backbone_weights, or take "
        "random ones with backbone_weights='none'."
    )


def test_a_file_of_other_weights_is_one_sentence(monkeypatch, tmp_path):
    file = tmp_path / "other.weights.h5"
    with pytest.raises(SpecError) as refusal:
        from_application("mobilenet_v2", image_shape=(96, 96, 3), weights=str(file))
    assert str(refusal.value) == (
        f"`backbone_weights` must be imagenet, none or a file of weights, but there is no file {file}. Give the path "
        "of a .weights.h5 file of this network."
    )
    file.write_bytes(b"")
    monkeypatch.setattr(keras().applications, "MobileNetV2", raising("Layer count mismatch."))
    with pytest.raises(SpecError) as refusal:
        from_application("mobilenet_v2", image_shape=(96, 96, 3), weights=str(file))
    assert str(refusal.value) == (
        f"{file} must hold weights of 'mobilenet_v2' without its head, but Keras says: Layer count mismatch. Give the "
        "weights of this network."
    )
