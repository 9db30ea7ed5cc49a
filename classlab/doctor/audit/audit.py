"""Reads Keras scripts and notebooks without running them, and says what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from classlab.doctor.audit import bounds
from classlab.doctor.audit.program import trace_of
from classlab.doctor.audit.rulebook import GRAVITY, RULES, drafts_of, unchecked_rules
from classlab.doctor.audit.silence import divided, silences_in, unreasoned
from classlab.doctor.audit.source import read_source
from classlab.errors import DataError, StorageError
from classlab.records.finding import Diagnosis, Finding, Unchecked

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from classlab.doctor.audit.program import NotPythonError
    from classlab.doctor.audit.source import Source

_SUFFIXES = (".py", ".ipynb")
NOT_OURS = ("__pycache__", "site-packages", "node_modules", ".ipynb_checkpoints")


@dataclass(frozen=True)
class Silenced:
    """A finding that a comment in the code silences.

    Args:
        finding: the finding.
        reason: the comment's reason.
    """

    finding: Finding
    reason: str


@dataclass(frozen=True)
class Audit:
    """What the audit says of one file.

    Args:
        diagnosis: the findings, the gravest first, and what could not be checked.
        silenced: findings that comments silence.
        problems: why cells of the file could not be read, a sentence each.
        file_lines: by cell of a notebook, the line of its file for every line of the cell.
    """

    diagnosis: Diagnosis
    silenced: tuple[Silenced, ...] = ()
    problems: tuple[str, ...] = ()
    file_lines: dict[int, tuple[int, ...]] = field(default_factory=dict)


def audit_file(path: Path, *, name: str | None = None) -> Audit:
    """Audits a script or notebook.

    The file is parsed and followed, never run or imported.

    Args:
        path: a `.py` or `.ipynb` file.
        name: how findings call it; the path where it is None.

    Raises:
        StorageError: the file cannot be read.
        DataError: it is too large, not text, not a notebook, or holds no valid Python at all.
    """
    return audit_source(read_source(path, name=name))


def audit_source(source: Source) -> Audit:
    """Audits code that was read already.

    Args:
        source: the cells of code.

    Raises:
        DataError: none of the code is valid Python.

    Example:
        >>> from classlab.doctor.audit.source import script_source
        >>> audit_source(script_source(b"import keras", name="a.py")).diagnosis.findings
        ()
    """
    trace, broken = trace_of(source)
    problems = tuple(_problem(source, each) for each in broken)
    if broken and len(broken) == len(source.cells):
        raise DataError(problems[0])
    silences = [silence for cell in source.cells for silence in silences_in(cell)]
    silences += [each for module in trace.modules for each in silences_in(module.cells[0], file=module.name)]
    left, quiet = divided(drafts_of(trace, source), silences)
    left += unreasoned([each for each in silences if not each.location.file], (*RULES, "S1"))
    left.sort(key=lambda draft: GRAVITY[draft.severity])
    unchecked = unchecked_rules(trace)
    diagnosis = Diagnosis(
        subject=source.name,
        findings=tuple(draft.finding(source.name) for draft in left),
        checked=tuple(rule for rule in RULES if rule not in unchecked),
        unchecked=tuple(Unchecked(rule=rule, reason=reason) for rule, reason in unchecked.items()),
    )
    silenced = tuple(Silenced(draft.finding(source.name), comment.reason) for draft, comment in quiet)
    return Audit(diagnosis, silenced, problems, {cell.number: cell.file_lines for cell in source.cells})


def files_in(paths: Sequence[Path]) -> list[Path]:
    """The scripts and notebooks that some paths stand for: files themselves, folders with everything in them.

    Args:
        paths: files and folders.

    Raises:
        StorageError: a path leads nowhere, or a folder cannot be read.
        DataError: a file is neither script nor notebook, or a folder holds too many or none.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            inside = _inside(path)
            if not inside:
                raise DataError(f"{path} must hold a .py or .ipynb file, but it holds none. Name another folder.")
            found |= dict.fromkeys(inside)
        elif not path.exists():
            raise StorageError(f"{path} must be a file or folder, but there is none. Check the path.")
        elif path.suffix not in _SUFFIXES:
            raise DataError(
                f"{path} must end in .py or .ipynb, but it ends in `{path.suffix}`. Name a script or notebook."
            )
        else:
            found[path] = None
    return list(found)


def _inside(folder: Path) -> list[Path]:
    found: list[Path] = []
    try:
        for path in sorted(folder.rglob("*")):
            parts = path.relative_to(folder).parts
            if any(part in NOT_OURS or (part.startswith(".") and part != "..") for part in parts):
                continue
            if path.suffix in _SUFFIXES and path.is_file():
                found.append(path)
            if len(found) > bounds.FOLDER_FILES:
                raise DataError(
                    f"{folder} must hold at most {bounds.FOLDER_FILES} scripts and notebooks, but it holds more. "
                    "Name a folder inside it."
                )
    except OSError as problem:
        raise StorageError(f"{folder} cannot be read ({problem.strerror}). Check its rights.") from None
    return found


def _problem(source: Source, broken: NotPythonError) -> str:
    return (
        f"{source.name}, {broken.location.said()}, must be valid Python, but it is not ({broken.reason}). "
        "Mend the syntax; the rest was audited."
        if len(source.cells) > 1
        else f"{source.name}, {broken.location.said()}, must be valid Python, but it is not ({broken.reason}). "
        "Mend the syntax."
    )
