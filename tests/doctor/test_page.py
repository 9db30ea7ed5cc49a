"""The page on the doctor names every check, and where it lives."""

from __future__ import annotations

import re
from pathlib import Path

import classlab.doctor as package
from classlab.doctor.comparisons import COMPARISONS
from classlab.doctor.symptoms import SYMPTOMS

PAGE = (Path(__file__).parents[2] / "docs" / "evidence" / "doctor.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| ([ABCI]\d+) \| .* \| (.*) \|$", PAGE.split("<!--")[0], flags=re.MULTILINE))


def test_the_table_lists_all_checks_in_order():
    expected = [*(f"A{n}" for n in range(1, 10)), *(f"B{n}" for n in range(1, 10)), *(f"C{n}" for n in range(1, 11))]
    assert list(ROWS) == [*expected, *(f"I{n}" for n in range(1, 17))]


def test_every_check_stands_where_the_table_says():
    found: dict[str, set[str]] = {}
    for module in (*SYMPTOMS, *COMPARISONS):
        folder, name = str(module.__name__).split(".")[-2:]  # type: ignore[union-attr]
        found.setdefault(module.RULE, set()).add(f"{folder}/{name}.py")
    assert {rule: set(re.findall(r"`([a-z_/]+\.py)`", where)) for rule, where in ROWS.items() if where != "-"} == found
    root = Path(str(package.__file__)).parent
    assert all((root / file).is_file() for files in found.values() for file in files)
