"""ONNX files: what onnxruntime makes of them is what the engine makes of the network."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace

import numpy as np
import onnx
import pytest
from random_architectures import random_network, random_weights

from classlab.errors import ExportError, MissingExtraError, SpecError, StorageError
from classlab.models import build, onnx_export, write_onnx
from classlab.models.onnx_export import onnx_model, onnx_scores
from classlab.records import Architecture, KerasArchitecture
from classlab.records import layers as records
from classlab.records.architecture import IMAGES
from classlab.records.layers import Dense, Flatten, Normalization, Rescaling
from classlab.training import predict

PIXELS = Rescaling(scale=1 / 127.5, offset=-1.0)
LINEAR = build("linear", input_shape=(4, 5, 3), classes=4)
CLASSES = ("null", "eins", "<script>", "\u0416")


def probes(network, count=8):
    return np.random.default_rng(4).integers(0, 256, (count, *network.input_shape), dtype=np.uint8)


def difference(network, *, layer=PIXELS, from_logits=False):
    """Between onnxruntime and the engine."""
    weights, images = random_weights(network), probes(network)
    model = onnx_model(network, weights, input_layer=layer, from_logits=from_logits, metadata={})
    onnx.checker.check_model(model, full_check=True)
    expected = predict(network, weights, images, input_layer=layer, from_logits=from_logits)
    return np.abs(onnx_scores(model.SerializeToString(), images) - expected).max()


def write(path, network=LINEAR, *, off_by=0.0, **options):
    weights, images = random_weights(network), probes(network)
    expected = predict(network, weights, images, input_layer=PIXELS)
    expected[3, 1] += off_by
    told = {"input_layer": PIXELS, "from_logits": False, "class_names": CLASSES, "provenance": {"run": "0123"}}
    return write_onnx(path, network, weights, **{**told, **options}, probe_images=images, expected=expected)


@pytest.mark.parametrize("number", range(20))  # 100: python -m benchmarks.onnx_files
def test_a_random_network_is_the_same_in_onnxruntime(number):
    assert difference(random_network(number)) <= 1e-5


def chain(*layers):
    """From images of 9 x 7 pixels to four scores."""
    ends = (Flatten(), Dense(units=4, activation="softmax"))
    return Architecture(name="chain", input_shape=(9, 7, 3), layers=(*layers, *ends))


STEPS = records.Reshape(target_shape=(9, 21))
KERNEL = {"kernel_size": (3, 2), "activation": "gelu"}


@pytest.mark.parametrize(
    "layers",
    [
        [records.Conv2D(filters=5, strides=(2, 3), **KERNEL), records.Activation(activation="softmax")],
        [records.SeparableConv2D(filters=5, depth_multiplier=2, use_bias=False, **KERNEL)],
        [records.DepthwiseConv2D(strides=(2, 2), padding="same", depth_multiplier=2, **KERNEL)],
        [records.MaxPooling2D(pool_size=(2, 3), strides=(3, 1)), records.BatchNormalization(scale=False)],
        [records.AveragePooling2D(pool_size=(3, 3), strides=(2, 2), padding="same")],
        [records.Conv2D(filters=2, strides=(3, 3), kernel_size=(1, 2), padding="same")],
        [records.ZeroPadding2D(padding=((1, 0), (2, 3))), records.Cropping2D(cropping=((2, 0), (0, 4)))],
        [records.Conv2D(filters=2), Normalization(mean=(0.1, 0.2), variance=(4.0, 0.0))],
        [records.UpSampling2D(size=(2, 3)), Dense(units=2, activation="silu", use_bias=False)],
        [STEPS, records.LSTM(units=3, return_sequences=True, go_backwards=True), records.BatchNormalization()],
        [STEPS, records.GRU(units=3, return_sequences=True), records.GRU(units=2, go_backwards=True)],
        [STEPS, records.LSTM(units=3, use_bias=False), records.LayerNormalization(center=False)],
        [STEPS, records.GRU(units=3, use_bias=False), records.Dropout(rate=0.5)],
        [records.GlobalMaxPooling2D(), records.Reshape(target_shape=(1, 1, 3)), Dense(units=2, activation="elu")],
    ],
    ids=lambda layers: "-".join(layer.kind for layer in layers),
)  # fmt: skip
def test_layers_mean_what_they_mean_in_keras(layers):
    assert difference(chain(*layers)) <= 1e-5


def test_values_that_join_come_with_their_channels_in_one_place():
    layers = (
        records.Conv2D(filters=3, padding="same"),
        records.LayerNormalization(),  # with channels last
        records.Concatenate(),
        records.GlobalAveragePooling2D(),
        Dense(units=4),
    )
    inputs = ((IMAGES,), (IMAGES,), (0, 1), (2,), (3,))
    assert difference(Architecture(name="joined", input_shape=(5, 6, 3), layers=layers, inputs=inputs)) <= 1e-5


@pytest.mark.parametrize(
    "layer",
    [Rescaling(scale=1.0), Rescaling(scale=1 / 255), Normalization(mean=(9.0, 8.0, 7.0), variance=(2.0, 0.0, 1.0))],
)
def test_the_preprocessing_is_inside(layer):
    network = replace(LINEAR, layers=(Rescaling(scale=1e-3), *LINEAR.layers))
    assert difference(network, layer=layer) <= 1e-5


def test_raw_scores_become_probabilities():
    network = replace(LINEAR, layers=(Flatten(), Dense(units=4)))
    assert difference(network, from_logits=True) <= 1e-6


def test_a_written_file_is_proven_and_says_what_it_is(tmp_path):
    proof = write(tmp_path / "net.onnx")
    assert (proof.by, proof.images, proof.max_difference <= 1e-5) == ("onnxruntime", 8, True)
    assert [file.name for file in tmp_path.iterdir()] == ["net.onnx"]
    model = onnx.load(tmp_path / "net.onnx")
    (images,), (scores,) = model.graph.input, model.graph.output
    assert (images.name, images.type.tensor_type.elem_type) == ("images", onnx.TensorProto.UINT8)
    assert [axis.dim_param or axis.dim_value for axis in images.type.tensor_type.shape.dim] == ["batch", 4, 5, 3]
    assert (scores.name, scores.type.tensor_type.elem_type) == ("probabilities", onnx.TensorProto.FLOAT)
    assert [axis.dim_param or axis.dim_value for axis in scores.type.tensor_type.shape.dim] == ["batch", 4]
    told = {each.key: json.loads(each.value) for each in model.metadata_props}
    assert told == {"class_names": list(CLASSES), "classlab": {"run": "0123"}}


def test_another_number_of_images_is_taken_and_none_too():
    model = onnx_model(LINEAR, random_weights(LINEAR), input_layer=PIXELS, from_logits=False, metadata={})
    content = model.SerializeToString()
    assert onnx_scores(content, probes(LINEAR, 35)).shape == (35, 4)


def test_a_file_that_predicts_something_else_gets_no_name(tmp_path):
    path = tmp_path / "net.onnx"
    path.write_bytes(b"older")
    sentence = (
        f"{path} must predict what the run predicts, but the reloaded file differs by 0.25 on 8 probe images, "
        "where 1e-05 is allowed. Nothing was written; please report this."
    )
    with pytest.raises(ExportError, match=f"^{re.escape(sentence)}$"):
        write(path, off_by=0.25)
    assert path.read_bytes() == b"older"


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(StorageError, match="must be writable"):
        write(tmp_path / "gone" / "net.onnx")


def test_a_layer_that_only_keras_knows_is_named(tmp_path):
    network = KerasArchitecture(
        name="mine", input_shape=(4, 5, 3), config={}, reason="its layer 'hidden' (Dense) has activation='relu6'"
    )
    sentence = (
        "an export to ONNX needs layers that the engine knows, but 'mine' trains through Keras: its layer 'hidden' "
        "(Dense) has activation='relu6'. Export it as a .keras file, open that in Keras, call it once on an "
        "image, and use its own `export('net.onnx', format='onnx')`."
    )
    with pytest.raises(SpecError, match=f"^{re.escape(sentence)}$"):
        onnx_model(network, {}, input_layer=PIXELS, from_logits=False, metadata={})


def test_more_weights_than_one_file_holds_are_refused(monkeypatch):
    monkeypatch.setattr(onnx_export, "_MOST", 975)
    sentence = "an ONNX file must hold at most 975 bytes of weights, but 'linear' has 976. Export it as a .keras file."
    with pytest.raises(SpecError, match=f"^{re.escape(sentence)}$"):
        onnx_model(LINEAR, random_weights(LINEAR), input_layer=PIXELS, from_logits=False, metadata={})


@pytest.mark.parametrize("package", ["onnx", "onnxruntime"])
def test_a_missing_package_is_one_sentence(tmp_path, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    sentence = (
        "an export to ONNX needs onnx with onnxruntime, which is not installed. "
        'Install it with `pip install "classlab[onnx]"`.'
    )
    with pytest.raises(MissingExtraError, match=f"^{re.escape(sentence)}$"):
        write(tmp_path / "net.onnx")
