"""The catalogue of rules: complete, without what nobody uses, and the same as the documentation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import classlab.doctor
from classlab.doctor.audit import RULES
from classlab.doctor.catalogue import KINDS, NAMES
from classlab.doctor.symptoms import SYMPTOMS

pytestmark = pytest.mark.light
PACKAGE = Path(classlab.doctor.__file__).parent
TABLE = re.compile(r"^\| ([A-Z]\d+) \| ([\w-]+) \| ([A-Z, ]+) \|", re.MULTILINE)


def test_every_rule_has_a_name_of_its_own():
    assert {*RULES, "S1", *(symptom.RULE for symptom in SYMPTOMS)} <= set(NAMES)
    assert len(set(NAMES.values())) == len(NAMES)


def test_the_page_of_the_audit_lists_its_rules_as_the_catalogue_has_them():
    page = (Path(__file__).parents[2] / "docs" / "audit.md").read_text(encoding="utf-8")
    rows = {rule: (name, set(severities.split(", "))) for rule, name, severities in TABLE.findall(page)}
    assert {rule: name for rule, (name, _) in rows.items()} == {rule: NAMES[rule] for rule in (*RULES, "S1")}
    for kind, known in KINDS.items():
        assert known.severity in rows[kind.partition(" ")[0]][1], kind


def test_every_kind_is_found_by_something():
    code = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py") if path.stem != "catalogue")
    assert [kind for kind in KINDS if f'"{kind}"' not in code] == []
