"""The notebooks are valid files, their solutions run as they stand, and their exercises say what is missing."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import matplotlib
import nbformat
import numpy as np
import pytest

import classlab.lab
from classlab.datasets.dataset import Dataset, Split
from classlab.errors import StorageError
from classlab.lab.notebooks import notebook_json, notebooks, percent_cells, write_notebooks
from classlab.lab.setting import Images, find_images
from classlab.models.keras_runtime import keras as load_keras

STEPS = (
    "1-look-at-the-data",
    "2-linear-classifier",
    "3-generalization",
    "4-predictions",
    "5-perceptrons",
    "6-other-images",
    "7-convolutional-network",
)
NAMES = [f"{step}-{version}.ipynb" for step in STEPS for version in ("exercise", "solution")]
# What each gap of each notebook asks for; the second division by 255 in the last is a gap without a name.
GAPS = [
    [("in_training", "in_test"), ("unit", "symmetric")],
    [("linear_classifier()",), ("difference", "error")],
    [("gap_and_error()",)],
    [("predicted",), ("matrix",)],
    [("perceptron()",)],
    [("chosen",)],
    [(), ("network()",), ("before",)],
]
UNFIT = ("None", "'text'", "[1, 2]", "len")  # what no gap asks for


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


def cells(folder: Path, name: str) -> list[str]:
    found = json.loads((folder / name).read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in found if cell["cell_type"] == "code"]


def test_one_notebook_per_step_is_written(written):
    assert sorted(path.name for path in written.glob("*.ipynb")) == NAMES


def test_the_notebooks_are_valid_nbformat_files(written):
    for name in NAMES:
        nbformat.validate(nbformat.read(written / name, as_version=4))


def test_gaps_are_those_of_the_exercise_and_are_checked(written):
    for step, gaps in zip(STEPS, GAPS, strict=True):
        exercise, solution = (cells(written, f"{step}-{version}.ipynb") for version in ("exercise", "solution"))
        differ = [place for place, cell in enumerate(exercise) if cell != solution[place]]
        assert (len(differ), len(exercise)) == (len(gaps), len(solution))
        checks = [cell for cell in exercise if cell.startswith("# Check\n")]
        assert len(checks) == len(gaps)
        assert not [cell for cell in (*exercise, *solution) if "### " in cell or "# exercise:" in cell]


@pytest.mark.needs("keras")
def test_every_check_stops_the_exercise_and_passes_the_solution(written, monkeypatch):
    """Every gap is tried as it is handed out, filled in by halves, and filled in; one kernel for all."""
    nbclient = pytest.importorskip("nbclient")
    for name, value in {"LIMIT": "60", "EPOCHS": "1", "KERAS_BACKEND": "torch"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("MPLBACKEND", raising=False)  # a notebook has its own
    monkeypatch.setenv("PYTHONPATH", str(Path(classlab.__file__).parents[1]))
    client = nbclient.NotebookClient(nbformat.v4.new_notebook(), resources={"metadata": {"path": str(written)}})
    hints: list[str] = []
    with client.setup_kernel():
        for step, gaps in zip(STEPS, GAPS, strict=True):
            exercise, solution = (cells(written, f"{step}-{version}.ipynb") for version in ("exercise", "solution"))
            open_gaps = [place for place, cell in enumerate(exercise) if cell != solution[place]]
            names = dict(zip(open_gaps, gaps, strict=True))
            place = 0
            while place < len(exercise):
                problem, output = executed(client, exercise[place], nbclient.exceptions.CellExecutionError)
                if problem is None:
                    place += 1
                    continue
                assert (problem.ename, exercise[place][:8]) == ("AssertionError", "# Check\n"), problem
                hints.append(problem.evalue)
                gap = max(each for each in open_gaps if each < place)
                open_gaps.remove(gap)
                exercise[gap] = solution[gap]
                if place > gap + 1:
                    place = 0  # what was done between them is done again
                    continue
                for half in halves(names[gap]):
                    executed(client, "\n".join([solution[gap], half]), nbclient.exceptions.CellExecutionError)
                    problem, _ = executed(client, exercise[place], nbclient.exceptions.CellExecutionError)
                    assert problem is not None, half
                    assert (problem.ename, len(problem.evalue) > 20) == ("AssertionError", True), (half, problem)
                place = gap
            assert not open_gaps
            assert "image/png" in output or "text/html" in output  # each ends with what classlab shows
    assert len(hints) == sum(map(len, GAPS))
    assert re.match(r"The loss ends at \d\.\d{4}, and a network that says the same to every image has ln 10", hints[-2])


def halves(names: tuple[str, ...]) -> list[str]:
    """Code that leaves all but one of a gap's answers as they should be, and that one not."""
    return [
        f"{name.removesuffix('()')} = {f'lambda *given: {value}' if name.endswith('()') else value}"
        for name in names
        for value in UNFIT
    ]


