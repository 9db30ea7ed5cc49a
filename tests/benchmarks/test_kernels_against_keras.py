from __future__ import annotations

import json
from math import nan

import pytest

from benchmarks import kernels_against_keras
from benchmarks.kernels_against_keras import cases
from benchmarks.kernels_against_keras_text import causes_of, text
from classlab.options.words import MODEL_NAMES
from tests.contracts.several_ways import Case, Differences

HELD = {"kernels": 1e-6, "pytorch": 1e-6, "keras": 1e-6, "kernels_exact": 1e-6, "plain": None}


def test_every_network_rule_loss_and_activation_is_a_case_once():
    found = list(cases())
    assert len(set(found)) == len(found) == (1 + 2 * 4) * 12 * 3
    assert {case.network for case in found} == set(MODEL_NAMES)


@pytest.mark.parametrize(
    ("change", "causes"),
    [
        ({}, ()),
        ({"kernels": 1e-3}, ("unexplained",)),
        ({"kernels": nan}, ("unexplained",)),
        ({"kernels": 1e-3, "keras": 1e-4}, ("float32",)),
        ({"kernels": 1e-3, "pytorch": 1e-4}, ("float32",)),
        ({"kernels": 1e-3, "plain": 1e-7}, ("filtering",)),
        ({"kernels": 1e-3, "plain": 1e-4}, ("unexplained",)),
        ({"kernels": 1e-3, "plain": 1e-7, "keras": 1e-4}, ("float32", "filtering")),
        ({"kernels": 1e-3, "moved": 1e-4}, ("rounding",)),
        ({"kernels": 1e-3, "moved": 1e-7}, ("unexplained",)),
    ],
)
def test_a_case_beyond_the_aim_has_its_causes(change, causes):
    assert causes_of(HELD | change) == causes


def test_counts_and_every_case_beyond_the_aim_are_in_the_text(machine):
    own = {"network": "mlp", "activation": "relu", "loss": "mean_squared_error"}
    rows = [own | HELD | {"rule": "sgd"}, own | HELD | {"rule": "adam", "kernels": 2e-5, "keras": 3e-5}]
    document = {
        "settings": {"steps": 50, "batch": 16, "data": "mnist5k"},
        "machine": machine | {"units": ["AVX2"]},
        "versions": {"keras": "3"},
        "measurements": rows,
    }
    said = text(document, whole=3)
    assert said.startswith("2 of 3 cases trained, 50 steps on batches of 16 images of mnist5k. Kernels and Keras end")
    assert "| mlp, relu | 2 | 1 of 2, 2.0e-05 | 2 of 2, 1.0e-06 | 1 of 2, 3.0e-05 | 2 of 2, 1.0e-06 |" in said
    listed = said.split("Every case beyond the aim:")[1]
    assert "| mlp, relu, adam, mean squared error | 2.0e-05 | 1.0e-06 | 3.0e-05 | 1.0e-06 |" in listed
    assert "sgd" not in listed


def test_a_later_call_trains_only_what_is_missing_and_asks_why_where_nothing_explains_it(tmp_path, monkeypatch):
    asked: list[Case] = []

    def differences(case: Case) -> Differences:
        asked.append(case)
        return Differences(**(HELD | {"kernels": 1e-3 if case.rule == "nadam" else 1e-7}))

    monkeypatch.setattr(kernels_against_keras, "differences", differences)
    monkeypatch.setattr(kernels_against_keras, "moved", lambda case: 1e-2 if case.network == "linear" else 0.0)
    output, page = tmp_path / "found.json", tmp_path / "page.md"
    page.write_text("<!-- kernels-against-keras:start -->\n<!-- kernels-against-keras:end -->\n", encoding="utf-8")
    kernels_against_keras.main(["-o", str(output), "--networks", "linear"])
    assert len(asked) == 36
    kernels_against_keras.main(["-o", str(output), "--page", str(page)])
    assert len(asked) == len(set(asked)) == 324
    rows = json.loads(output.read_text(encoding="utf-8"))["measurements"]
    assert [row["moved"] for row in rows if row["network"] == "linear" and "moved" in row] == [1e-2] * 3
    assert f"{27 - 3} " in page.read_text(encoding="utf-8")
