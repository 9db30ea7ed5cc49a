"""TensorFlow Lite files; TensorFlow itself is asked where it is installed."""

from __future__ import annotations

import io
import json
import re
import sys
import zipfile
from types import SimpleNamespace

import numpy as np
import pytest
from random_architectures import random_weights

from classlab.errors import ExportError, MissingExtraError
from classlab.extras import installed
from classlab.models import build, tflite_export, write_tflite
from classlab.records.layers import Rescaling
from classlab.training import predict

PIXELS = Rescaling(scale=1 / 255)


def write(path, name="linear", *, from_logits=False):
    network = build(name, input_shape=(12, 12, 1), classes=3)
    weights = random_weights(network)
    images = np.random.default_rng(4).integers(0, 256, (8, *network.input_shape), dtype=np.uint8)
    expected = predict(network, weights, images, input_layer=PIXELS, from_logits=from_logits)
    told = {"class_names": ("a", "b", "c"), "provenance": {"run": "0123"}, "from_logits": from_logits}
    return write_tflite(path, network, weights, input_layer=PIXELS, probe_images=images, expected=expected, **told)


@pytest.mark.skipif(not installed("tensorflow"), reason="needs TensorFlow, which is not installed")
@pytest.mark.parametrize("name", ["mlp", "cnn-small", "lenet5"])
def test_the_interpreter_says_what_the_engine_says(tmp_path, name):
    path = tmp_path / "net.tflite"
    proof = write(path, name)
    assert (proof.by, proof.images, proof.max_difference <= 1e-5) == ("tensorflow", 8, True)
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        assert archive.read("labels.txt") == b"a\nb\nc\n"
        assert json.loads(archive.read("classlab.json")) == {"run": "0123"}


def test_without_the_converter_the_way_from_a_keras_file_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    sentence = (
        "an export to TensorFlow Lite needs TensorFlow, whose converter makes the file, but it is not installed. "
        "Install it with `pip install tensorflow`, or export a .keras file and convert that where TensorFlow is: "
        "`keras.saving.load_model(FILE).export('net.tflite', format='litert')`."
    )
    with pytest.raises(MissingExtraError, match=f"^{re.escape(sentence)}$"):
        write(tmp_path / "net.tflite")


def test_what_the_converter_refuses_is_told_in_its_own_words(tmp_path, monkeypatch):
    program = tmp_path / "program.py"
    program.write_text("raise SystemExit('\\nno such layer.')\n", encoding="utf-8")
    monkeypatch.setattr(tflite_export, "need_converter", lambda: None)
    monkeypatch.setattr(tflite_export, "to_keras", lambda *_, **__: SimpleNamespace(save=print))
    monkeypatch.setattr(tflite_export.tflite_conversion, "__file__", str(program))
    path = tmp_path / "net.tflite"
    sentence = (
        f"{path} must be converted by TensorFlow, but it says: no such layer. Export a .keras file, and convert that "
        "with a converter of your choice."
    )
    with pytest.raises(ExportError, match=f"^{re.escape(sentence)}$"):
        write(path)
    assert not path.exists()
