import re

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from classlab.errors import SpecError
from classlab.models import build, check_scaled_once, input_layer
from classlab.models import preprocessing as module
from classlab.models.keras_build import to_keras
from classlab.models.weights import weight_specs
from classlab.records import Architecture, KerasArchitecture
from classlab.records.architecture import IMAGES
from classlab.records.layers import Add, Dense, Flatten, Normalization, ReLU, Rescaling, ZeroPadding2D


def images(*, channels: int = 3, count: int = 50) -> np.ndarray:
    rng = np.random.default_rng(3)
    return rng.integers(0, 256, (count, 6, 5, channels), dtype=np.uint8) // np.arange(1, channels + 1, dtype=np.uint8)


@pytest.mark.parametrize(
    ("preprocessing", "lowest", "highest"), [("unit", 0, 1), ("symmetric", -1, 1), ("none", 0, 255)]
)
def test_fixed_scalings_map_the_pixel_range(preprocessing: str, lowest: float, highest: float) -> None:
    layer = input_layer(preprocessing, np.zeros((0, 1, 1, 1), np.uint8))  # type: ignore[arg-type]
    assert isinstance(layer, Rescaling)
    assert 0 * layer.scale + layer.offset == lowest
    assert 255 * layer.scale + layer.offset == pytest.approx(highest, rel=1e-12)


