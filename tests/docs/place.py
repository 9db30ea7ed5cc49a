"""A reader's folder with everything that the documentation names: studies, runs, photographs, tables, hand-ins."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas
from PIL import Image

import classlab
from classlab.cli.main import main
from classlab.datasets import load
from classlab.models.keras_runtime import keras as load_keras
from classlab.studies.store import open_store
from tests.docs.shown import PAGES, ROOT
from tests.judging.test_trackers import MLFLOW, SCALARS, WANDB_RUNS

STORE = "classlab-store"
_TOML = re.compile(r"^```toml\n(.*?)^```", re.MULTILINE | re.DOTALL)
_TWICE = "import keras\n(x, y), (x_test, y_test) = keras.datasets.mnist.load_data()\nx = x / 255\nx = x / 255\n" + (
    "model = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(10, 'softmax')])\n"
    "model.compile('adam', 'sparse_categorical_crossentropy', metrics=['accuracy'])\nmodel.fit(x, y)\n"
)
_LAYER = (
    "import keras\n\n\n@keras.saving.register_keras_serializable(package='mine')\nclass Doubled(keras.layers.Layer):\n"
    "    def call(self, values):\n        return 2 * values\n"
)


def furnish(folder: Path) -> str:
    """Makes the folder.

    Returns:
        The beginning of the identity of a run in its store.
    """
    _study_files(folder)
    _pictures(folder)
    _tables(folder)
    _code(folder)
    identity = _trained(folder)
    _other_stores(folder)
    return identity


def _study_files(folder: Path) -> None:
    """The study files of the pages themselves; the search's on images that are everywhere, and with small networks."""
    study, _ = _TOML.findall(PAGES["docs/studies"].read_text(encoding="utf-8"))
    (space,) = _TOML.findall(PAGES["docs/command-line"].read_text(encoding="utf-8"))
    (folder / "study.toml").write_text(study)
    for shown, ours in (('"fashion_mnist"', '"digits"'), ("epochs = 20 ", "epochs = 2 "), ("minutes = 10 ", "# ")):
        assert shown in space
        space = space.replace(shown, ours)
    (folder / "space.toml").write_text(space)
    labels = np.array([0] * 40 + [1] * 40 + [2] * 16)
    images = np.random.default_rng(0).integers(0, 200, (len(labels), 6, 6), np.uint8) + 20 * labels[:, None, None]
    names = np.array(["bird", "cat", "dog"])
    np.savez(folder / "rare.npz", images=images.astype(np.uint8), labels=labels, class_names=names)


def _pictures(folder: Path) -> None:
    """Photographs of two and three grounds, and digits on paper."""
    draw = np.random.default_rng(0)
    for root, names in (("photos", "brick grass gravel"), ("pets", "cat dog"), ("my-photos", "cup plate")):
        for brightness, name in enumerate(names.split()):
            place = folder / root / name
            place.mkdir(parents=True)
            for number in range(8):
                pixels = draw.integers(0, 100, (100, 100, 3), np.uint8) + 50 * brightness
                Image.fromarray(pixels.astype(np.uint8)).save(place / f"{number}.png")
    three = Image.fromarray(255 - load("mnist5k").test.images[500, ..., 0]).resize((140, 140))
    (folder / "more-photos").mkdir()
    for name in ("drawing.png", "photo.png", "photo.jpg", "more-photos/three.png"):
        three.save(folder / name)


