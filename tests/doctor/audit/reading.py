"""What the tests of the audit share: marks in scripts, and findings as lines and rules."""

from __future__ import annotations

import re
from pathlib import Path

from classlab.doctor.audit import RULES, Audit, audit_source
from classlab.doctor.audit.listing import summary_of, unchecked_lines
from classlab.doctor.audit.source import notebook_source, script_source
from classlab.records import Diagnosis, Finding

SCRIPTS = Path(__file__).parent / "scripts"


def diagnose(text: str) -> Diagnosis:
    """The audit of a script."""
    return consistent(audit_source(script_source(text.encode(), name="script.py"))).diagnosis


def diagnose_notebook(content: bytes) -> Diagnosis:
    """The audit of a notebook."""
    return consistent(audit_source(notebook_source(content, name="notebook.ipynb"))).diagnosis


def consistent(audit: Audit) -> Audit:
    """Holds for every audit in every test: a rule is called checked or not checked, never both, wherever it is said."""
    diagnosis = audit.diagnosis
    unchecked = [each.rule for each in diagnosis.unchecked]
    assert sorted((*diagnosis.checked, *unchecked)) == sorted(RULES)
    said = " ".join(unchecked_lines(audit))
    named = re.findall(r"\b[A-Z]\d+\b", summary_of([audit]).partition("Checked:")[2])
    assert set(named) <= set(diagnosis.checked)
    if "all rules" not in said:
        assert not set(named) & set(re.findall(r"\b[A-Z]\d+\b", said))
    return audit


def marks(text: str) -> set[tuple[int, str]]:
    """Line and rule of every mark `# !A1`."""
    return {(line, rule) for line, row in enumerate(text.split("\n"), 1) for rule in re.findall(r"# !(\w+)", row)}


def places(diagnosis: Diagnosis) -> set[tuple[int | None, str]]:
    """Line and rule of every finding."""
    return {(finding.place.line, finding.rule) for finding in diagnosis.findings}


def grave(diagnosis: Diagnosis) -> list[Finding]:
    """The findings above INFO."""
    return [finding for finding in diagnosis.findings if finding.severity != "INFO"]


def stray(text: str, diagnosis: Diagnosis) -> list[str]:
    """Findings above INFO that no mark asks for."""
    wanted = marks(text)
    return [
        f"{finding.place.line} {finding.rule} {finding.severity}: {finding.text}"
        for finding in grave(diagnosis)
        if (finding.place.line, finding.rule) not in wanted
    ]


def script_files(folder: str) -> list[Path]:
    """The scripts of a folder; their suffix keeps tools from reading them as code of this project."""
    return sorted((SCRIPTS / folder).glob("*.txt"))
