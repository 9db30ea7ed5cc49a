"""The table of rules in the documentation says what the rules say."""

from __future__ import annotations

from pathlib import Path

from classlab.doctor.audit import RULES
from tests.doctor.audit.faults import FAULTS
from tests.doctor.audit.kinds import KINDS
from tests.doctor.audit.reading import diagnose

PAGE = (Path(__file__).parents[3] / "docs" / "audit.md").read_text(encoding="utf-8")
TABLE = {
    cells[0]: (cells[1], set(cells[2].split(", ")))
    for line in PAGE.split("\n")
    if (cells := [cell.strip() for cell in line.strip("|").split("|")])[0][:1] in "ABCEINS"
    and cells[0][1:].isdigit()
    and len(cells) == 4
}


def test_every_rule_stands_in_the_table_in_its_order():
    assert tuple(TABLE) == (*RULES, "S1")


def test_names_and_severities_are_those_of_the_findings():
    seen: set[str] = set()
    for text in (*FAULTS.values(), *(faulty for faulty, _ in KINDS.values())):
        for finding in diagnose(text).findings:
            name, severities = TABLE[finding.rule]
            assert finding.name == name
            assert finding.severity in severities
            seen.add(finding.rule)
    assert seen == set(RULES)


def test_the_limits_are_those_of_the_code():
    from classlab.doctor.audit import bounds

    said = " ".join(PAGE.split())
    assert f"up to {bounds.UNROLLED} turns" in said
    assert f"up to {bounds.CALL_DEPTH} within one another" in said
    assert f"up to {bounds.STEPS:,} steps" in said
    assert f"up to {bounds.FILE_BYTES // 2**20} MiB" in said
    assert f"up to {bounds.CODE_CHARACTERS:,} characters" in said
    assert f"{bounds.CELLS:,} cells, {bounds.FOLDER_FILES:,} files in a folder" in said
