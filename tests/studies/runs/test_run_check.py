"""A run folder from a stranger: whatever is wrong with it is one sentence, before anything large is made of it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

import classlab
from classlab.cli.main import main
from classlab.errors import RecordError, SpecError, StorageError
from classlab.files.tensor_file import read_arrays, write_arrays
from classlab.records import KerasArchitecture
from classlab.studies.runs.run import Run

NETWORK = ("spec", "architecture")


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("trained") / "run"
    classlab.fit("digits", "mlp", units=(6,), epochs=1, limit=60, folder=folder)
    return folder


@pytest.fixture
def forged(trained, tmp_path):
    """Makes a copy in which the record or arrays are changed and every digest is right again."""

    def forge(record=None, weights=None, predictions=None) -> Path:
        folder = tmp_path / "run"
        shutil.copytree(trained, folder)
        plain = json.loads((folder / "run.json").read_text())
        text = json.dumps(record(plain) if record else plain, sort_keys=True).encode()
        (folder / "run.json").write_bytes(text)
        for name, change in (("weights", weights), ("predictions", predictions)):
            arrays, facts = read_arrays(folder / f"{name}.safetensors")
            facts["record"] = hashlib.sha256(text).hexdigest()
            write_arrays(folder / f"{name}.safetensors", change(arrays) if change else arrays, facts)
        return folder

    return forge


def put(*path, value):
    """A change of a record: one value within it."""

    def change(plain):
        here = plain
        for step in path[:-1]:
            here = here[step]
        here[path[-1]] = value
        return plain

    return change


def test_a_forged_folder_without_a_change_opens(forged):
    assert Run.load(forged()).predictions is not None


@pytest.mark.parametrize(
    ("record", "what"),
    [
        (
            put(*NETWORK, "layers", 1, "units", value=2**31),
            "Dense's `units` must be a whole number from 1 to 2**31 - 1",
        ),
        (put(*NETWORK, "layers", 1, "units", value=2**30), "one image becomes 1,073,741,824 values in a network of "),
        (put(*NETWORK, "input_shape", value=[2**20, 2**20, 1]), "one image becomes 1,099,511,627,776 values"),
        (put(*NETWORK, "input_shape", value=[0, 8, 1]), "`input_shape` must be height, width and channels"),
        (put(*NETWORK, "input_shape", value=[-8, -8, 1]), "`input_shape` must be height, width and channels"),
        (put("class_names", value=["a", "b", "c"]), "its network scores 10 classes and it names 3"),
        (put("class_names", value=[]), "its network scores 10 classes and it names 0"),
        (put("class_names", value=["x"] * 10**6), "its network scores 10 classes and it names 1,000,000"),
        (put("parameters", value=2**40), "it counts 1,099,511,627,776 weights"),
        (put("version", value="2"), "is damaged at version: it must be a whole number"),
    ],
)
def test_a_record_that_cannot_be_is_refused(forged, record, what):
    folder = forged(record)
    tracemalloc.start()
    with pytest.raises(RecordError) as refusal:
        Run.load(folder)
    assert tracemalloc.get_traced_memory()[1] < 64 * 2**20
    tracemalloc.stop()
    assert str(folder / "run.json") in str(refusal.value)
    assert what in str(refusal.value)


@pytest.mark.parametrize(
    ("weights", "what"),
    [
        (lambda _: {}, "it lacks array '1.bias'"),
        (lambda own: dict(list(own.items())[1:]), "it lacks array"),
        (lambda own: {**own, "strange": np.zeros(3, np.float32)}, "it holds a strange array 'strange'"),
        (
            lambda own: {name: array.T.copy() for name, array in own.items()},
            "its array '1.kernel' has the shape (6, 64)",
        ),
        (lambda own: {f"../{name}": array for name, array in own.items()}, "array '../1.bias'"),
    ],
)
def test_weights_of_another_network_are_refused(forged, weights, what):
    folder = forged(weights=weights)
    with pytest.raises(RecordError) as refusal:
        Run.load(folder)
    assert str(folder / "weights.safetensors") in str(refusal.value)
    assert what in str(refusal.value)


@pytest.mark.parametrize(
    "change",
    [
        lambda own: {**own, "labels": own["labels"] + 10**12},
        lambda own: {**own, "labels": own["labels"][:5]},
        lambda own: {**own, "probabilities": own["probabilities"][:, :3]},
        lambda own: {"probabilities": own["probabilities"]},
        lambda own: {**own, "other": own["labels"]},
        lambda own: {name: array[:0] for name, array in own.items()},
        lambda own: {**own, "labels": own["labels"].astype(np.float64)},
    ],
)
def test_predictions_of_other_images_are_refused(forged, change):
    folder = forged(predictions=change)
    with pytest.raises(RecordError, match="must hold what the network of the record beside it needs, but it"):
        Run.load(folder)


def test_a_file_that_claims_gigabytes_is_refused_unread(forged):
    folder = forged()
    header = json.dumps({"a": {"dtype": "U8", "shape": [2**33], "data_offsets": [0, 2**33]}}).encode()
    with (folder / "weights.safetensors").open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        file.truncate(8 + len(header) + 2**33)
    with pytest.raises((RecordError, StorageError), match=r"weights\.safetensors must"):
        Run.load(folder)


@pytest.mark.parametrize("name", ["run.json", "weights.safetensors", "predictions.safetensors"])
@pytest.mark.parametrize("kind", ["pipe", "folder", "device"])
def test_what_is_no_file_is_refused_and_not_waited_for(forged, name, kind):
    folder = forged()
    (folder / name).unlink()
    if kind == "pipe":
        os.mkfifo(folder / name)
    elif kind == "folder":
        (folder / name).mkdir()
    else:
        (folder / name).symlink_to("/dev/zero")
    with pytest.raises(StorageError):
        Run.load(folder)


def description(layer) -> KerasArchitecture:
    layers = [
        {"module": "keras.layers", "class_name": "InputLayer", "config": {"batch_shape": [None, 8, 8, 1], "name": "i"}},
        layer,
    ]
    config = {"module": "keras", "class_name": "Sequential", "config": {"name": "s", "layers": layers}}
    return KerasArchitecture(name="s", input_shape=(8, 8, 1), config=config, reason="it")


@pytest.mark.parametrize(
    "layer",
    [
        {"module": "os", "class_name": "system", "config": {"command": "true"}, "registered_name": "system"},
        {"module": "keras.utils", "class_name": "get_file", "config": {"fname": "x"}},
        {"module": "keras.layers", "class_name": "TFSMLayer", "config": {"filepath": "/"}},
        {"module": "keras.layers", "class_name": "TorchModuleWrapper", "config": {"module": ""}},
        {"module": "keras.layers", "class_name": "StringLookup", "config": {"vocabulary": "/etc/hostname"}},
        {
            "module": "keras.layers",
            "class_name": "Lambda",
            "config": {"function": {"class_name": "__lambda__", "config": {"code": ""}}},
        },
        {
            "module": "keras.layers",
            "class_name": "Activation",
            "config": {"activation": {"module": "builtins", "class_name": "function", "config": "exec"}},
        },
    ],
    ids=lambda layer: layer["class_name"],
)
def test_a_description_may_name_keras_s_own_layers_only(layer):
    from classlab.models.keras_import import rebuild

    with pytest.raises(
        SpecError, match=r"no layer that classlab lets Keras make|holds Python code|which is not registered"
    ):
        rebuild(description(layer))


def test_a_description_whose_weights_are_not_those_at_hand_costs_no_memory():
    from classlab.models.keras_import import rebuild

    flat = {"module": "keras.layers", "class_name": "Flatten", "config": {"name": "f"}}
    wide = {"module": "keras.layers", "class_name": "Dense", "config": {"name": "d", "units": 2**40}}
    network = description(flat)
    network.config["config"]["layers"].append(wide)
    with pytest.raises(SpecError, match="must take the weights that it is given, but it asks for other shapes"):
        rebuild(network, {"0": np.zeros((64, 10)), "1": np.zeros(10)})


def test_a_layer_wider_than_all_weights_is_refused_without_keras():
    from classlab.models.keras_list import check_description

    network = description({"module": "keras.layers", "class_name": "Dense", "config": {"name": "d", "units": 2**31}})
    with pytest.raises(SpecError, match=r"its units=2147483648 need more than the 650 weights it has"):
        check_description(network, weights=650)
    check_description(network)


@pytest.mark.parametrize("depth", [3000, 200_000])
def test_a_record_nested_without_end_is_refused(forged, depth):
    folder = forged()
    (folder / "run.json").write_bytes(b"[" * depth)
    with pytest.raises(RecordError, match=r"run\.json is not valid JSON|is damaged"):
        Run.load(folder)


def test_a_path_in_a_foreign_record_is_not_followed(forged, tmp_path, capsys):
    secret = tmp_path / "secret"
    (secret / "a").mkdir(parents=True)
    folder = str(forged(put("spec", "data", "name", value=str(secret))))
    assert main(["evaluate", folder]) == 3
    assert capsys.readouterr().err == (
        f"classlab: the images must be named, because this run's folder names them by a path, {secret}, and only those "
        "of a store's runs are followed. Give them with --data.\n"
    )
    assert main(["evaluate", folder, "--data", "digits", "--quiet"]) == 0
    assert main(["report", folder, "-o", str(tmp_path / "r.md"), "--quiet"]) == 0
    assert "because the run's folder names them by a path" in (tmp_path / "r.md").read_text()
