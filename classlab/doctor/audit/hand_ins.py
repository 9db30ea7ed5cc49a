"""A class of hand-ins: which files belong to whom, what each rule says of each, and that as a table and a list."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from classlab.analysis.numbers import counted
from classlab.doctor.audit.audit import NOT_OURS, Audit, audit_file, files_in
from classlab.doctor.audit.listing import where
from classlab.doctor.audit.rulebook import GRAVITY, RULES
from classlab.errors import ClasslabError, DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from classlab.records.finding import Finding, Place, Severity

NOTHING: Final = "-"
NOT_CHECKED: Final = "?"
_POSITION = re.compile(r" ?\((?:cell \d+, )?line \d+[^)]*\)")


@dataclass(frozen=True)
class HandIn:
    """What one person handed in.

    Args:
        name: of its folder or file.
        audits: what was found in each file that could be audited.
        problems: why files, or cells of them, could not be, a sentence each.
        exit_code: of the first of those problems; 0 where there is none.
    """

    name: str
    audits: tuple[Audit, ...] = ()
    problems: tuple[str, ...] = ()
    exit_code: int = 0

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings in all its files."""
        return tuple(finding for audit in self.audits for finding in audit.diagnosis.findings)

    def said(self, rule: str) -> str:
        """What a rule says of it: the gravest severity, "-" for nothing found, "?" where a file was not checked."""
        found = [finding.severity for finding in self.findings if finding.rule == rule]
        if found:
            return min(found, key=GRAVITY.__getitem__)
        unchecked = any(each.rule == rule for audit in self.audits for each in audit.diagnosis.unchecked)
        return NOT_CHECKED if unchecked or self.problems else NOTHING


@dataclass(frozen=True)
class Merged:
    """One finding with everyone who has it.

    Args:
        rule: the rule's identifier.
        name: its name.
        severity: how grave it is.
        cause: why that is bad.
        remedy: what to change.
        names: the hand-ins.
        places: each sentence with the places that it is true of, sentences that differ in places alone put together.
    """

    rule: str
    name: str
    severity: Severity
    cause: str
    remedy: str
    names: tuple[str, ...]
    places: tuple[tuple[str, tuple[Place, ...]], ...]


def hand_ins_in(paths: Sequence[Path]) -> Iterator[HandIn]:
    """Audits what was handed in: each folder directly inside a folder, each file beside them, each file that is named.

    A hand-in that cannot be read, or holds nothing to read, is one with its problem; the others go on.

    Args:
        paths: scripts, notebooks, and folders of hand-ins.

    Raises:
        StorageError: a path leads nowhere, or a folder cannot be read.
        DataError: a file is neither script nor notebook, or a folder holds too many or none.
    """
    for path in paths:
        files = files_in([path])
        if not path.is_dir():
            yield _audited(str(path), files)
            continue
        groups: dict[str, list[Path]] = {
            each.name: []
            for each in path.iterdir()
            if each.is_dir() and not each.name.startswith(".") and each.name not in NOT_OURS
        }
        for file in files:
            groups.setdefault(file.relative_to(path).parts[0], []).append(file)
        before = f"{path.name}/" if len(paths) > 1 else ""
        for name in sorted(groups):
            yield _audited(before + name, groups[name]) if groups[name] else _empty(before + name, path / name)


def _empty(name: str, folder: Path) -> HandIn:
    sentence = f"{folder} must hold a .py or .ipynb file, but it holds none. Ask for the code."
    return HandIn(name, problems=(sentence,), exit_code=DataError.exit_code)


def _audited(name: str, files: Sequence[Path]) -> HandIn:
    audits: list[Audit] = []
    problems: list[str] = []
    code = 0
    for file in files:
        try:
            audit = audit_file(file)
        except ClasslabError as problem:
            problems.append(str(problem))
            code = code or problem.exit_code
            continue
        audits.append(audit)
        problems += audit.problems
        code = code or (DataError.exit_code if audit.problems else 0)
    return HandIn(name, tuple(audits), tuple(problems), code)


def rules_found(hand_ins: Sequence[HandIn]) -> tuple[str, ...]:
    """The rules that found something in any of them, in the order of the rules."""
    found = {finding.rule for hand_in in hand_ins for finding in hand_in.findings}
    return tuple(rule for rule in (*RULES, "S1") if rule in found)


def merged(hand_ins: Sequence[HandIn]) -> list[Merged]:
    """Findings of one rule with one cause and one remedy, put together: the gravest first, then the commonest."""
    groups: dict[tuple[str, str, Severity, str, str], list[tuple[str, Finding]]] = {}
    for hand_in in hand_ins:
        for finding in hand_in.findings:
            cause, remedy = (finding.causes[0].text, finding.causes[0].remedy) if finding.causes else ("", "")
            key = (finding.rule, finding.name, finding.severity, cause, remedy)
            groups.setdefault(key, []).append((hand_in.name, finding))
    made = [
        Merged(*key, names=tuple(dict.fromkeys(name for name, _ in group)), places=_places(group))
        for key, group in groups.items()
    ]
    return sorted(made, key=lambda each: (GRAVITY[each.severity], -len(each.names), each.rule))


def _places(group: Sequence[tuple[str, Finding]]) -> tuple[tuple[str, tuple[Place, ...]], ...]:
    sentences: dict[str, tuple[str, list[Place]]] = {}
    for _, finding in group:
        plain = _POSITION.sub("", finding.text)
        text, places = sentences.setdefault(plain, (finding.text, []))
        places.append(finding.place)
        if text != finding.text:  # what is said of several must not name the lines of one
            sentences[plain] = (plain, places)
    return tuple((text, tuple(places)) for text, places in sentences.values())


LEGEND: Final = '"-": checked, nothing found; "?": not checked in every file.'


def table_rows(hand_ins: Sequence[HandIn]) -> list[tuple[str, ...]]:
    """A header, and one row for every hand-in: what each rule that found something says of it.

    Args:
        hand_ins: what was handed in.
    """
    rules = rules_found(hand_ins)
    rows = [("hand-in", *rules, "files", "problems")]
    for each in hand_ins:
        said = (each.said(rule) for rule in rules)
        rows.append((each.name, *said, str(len(each.audits)), str(len(each.problems) or "-")))
    return rows


def csv_text(hand_ins: Sequence[HandIn]) -> str:
    """The same as CSV, with every rule that there is, so that the columns of all classes are the same."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("hand-in", "files", *RULES, "S1", "problems"))
    for each in hand_ins:
        said = (each.said(rule) for rule in (*RULES, "S1"))
        writer.writerow((each.name, len(each.audits), *said, " ".join(each.problems)))
    return text.getvalue()


def finding_lines(hand_ins: Sequence[HandIn]) -> Iterator[str]:
    """Every finding once, with everyone who has it."""
    for each in merged(hand_ins):
        yield f"{each.severity} {heading(each, len(hand_ins))}"
        yield from (f"    {word}: {text}" for word, text in (("why", each.cause), ("remedy", each.remedy)) if text)
        for text, places in each.places:
            yield f"    {text}"
            yield f"        {'; '.join(dict.fromkeys(map(where, places)))}"


def heading(each: Merged, of: int) -> str:
    """Which rule, and how many hand-ins have it."""
    return f"{each.rule} {each.name}: {len(each.names)} of {counted(of, 'hand-in')}"
