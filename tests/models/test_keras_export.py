import json
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from random_architectures import random_architecture, random_weights

from classlab.errors import ExportError, SpecError, StorageError
from classlab.models import (
    ImportedModel,
    Proof,
    build,
    from_keras,
    keras_export,
    load_keras_file,
    read_provenance,
    to_keras,
    write_keras,
)
from classlab.models.keras_runtime import keras
from classlab.records import Architecture
from classlab.records.layers import Rescaling
from classlab.training import predict

PIXELS = Rescaling(scale=1 / 127.5, offset=-1.0)
CLASSES = ("null", "eins", "<script>", "\u0416")


def probes(architecture: Architecture, count: int = 8) -> np.ndarray:
    return np.random.default_rng(4).integers(0, 256, (count, *architecture.input_shape), dtype=np.uint8)


def predictions(architecture: Architecture, images: np.ndarray) -> np.ndarray:
    model = to_keras(architecture, random_weights(architecture), input_layer=PIXELS)
    return np.asarray(model.predict(images, verbose=0))


def write(path: Path, architecture: Architecture, *, expected: np.ndarray | None = None) -> Proof:
    images = probes(architecture)
    return write_keras(
        path,
        architecture,
        random_weights(architecture),
        input_layer=PIXELS,
        class_names=CLASSES,
        provenance={"run": "0123", "figures": {"accuracy": 0.5}},
        probe_images=images,
        expected=predictions(architecture, images) if expected is None else expected,
        predict=predict,
    )


@pytest.mark.parametrize("number", [1, 5, 9])
def test_a_written_file_is_proven_and_alone_in_its_folder(tmp_path: Path, number: int) -> None:
    path = tmp_path / "net.keras"
    proof = write(path, random_architecture(number))
    assert proof.images == 8
    assert 0 <= proof.max_difference <= 1e-5
    assert [file.name for file in tmp_path.iterdir()] == ["net.keras"]


def test_the_file_opens_in_plain_keras_without_classlab(tmp_path: Path) -> None:
    network = build("cnn-small", input_shape=(14, 14, 1), classes=4)
    path = tmp_path / "net.keras"
    write(path, network)
    images = probes(network)
    np.save(tmp_path / "images.npy", images[..., 0])
    code = (
        "import sys, os; os.environ['KERAS_BACKEND'] = 'torch'; import keras, numpy as np\n"
        "model = keras.saving.load_model(sys.argv[1])\n"
        "assert not [name for name in sys.modules if name.startswith('classlab')]\n"
        "np.save(sys.argv[3], model.predict(np.load(sys.argv[2]), verbose=0))"
    )
    files = [str(tmp_path / name) for name in ("net.keras", "images.npy", "scores.npy")]
    subprocess.run([sys.executable, "-c", code, *files], check=True, timeout=120, cwd=tmp_path)
    np.testing.assert_allclose(np.load(files[2]), predictions(network, images), rtol=0, atol=1e-6)


def test_the_archive_keeps_keras_members_and_carries_the_provenance(tmp_path: Path) -> None:
    path = tmp_path / "net.keras"
    write(path, random_architecture(2))
    with zipfile.ZipFile(path) as archive:
        assert sorted(archive.namelist()) == ["config.json", "metadata.json", "model.weights.h5"]
        assert set(json.loads(archive.read("metadata.json"))) == {"keras_version", "date_saved", "classlab"}
    assert read_provenance(path) == {"run": "0123", "figures": {"accuracy": 0.5}, "class_names": list(CLASSES)}


def test_a_written_file_can_be_read_again(tmp_path: Path) -> None:
    network = random_architecture(3)
    path = tmp_path / "net.keras"
    write(path, network)
    read = load_keras_file(path)
    assert isinstance(read.architecture, Architecture)
    assert read.architecture.layers == (PIXELS, *network.layers)


def test_the_same_model_of_the_general_path_can_be_written(tmp_path: Path) -> None:
    k = keras()
    model = k.Sequential([k.Input((6, 5)), k.layers.Flatten(), k.layers.Dense(4, "relu6")], name="mine")
    read = from_keras(model)
    images = probes(build("linear", input_shape=(6, 5, 1), classes=4))
    scaled = (images[..., 0] * np.float32(PIXELS.scale) + PIXELS.offset).astype(np.float32)
    proof = write_keras(
        tmp_path / "net.keras",
        read.architecture,
        read.weights,
        input_layer=PIXELS,
        class_names=CLASSES,
        provenance={},
        probe_images=images,
        expected=np.asarray(model.predict(scaled, verbose=0)),
        predict=predict,
    )
    assert proof.max_difference <= 1e-5


