from __future__ import annotations

import ast
from pathlib import Path

from tests.faults.table import FAULTS, faults_of

TESTS = Path(__file__).parents[1]


def test_every_test_in_the_table_is_there():
    for fault in FAULTS.values():
        for place in fault.tests:
            file, _, name = place.partition("::")
            tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
            names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
            assert name in names if name else any(each.startswith("test_") for each in names), place


def test_a_test_is_a_trial_of_the_fault_that_names_it_or_its_file():
    assert faults_of("tests/web/test_gate.py::test_a_body_that_is_too_large_is_refused[x]") == ["R16", "R18"]
    assert faults_of("tests/web/test_gate.py::test_the_link_opens_once") == ["R16"]
    assert faults_of("tests/web/test_cell_page.py::test_x") == []
