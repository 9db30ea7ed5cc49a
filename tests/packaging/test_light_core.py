"""What must work without the extras: their packages are blocked in a fresh interpreter, whatever is installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from classlab.training.kernels.library import kernels

ROOT = Path(__file__).parents[2]
# The packages of the extras, and those that only the tests need.
BLOCKED = (
    *("torch", "keras", "array_api_compat", "pyarrow", "tensorboard", "mlflow", "optuna"),
    *("scipy", "sklearn", "mlxtend", "pandas", "statsmodels", "pooch"),
)
CODE = (
    f"import sys\nsys.modules.update(dict.fromkeys({BLOCKED!r}))\nfrom classlab.cli.main import main\nsys.exit(main())"
)
TRAIN = ("train", "--data", "digits", "--epochs", "2", "--quiet")

pytestmark = pytest.mark.light


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """Trained runs, convolutional ones too, a study, and what the commands read beside them."""
    if kernels() is None:
        pytest.skip("the compiled kernels are not installed, switched off, or not for this processor")
    place = tmp_path_factory.mktemp("light")
    Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8)).save(place / "photo.png")
    (place / "script.py").write_text("import keras\n", encoding="utf-8")
    rows = "".join(f"{arm},{seed},{0.9 + 0.01 * (arm == 'b') + 0.001 * seed}\n" for arm in "ab" for seed in range(4))
    (place / "results.csv").write_text(f"arm,seed,accuracy\n{rows}", encoding="utf-8")
    for words in (
        [*TRAIN, "--model", "linear", "-o", "linear"],
        [*TRAIN, "--model", "mlp", "-o", "mlp"],
        [*TRAIN, "--model", "cnn-small", "--limit", "200", "-o", "cnn-small"],
        [*TRAIN, "--model", "lenet5", "--data", "mnist5k", "--limit", "200", "-o", "lenet5"],
        [*TRAIN, "--model", "cnn", "--data", "mnist5k", "--limit", "100", "--epochs", "1", "-o", "cnn"],
        ["sweep", *TRAIN[1:], "--model", "linear", "--optimizer", "adam,sgd", "--seeds", "2", "--name", "which"],
    ):
        done = run(place, *words)
        assert (done.returncode, done.stderr) == (0, ""), words
    return place


def run(place: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CLASSLAB_STORE": str(place / "store")}
    return subprocess.run(
        [sys.executable, "-c", CODE, *words], cwd=place, env=environment, capture_output=True, text=True
    )


@pytest.mark.parametrize(
    "words",
    [
        "--help",
        "--version",
        "data digits --no-tile",
        "model mlp",
        "runs",
        "evaluate mlp",
        "evaluate cnn",
        "predict mlp photo.png",
        "predict cnn-small photo.png",
        "export linear -o linear.keras",
        "export cnn -o cnn.keras",
        "export which -o best.keras",
        "compare mlp cnn-small",
        "doctor lenet5",
        "doctor which",
        "report which -o report.html",
        "report mlp -o run.html",
        "judge results.csv --images 1000",
        "audit script.py --json",
        "lab --embedded --notebooks notebooks --only 1",
    ],
)
def test_a_command_works_without_the_extras(place, words):
    done = run(place, *words.split())
    assert "Traceback" not in done.stderr
    # What the lab's notebooks need beside the files, and who could prove an exported file.
    assert words.startswith(("lab", "export")) == ("classlab[keras]" in done.stderr)
    assert done.returncode in ((0, 8, 9) if words.startswith("doctor") else (0,)), done.stderr
    assert done.stdout


@pytest.mark.parametrize(
    ("words", "because", "instead"),
    [
        ("--device cuda", "`--device` cuda needs PyTorch, because it computes on the GPU", "--device cpu"),
        (
            "--precision float64",
            "`--precision` float64 needs PyTorch, because the compiled kernels compute in float32",
            "--precision float32",
        ),
    ],
)
def test_what_needs_an_extra_names_it_and_leaves_nothing_behind(place, words, because, instead):
    done = run(place, *TRAIN, "--model", "linear", *words.split(), "-o", "refused")
    assert (done.returncode, done.stderr) == (
        4,
        f"classlab: {because}, but it is not installed. "
        f'Install it with `pip install "classlab[torch]"`, or use {instead}.\n',
    )
    assert not (place / "refused").exists()


@pytest.mark.parametrize("options", ["", "--optimizer nadam --top-k 2", "--precision auto --clipnorm 1"])
def test_every_rule_and_figure_is_there(place, options):
    done = run(
        place, *TRAIN, "--model", "cnn-small", "--limit", "100", *options.split(), "--json", "-o", f"run {options}"
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_arithmetic_that_is_chosen_is_that_which_is_there(place):
    """Where the processor multiplies bfloat16, `auto` would mean that with PyTorch."""
    done = run(place, *TRAIN, "--model", "cnn-small", "--limit", "100", "--precision", "auto", "-o", "auto")
    assert done.returncode == 0, done.stderr
    assert json.loads((place / "auto" / "run.json").read_text())["environment"]["precision"] == "float32"


@pytest.mark.needs("onnx", "onnxruntime")
def test_an_onnx_file_is_written_and_proven(place):
    done = run(place, "export", "cnn", "-o", "cnn.onnx")
    assert (done.returncode, done.stdout) == (0, "cnn.onnx\n")
    assert "onnxruntime agrees with the run" in done.stderr


def test_a_run_goes_on_from_a_file_and_a_prediction_is_made_of_it(place):
    assert run(place, "export", "cnn-small", "-o", "again.keras").returncode == 0
    done = run(place, *TRAIN, "--model", "again.keras", "--preprocessing", "none", "--limit", "100", "-o", "again")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_doctor_proves_a_remedy(place):
    slow = "--model linear --optimizer sgd --learning-rate 0.000001 --batch-size 4 -o slow"
    done = run(place, *TRAIN, *slow.split())
    assert (done.returncode, done.stderr) == (0, "")
    proven = run(place, "doctor", "slow", "--prove", "--steps", "160", "--quiet")
    assert (proven.returncode, proven.stderr) == (9, "")
    assert "I3: Confirmed" in proven.stdout


def test_the_whole_lab_is_rehearsed(place):
    done = run(place, "lab", "--embedded", "--quick", "--quiet", "--seeds", "2", "-o", "lab")
    assert (done.returncode, done.stderr) == (0, "")
    assert (place / "lab" / "lab.html").stat().st_size > 100_000


def test_a_study_is_refused_before_its_first_run_is_trained(place):
    words = ("--model", "linear", "--precision", "float32,float64", "--seeds", "2", "--name", "both")
    done = run(place, "sweep", *TRAIN[1:], *words)
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith("classlab: `--precision` float64 needs PyTorch, because")
    assert "both" not in run(place, "runs", "studies").stdout