def _tables(folder: Path) -> None:
    """Results of other programs, as they write them."""
    (folder / "wandb_export.csv").write_text(WANDB_RUNS)
    (folder / "mlflow.csv").write_text(MLFLOW)
    for arm in ("adam", "sgd"):
        for seed in range(2):
            name = f"run-{arm}_seed{seed}-tag-epoch_accuracy.csv"
            (folder / name).write_text(SCALARS.format(last=0.9 + seed / 100))
    rows = [f"{kind},{rate},{seed},{0.9 + seed / 100 + rate}" for kind in ("adam", "sgd") for rate in (0.01, 0.02)
            for seed in range(3)]  # fmt: skip
    columns = {
        "params.optimizer": ["adam", "sgd"] * 2,
        "params.lr": 0.001,
        "params.seed": [4, 4, 5, 5],
        "status": "FINISHED",
        "metrics.val_accuracy": [0.9, 0.8, 0.9, 0.8],
    }
    pandas.DataFrame(columns).to_parquet(folder / "runs.parquet")
    (folder / "results.csv").write_text("\n".join(["optimizer,lr,seed,test_acc", *rows]) + "\n")
    draw = np.random.default_rng(0)
    right = {arm: (draw.random((3, 500)) < share).astype(np.uint8) for arm, share in (("adam", 0.92), ("sgd", 0.9))}
    np.savez(folder / "right.npz", **right)
    said = draw.dirichlet(np.ones(10), 1000).astype(np.float32)
    np.savez(folder / "predictions.npz", labels=load("mnist5k").test.labels, probabilities=said)


def _code(folder: Path) -> None:
    """Scripts and notebooks that divide pixels twice, alone and as what a class hands in."""
    cell = {"cell_type": "code", "metadata": {}, "source": _TWICE, "outputs": [], "execution_count": None}
    notebook = json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    for name in ("notebook.ipynb", "lab2.ipynb", "hand-ins/ada/lab.ipynb"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(notebook)
    for name in ("train.py", "scripts/train.py", "hand-ins/bob/train.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(_TWICE)
    (folder / "my_layers.py").write_text(_LAYER)
    shutil.copytree(ROOT / "examples" / "photographs", folder / "examples" / "photographs")


def _trained(folder: Path) -> str:
    """Studies in the store, runs in folders, and Keras models in files; one run has steps that are too large."""
    few = {"epochs": 2, "limit": 300}
    store = folder / STORE
    for name in ("which", "rates"):
        classlab.Study(name, data="mnist5k", optimizer=["sgd", "adam"], model="linear", seeds=2, **few).run(store)
    classlab.Study.from_file(folder / "study.toml", seeds=2).run(store)
    runs = folder / "runs"
    classlab.fit("mnist5k", "cnn", epochs=1, limit=100, folder=runs / "cnn")
    for name in ("digits", "mlp"):
        run = classlab.fit("mnist5k", "mlp", folder=runs / name, **few)
    run.to_keras(folder / "mnist.keras")
    run.to_keras(folder / "large.keras")
    run.to_onnx(folder / "net.onnx")
    photographs = classlab.fit(folder / "photos", "linear", size=(8, 8), epochs=1)
    photographs.to_keras(folder / "photos.keras")
    _own_layer(folder)
    for optimizer in ("adam", "sgd"):
        for seed in range(2):
            place = runs / optimizer / f"seed-{seed}"
            classlab.fit("mnist5k", "linear", optimizer=optimizer, seed=seed, folder=place, **few)
    shutil.copytree(runs / "adam", runs / "mnist5k-linear-1a2b")
    large = {"learning_rate": 1.0, "batch_size": 16, "limit": 700, "epochs": 6}
    classlab.fit("mnist5k", "mlp", optimizer="sgd", folder=runs / "mnist5k-cnn-6b47f87d1b8ec22c", **large)
    assert main(["search", str(folder / "space.toml"), "--runs", "3", "--store", str(store), "--quiet"]) == 0
    with open_store(store, write=False) as opened:
        return opened.study("which").runs[-1].identity[:12]


def _own_layer(folder: Path) -> None:
    """A run whose network has a layer of the reader's own, which is forgotten again as in another process."""
    keras = load_keras()
    scope: dict[str, Any] = {"__name__": "my_layers"}
    exec(_LAYER, scope)  # noqa: S102  (our own)
    layers = [keras.Input((8, 8, 1)), scope["Doubled"](), keras.layers.Flatten(), keras.layers.Dense(10)]
    classlab.fit("digits", keras.Sequential(layers, name="net"), epochs=1, limit=40, folder=folder / "runs" / "mine")
    keras.saving.get_custom_objects().pop("mine>Doubled")


def _other_stores(folder: Path) -> None:
    """Stores of other machines."""
    for seed, name in enumerate(("first", "second", "other-store"), start=10):
        classlab.Study("elsewhere", data="digits", model="linear", epochs=1, seeds=(seed,)).run(folder / name)
