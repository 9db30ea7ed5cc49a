"""Keras as if it were not installed: another process, in which importing it fails."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from random_architectures import random_graph, random_network, random_weights

import classlab
from classlab.models import keras_runtime, to_keras
from classlab.records import Architecture
from classlab.records.layers import Rescaling
from classlab.studies.runs.run import open_run

HIDDEN = "import sys\nsys.modules['keras'] = None\n"
HOW = 'Install it with `pip install "classlab[keras]"`.\n'
COMMAND = "from classlab.cli.main import main\nraise SystemExit(main(sys.argv[1:]))"
LOADED = "import atexit\natexit.register(lambda: print('keras' in sys.modules))\n"


def process(program: str, *words: object) -> subprocess.CompletedProcess[str]:
    place = {**os.environ, "PYTHONPATH": str(Path(classlab.__file__).parents[1])}
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, words)], env=place, capture_output=True, text=True, timeout=120
    )


def training(model: Path, folder: Path) -> tuple[str | Path, ...]:
    """The words of a short training of a file's network."""
    options = "--data digits --preprocessing none --epochs 1"
    return "train", *options.split(), "--model", model, "-o", folder


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that Keras wrote, of a network for the images of `digits`."""
    k = keras_runtime.keras()
    path = tmp_path_factory.mktemp("chain") / "theirs.keras"
    layers = [k.layers.Rescaling(1 / 16), k.layers.Flatten(), k.layers.Dense(8, "relu"), k.layers.Dense(10, "softmax")]
    k.Sequential([k.Input((8, 8, 1)), *layers]).save(path)
    return path


def test_a_network_is_trained_from_a_file_and_exported_without_keras(tmp_path: Path, chain: Path) -> None:
    words = training(chain, tmp_path / "run")
    trained = process(HIDDEN + COMMAND, *words)
    assert trained.returncode == 0, trained.stderr
    exported = process(HIDDEN + COMMAND, "export", tmp_path / "run", "-o", tmp_path / "net.keras")
    assert (exported.returncode, exported.stdout) == (0, f"{tmp_path / 'net.keras'}\n")
    told = " ".join(exported.stderr.split())
    assert "opening it with classlab's own reader, because Keras is not installed, to compare predictions." in told
    assert "agrees with the run on 64 random images" in told
    assert (
        "Keras itself has not opened the file. To have it proven, install Keras with "
        '`pip install "classlab[keras]"` and export again.'
    ) in told
    assert open_run(tmp_path / "run").to_keras(tmp_path / "again.keras").by == "keras"
    stock, again = (keras_runtime.keras().models.load_model(tmp_path / name) for name in ("net.keras", "again.keras"))
    for one, other in zip(stock.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_known_network_is_trained_from_its_file_without_importing_keras(tmp_path: Path, chain: Path) -> None:
    words = training(chain, tmp_path / "run")
    done = process("import sys\n" + LOADED + COMMAND, *words, "--quiet")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "False"), done.stderr


@pytest.mark.parametrize("network", [random_network(2), random_graph(3)], ids=["chain", "graph"])
def test_a_file_is_proven_by_reading_it(tmp_path: Path, network: Architecture) -> None:
    program = """
import pathlib
import numpy as np
from classlab.models import load_keras_file, write_keras
from classlab.records import Architecture
from classlab.records.layers import Rescaling
from classlab.studies.runs.run import open_run
from classlab.training import predict

read = load_keras_file(pathlib.Path(sys.argv[1]))
pixels = np.random.default_rng(4).integers(0, 256, (8, *read.architecture.input_shape), dtype=np.uint8)
layer = Rescaling(scale=1.0)
said = predict(read.architecture, read.weights, pixels, input_layer=layer)
told = {"input_layer": layer, "class_names": ("a", "b"), "provenance": {}, "probe_images": pixels, "expected": said}
proof = write_keras(pathlib.Path(sys.argv[2]), read.architecture, read.weights, **told, predict=predict)
print(proof.by, proof.images, proof.max_difference < 1e-5)
"""
    model = to_keras(network, random_weights(network), input_layer=Rescaling(scale=1 / 255))
    model.save(tmp_path / "theirs.keras")
    done = process(HIDDEN + program, tmp_path / "theirs.keras", tmp_path / "ours.keras")
    assert (done.stdout, done.stderr) == ("classlab 8 True\n", "")
    pixels = np.random.default_rng(5).integers(0, 256, (8, *network.input_shape), dtype=np.uint8)
    ours = keras_runtime.keras().models.load_model(tmp_path / "ours.keras").predict(pixels, verbose=0)
    np.testing.assert_allclose(ours, model.predict(pixels, verbose=0), rtol=0, atol=1e-5)


def test_a_run_that_trained_through_keras_is_not_exported_without_it(tmp_path: Path) -> None:
    k = keras_runtime.keras()
    layers = [
        k.layers.Rescaling(1 / 16),
        k.layers.Flatten(),
        k.layers.Dense(4, "relu6", name="hidden"),
        k.layers.Dense(10, "softmax"),
    ]
    model = k.Sequential([k.Input((8, 8, 1)), *layers], name="mine")
    classlab.fit("digits", model, preprocessing="none", epochs=1, limit=60, folder=tmp_path / "run")
    done = process(HIDDEN + COMMAND, "export", tmp_path / "run", "-o", tmp_path / "net.keras", "--quiet")
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr == (
        "classlab: the model 'mine' needs Keras, because its layer 'hidden' (Dense) has activation='relu6', "
        f"but it is not installed. {HOW}"
    )
    assert [file.name for file in tmp_path.iterdir()] == ["run"]


def test_a_function_that_builds_a_model_needs_keras() -> None:
    program = (
        "import classlab\ntry:\n    classlab.fit('digits', lambda: None)\nexcept ValueError as error:\n    print(error)"
    )
    assert process(HIDDEN + program).stdout == (
        f"a Keras model, or a function that builds one, needs Keras, which is not installed. {HOW}"
    )


def test_what_needs_keras_says_so_in_a_sentence(tmp_path: Path) -> None:
    k = keras_runtime.keras()
    path = tmp_path / "frozen.keras"
    layers = [
        k.layers.Rescaling(1 / 16),
        k.layers.Flatten(),
        k.layers.Dense(10, "softmax", trainable=False, name="head"),
    ]
    k.Sequential([k.Input((8, 8, 1)), *layers]).save(path)
    words = *training(path, tmp_path / "r"), "--quiet"
    done = process(HIDDEN + COMMAND, *words)
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr == (
        f"classlab: {path} needs Keras, because its layer 'head' (Dense) is frozen (trainable=False), "
        f"but it is not installed. {HOW}"
    )
