"""Every reader of foreign files: what a whole file of its kind is, and how it is read.

Right is whatever ends in a value or in an error of this package. The tests change whole files at random places; the
command `python -m benchmarks.fuzz` does the same, led by the branches that are reached.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import shutil
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

IMAGES = np.random.default_rng(0).integers(0, 256, (12, 4, 4), dtype=np.uint8)
LABELS = (np.arange(12) % 2).astype(np.uint8)


@dataclass(frozen=True)
class Reader:
    """One reader.

    Args:
        whole: makes files that it takes, by the name that it is read under, in a folder that may be needed for it.
        read: reads the file at that place.
        needs: packages of extras.
    """

    whole: Callable[[Path], dict[str, bytes]]
    read: Callable[[Path], Any]
    needs: tuple[str, ...] = ()


def _load(path: Path) -> Any:
    from classlab.datasets import load

    return load(str(path))


def _load_folder(path: Path) -> Any:
    return _load(path.parent)


def _npz(_folder: Path) -> dict[str, bytes]:
    plain, packed = io.BytesIO(), io.BytesIO()
    np.savez(plain, images=IMAGES, labels=LABELS)
    np.savez_compressed(packed, x_train=IMAGES, y_train=LABELS, x_test=IMAGES, y_test=LABELS)
    return {"plain.npz": plain.getvalue(), "packed.npz": packed.getvalue()}


def _idx(folder: Path) -> dict[str, bytes]:
    images = struct.pack(">IIII", 0x803, *IMAGES.shape) + IMAGES.tobytes()
    labels = struct.pack(">II", 0x801, len(LABELS)) + LABELS.tobytes()
    for name, content in (("images-idx3", images), ("labels-idx1", labels)):
        for part in ("train", "t10k"):
            (folder / f"{part}-{name}-ubyte").write_bytes(content)
    return {
        "train-images-idx3-ubyte": images,
        "train-labels-idx1-ubyte": labels,
        "t10k-images-idx3-ubyte.gz": gzip.compress(images, mtime=0),
    }


def _pictures(_folder: Path) -> dict[str, bytes]:
    picture, found = Image.fromarray(IMAGES[0]), {}
    for kind in ("png", "jpeg", "bmp", "gif", "webp"):
        content = io.BytesIO()
        picture.save(content, kind)
        found[f"a.{kind}"] = content.getvalue()
    return found


def _picture(path: Path) -> Any:
    from classlab.datasets.safe_read.picture import read_picture

    return read_picture(path)


def _pixel_tables(_folder: Path) -> dict[str, bytes]:
    text = io.StringIO()
    csv.writer(text).writerows([["label", *range(16)], *([y, *x.ravel()] for x, y in zip(IMAGES, LABELS, strict=True))])
    plain = text.getvalue().encode()
    return {"a.csv": plain, "a.csv.gz": gzip.compress(plain, mtime=0)}


def _arrays(_folder: Path) -> dict[str, bytes]:
    import h5py

    hdf5 = io.BytesIO()
    with h5py.File(hdf5, "w") as file:
        file["images"], file["labels"] = IMAGES, LABELS
    return {"a.h5": hdf5.getvalue()}


_STUDY = b"""name = "s"
question = "which?"
data = "digits"
epochs = 2
seeds = 2
[[arms]]
model = "mlp"
units = [[16], [8, 4]]
optimizer = "sgd"
momentum = 0.9
learning_rate = [0.1, 0.01]
"""


def _study(path: Path) -> Any:
    from classlab.studies.asked.study_file import read_study

    return read_study(path)


def _search(path: Path) -> Any:
    from classlab.search.search_file import read_search

    return read_search(path)


def _run(folder: Path) -> dict[str, bytes]:
    from classlab.studies.fit import fit

    if not (folder / "run.json").exists():
        fit("digits", "linear", limit=60, epochs=1, folder=folder)
    return {
        name: (folder / name).read_bytes() for name in ("run.json", "weights.safetensors", "predictions.safetensors")
    }


def _open_run(path: Path) -> Any:
    import classlab

    run = classlab.open_run(path.parent)
    return run.predict(np.zeros((1, 8, 8), np.uint8))


def _tensors(_folder: Path) -> dict[str, bytes]:
    from safetensors.numpy import save

    return {"a.safetensors": save({"images": IMAGES, "labels": LABELS}, metadata={"digest": "0"})}


def _tensor_file(path: Path) -> Any:
    from classlab.files.tensor_file import read_arrays, read_facts, read_shapes

    return read_facts(path), read_shapes(path), read_arrays(path)


def _keras(_folder: Path) -> dict[str, bytes]:
    from classlab.models.builtin import build
    from classlab.models.keras_archive import packed
    from classlab.models.keras_order import ordered_model
    from classlab.models.keras_writing import archive_of
    from classlab.records.layers import Rescaling
    from classlab.training.loop.initial_weights import initial_weights

    network = build("mlp", input_shape=(8, 8, 1), classes=3)
    model = ordered_model(network, initial_weights(network, 0), input_layer=Rescaling(scale=1 / 255))
    return {"m.keras": packed(archive_of(model))}


def _keras_file(path: Path) -> Any:
    from classlab.models.keras_file import check_keras_file

    return check_keras_file(path)


_SCRIPT = """import keras
(x, y), (a, b) = keras.datasets.mnist.load_data()
x = x / 255.0
m = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")])
m.compile("adam", "sparse_categorical_crossentropy", ["accuracy"])
h = m.fit(x, y, epochs=3, validation_data=(a, b))
print(m.evaluate(a, b), max(h.history["val_accuracy"]), [i for i in range(3)], f"{x!r:>{10}}")
"""


def _programs(_folder: Path) -> dict[str, bytes]:
    cells = [{"cell_type": "code", "source": [line + "\n"], "execution_count": 1} for line in _SCRIPT.splitlines()]
    notebook = {"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}
    return {"a.py": _SCRIPT.encode(), "a.ipynb": json.dumps(notebook).encode()}


def _audit(path: Path) -> Any:
    from classlab.doctor.audit import audit_file

    return audit_file(path)


def _results(_folder: Path) -> dict[str, bytes]:
    rows = [(arm, seed, 0.9 + 0.01 * seed) for arm in "ab" for seed in range(4)]
    text = "arm,seed,accuracy\n" + "".join(f"{arm},{seed},{figure}\n" for arm, seed, figure in rows)
    lines = "".join(json.dumps({"arm": arm, "seed": seed, "accuracy": figure}) + "\n" for arm, seed, figure in rows)
    return {"a.csv": text.encode(), "a.tsv": text.replace(",", "\t").encode(), "a.jsonl": lines.encode()}


def _judge(path: Path) -> Any:
    import classlab

    return classlab.judge(str(path))


def _predictions(folder: Path) -> dict[str, bytes]:
    found = {}
    for arm in "ab":
        content = io.BytesIO()
        scores = np.random.default_rng(ord(arm)).random((12, 2), dtype=np.float32)
        np.savez(content, predictions=scores / scores.sum(1, keepdims=True), labels=LABELS)
        (folder / f"{arm}.npz").write_bytes(content.getvalue())
        found[f"{arm}.npz"] = content.getvalue()
    return found


def _judge_folder(path: Path) -> Any:
    import classlab

    return classlab.judge([str(each) for each in sorted(path.parent.glob("*.npz"))])


def _store(folder: Path) -> dict[str, bytes]:
    from classlab.studies.study import Study

    if not (folder / "store.sqlite").exists():
        Study("s", data="digits", model="linear", limit=60, epochs=1, seeds=2).run(store=folder)
    return {name: (folder / name).read_bytes() for name in ("store.sqlite", "ledger.jsonl")}


def _open_store(path: Path) -> Any:
    from classlab.studies.store import open_store

    with open_store(path.parent, write=False) as store:
        return store.runs(), store.studies(), store.openings()


READERS: dict[str, Reader] = {
    "IDX": Reader(_idx, _load_folder),
    "npz": Reader(_npz, _load),
    "images": Reader(_pictures, _picture),
    "tables of pixels": Reader(_pixel_tables, _load),
    "HDF5": Reader(_arrays, lambda path: _load(Path(f"{path}#images=images,labels=labels"))),
    "study files": Reader(lambda _: {"a.toml": _STUDY}, _study),
    "search files": Reader(lambda _: {"a.toml": _STUDY.replace(b"[0.1, 0.01]", b"{low = 0.001, high = 0.1}")}, _search),
    "run folders": Reader(_run, _open_run),
    "safetensors": Reader(_tensors, _tensor_file),
    "keras": Reader(_keras, _keras_file),
    "scripts and notebooks": Reader(_programs, _audit),
    "tables of results": Reader(_results, _judge),
    "predictions": Reader(_predictions, _judge_folder),
    "stores": Reader(_store, _open_store),
}


def changed(content: bytes, changes: Sequence[tuple[int, int, int]]) -> bytes:
    """A file with some changes, each by its kind, its place and its value."""
    found = bytearray(content)
    for kind, place, value in changes:
        at = place % (len(found) + 1)
        if kind == 0 and found:
            found[at % len(found)] ^= 1 << value % 8
        elif kind == 1:
            del found[at : at + (1, 4, 16, 200)[value % 4]]
        elif kind == 2:
            found[at:at] = (b"\0", b"\xff", b"\x7f\xff\xff\xff", b"[" * 16, b"'", b'"', b"{", b"-", b"9" * 40)[
                value % 9
            ]
        elif kind == 3:
            number = (0, 1, 2**31, 2**32 - 1, 65536, 2**24)[value % 6]
            found[at : at + 4] = struct.pack("<I" if value % 2 else ">I", number)
        elif kind == 4:
            start = value % (len(found) + 1)
            found[at:at] = found[start : start + (4, 20, 100)[value % 3]]
        elif found:
            found[at % len(found)] = value % 256
    return bytes(found)


def read_changed(reader: Reader, whole: Path, place: Path, name: str, content: bytes) -> None:
    """Reads a file in the company of the whole ones; what it raises beside this package's errors is a find."""
    from classlab.errors import ClasslabError

    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(whole, place)
    (place / name).write_bytes(content)
    try:
        reader.read(place / name)
    except ClasslabError as refusal:
        if len(str(refusal)) > 3000:  # what a hostile file says is not repeated at length
            raise ValueError("the sentence is too long") from refusal
