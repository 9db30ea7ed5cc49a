import argparse
import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.search import TOOLS, asked_for, find, main, page, read_rows
from benchmarks.search_job import SearchJob
from benchmarks.search_space import SPACES, Axis, drawn
from benchmarks.trial import run_worker
from benchmarks.workers.classlab_search import classlab_space
from classlab.search.search_file import checked_search


def _row(machine: dict[str, object], tool: str, repetition: int, test: float) -> dict[str, Any]:
    return {
        "tool": tool,
        "model": "mlp",
        "repetition": repetition,
        "minutes": 10.0,
        "images": None,
        "threads": 2,
        "tried": 40 + repetition,
        "epochs": 200,
        "seconds": 601.0,
        "validation_accuracy": 0.9,
        "test_accuracy": test,
        "versions": {"keras": "3.0"},
        "machine": machine,
    }


def test_a_rate_is_asked_for_only_beside_its_optimizer() -> None:
    def last(axis: Axis) -> Any:
        return axis.choices[-1] if axis.choices else axis.high

    settings = drawn(SPACES["mlp"], last)
    assert settings["optimizer"] == "rmsprop"
    assert settings["rmsprop_rate"] == 0.1
    assert not {"sgd_rate", "adam_rate"} & settings.keys()


@pytest.mark.parametrize("model", ["mlp", "cnn"])
def test_classlab_is_asked_for_the_same_space(model: Any) -> None:
    job = SearchJob(model=model, minutes=1.0, seed=0, data="", threads=1)
    document = {"name": "s", "data": "digits", "model": model, "epochs": job.most_epochs, **classlab_space(job)}
    dimensions = checked_search(document, place="here").space.dimensions
    rates = {key: (each.low, each.high, each.log) for key, each in dimensions.items() if each.name == "learning_rate"}
    assert rates == {
        f"{axis.only_with[1]}: learning_rate": (axis.low, axis.high, True) for axis in job.space if axis.only_with
    }
    dropout = dimensions["dropout"]
    assert (dropout.low, dropout.high, dropout.step) == (0.0, 0.5, 0.1)
    assert dimensions["batch_size"].choices == (64, 128, 256)
    if model == "mlp":  # one width in one to three layers
        assert len(dimensions["units"].choices) == 15
        assert {"32", "512,512,512"} <= set(dimensions["units"].choices)
    else:
        assert dimensions["filters_1"].choices == (8, 16, 32)


def test_a_search_that_was_measured_is_not_measured_again(machine: dict[str, object], tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    half = json.dumps(_row(machine, "classlab", 0, 0.89))
    file.write_text(f"{json.dumps(_row(machine, 'optuna', 1, 0.88))}\n{half[: len(half) // 2]}")
    asked = argparse.Namespace(
        model=["mlp"], repetitions=2, tools=["classlab", "optuna"], minutes=None, images=None, threads=2
    )
    left = [each for each in asked_for(asked) if find(read_rows(file), each) is None]
    assert [(each["tool"], each["repetition"]) for each in left] == [("classlab", 0), ("optuna", 0), ("classlab", 1)]


def test_the_table_has_means_and_spread(machine: dict[str, object]) -> None:
    rows = [_row(machine, "optuna", place, test) for place, test in enumerate((0.88, 0.89, 0.90))]
    text = page(rows, "mlp")
    assert "| 3 | 41 | 200 | 601 | 90.00 ± 0.00 (90.00 to 90.00) | 89.00 ± 1.00 (88.00 to 90.00) |" in text
    assert "10 minutes each, 60,000 training images (a tenth validates), no candidate over 20 epochs." in text
    assert TOOLS["optuna"].note in text
    assert "keras 3.0" in text


def test_tables_are_written_from_rows_without_measuring(machine: dict[str, object], tmp_path: Path) -> None:
    file, written = tmp_path / "rows.jsonl", tmp_path / "page.md"
    file.write_text(json.dumps(_row(machine, "optuna", 0, 0.88)) + "\n")
    written.write_text("<!-- search-mlp:start -->\n<!-- search-mlp:end -->\n")
    main(["--tools", "optuna", "--model", "mlp", "--repetitions", "1", "-o", str(file), "--page", str(written)])
    assert "| 1 | 40 | 200 | 601 | 90.00 | 88.00 |" in written.read_text()


@pytest.mark.parametrize(
    "worker",
    [
        pytest.param("optuna_search", marks=pytest.mark.skipif(find_spec("optuna") is None, reason="no Optuna")),
        pytest.param(
            "keras_tuner_search",
            marks=pytest.mark.skipif(
                find_spec("keras_tuner") is None or find_spec("six") is None, reason="no KerasTuner that imports"
            ),
        ),
    ],
)
@pytest.mark.needs("keras", "torch")
def test_kerass_tools_search_and_hand_back_a_network(worker: str, tmp_path: Path) -> None:
    stream = np.random.default_rng(0)
    arrays: dict[str, Any] = {}
    for part in ("train", "validation", "test"):
        arrays[f"x_{part}"] = stream.integers(0, 256, (100, 28, 28, 1), dtype=np.uint8)
        arrays[f"y_{part}"] = np.arange(100) % 10
    np.savez(tmp_path / "images.npz", **arrays)
    job = SearchJob(
        model="mlp",
        minutes=0.01,
        seed=0,
        data=str(tmp_path / "images.npz"),
        threads=1,
        options={"backend": "torch"},
    )
    found = run_worker(worker, job, timeout=120)
    assert found.get("error") is None
    assert found["tried"] >= 1
    assert found["epochs"] >= 1
    assert 0 <= found["test_accuracy"] <= 1
    assert set(found["chosen"]) <= {axis.name for axis in SPACES["mlp"]}
