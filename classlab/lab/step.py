"""A step of the lab: the studies it needs, and what it writes about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from classlab.lab.arms import LabStudy
    from classlab.lab.results import Results
    from classlab.lab.setting import Setting
    from classlab.reports.document import Section


@dataclass(frozen=True, kw_only=True, eq=False)
class StepReport:
    """What came of a step.

    Args:
        section: its part of the report.
        answers: its answers in a sentence each, for the top of the report and for programs.
    """

    section: Section
    answers: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Step:
    """A step.

    Args:
        number: as in the course, from 1.
        title: heading of its section.
        studies: what it needs to have measured; two steps may need the same study.
        write: from what was measured to its part of the report.
    """

    number: int
    title: str
    studies: Callable[[Setting], tuple[LabStudy, ...]]
    write: Callable[[Results], StepReport]
