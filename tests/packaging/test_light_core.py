"""What must work without the extras: their packages are blocked in a fresh interpreter, whatever is installed."""

from __future__ import annotations

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
BLOCKED = ("torch", "keras", "array_api_compat", "pandas", "pyarrow", "tensorboard", "mlflow", "statsmodels", "pooch")
CODE = (
    f"import sys\nsys.modules.update(dict.fromkeys({BLOCKED!r}))\nfrom classlab.cli.main import main\nsys.exit(main())"
)
TRAIN = ("train", "--data", "digits", "--epochs", "2", "--quiet")

pytestmark = pytest.mark.light


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """Two trained runs, a study, and what the commands read beside them."""
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
        "predict mlp photo.png",
        "compare mlp linear",
        "doctor mlp",
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
    assert words.startswith("lab") == ("classlab[keras]" in done.stderr)  # what its notebooks need, beside the files
    assert done.returncode in ((0, 8, 9) if words.startswith("doctor") else (0,)), done.stderr
    assert done.stdout


@pytest.mark.parametrize(
    ("words", "beginning", "extra"),
    [
        ("--model linear --device cuda", "`--device` cuda needs PyTorch, because", "torch"),
        ("--model linear --precision float64", "training with `--precision` float64 needs PyTorch, because", "torch"),
        (
            "--model linear --optimizer nadam --top-k 2",
            "training with `--top-k` and `--optimizer` nadam needs",
            "torch",
        ),
    ],
)
def test_what_needs_an_extra_names_it_and_leaves_nothing_behind(place, words, beginning, extra):
    done = run(place, *TRAIN, *words.split(), "-o", "refused")
    assert done.returncode == 4
    (sentence,) = done.stderr.splitlines()
    assert sentence.startswith(f"classlab: {beginning}")
    assert f'`pip install "classlab[{extra}]"`' in sentence
    assert not (place / "refused").exists()


def test_a_study_is_refused_before_its_first_run_is_trained(place):
    words = ("--model", "linear", "--optimizer", "adam,nadam", "--seeds", "2", "--name", "both")
    done = run(place, "sweep", *TRAIN[1:], *words)
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith("classlab: training with `--optimizer` nadam needs PyTorch, because")
    assert "both" not in run(place, "runs", "studies").stdout