def executed(client: Any, source: str, failure: type[Exception]) -> tuple[Any, set[str]]:
    """Runs a cell; gives its error, if any, and the formats of what it showed."""
    client.nb.cells = [nbformat.v4.new_code_cell(source)]
    try:
        client.execute_cell(client.nb.cells[0], 0)
    except failure as problem:
        return problem, set()
    return None, {kind for each in client.nb.cells[0].outputs for kind in each.get("data", ())}


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
    exec("\n".join(cells(written, NAMES[1])[:2]), {})  # noqa: S102  (our own cells)
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
    loads = {name: "".join(cell.source for cell in each) for name, each in found.items()}
    fashion = [name for name, lines in loads.items() if "keras.datasets.fashion_mnist.load_data()" in lines]
    assert fashion == NAMES[-4:]
    assert all("class_names = ['Bag', 'Coat']" in loads[name] for name in fashion)


SCRIPTS = Path(classlab.lab.__file__).parent / "scripts"


@pytest.mark.parametrize("path", sorted(SCRIPTS.glob("*.py")), ids=lambda path: path.stem)
def test_the_cells_of_a_script_are_those_that_jupytext_reads(path):
    jupytext = pytest.importorskip("jupytext")
    script = path.read_text(encoding="utf-8")
    below = script[script.index("# %%") :]  # a docstring above the first marker is no cell
    read = [(cell.cell_type, cell.source) for cell in jupytext.reads(below, fmt="py:percent").cells]
    assert [(cell.kind, cell.source) for cell in percent_cells(script)] == read


def test_a_notebook_trains_as_long_as_the_course_and_a_network_that_convolves_as_long_as_the_lab():
    found = notebooks(find_images(embedded=True))
    code = {name[0]: "".join(cell.source for cell in each) for name, each in found.items()}
    epochs = {name: re.findall(r'"EPOCHS", "(\d+)"', source) for name, source in code.items()}
    assert epochs == {"1": ["1"], "2": ["5"], "3": ["5"], "4": ["5"], "5": ["10"], "6": ["20"], "7": ["4"]}


def test_cells_keep_their_lines():
    document = json.loads(notebook_json(percent_cells("# %% [markdown]\n# # Title\n\n# %%\nfirst = 1\nsecond = 2\n")))
    assert [cell["source"] for cell in document["cells"]] == [["# Title"], ["first = 1\n", "second = 2"]]
    assert document["cells"][1]["outputs"] == []


def test_a_notebook_that_somebody_worked_in_is_not_replaced(tmp_path):
    images = find_images(embedded=True)
    path, other = write_notebooks(tmp_path, images, only=(2,))
    assert write_notebooks(tmp_path, images, only=(2,)) == [path, other]  # as it was written, it is written again
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    with pytest.raises(StorageError) as refusal:
        write_notebooks(tmp_path, images, only=(2,))
    assert str(refusal.value) == (
        f"{path} must be as it was written to be written again, but it was changed. "
        "Choose another folder, or move it away."
    )
