"""Files from anyone: what Keras writes is read, and everything planted is refused before Keras sees it."""

import io
import json
import re
import struct
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from random_architectures import random_weights

from classlab.errors import SpecError, StorageError
from classlab.models import build, input_layer, keras_archive, keras_runtime, load_keras_file, to_keras
from classlab.models.keras_file import check_keras_file
from classlab.records import Architecture
from classlab.records.layers import Conv2D, Dense, Flatten, Rescaling

keras = keras_runtime.keras()
L = keras.layers
NETWORK = Architecture(
    name="net",
    input_shape=(6, 5, 1),
    layers=(Conv2D(filters=2, activation="relu"), Flatten(), Dense(units=3, activation="softmax")),
)
ADVICE = ". If you trust its source, load it yourself with keras.saving.load_model and pass the model in Python."
Members = dict[str, bytes]
Config = dict[str, Any]


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> Members:
    path = tmp_path_factory.mktemp("good") / "net.keras"
    to_keras(NETWORK, random_weights(NETWORK), input_layer=Rescaling(scale=1 / 255)).save(path)
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(path: Path, members: Members, *, compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.fixture
def no_keras(monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(what: str, *, because: str) -> None:
        raise AssertionError(f"Keras was asked to open {what}: {because}")

    monkeypatch.setattr("classlab.models.keras_file.keras", opened)


def refusal(path: Path, why: str) -> str:
    """The whole sentence as a pattern; `why` is a pattern."""
    start = f"{path} must be a .keras file of layers that classlab can check before it opens them, but "
    return f"^{re.escape(start)}{why}{re.escape(ADVICE)}$"


# ---------------------------------------------------------------- what Keras writes


def fitted() -> Any:
    """A compiled and trained model with a model inside, an adapted layer, and an optimizer's state in the file."""
    inner = keras.Sequential([L.Conv2D(2, 3, activation="relu"), L.BatchNormalization()], name="inner")
    scale = L.Normalization()
    scale.adapt(np.random.default_rng(0).normal(4, 3, (9, 6, 5, 1)).astype(np.float32))
    model = keras.Sequential(
        [keras.Input((6, 5)), L.Reshape((6, 5, 1)), scale, inner, L.Dropout(0.5), L.Flatten(), L.Dense(3, "softmax")]
    )
    model.compile("nadam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(np.random.default_rng(1).random((8, 6, 5)), np.arange(8) % 3, verbose=0)
    return model


def functional() -> Any:
    entrance = keras.Input((6, 5, 1))
    return keras.Model(entrance, L.Dense(3)(L.Flatten()(L.BatchNormalization()(entrance))))


def flat() -> Any:
    return keras.Sequential([keras.Input((30,)), L.Dense(3, kernel_regularizer="l2")])


def of_the_general_path() -> Any:
    """Layers that only Keras computes, with weights and without."""
    x = keras.Input((6, 5, 1))
    moved = L.RandomRotation((-0.1, 0.2), fill_mode="nearest")(L.RandomFlip("horizontal")(x))
    rows = L.Bidirectional(L.LSTM(3, return_sequences=True), merge_mode="sum")(L.Reshape((6, 5))(moved))
    hidden = L.GaussianNoise(0.1)(L.ReLU(max_value=6)(L.Bidirectional(L.GRU(2))(rows)))
    return keras.Model(x, L.Dense(3)(hidden))


@pytest.mark.parametrize("make", [fitted, functional, flat, of_the_general_path])
def test_a_file_of_keras_is_read_with_its_weights(tmp_path: Path, make: Callable[[], Any]) -> None:
    model = make()
    path = tmp_path / "theirs.keras"
    model.save(path)
    read = load_keras_file(path, image_shape=(6, 5, 1))
    images = np.random.default_rng(2).integers(0, 9, (4, 6, 5, 1), dtype=np.uint8)
    ours = to_keras(read.architecture, read.weights, input_layer=input_layer("none", images)).predict(images, verbose=0)
    theirs = model.predict(images.reshape(4, *model.inputs[0].shape[1:]).astype(np.float32), verbose=0)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def test_a_compressed_file_is_read(tmp_path: Path, members: Members) -> None:
    read = load_keras_file(packed(tmp_path / "net.keras", members, compression=zipfile.ZIP_DEFLATED))
    np.testing.assert_array_equal(read.weights["3.kernel"], random_weights(NETWORK)["2.kernel"])


def test_rows_of_pixels_need_the_shape_of_the_images(tmp_path: Path) -> None:
    path = tmp_path / "flat.keras"
    flat().save(path)
    sentence = (
        f"{path} takes rows of 30 values, from which the shape of the images cannot be told. "
        "Give image_shape=(height, width, channels), on the command line --input-shape."
    )
    with pytest.raises(SpecError, match=f"^{re.escape(sentence)}$"):
        load_keras_file(path)
    with pytest.raises(
        SpecError, match=refusal(path, re.escape("its Input takes (30,), which is not an image of (2, 2, 1)"))
    ):
        load_keras_file(path, image_shape=(2, 2, 1))


# ---------------------------------------------------------------- the archive


def test_a_missing_file_is_a_storage_error(tmp_path: Path) -> None:
    path = tmp_path / "none.keras"
    sentence = (
        f"{path} must be readable, but the system says: No such file or directory. Check the path and its permissions."
    )
    with pytest.raises(StorageError, match=f"^{re.escape(sentence)}$"):
        load_keras_file(path)


@pytest.mark.parametrize("name", ["net.h5", "net.hdf5", "net", "net.keras.zip"])
@pytest.mark.usefixtures("no_keras")
def test_another_ending_is_refused(tmp_path: Path, members: Members, name: str) -> None:
    path = packed(tmp_path / name, members)
    with pytest.raises(SpecError, match=refusal(path, re.escape("its name does not end in .keras"))):
        load_keras_file(path)


ARCHIVES: dict[str, tuple[Callable[[Members], Members], str]] = {
    "traversal": (lambda m: {**m, "../evil.py": b""}, "it holds the foreign member '../evil.py'"),
    "absolute path": (lambda m: {**m, "/evil.py": b""}, "it holds the foreign member '/evil.py'"),
    "assets": (lambda m: {**m, "assets/words.txt": b""}, "it holds the foreign member 'assets/words.txt'"),
    "weights as npz": (
        lambda m: {**{k: v for k, v in m.items() if "weights" not in k}, "model.weights.npz": b""},
        "it holds the foreign member 'model.weights.npz'",
    ),
    "no weights": (
        lambda m: {k: v for k, v in m.items() if "weights" not in k},
        "it lacks the member 'model.weights.h5'",
    ),
    "broken config": (lambda m: {**m, "config.json": b"{"}, "its member 'config.json' is not valid JSON"),
    "deep config": (
        lambda m: {**m, "config.json": b"[" * 200_000 + b"]" * 200_000},
        "its member 'config.json' is not valid JSON",
    ),
    "config is a list": (lambda m: {**m, "config.json": b"[]"}, "its member 'config.json' is not a JSON object"),
    "empty config": (lambda m: {**m, "config.json": b"{}"}, "its Input names no image size in numbers"),
    "weights are text": (
        lambda m: {**m, "model.weights.h5": b"weights"},
        r"its weights are not a whole HDF5 file \(.*\)",
    ),
    "weights are cut": (
        lambda m: {**m, "model.weights.h5": m["model.weights.h5"][:3000]},
        r"its weights are not a whole HDF5 file \(.*\)",
    ),
    "bomb": (
        lambda m: {**m, "config.json": b" " * ((16 << 20) + 1)},
        "its member 'config.json' unpacks to more than 16 MiB",
    ),
}


@pytest.mark.parametrize("case", ARCHIVES)
@pytest.mark.usefixtures("no_keras")
def test_a_planted_archive_is_refused(tmp_path: Path, members: Members, case: str) -> None:
    change, why = ARCHIVES[case]
    path = packed(tmp_path / "net.keras", change(members), compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(SpecError, match=refusal(path, why if why.endswith(r"\)") else re.escape(why))):
        load_keras_file(path)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["net.keras"]


@pytest.mark.usefixtures("no_keras")
def test_a_doubled_member_is_refused(tmp_path: Path, members: Members) -> None:
    path = packed(tmp_path / "net.keras", members)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("config.json", b"{}")
    with pytest.raises(SpecError, match=refusal(path, "it holds a member twice")):
        load_keras_file(path)


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04" + b"\x00" * 100])
@pytest.mark.usefixtures("no_keras")
def test_what_is_no_zip_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "net.keras"
    path.write_bytes(content)
    why = r"it is not a whole zip archive \(File is not a zip file\)"
    with pytest.raises(SpecError, match=refusal(path, why)):
        load_keras_file(path)


@pytest.mark.usefixtures("no_keras")
def test_a_member_that_understates_its_size_is_refused(tmp_path: Path, members: Members) -> None:
    path = packed(tmp_path / "net.keras", members, compression=zipfile.ZIP_DEFLATED)
    content = bytearray(path.read_bytes())
    entry = content.rindex(b"PK\x01\x02")  # the last entry of the directory: the size stands 24 bytes on
    content[entry + 24 : entry + 28] = struct.pack("<I", 100)
    path.write_bytes(bytes(content))
    with pytest.raises(SpecError, match=refusal(path, r"it is not a whole zip archive \(Bad CRC-32 .*\)")):
        load_keras_file(path)


@pytest.mark.usefixtures("no_keras")
def test_every_cut_of_a_file_is_refused(tmp_path: Path, members: Members) -> None:
    whole = packed(tmp_path / "whole.keras", members).read_bytes()
    path = tmp_path / "net.keras"
    for length in range(0, len(whole) - 1, len(whole) // 40):
        path.write_bytes(whole[:length])
        with pytest.raises(SpecError):
            load_keras_file(path)


# ---------------------------------------------------------------- the serialised model


def layers(config: Config) -> list[Config]:
    found: list[Config] = config["config"]["layers"]  # InputLayer, Rescaling, Conv2D, Flatten, Dense
    return found


def put(config: Config, position: int, **options: Any) -> None:
    layers(config)[position]["config"].update(options)


def mark(config: Config, position: int, **entries: Any) -> None:
    layers(config)[position].update(entries)


def evil_lambda(config: Config) -> None:
    code = {"class_name": "__lambda__", "config": {"value": "4wAAAA=="}}
    options = {"name": "lambda", "trainable": True, "function": code}
    layers(config).insert(
        1, {"module": "keras.layers", "class_name": "Lambda", "config": options, "registered_name": None}
    )


def nested(config: Config, **options: Any) -> None:
    """Wraps the last layer into a model of its own."""
    inner = {"name": "inner", "trainable": True, "layers": [layers(config).pop()], **options}
    layers(config).append({"module": "keras", "class_name": "Sequential", "config": inner, "registered_name": None})


def huge_image(config: Config) -> None:
    put(config, 0, batch_shape=[None, 10**5, 10**5, 1])
    config["config"].pop("build_input_shape")
    for entry in (config, *layers(config)):
        entry.pop("build_config", None)


EVIL = {"module": "os", "class_name": "system", "config": "true", "registered_name": "system"}
POLICY = {"module": "evil", "class_name": "Policy", "config": {"name": "float32"}, "registered_name": None}
ODD_INPUT = {"batch_shape": [None, 10**6], "dtype": "float32", "sparse": False, "name": "gate"}
CARRIES = "carries settings that layers do not have"
ELSEWHERE = "announces another input shape than it receives"
CONFIGS: dict[str, tuple[Callable[[Config], Any], str]] = {
    "lambda": (evil_lambda, "its layer 'lambda' (Lambda) is not one of the engine's layers"),
    "foreign module": (
        lambda c: mark(c, 4, module="os"),
        "its layer 'dense' (Dense) is not one of the engine's layers",
    ),
    "registered class": (
        lambda c: mark(c, 4, registered_name="Custom>Dense"),
        "its layer 'dense' (Dense) is not one of the engine's layers",
    ),
    "layer that opens other files": (
        lambda c: mark(c, 4, class_name="TFSMLayer"),
        "its layer 'dense' (TFSMLayer) is not one of the engine's layers",
    ),
    "class name is a list": (
        lambda c: mark(c, 4, class_name=["Dense"]),
        "its layer 'dense' (['Dense']) is not one of the engine's layers",
    ),
    "name of another folder": (
        lambda c: put(c, 4, name="../../elsewhere"),
        "its layer '../../elsewhere' has a name that leads to another folder",
    ),
    "name of another folder, as Windows has it": (
        lambda c: put(c, 4, name="a\\..\\b"),
        r"its layer 'a\\..\\b' has a name that leads to another folder",
    ),
    "function as activation": (
        lambda c: put(c, 4, activation=EVIL),
        "its layer 'dense' (Dense) has activation=system",
    ),
    "initializer from elsewhere": (
        lambda c: put(c, 4, kernel_initializer={"module": "evil", "class_name": "Zeros", "config": {}}),
        "its layer 'dense' (Dense) has kernel_initializer=Zeros",
    ),
    "object as seed": (
        lambda c: put(
            c,
            4,
            kernel_initializer={
                "module": "keras.initializers",
                "class_name": "HeNormal",
                "config": {"seed": EVIL},
            },
        ),
        "its layer 'dense' (Dense) has kernel_initializer=HeNormal",
    ),
    "regularizer from elsewhere": (
        lambda c: put(c, 4, kernel_regularizer={"module": "evil", "class_name": "L2", "config": {"l2": 0.1}}),
        "its layer 'dense' (Dense) has kernel_regularizer=L2",
    ),
    "constraint": (
        lambda c: put(c, 4, kernel_constraint=EVIL),
        "its layer 'dense' (Dense) has kernel_constraint=system",
    ),
    "unknown option": (
        lambda c: put(c, 4, lora_rank=4),
        "its layer 'dense' (Dense) has lora_rank=4",
    ),
    "policy from elsewhere": (
        lambda c: put(c, 4, dtype=POLICY),
        "its layer 'dense' (Dense) computes in 'float32'",
    ),
    "model's policy from elsewhere": (
        lambda c: c["config"].update(dtype=POLICY),
        "its model 'net' does not compute in float32",
    ),
    "units as text": (
        lambda c: put(c, 4, units="3"),
        "its layer 'dense' (Dense) cannot be read (Input should be a valid integer)",
    ),
    "negative units": (
        lambda c: put(c, 4, units=-3),
        "its layer 'dense' (Dense) cannot be read (Value error, Dense's `units` must be a whole number from 1 to "
        "2**31 - 1, but got units=-3. Write for example units=128.)",
    ),
    "truth as scale": (lambda c: put(c, 1, scale=True), "its layer 'preprocessing' (Rescaling) has scale=True"),
    "options are a list": (lambda c: layers(c)[4].update(config=["units"]), "its config.json is not what Keras writes"),
    "no list of layers": (lambda c: c["config"].update(layers=7), "its config.json is not what Keras writes"),
    "subclassed model": (
        lambda c: c.update(module="evil", class_name="Net"),
        "it is a Net and not a Sequential or functional model",
    ),
    "model under a foreign name": (
        lambda c: c.update(registered_name="Custom>Net"),
        f"its layer 'net' {CARRIES}",
    ),
    "model with an option": (lambda c: c["config"].update(extra=1), f"its layer 'net' {CARRIES}"),
    "input from elsewhere": (lambda c: mark(c, 0, module="evil"), f"its layer 'pixels' {CARRIES}"),
    "input with an object": (lambda c: put(c, 0, dtype=POLICY), f"its layer 'pixels' {CARRIES}"),
    "name is a number": (lambda c: put(c, 4, name=5), f"its layer 5 {CARRIES}"),
    "stray entry": (lambda c: mark(c, 4, state=EVIL), f"its layer 'dense' {CARRIES}"),
    "stray shape": (
        lambda c: mark(c, 4, build_config={"input_shape": [None, 24], "shapes_dict": {}}),
        f"its layer 'dense' {CARRIES}",
    ),
    "inner model compiled by the file": (
        lambda c: (nested(c), layers(c)[-1].update(compile_config={"optimizer": EVIL})),
        f"its layer 'inner' {CARRIES}",
    ),
    "built to another shape": (
        lambda c: mark(c, 4, build_config={"input_shape": [None, 10**9]}),
        f"its layer 'dense' {ELSEWHERE}",
    ),
    "inner model built to another shape": (
        lambda c: nested(c, build_input_shape=[None, 10**9]),
        f"its layer 'inner' {ELSEWHERE}",
    ),
    "inner input of another shape": (
        lambda c: (
            nested(c),
            layers(c)[-1]["config"]["layers"].insert(
                0, {"module": "keras.layers", "class_name": "InputLayer", "config": ODD_INPUT, "registered_name": None}
            ),
        ),
        f"its layer 'gate' {ELSEWHERE}",
    ),
    "window larger than the image": (
        lambda c: put(c, 2, kernel_size=[7, 7]),
        "its layers cannot follow one another (layer 'conv2d' (Conv2D) has a window of 7x7, but only 6x5 values reach "
        "it. Use a smaller window, fewer layers or padding='same'.)",
    ),
    "reshape with an option": (
        lambda c: layers(c).insert(
            1,
            {
                "module": "keras.layers",
                "class_name": "Reshape",
                "config": {"name": "reshape", "target_shape": [6, 5, 1], "order": "F"},
            },
        ),
        "its layer 'reshape' (Reshape) has order='F'",
    ),
    "huge layer": (
        lambda c: put(c, 4, units=10**9),
        "one image becomes 1,000,000,000 values within it",
    ),
    "wide layer": (
        lambda c: put(c, 4, units=10**6),
        "its weights lack an array of shape (24, 1000000) that its layers need",
    ),
    "huge image": (
        huge_image,
        "one image becomes 19,999,200,008 values within it",
    ),
    "any image": (
        lambda c: put(c, 0, batch_shape=[None, None, None, 1]),
        "its Input names no image size in numbers",
    ),
}


@pytest.mark.parametrize("case", CONFIGS)
@pytest.mark.usefixtures("no_keras")
def test_a_planted_model_is_refused(tmp_path: Path, members: Members, case: str) -> None:
    change, why = CONFIGS[case]
    config = json.loads(members["config.json"])
    change(config)
    path = packed(tmp_path / "net.keras", {**members, "config.json": json.dumps(config).encode()})
    with pytest.raises(SpecError, match=refusal(path, re.escape(why))):
        load_keras_file(path)


def test_the_unchanged_model_passes_the_same_way(tmp_path: Path, members: Members) -> None:
    config = json.loads(members["config.json"])
    nested(config)
    path = packed(tmp_path / "net.keras", {**members, "config.json": json.dumps(config).encode()})
    architecture = check_keras_file(path)
    assert architecture.layers == (Rescaling(scale=1 / 255), *NETWORK.layers)


def test_what_keras_itself_refuses_is_told(tmp_path: Path, members: Members) -> None:
    config = json.loads(members["config.json"])
    put(config, 3, name="dense")  # two layers of one name
    path = packed(tmp_path / "net.keras", {**members, "config.json": json.dumps(config).encode()})
    with pytest.raises(SpecError, match=refusal(path, r"Keras refuses it \(.*\)")):
        load_keras_file(path)


# ---------------------------------------------------------------- the weights


def external_link(file: h5py.File, secret: Path) -> None:
    del file["layers/dense/vars/1"]
    file["layers/dense/vars/1"] = h5py.ExternalLink(str(secret), "/x")


def soft_link(file: h5py.File, _: Path) -> None:
    del file["layers/dense/vars/1"]
    file["layers/dense/vars/1"] = h5py.SoftLink("/layers/conv2d/vars/1")


def external_storage(file: h5py.File, secret: Path) -> None:
    del file["layers/dense/vars/1"]
    file.create_dataset("layers/dense/vars/1", (3,), "float32", external=[(str(secret), 0, 12)])


def virtual(file: h5py.File, secret: Path) -> None:
    del file["layers/dense/vars/1"]
    layout = h5py.VirtualLayout((3,), "float32")
    layout[:] = h5py.VirtualSource(str(secret), "x", (3,))
    file.create_virtual_dataset("layers/dense/vars/1", layout)


def unallocated(file: h5py.File, _: Path) -> None:
    file.create_dataset("layers/dense/vars/2", (2**40,), "float32")


def chunked(file: h5py.File, _: Path) -> None:
    file.create_dataset("layers/dense/vars/2", (2**40,), "float32", chunks=(2**20,))


def compressed(file: h5py.File, _: Path) -> None:
    file.create_dataset("layers/dense/vars/2", data=np.zeros(1000), compression="gzip")


def words(file: h5py.File, _: Path) -> None:
    file["layers/dense/vars/2"] = np.array([b"words"])


def named_type(file: h5py.File, _: Path) -> None:
    file["layers/dense/vars/2"] = np.dtype("float32")


def circle(file: h5py.File, _: Path) -> None:
    file["layers/dense/again"] = file["layers"]


def one_more(file: h5py.File, _: Path) -> None:
    file["layers/dense/vars/2"] = np.zeros((7, 7), np.float32)


def another_shape(file: h5py.File, _: Path) -> None:
    del file["layers/dense/vars/1"]
    file["layers/dense/vars/1"] = np.zeros(4, np.float32)


WEIGHTS = {
    external_link: "its weights hold a link, '/layers/dense/vars/1', to another place or file",
    soft_link: "its weights hold a link, '/layers/dense/vars/1', to another place or file",
    external_storage: "its weights take '/layers/dense/vars/1' from another file",
    virtual: "its weights take '/layers/dense/vars/1' from another file",
    unallocated: "its weights announce (1099511627776,) values for '/layers/dense/vars/2' that are not in the file",
    chunked: "its weights hold '/layers/dense/vars/2' in pieces or compressed, which Keras does not write",
    compressed: "its weights hold '/layers/dense/vars/2' in pieces or compressed, which Keras does not write",
    words: "its weights hold '/layers/dense/vars/2', which is not an array of numbers",
    named_type: "its weights hold '/layers/dense/vars/2', which is not an array of numbers",
    circle: "its weights hold more arrays, or nest them deeper, than a network needs",
    one_more: "its weights hold an array of shape (7, 7) that its layers do not have",
    another_shape: "its weights lack an array of shape (3,) that its layers need",
}


@pytest.mark.parametrize("change", WEIGHTS, ids=lambda change: change.__name__)
@pytest.mark.usefixtures("no_keras")
def test_planted_weights_are_refused(
    tmp_path: Path, members: Members, change: Callable[[h5py.File, Path], None]
) -> None:
    secret = tmp_path / "secret"
    with h5py.File(secret, "w") as other:
        other["x"] = np.zeros(3, np.float32)
    content = io.BytesIO(members["model.weights.h5"])
    with h5py.File(content, "r+") as file:
        change(file, secret)
    path = packed(tmp_path / "net.keras", {**members, "model.weights.h5": content.getvalue()})
    with pytest.raises(SpecError, match=refusal(path, re.escape(WEIGHTS[change]))):
        load_keras_file(path)


@pytest.mark.usefixtures("no_keras")
def test_damaged_weights_never_surprise(tmp_path: Path, members: Members) -> None:
    """Bytes of the HDF5 file's structure are overwritten: either it is refused, or nothing that counts was hit."""
    rng = np.random.default_rng(8)
    whole = members["model.weights.h5"]
    path = tmp_path / "net.keras"
    for _ in range(150):
        content = bytearray(whole)
        content[rng.integers(0, len(whole))] = rng.integers(0, 256)
        packed(path, {**members, "model.weights.h5": bytes(content)})
        with suppress(SpecError):
            check_keras_file(path)


def test_the_largest_built_in_network_stays_far_below_the_limits(tmp_path: Path) -> None:
    network = build("cnn", input_shape=(64, 64, 3), classes=100)
    path = tmp_path / "net.keras"
    to_keras(network, random_weights(network), input_layer=Rescaling(scale=1 / 255)).save(path)
    assert path.stat().st_size < keras_archive.LIMIT / 8
    assert check_keras_file(path).layers[1:] == network.layers


def changed(members: Members, change: Callable[[dict[str, Any]], None]) -> Members:
    """The members with one layer's options changed."""
    config = json.loads(members["config.json"])
    for layer in config["config"]["layers"]:
        change(layer)
    return {**members, "config.json": json.dumps(config).encode()}


@pytest.mark.parametrize(
    ("kind", "option", "value", "why"),
    [
        ("RandomFlip", "mode", {"class_name": "__lambda__"}, "mode={'class_name': '__lambda__'}"),
        ("RandomRotation", "factor", [0.1] * 9, "factor=[0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1,"),
        ("RandomRotation", "function", "exec", "function=exec"),
        ("ReLU", "max_value", "6" * 41, f"max_value={'6' * 40}"),
        ("RandomFlip", "data_format", "channels_first", "data_format=channels_first"),
    ],
)
def test_options_of_layers_that_only_keras_computes_are_known_or_refused(
    tmp_path: Path, kind: str, option: str, value: object, why: str
) -> None:
    path = tmp_path / "net.keras"
    of_the_general_path().save(path)
    with zipfile.ZipFile(path) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}

    def change(layer: dict[str, Any]) -> None:
        if layer["class_name"] == kind:
            layer["config"][option] = value

    packed(path, changed(found, change))
    with pytest.raises(SpecError, match=f"{re.escape(why)}. If you trust its source"):
        load_keras_file(path)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"merge_mode": "exec"}, "none of an LSTM or a GRU with its mirror image"),
        ({"backward_layer": {"module": "os", "class_name": "system", "config": {"name": "x"}}}, "none of an LSTM"),
        ({"stateful": True}, "none of an LSTM or a GRU with its mirror image"),
        ({"backward_layer": None}, "none of an LSTM or a GRU with its mirror image"),
    ],
)
def test_what_runs_both_ways_is_a_known_layer_or_refused(tmp_path: Path, change: dict[str, Any], why: str) -> None:
    path = tmp_path / "net.keras"
    of_the_general_path().save(path)
    with zipfile.ZipFile(path) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}

    def both(layer: dict[str, Any]) -> None:
        if layer["class_name"] == "Bidirectional":
            layer["config"] |= change

    packed(path, changed(found, both))
    with pytest.raises(SpecError, match=why):
        load_keras_file(path)
