"""Files with a network whose layers branch and join: read as Keras reads them, refused where they could surprise."""

import json
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from classlab.errors import SpecError
from classlab.models import load_keras_file
from classlab.models.keras_arrays import weight_shapes
from classlab.models.keras_file import check_keras_file
from classlab.models.keras_graph import Graph
from classlab.models.keras_runtime import keras as load_keras
from classlab.records import Architecture, KerasArchitecture

keras = load_keras()
L = keras.layers


def skip() -> Any:
    x = keras.Input((6, 5, 1), name="pixels", dtype="uint8")
    start = L.Rescaling(1 / 255)(x)
    left = L.Conv2D(3, 3, padding="same", activation="relu", name="left")(start)
    right = L.BatchNormalization()(L.Conv2D(3, 3, padding="same")(left))
    joined = L.Concatenate(name="concatenate")([L.Add(name="add")([left, right]), start])
    return keras.Model(x, L.Dense(4, activation="softmax", name="head")(L.Flatten()(joined)), name="skip")


def operators() -> Any:
    x = keras.Input((6, 5))
    grey = L.Reshape((6, 5, 1))(x)
    gate = L.Dense(3, activation="sigmoid")(L.GlobalAveragePooling2D()(L.Conv2D(2, 2)(grey)))
    body = L.Conv2D(3, 1)(grey)
    scores = L.Dense(4)(L.Flatten()(L.Multiply()([body, L.Reshape((1, 1, 3))(gate)])))
    return keras.Model(x, scores + scores)


def shared() -> Any:
    """One layer called twice, a model within the model, statistics of its own, and a frozen layer."""
    inner_in = keras.Input((4,))
    inner = keras.Model(inner_in, L.Maximum()([L.Dense(4)(inner_in), inner_in]))
    norm = L.Normalization()
    norm.adapt(np.random.default_rng(0).random((8, 6, 5, 1)))
    x = keras.Input((6, 5, 1))
    once = L.Dense(4, trainable=False)
    flat = L.Flatten()(norm(x))
    both = L.Concatenate(axis=1)([once(flat), once(flat)])
    return keras.Model(x, inner(L.Dense(4)(both)))


@pytest.mark.parametrize("make", [skip, operators])
def test_a_network_that_branches_is_read_for_the_engine(tmp_path: Path, make: Callable[[], Any]) -> None:
    model = make()
    model.save(tmp_path / "net.keras")
    read = load_keras_file(tmp_path / "net.keras")
    assert isinstance(read.architecture, Architecture)
    assert read.architecture.inputs is not None
    assert check_keras_file(tmp_path / "net.keras") == read.architecture
    left = Counter(array.tobytes() for array in read.weights.values())
    assert left == Counter(array.tobytes() for array in model.get_weights())


def test_a_layer_that_is_called_twice_is_left_to_keras(tmp_path: Path) -> None:
    model = shared()
    model.save(tmp_path / "net.keras")
    read = load_keras_file(tmp_path / "net.keras")
    assert isinstance(read.architecture, KerasArchitecture)
    for place, array in enumerate(model.get_weights()):
        np.testing.assert_array_equal(read.weights[str(place)], array)


@pytest.mark.parametrize("make", [skip, operators, shared])
def test_shapes_that_are_followed_are_those_that_keras_gives(tmp_path: Path, make: Callable[[], Any]) -> None:
    model = make()
    graph = Graph(frame_of=lambda *_: None)
    out = graph.follow(json.loads(model.to_json()), tuple(model.inputs[0].shape[1:]))
    assert out == tuple(model.output_shape[1:])
    model.save(tmp_path / "net.keras")
    content = zipfile.ZipFile(tmp_path / "net.keras").read("model.weights.h5")
    assert graph.weights == Counter(weight_shapes(tmp_path / "net.keras", content).values())


Config = dict[str, Any]


def entry(config: Config, name: str) -> Config:
    found: Config = next(each for each in config["config"]["layers"] if each["name"] == name)
    return found


def call(config: Config, name: str) -> Config:
    found: Config = entry(config, name)["inbound_nodes"][0]
    return found


def options(name: str, **values: Any) -> Callable[[Config], Any]:
    return lambda config: entry(config, name)["config"].update(values)


