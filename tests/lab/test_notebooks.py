"""The notebooks are valid files, and their code runs in Keras as it stands."""

from __future__ import annotations

import json
import re
import runpy
import sys
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest

import classlab.lab
from classlab.datasets.dataset import Dataset, Split
from classlab.errors import StorageError
from classlab.lab.notebooks import notebook_json, notebooks, percent_cells, write_notebooks
from classlab.lab.setting import Images, find_images
from classlab.models.keras_runtime import keras as load_keras

NAMES = [
    "1-look-at-the-data.ipynb",
    "2-linear-classifier.ipynb",
    "3-generalization.ipynb",
    "4-predictions.ipynb",
    "5-perceptrons.ipynb",
    "6-other-images.ipynb",
    "7-convolutional-network.ipynb",
]


def few(dataset: Dataset, most: int) -> Dataset:
    train, test = dataset.train.spread(most), dataset.test.spread(most)
    return Dataset(
        name=dataset.name, train=train, test=test, class_names=dataset.class_names, source="here", digest="few"
    )


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    images = find_images(embedded=True)
    digits, clothes = few(images.digits, 200), few(images.clothes, 200)
    folder = tmp_path_factory.mktemp("notebooks")
    write_notebooks(folder, Images(digits=digits, clothes=clothes, pictures=digits))
    return folder