def test_a_file_that_predicts_something_else_gets_no_name(tmp_path: Path) -> None:
    network = build("linear", input_shape=(4, 4, 1), classes=4)
    path = tmp_path / "net.keras"
    path.write_bytes(b"older")
    expected = predictions(network, probes(network))
    expected[3, 1] += 0.25
    sentence = (
        f"{path} must predict what the run predicts, but the reloaded file differs by 0.25 on 8 probe images, "
        "where 1e-05 is allowed. Nothing was written; please report this."
    )
    with pytest.raises(ExportError, match=f"^{re.escape(sentence)}$"):
        write(path, network, expected=expected)
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("net.keras", b"older")]


def test_scores_that_are_not_numbers_prove_nothing(tmp_path: Path) -> None:
    network = build("linear", input_shape=(4, 4, 1), classes=4)
    expected = predictions(network, probes(network))
    expected[0, 0] = np.nan
    with pytest.raises(ExportError, match="differs by nan"):
        write(tmp_path / "net.keras", network, expected=expected)


def test_scores_of_another_shape_are_refused(tmp_path: Path) -> None:
    network = build("linear", input_shape=(4, 4, 1), classes=4)
    path = tmp_path / "net.keras"
    sentence = (
        f"{path} must predict what the run predicts, but the reloaded file gives scores of (8, 4) where the run gives "
        "(8, 3). Nothing was written; please report this."
    )
    with pytest.raises(ExportError, match=f"^{re.escape(sentence)}$"):
        write(path, network, expected=np.zeros((8, 3), np.float32))
    assert list(tmp_path.iterdir()) == []


def test_another_ending_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.h5"
    sentence = f"`path` must end in .keras, but got path={path}. Keras opens no other ending."
    with pytest.raises(SpecError, match=f"^{re.escape(sentence)}$"):
        write(path, build("linear", input_shape=(4, 4, 1), classes=4))


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "net.keras"
    sentence = (
        f"{path} must be writable, but the system says: No such file or directory. "
        "Choose another folder; nothing half-written was left behind."
    )
    with pytest.raises(StorageError, match=f"^{re.escape(sentence)}$"):
        write(path, build("linear", input_shape=(4, 4, 1), classes=4))


@pytest.mark.parametrize("step", ["packed", "prove_by_keras", "write_atomically"])
def test_a_failing_disk_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keras_export, step, fail)
    path = tmp_path / "net.keras"
    with pytest.raises(StorageError, match=r"No space left on device"):
        write(path, build("linear", input_shape=(4, 4, 1), classes=4))
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_keras_alone_has_no_provenance(tmp_path: Path) -> None:
    network = build("linear", input_shape=(4, 4, 1), classes=4)
    path = tmp_path / "net.keras"
    to_keras(network, random_weights(network), input_layer=PIXELS).save(path)
    sentence = (
        f"{path} must carry classlab's provenance, but it was not written by classlab. "
        "Export the run again with `classlab export`."
    )
    with pytest.raises(SpecError, match=f"^{re.escape(sentence)}$"):
        read_provenance(path)


@pytest.mark.parametrize("part", ["weights", "layers", "scores"])
def test_reading_a_file_back_must_find_what_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    """Where Keras is not installed."""
    network = build("mlp", input_shape=(4, 4, 1), classes=4, units=(3,))
    path = tmp_path / "net.keras"
    monkeypatch.setattr(keras_export, "installed", lambda _: False)
    expected = predictions(network, probes(network))
    assert write(path, network, expected=expected).by == "classlab"
    path.unlink()

    def otherwise(file: Path) -> ImportedModel:
        read = load_keras_file(file)
        assert isinstance(read.architecture, Architecture)
        if part == "weights":
            return replace(read, weights={**read.weights, "2.bias": read.weights["2.bias"] + np.float32(1e-7)})
        *layers, last = read.architecture.layers
        return replace(
            read, architecture=replace(read.architecture, layers=(*layers, replace(last, activation="relu")))
        )

    sentence = f"{path} must hold the run's layers and weights, but reading it gives others. "
    if part == "scores":
        expected[0, 0] += 0.5
        sentence = (
            f"{path} must predict what the run predicts, but the reloaded file differs by 0.5 on 8 probe images, "
            "where 1e-05 is allowed. "
        )
    else:
        monkeypatch.setattr("classlab.models.keras_proof.load_keras_file", otherwise)
    with pytest.raises(ExportError, match=f"^{re.escape(sentence)}Nothing was written; please report this.$"):
        write(path, network, expected=expected)
    assert list(tmp_path.iterdir()) == []
