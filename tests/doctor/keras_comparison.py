"""Trains in every way of `keras_ways` with and without a Doctor, and prints what differs as JSON.

Run with the backend in KERAS_BACKEND: `python keras_comparison.py [WAY...]`.
"""

from __future__ import annotations

import copy
import json
import random
import sys
import tempfile
import warnings
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras_ways import BACKEND, ELSEWHERE, UNSEEN, WAYS, L, Watched

from classlab import Doctor


def state_of(model: Any) -> dict[str, Any]:
    """Everything that a training leaves behind: weights, the optimizer's numbers, metrics, figures, random numbers."""
    array = keras.ops.convert_to_numpy
    variables = [array(each.value).astype("float64") for each in (*model.variables, *model.optimizer.variables)]
    state: dict[str, Any] = {
        "variables": variables,
        "figures": dict(model.history.history),
        "metrics": [array(each.value).astype("float64") for metric in model.metrics for each in metric.variables],
        "numbers drawn next": [
            random.random(),  # noqa: S311  (what is compared is that nobody drew from it)
            float(np.random.random()),  # noqa: NPY002  (the same)
            float(array(keras.random.uniform(()))),
        ],
        "attributes": sorted(vars(model)),
        "layers": [[layer.name, sorted(vars(layer))] for layer in model.layers],
        "calls": [type(layer).__call__ is L.Layer.__call__ and "call" not in vars(layer) for layer in model.layers],
        "nodes": [[len(layer._inbound_nodes), len(layer._outbound_nodes)] for layer in model.layers],
        "names given next": L.Dense(1).name,
    }
    if BACKEND == "torch":
        import torch

        state["numbers drawn next"].append(float(torch.rand(())))
        state["gradients kept"] = [each.value.grad is None for each in model.trainable_variables]
        state["hooks"] = sum(len(module._forward_hooks) + len(module._backward_hooks) for module in model.modules())
    return state


def traces_in_file(model: Any) -> dict[str, Any]:
    """What a saved model holds: its parts and its configuration; whether a copy says the same as the model."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        with zipfile.ZipFile(path) as archive:
            texts = archive.read("config.json").decode()
            parts = sorted(archive.namelist())
    return {
        "parts": parts,
        "doctor": "octor" in texts or "classlab" in texts,
        "copied": copy.deepcopy(model).name != "",
    }


def outcome(name: str, watched: Watched) -> dict[str, Any]:
    keras.backend.clear_session(free_memory=False)
    keras.utils.set_random_seed(7)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        model = WAYS[name](watched)
        state = state_of(model)
        if name in ("with_validation_data", "a_graph", "part_of_a_network_frozen"):
            state["file"] = traces_in_file(model)
    state["warnings"] = sorted({str(each.message) for each in heard})
    return state


def compared(name: str) -> dict[str, Any]:
    """How a training with a Doctor differs from the same one without."""
    alone = outcome(name, [])
    doctor = Doctor(**UNSEEN[name], quiet=True, continued=True)
    watched = outcome(name, [doctor])
    differing = [key for key in alone if not _equal(alone[key], watched[key])]
    findings = doctor.diagnosis.findings if doctor.diagnosis else ()
    return {
        "differs": differing,
        "how": {key: [str(alone[key])[:400], str(watched[key])[:400]] for key in differing},
        "gave_up": doctor.gave_up,
        "checked": len(doctor.diagnosis.checked) if doctor.diagnosis else 0,
        "doctor in the file": watched.get("file", {}).get("doctor", False),
        "findings": [[each.rule, each.severity, each.text] for each in findings if each.severity != "INFO"],
    }


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other, equal_nan=True)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(_equal(a, b) for a, b in zip(one, other, strict=True))
    return bool(one == other)


def main(names: list[str]) -> None:
    possible = [name for name in names or WAYS if BACKEND in ELSEWHERE[name]]
    sys.stdout.write("\n" + json.dumps({"backend": BACKEND, "ways": {name: compared(name) for name in possible}}))


if __name__ == "__main__":
    main(sys.argv[1:])
