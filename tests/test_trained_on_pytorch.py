"""What was trained where PyTorch did all convolutions opens and goes on, with PyTorch and without.

`fixtures/on_pytorch/make.py` made it.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

import classlab
from classlab.cli.main import main
from classlab.files.tensor_file import read_arrays
from classlab.studies.store import open_store
from classlab.training.kernels.library import kernels
from tests.fixtures.on_pytorch.make import COMMON, studies

FILES = Path(__file__).parent / "fixtures" / "on_pytorch" / "files.zip"

pytestmark = pytest.mark.light


@pytest.fixture(params=["with what is installed", "without the extras"])
def old(request, tmp_path, monkeypatch) -> Path:
    if kernels() is None:
        pytest.skip("the compiled kernels are not installed, switched off, or not for this processor")
    if request.param == "without the extras":
        for package in ("torch", "keras"):
            monkeypatch.setitem(sys.modules, package, None)
    with zipfile.ZipFile(FILES) as files:
        files.extractall(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def records(folder: Path) -> dict[str, str]:
    return {path.parent.name: path.read_text(encoding="utf-8") for path in folder.glob("store/runs/*/run.json")}


def test_finished_runs_are_found_and_killed_ones_go_on(old):
    before = records(old)
    assert len(before) == 5
    done = {name: study.run(old / "store").record.runs for name, study in studies().items()}
    assert {name: len(runs) for name, runs in done.items()} == {"finished": 2, "killed": 6}
    assert all(run.epochs_done == run.spec.epochs for runs in done.values() for run in runs)
    after = records(old)
    assert len(after) == 8
    assert {name: after[name] for name in before} == before
    assert list(old.glob("store/work/*")) == []


def test_a_killed_convolutional_training_ends_at_the_same_weights(old):
    run = classlab.fit(folder=old / "interrupted", resume=True, model="cnn-small", epochs=4, **COMMON)
    assert run.record.epochs_done == 4
    straight, _ = read_arrays(old / "straight.safetensors")
    assert run.weights.keys() == straight.keys()
    assert all(np.allclose(run.weights[name], straight[name], atol=1e-5) for name in straight)


def test_runs_predict_what_they_predicted(old):
    test = classlab.load("digits").test
    with open_store(old / "store", write=False) as store:
        runs = [store.run(record.identity) for record in store.runs()]
    for run in runs:
        assert run.evaluate(test).accuracy == pytest.approx(run.record.test.accuracy)
        np.testing.assert_allclose(run.predict(test.images), run.predictions.probabilities, atol=1e-6)


def test_the_commands_work_on_it(old, capsys):
    store = ["--store", str(old / "store")]
    assert main(["runs", *store]) == 0
    assert capsys.readouterr().out.count("finished ") == 7  # and twice as the study's name
    assert main(["report", "finished", *store, "-o", "report.html", "--quiet"]) == 0
    assert main(["evaluate", "finished", *store, "--quiet"]) == 0
    assert main(["doctor", "finished", *store, "--quiet"]) in (0, 8, 9)
    assert main(["export", "finished", *store, "-o", "best.keras", "--quiet"]) == 0