EVIL = {"module": "os", "class_name": "system", "config": "true", "registered_name": "system"}
PLANTED: dict[str, tuple[Callable[[Config], Any], str]] = {
    "another class": (
        lambda c: entry(c, "add").update(class_name="Lambda"),
        "its layer 'add' (Lambda) is not one of the engine's layers",
    ),
    "a class that opens files": (
        lambda c: entry(c, "head").update(class_name="TFSMLayer"),
        "its layer 'head' (TFSMLayer) is not one of the engine's layers",
    ),
    "a registered join": (
        lambda c: entry(c, "add").update(registered_name="Custom>Add"),
        "its layer 'add' (Add) is not one of the engine's layers",
    ),
    "an operator from elsewhere": (
        lambda c: entry(c, "add").update(module="keras.src.ops.numpy", registered_name="Custom>Add"),
        "its layer 'add' (Add) is not one of the engine's layers",
    ),
    "an option of a join": (
        options("add", axis=3),
        "its layer 'add' (Add) joins values of (6, 5, 3), (6, 5, 3) in a way that has no rule",
    ),
    "an axis of objects": (options("concatenate", axis=EVIL), "its layer 'concatenate' (Concatenate) has axis="),
    "the axis of the images": (options("concatenate", axis=0), "its layer 'concatenate' (Concatenate) has axis=0"),
    "an axis that does not fit": (
        options("concatenate", axis=1),
        "its layer 'concatenate' (Concatenate) joins values of (6, 5, 3), (6, 5, 1)",
    ),
    "an object as argument": (
        lambda c: call(c, "head").update(args=[EVIL]),
        "its layer 'head' is called with more than values of other layers",
    ),
    "an object by keyword": (
        lambda c: call(c, "head").update(kwargs={"mask": EVIL}),
        "its layer 'head' is called with more than values of other layers",
    ),
    "a value of another shape": (
        lambda c: call(c, "head")["args"][0]["config"].update(shape=[None, 10**9]),
        "its layer 'head' is called with more than values of other layers",
    ),
    "an object as number of images": (
        lambda c: call(c, "head")["args"][0]["config"]["shape"].__setitem__(0, EVIL),
        "its layer 'head' is called with more than values of other layers",
    ),
    "an object as the kind of a value": (
        lambda c: call(c, "head")["args"][0]["config"].update(dtype=EVIL),
        "its layer 'head' is called with more than values of other layers",
    ),
    "a value of a class": (
        lambda c: call(c, "head")["args"][0].update(module="os", registered_name="system"),
        "its layer 'head' is called with more than values of other layers",
    ),
    "a value from nowhere": (
        lambda c: call(c, "head")["args"][0]["config"].update(keras_history=["ghost", 0, 0]),
        "its layer 'head' takes values that no layer before it gives",
    ),
    "a circle": (
        lambda c: call(c, "left")["args"][0]["config"].update(keras_history=["head", 0, 0]),
        "its layer 'add' takes values that no layer before it gives",
    ),
    "no call": (lambda c: entry(c, "head").update(inbound_nodes=[]), "its layer 'head' is connected to nothing"),
    "two outputs": (
        lambda c: c["config"].update(output_layers=[["head", 0, 0], ["add", 0, 0]]),
        "it has several outputs",
    ),
    "an average with weights": (
        lambda c: entry(c, "add").update(module="keras.src.ops.numpy", class_name="Average", registered_name="Average"),
        "its layer 'add' (Average) is not one of the engine's layers",
    ),
    "another input": (
        lambda c: c["config"].update(input_layers=[["left", 0, 0]]),
        "it has several inputs",
    ),
    "two inputs": (
        lambda c: c["config"].update(input_layers=[["pixels", 0, 0], ["left", 0, 0]]),
        "it has several inputs",
    ),
    "two names": (
        lambda c: entry(c, "add").update(name="left", config={**entry(c, "add")["config"], "name": "left"}),
        "its layer 'left' is named twice",
    ),
    "built to another shape": (
        lambda c: entry(c, "add").update(build_config={"input_shape": [[None, 10**6], [None, 10**6]]}),
        "its layer 'add' announces another input shape than it receives",
    ),
    "a huge layer": (options("head", units=10**9), "one image becomes 1,000,000,000 values within it"),
    "a wide layer": (
        options("head", units=10**6),
        "its weights lack an array of shape (120, 1000000) that its layers need",
    ),
    "a constraint": (
        options("head", kernel_constraint=EVIL),
        "its layer 'head' (Dense) has kernel_constraint=system",
    ),
    "a state": (lambda c: entry(c, "add").update(state=EVIL), "its layer 'add' carries settings that layers do not"),
    "calls that are no list": (lambda c: call(c, "add").update(args=7), "its config.json is not what Keras writes"),
}


@pytest.mark.parametrize("case", PLANTED)
def test_a_planted_graph_is_refused(tmp_path: Path, case: str) -> None:
    change, why = PLANTED[case]
    whole, path = tmp_path / "whole.keras", tmp_path / "net.keras"
    skip().save(whole)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "config.json":
                config = json.loads(content)
                change(config)
                content = json.dumps(config).encode()
            target.writestr(name, content)
    with pytest.raises(SpecError) as refusal:
        check_keras_file(path)
    assert f"but {why}" in str(refusal.value)


def test_a_chain_of_any_length_is_followed_in_whatever_order_it_is_listed() -> None:
    """A file may list its layers so that each waits for the next one; neither time nor recursion may run out."""

    def listed(name: str, source: str) -> Config:
        value = {"class_name": "__keras_tensor__", "config": {"shape": [None, 3], "keras_history": [source, 0, 0]}}
        return {
            "module": "keras.layers",
            "class_name": "ReLU",
            "config": {"name": name},
            "name": name,
            "inbound_nodes": [{"args": [value], "kwargs": {}}],
        }

    count = 20_000
    start = {"class_name": "InputLayer", "config": {"name": "0"}, "name": "0", "inbound_nodes": []}
    entries = [start, *(listed(str(place), str(place - 1)) for place in range(1, count))]
    config = {"layers": entries[::-1], "input_layers": [["0", 0, 0]], "output_layers": [[str(count - 1), 0, 0]]}
    model = {"module": "keras", "class_name": "Functional", "config": config}
    calls: list[str] = []
    assert Graph(frame_of=lambda entry, *_: calls.append(entry["name"])).follow(model, (3,)) == (3,)
    assert calls == [str(place) for place in range(count)]
