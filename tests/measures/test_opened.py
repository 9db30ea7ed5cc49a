"""The model whose layers are opened for the doctor."""

from __future__ import annotations

import numpy as np
import pytest

from classlab.measures.keras_layers import keras_layers
from classlab.measures.keras_probe import HandedSplit, keras_probe
from classlab.models.keras_runtime import keras as load_keras
from classlab.training.keras.notes import Compiled

pytestmark = pytest.mark.needs("keras", "torch")


def grown(layers):
    """Layer by layer, which has Keras call all earlier ones again each time."""
    keras = load_keras()
    model = keras.Sequential([keras.Input((8, 8, 1))])
    for layer in layers:
        model.add(layer)
    return model


def functional(layers):
    keras = load_keras()
    values = given = keras.Input((8, 8, 1))
    for layer in layers:
        values = layer(values)
    return keras.Model(given, values)


@pytest.mark.parametrize("build", [grown, functional, lambda layers: load_keras().Sequential(layers)])
def test_each_layer_is_computed_once(build, monkeypatch):
    keras = load_keras()
    inner = keras.layers
    parts = [
        inner.Conv2D(4, 3, activation="relu"),
        inner.MaxPooling2D(),
        inner.Conv2D(4, 3),
        inner.ReLU(),
        inner.Flatten(),
        inner.Dense(6, activation="tanh"),
        inner.Dense(3, activation="softmax"),
    ]
    model = build(parts)
    model.build((None, 8, 8, 1))
    split = HandedSplit(
        images=np.random.default_rng(0).normal(size=(5, 8, 8, 1)).astype("float32"), labels=np.arange(5)
    )
    compiled = Compiled(loss_function=None, from_logits=False, width=3)
    probe = keras_probe(model, keras_layers(model), compiled, split=split, numbers=np.arange(5) % 3, classes=3)
    assert len(probe.read) == 4
    calls = []
    for layer in parts:
        ordinary = layer.call
        monkeypatch.setattr(
            layer, "call", lambda *given, _is=layer, _of=ordinary, **said: calls.append(_is) or _of(*given, **said)
        )
    answers = probe.predictions()
    assert len(calls) == len(parts)
    np.testing.assert_allclose(answers, keras.ops.convert_to_numpy(model(split.images)), rtol=1e-6)
