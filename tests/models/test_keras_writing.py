"""What is written without Keras, asked of Keras."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from random_architectures import random_graph, random_network, random_weights

from classlab.models.keras_archive import packed
from classlab.models.keras_order import keras_order, ordered_model
from classlab.models.keras_runtime import keras
from classlab.models.keras_writing import archive_of
from classlab.records import Architecture
from classlab.records.architecture import IMAGES
from classlab.records.layers import Normalization, Rescaling
from classlab.training import predict

COUNT = 100  # of which `benchmarks.keras_files` opens all
SINGLE = "ignore:You are using a softmax over axis -1"  # of one channel, as random networks may


def preprocessing(network: Architecture, number: int) -> Rescaling | Normalization:
    channels = network.input_shape[2]
    several = Normalization(mean=(90.0, 100.0, 110.0)[:channels], variance=(900.0, 400.0, 100.0)[:channels])
    return (Rescaling(scale=1 / 255), Rescaling(scale=1 / 127.5, offset=-1.0), several)[number % 3]


def written(path: Path, network: Architecture, number: int) -> Path:
    model = ordered_model(network, random_weights(network), input_layer=preprocessing(network, number))
    path.write_bytes(packed(archive_of(model)))
    return path


@pytest.mark.parametrize("number", range(0, COUNT, 4))
@pytest.mark.filterwarnings(SINGLE)
def test_a_written_network_opens_in_keras_and_predicts_what_the_engine_does(tmp_path: Path, number: int) -> None:
    network = random_network(number)
    model = keras().models.load_model(written(tmp_path / "net.keras", network, number))
    pixels = np.random.default_rng(number).integers(0, 256, (4, *network.input_shape), dtype=np.uint8)
    ours = predict(network, random_weights(network), pixels, input_layer=preprocessing(network, number))
    np.testing.assert_allclose(np.asarray(model.predict(pixels, verbose=0)), ours, rtol=0, atol=1e-5)


def check_told(ours: Any, theirs: Any, place: str) -> None:
    """Whatever is written stands in what Keras writes as well; dtype policies may be told by their name."""
    if place.endswith(".dtype") and isinstance(theirs, dict):
        theirs = theirs["config"]["name"]
    if isinstance(ours, dict):
        assert isinstance(theirs, dict), place
        for key, value in ours.items():
            check_told(value, theirs.get(key, "nothing"), f"{place}.{key}")
    elif isinstance(ours, list):
        assert len(ours) == len(theirs), place
        for number, (own, their) in enumerate(zip(ours, theirs, strict=True)):
            check_told(own, their, f"{place}[{number}]")
    else:
        assert ours == theirs, place


def described(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The model and the weights file of an archive: attributes of groups, bytes of arrays."""
    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read("config.json"))
        content = archive.read("model.weights.h5")
    found: dict[str, Any] = {}
    with h5py.File(io.BytesIO(content), "r") as file:
        file.visititems(
            lambda name, part: found.update(
                {
                    name: dict(part.attrs)
                    if isinstance(part, h5py.Group)
                    else (part.dtype, part.shape, part[()].tobytes())
                }
            )
        )
    return config, found


@pytest.mark.parametrize("number", range(2, COUNT, 4))
@pytest.mark.filterwarnings(SINGLE)
def test_keras_writes_the_same_of_the_same_network(tmp_path: Path, number: int) -> None:
    path = written(tmp_path / "ours.keras", random_network(number), number)
    keras().models.load_model(path).save(tmp_path / "theirs.keras")
    (ours, weights), (theirs, their_weights) = described(path), described(tmp_path / "theirs.keras")
    check_told(ours, theirs, "config")
    assert weights == their_weights


@pytest.mark.parametrize("number", range(20))
def test_layers_of_a_graph_stand_in_the_order_of_keras(tmp_path: Path, number: int) -> None:
    network = random_graph(number)
    model = keras().models.load_model(written(tmp_path / "net.keras", network, number))
    entering = [tuple(source + 1 for source in sources) for sources in network.entering]
    order = keras_order([(IMAGES,), *entering])
    ordered = ordered_model(network, random_weights(network), input_layer=Rescaling(scale=1.0))
    assert sorted(order) == list(range(len(network.layers) + 1))
    assert [layer.name for layer in model.layers] == ["pixels", *ordered.names]