@pytest.mark.parametrize("channels", [1, 3])
def test_standardize_agrees_with_scikit_learn(channels: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CHUNK_PIXELS", 200)  # several chunks, the last one smaller
    pixels = images(channels=channels)
    scaler = StandardScaler().fit(pixels.reshape(-1, channels).astype(np.float64))
    layer = input_layer("standardize", pixels)
    assert isinstance(layer, Normalization)
    np.testing.assert_allclose(layer.mean, scaler.mean_, rtol=1e-12)
    np.testing.assert_allclose(layer.variance, scaler.var_, rtol=1e-12)


def test_standardize_has_literal_values_for_two_pixels() -> None:
    assert input_layer("standardize", np.array([[[[0]], [[10]]]], np.uint8)) == Normalization(mean=(5,), variance=(25,))


def test_a_constant_channel_is_centred_and_not_divided() -> None:
    pixels = images(channels=2)
    pixels[..., 1] = 77
    layer = input_layer("standardize", pixels)
    assert isinstance(layer, Normalization)
    assert (layer.mean[1], layer.variance[1]) == (77.0, 1.0)


@pytest.mark.parametrize("preprocessing", ["unit", "symmetric", "standardize", "none"])
def test_keras_computes_what_the_layer_says(preprocessing: str) -> None:
    pixels = images()
    pixels[..., 2] = 9
    layer = input_layer(preprocessing, pixels)  # type: ignore[arg-type]
    identity = Architecture(name="flat", input_shape=(6, 5, 3), layers=(Flatten(), Dense(units=90)))
    weights = {spec.key: np.zeros(spec.shape, np.float32) for spec in weight_specs(identity)}
    weights["1.kernel"] = np.eye(90, dtype=np.float32)
    got = to_keras(identity, weights, input_layer=layer).predict(pixels, verbose=0)
    raw = pixels.astype(np.float64)
    if isinstance(layer, Rescaling):
        expected = raw * layer.scale + layer.offset
    else:
        expected = (raw - layer.mean) / np.sqrt(layer.variance)
    np.testing.assert_allclose(got, expected.reshape(len(pixels), -1), rtol=1e-5, atol=1e-5)


def test_an_unknown_word_is_refused() -> None:
    sentence = (
        "`preprocessing` must be one of unit, symmetric, standardize, none, but got preprocessing='log'. unit is usual."
    )
    with pytest.raises(SpecError, match=f"^{re.escape(sentence)}$"):
        input_layer("log", images())  # type: ignore[arg-type]


def test_standardize_refuses_what_is_not_pixels() -> None:
    sentence = (
        "`train_images` must be uint8 images (images, height, width, channels) and not empty, but got "
        "float32 (2, 6, 5, 3). Give the pixels as they are, from 0 to 255."
    )
    with pytest.raises(SpecError, match=f"^{re.escape(sentence)}$"):
        input_layer("standardize", images(count=2).astype(np.float32))  # type: ignore[arg-type]


def scaled_twice(name: str, kind: str, preprocessing: str) -> str:
    return (
        f"`preprocessing` must be none for the model {name!r}, whose own {kind} layer scales the images already, but "
        f"got preprocessing={preprocessing!r}: they would be scaled twice. Give preprocessing='none', or remove the "
        "layer from the model."
    )


@pytest.mark.parametrize("preprocessing", ["unit", "symmetric", "standardize"])
@pytest.mark.parametrize("own", [Rescaling(scale=1 / 255), Normalization(mean=(1.0,), variance=(2.0,))])
@pytest.mark.parametrize("flatten_first", [False, True])
def test_scaling_twice_is_refused(preprocessing: str, own: Rescaling | Normalization, flatten_first: bool) -> None:
    layers = (Flatten(), own, Dense(units=2)) if flatten_first else (own, Flatten(), Dense(units=2))
    network = Architecture(name="mine", input_shape=(4, 4, 1), layers=layers)
    with pytest.raises(SpecError, match=f"^{re.escape(scaled_twice('mine', own.kind, preprocessing))}$"):
        check_scaled_once(network, preprocessing)  # type: ignore[arg-type]
    check_scaled_once(network, "none")


def test_scaling_within_the_network_is_no_input_scaling() -> None:
    check_scaled_once(build("mlp", input_shape=(4, 4, 1), classes=2), "unit")
    later = Architecture(
        name="mine", input_shape=(4, 4, 1), layers=(Flatten(), Dense(units=2), Rescaling(scale=2.0), Dense(units=2))
    )
    check_scaled_once(later, "unit")


def test_scaling_twice_is_seen_inside_a_keras_model() -> None:
    inner = {"class_name": "Sequential", "config": {"layers": [{"class_name": "Rescaling", "config": {}}]}}
    config = {"config": {"layers": [{"class_name": "InputLayer", "config": {}}, inner]}}
    network = KerasArchitecture(name="theirs", input_shape=(4, 4, 1), config=config, reason="it branches")
    with pytest.raises(SpecError, match=f"^{re.escape(scaled_twice('theirs', 'Rescaling', 'unit'))}$"):
        check_scaled_once(network, "unit")


@pytest.mark.parametrize("twice", [True, False])
def test_any_branch_that_begins_with_a_scaling_scales_twice(twice: bool) -> None:
    second = Rescaling(scale=0.5)
    layers = (ZeroPadding2D(), ReLU(), second, Add(), Flatten(), Dense(units=2))
    inputs = ((IMAGES,), (0,), (0 if twice else 1,), (1, 2), (3,), (4,))
    network = Architecture(name="mine", input_shape=(4, 4, 1), layers=layers, inputs=inputs)
    if not twice:
        check_scaled_once(network, "unit")
        return
    with pytest.raises(SpecError, match=f"^{re.escape(scaled_twice('mine', 'Rescaling', 'unit'))}$"):
        check_scaled_once(network, "unit")


def test_a_scaling_behind_augmentation_is_a_second_one():
    config = {
        "class_name": "Sequential",
        "config": {
            "layers": [
                {"class_name": kind, "config": {}}
                for kind in ("InputLayer", "RandomFlip", "RandomRotation", "Rescaling")
            ]
        },
    }
    model = KerasArchitecture(name="mine", input_shape=(8, 8, 1), config=config, reason="it augments")
    with pytest.raises(SpecError, match="whose own Rescaling layer scales the images already"):
        check_scaled_once(model, "unit")
    check_scaled_once(model, "none")