def source(folder: Path, name: str) -> str:
    cells = json.loads((folder / name).read_text(encoding="utf-8"))["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


def test_one_notebook_per_step_is_written(written):
    assert sorted(path.name for path in written.glob("*.ipynb")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_a_valid_nbformat_file(written, name):
    nbformat = pytest.importorskip("nbformat")
    nbformat.validate(nbformat.read(written / name, as_version=4))


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_knows_nothing_of_classlab(written, name):
    """But for the comment that tells the audit which of its scalings is meant to be wrong."""
    text = (written / name).read_text(encoding="utf-8")
    assert "classlab" not in text.replace("# classlab: ignore[A1]", "")
    assert text.count("# classlab:") == (1 if name.startswith("7") else 0)


@pytest.mark.filterwarnings("ignore:FigureCanvasAgg is non-interactive:UserWarning")
@pytest.mark.filterwarnings("ignore:More than 20 figures have been opened:RuntimeWarning")
@pytest.mark.parametrize("name", NAMES)
def test_the_code_of_a_notebook_runs_on_a_few_images(written, name, monkeypatch, capsys):
    matplotlib.use("Agg")
    monkeypatch.chdir(written)
    monkeypatch.setenv("LIMIT", "60")
    monkeypatch.setenv("EPOCHS", "1")
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(source(written, name), name, "exec"), names)  # noqa: S102  (our own cells, as a notebook runs them)
    assert len(names["train_images"]) == 200
    assert "training images (200, " in capsys.readouterr().out
    matplotlib.pyplot.close("all")
    if "x_train" in names:
        assert (len(names["x_train"]), len(names["x_validation"])) == (54, 6)
        assert names["x_train"].max() == 1.0


@pytest.mark.filterwarnings("ignore:FigureCanvasAgg is non-interactive:UserWarning")
def test_without_the_file_beside_it_a_notebook_asks_keras(written, tmp_path, monkeypatch):
    keras = load_keras()
    asked = []
    arrays = (np.zeros((30, 28, 28), np.uint8), np.arange(30) % 10)

    def load_data() -> Any:
        asked.append("mnist")
        return arrays, arrays

    matplotlib.use("Agg")
    monkeypatch.setattr(keras.datasets.mnist, "load_data", load_data)
    monkeypatch.chdir(tmp_path)
    exec(compile(source(written, NAMES[0]), NAMES[0], "exec"), {"__name__": "__main__"})  # noqa: S102  (as above)
    matplotlib.pyplot.close("all")
    assert asked == ["mnist"]


def test_the_images_beside_the_notebooks_are_those_of_the_lab(written):
    digits = few(find_images(embedded=True).digits, 200)
    with np.load(written / "mnist5k.npz") as file:
        assert np.array_equal(file["x_train"][..., None], digits.train.images)
        assert np.array_equal(file["y_test"], digits.test.labels)


def test_complete_clothes_are_named_in_the_notebooks_that_use_them():
    images = find_images(embedded=True)
    one = Split(images=np.zeros((1, 28, 28, 1), np.uint8), labels=np.zeros(1, np.int64))
    clothes = Dataset(
        name="fashion_mnist", train=one, test=one, class_names=("Bag", "Coat"), source="here", digest="one"
    )
    found = notebooks(Images(digits=images.digits, clothes=clothes, pictures=clothes))
    loads = {name: "".join(cell.source for cell in cells) for name, cells in found.items()}
    fashion = [name for name, lines in loads.items() if "keras.datasets.fashion_mnist.load_data()" in lines]
    assert fashion == ["6-other-images.ipynb", "7-convolutional-network.ipynb"]
    assert all("class_names = ['Bag', 'Coat']" in loads[name] for name in fashion)


SCRIPTS = Path(classlab.lab.__file__).parent / "scripts"


@pytest.mark.parametrize("path", sorted(SCRIPTS.glob("*.py")), ids=lambda path: path.stem)
def test_the_cells_of_a_script_are_those_that_jupytext_reads(path):
    jupytext = pytest.importorskip("jupytext")
    script = path.read_text(encoding="utf-8")
    below = script[script.index("# %%") :]  # a docstring above the first marker is no cell
    read = [(cell.cell_type, cell.source) for cell in jupytext.reads(below, fmt="py:percent").cells]
    assert [(cell.kind, cell.source) for cell in percent_cells(script)] == read


@pytest.mark.filterwarnings("ignore:FigureCanvasAgg is non-interactive:UserWarning")
@pytest.mark.filterwarnings("ignore:More than 20 figures have been opened:RuntimeWarning")
@pytest.mark.parametrize("path", sorted(SCRIPTS.glob("[1-7]*.py")), ids=lambda path: path.stem)
def test_a_script_runs_as_it_stands(path, written, tmp_path, monkeypatch, capsys):
    matplotlib.use("Agg")
    (tmp_path / "mnist.npz").write_bytes((written / "mnist5k.npz").read_bytes())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIMIT", "60")
    monkeypatch.setenv("EPOCHS", "1")
    monkeypatch.syspath_prepend(SCRIPTS)
    runpy.run_path(str(path))
    matplotlib.pyplot.close("all")
    for shared in {"opening", "division"} & sys.modules.keys():
        del sys.modules[shared]
    assert capsys.readouterr().out.startswith("training images (200, 28, 28) uint8 labels (200,) uint8\n")


def test_a_notebook_trains_as_long_as_the_course():
    found = notebooks(find_images(embedded=True))
    code = {name[0]: "".join(cell.source for cell in cells) for name, cells in found.items()}
    epochs = {name: re.findall(r'"EPOCHS", "(\d+)"', source) for name, source in code.items()}
    assert epochs == {"1": ["1"], "2": ["5"], "3": ["5"], "4": ["5"], "5": ["10"], "6": ["20"], "7": ["20"]}


def test_cells_keep_their_lines():
    document = json.loads(notebook_json(percent_cells("# %% [markdown]\n# # Title\n\n# %%\nfirst = 1\nsecond = 2\n")))
    assert [cell["source"] for cell in document["cells"]] == [["# Title"], ["first = 1\n", "second = 2"]]
    assert document["cells"][1]["outputs"] == []


def test_a_notebook_that_somebody_worked_in_is_not_replaced(tmp_path):
    images = find_images(embedded=True)
    (path,) = write_notebooks(tmp_path, images, only=(2,))
    assert write_notebooks(tmp_path, images, only=(2,)) == [path]  # as it was written, it is written again
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    with pytest.raises(StorageError) as refusal:
        write_notebooks(tmp_path, images, only=(2,))
    assert str(refusal.value) == (
        f"{path} must be as it was written to be written again, but it was changed. "
        "Choose another folder, or move it away."
    )
