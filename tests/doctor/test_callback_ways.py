"""However `fit` is called, on whichever backend: a Doctor beside it changes nothing and leaves nothing behind."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("keras_comparison.py")
ROOT = Path(__file__).parents[2]
WAYS = re.findall(
    r"^@way\(.*\)\ndef (\w+)", SCRIPT.with_name("keras_ways.py").read_text(encoding="utf-8"), re.MULTILINE
)
# JAX and TensorFlow compile each model anew, so the suite runs what is their own; the script runs every way on any.
SOME = [
    "with_validation_data",
    "a_subclass_unseen",
    "dropout_noise_augmentation_and_normalisation",
    "penalties_unseen",
    "batches_from_tensorflow",
    "several_steps_at_once",
    "compiled_ahead",
    "step_by_step",
    "interrupted_and_begun_again",
    "a_loss_added_by_a_layer",
]
CASES = [*(("torch", name) for name in WAYS), *((backend, name) for backend in ("jax", "tensorflow") for name in SOME)]


@pytest.fixture(scope="module")
def ways():
    """How each way of training came out with a Doctor, against the same without; a backend's run together, once."""
    reports: dict[str, dict] = {}

    def of(backend: str) -> dict:
        if find_spec(backend) is None:
            pytest.skip(f"{backend} is not installed; classlab installs PyTorch as Keras's backend")
        if backend not in reports:
            reports[backend] = run(backend, [name for each, name in CASES if each == backend])
        return reports[backend]

    return of


def run(backend: str, names: list[str]) -> dict:
    place = {**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run([sys.executable, str(SCRIPT), *names], env=place, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["backend"] == backend
    return report["ways"]


@pytest.mark.parametrize(("backend", "name"), CASES)
def test_a_training_comes_out_the_same_to_the_last_bit_and_nothing_is_left_behind(ways, backend, name):
    found = ways(backend)
    if name not in found:
        pytest.skip(f"Keras has no such way on {backend}")
    # Weights, the optimizer's numbers, metrics, history, random numbers drawn next, attributes, hooks, graph nodes,
    # names given next, warnings, and what a saved file holds.
    assert found[name]["how"] == {}
    assert found[name]["gave_up"] == ""
    assert not found[name]["doctor in the file"]


@pytest.mark.parametrize(("backend", "name"), CASES)
def test_a_healthy_training_is_told_nothing_however_it_is_called(ways, backend, name):
    found = ways(backend)
    if name not in found:
        pytest.skip(f"Keras has no such way on {backend}")
    assert found[name]["checked"]
    assert found[name]["findings"] == []
