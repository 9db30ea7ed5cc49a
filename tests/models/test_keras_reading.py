"""What Keras writes, read without Keras."""

import io
import json
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from random_architectures import random_architecture, random_network, random_weights

from classlab.errors import SpecError
from classlab.models import ImportedModel, from_keras, keras_runtime, load_keras_file, to_keras
from classlab.records import Architecture
from classlab.records.layers import Rescaling
from classlab.training import predict

keras = keras_runtime.keras()
L = keras.layers


@pytest.fixture
def no_keras(monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(what: str, *, because: str) -> None:
        raise AssertionError(f"Keras was asked for {what}: {because}")

    monkeypatch.setattr("classlab.models.keras_file.keras", opened)


def renamed(model: Any, rng: np.random.Generator) -> Any:
    """The same chain with layers of other names, in the way of those that Keras gives."""
    config = model.get_config()
    numbers = rng.permutation(len(config["layers"]))
    for number, entry in zip(numbers, config["layers"], strict=True):
        entry["config"]["name"] = f"dense_{number}"
    copy = keras.Sequential.from_config(config)
    copy.set_weights(model.get_weights())
    return copy


def compiled(model: Any) -> Any:
    """Trained a little: an optimizer's state and metrics are in the file."""
    model.compile(keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    pixels = np.random.default_rng(3).integers(0, 256, (4, *model.inputs[0].shape[1:]), dtype=np.uint8)
    model.fit(pixels, np.arange(4) % 2, verbose=0)
    return model


def leaves(model: Any) -> list[Any]:
    """The layers of a model, models within it opened."""
    return [leaf for layer in model.layers for leaf in (leaves(layer) if hasattr(layer, "layers") else [layer])]


def check_read(path: Path, model: Any) -> ImportedModel:
    """Weights and predictions must be those of the file in Keras, and layers those of the model in memory."""
    read = load_keras_file(path)
    assert isinstance(read.architecture, Architecture)
    stock = keras.models.load_model(path)
    trained = [
        array for layer in leaves(stock) if not isinstance(layer, L.Normalization) for array in layer.get_weights()
    ]
    assert Counter(map(bytes, read.weights.values())) == Counter(map(bytes, trained))
    pixels = np.random.default_rng(2).integers(0, 256, (4, *read.architecture.input_shape), dtype=np.uint8)
    theirs = np.asarray(stock.predict(pixels.reshape(4, *stock.inputs[0].shape[1:]), verbose=0))
    ours = predict(read.architecture, read.weights, pixels, input_layer=Rescaling(scale=1.0))
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)
    memory = from_keras(model)
    assert (memory.architecture, memory.notes) == (read.architecture, read.notes)
    assert list(memory.weights) == list(read.weights)
    for key, array in memory.weights.items():
        np.testing.assert_array_equal(read.weights[key], array)
    return read


@pytest.mark.parametrize("number", range(0, 100, 4))
@pytest.mark.filterwarnings("ignore:You are using a softmax over axis -1")
@pytest.mark.usefixtures("no_keras")
def test_a_network_that_keras_saved_is_read_without_it(tmp_path: Path, number: int) -> None:
    network = random_network(number)
    model = to_keras(network, random_weights(network), input_layer=Rescaling(scale=1 / 255))
    if network.inputs is None and number % 3:
        model = renamed(model, np.random.default_rng(number))
    if number % 8 == 4:
        model = compiled(model)
    model.save(tmp_path / "net.keras")
    check_read(tmp_path / "net.keras", model)


def models_within() -> Any:
    """Sequential and functional models within one another, two of each kind of layer in every one."""
    inner_in = keras.Input((3,))
    inner = keras.Model(inner_in, L.Add()([L.Dense(3)(inner_in), L.Dense(3)(inner_in)]), name="dense_9")
    chain = keras.Sequential([keras.Input((6, 5, 2)), L.Conv2D(2, 3), L.Conv2D(3, 2), L.Flatten()], name="chain")
    second = keras.Sequential([L.Dense(3, name="dense_1"), L.Dense(3, name="dense")], name="chain_1")
    x = keras.Input((6, 5, 2), dtype="uint8")
    values = second(chain(L.Rescaling(1 / 255)(x)))
    return keras.Model(x, L.Softmax()(L.Dense(4)(inner(values) + values)))


def adapted() -> Any:
    """Statistics that a layer keeps as weights, grey images without channel axis, recurrent layers by direction."""
    scale = L.Normalization(axis=-1)
    scale.adapt(np.random.default_rng(0).normal(4, 3, (9, 6, 5)).astype(np.float32))
    steps = [L.GRU(3, return_sequences=True), L.LSTM(4, return_sequences=True), L.GRU(2, go_backwards=True)]
    return keras.Sequential([keras.Input((6, 5), dtype="uint8"), scale, *steps, L.Dense(3, "softmax")])


@pytest.mark.parametrize("make", [models_within, adapted])
@pytest.mark.usefixtures("no_keras")
def test_groups_of_weights_are_found(tmp_path: Path, make: Callable[[], Any]) -> None:
    model = make()
    model.save(tmp_path / "net.keras")
    check_read(tmp_path / "net.keras", model)


def test_layers_in_an_order_of_their_own_are_left_to_keras(tmp_path: Path) -> None:
    """Keras sorts the layers of a graph as it opens them, and counts the groups of weights in its own order."""
    x = keras.Input((5, 4, 1), dtype="uint8")
    flat = L.Flatten()(L.Rescaling(1 / 255)(x))
    model = keras.Model(x, L.Subtract()([L.Dense(3, name="left")(flat), L.Dense(3, name="right")(flat)]))
    model.save(tmp_path / "saved.keras")
    with zipfile.ZipFile(tmp_path / "saved.keras") as saved, zipfile.ZipFile(tmp_path / "net.keras", "w") as mixed:
        for name in saved.namelist():
            content = json.loads(saved.read(name)) if name == "config.json" else None
            if content:
                layers = content["config"]["layers"]
                layers.append(layers.pop(next(place for place, each in enumerate(layers) if each["name"] == "left")))
            mixed.writestr(name, json.dumps(content) if content else saved.read(name))
    check_read(tmp_path / "net.keras", keras.models.load_model(tmp_path / "net.keras"))


def test_half_precision_is_refused_as_it_computes_otherwise(tmp_path: Path) -> None:
    network = random_architecture(4)
    dtype = keras.config.dtype_policy()
    try:
        keras.config.set_dtype_policy("mixed_float16")
        keras.Sequential([keras.Input(network.input_shape), L.Flatten(), L.Dense(3)]).save(tmp_path / "net.keras")
    finally:
        keras.config.set_dtype_policy(dtype)
    with pytest.raises(SpecError, match=r"does not compute in float32\. If you trust its source"):
        load_keras_file(tmp_path / "net.keras")


def moved(file: h5py.File) -> None:
    file["elsewhere"] = file["layers/dense/vars/1"][()]
    del file["layers/dense/vars/1"]


def exchanged(file: h5py.File) -> None:
    """Two arrays of other shapes: those that the file must hold are all there."""
    first, second = (file[f"layers/{name}/vars/0"][()] for name in ("dense", "dense_1"))
    for name, array in (("dense", second), ("dense_1", first)):
        del file[f"layers/{name}/vars/0"]
        file[f"layers/{name}/vars/0"] = array


@pytest.mark.parametrize("change", [moved, exchanged])
def test_weights_that_are_not_their_layers_are_left_to_keras_which_refuses_them(
    tmp_path: Path, change: Callable[[h5py.File], None]
) -> None:
    keras.Sequential([keras.Input((5, 4, 1)), L.Flatten(), L.Dense(7), L.Dense(3)]).save(tmp_path / "saved.keras")
    with zipfile.ZipFile(tmp_path / "saved.keras") as saved, zipfile.ZipFile(tmp_path / "net.keras", "w") as changed:
        for name in saved.namelist():
            content = io.BytesIO(saved.read(name))
            if name == "model.weights.h5":
                with h5py.File(content, "r+") as file:
                    change(file)
            changed.writestr(name, content.getvalue())
    with pytest.raises(SpecError, match=r"but Keras refuses it \("):
        load_keras_file(tmp_path / "net.keras")
