"""Where and how it was made: the command that does it again, the machine, the versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import counted, duration
from classlab.reports.document import Block, Code, Paragraph, Section, Table

if TYPE_CHECKING:
    from classlab.records import Environment, StudyRecord


def environment_section(study: StudyRecord) -> Section:
    """The command that reproduces the study, its time, and every environment that its runs were trained in."""
    blocks: list[Block] = []
    if study.command:
        blocks += [Paragraph(text="This gives the same runs again:"), Code(text=study.command, language="sh")]
    runs = counted(len(study.runs) + len(study.confirmation), "run")
    blocks.append(Paragraph(text=f"{runs}; {duration(study.seconds)} of training; finished {study.created}."))
    everywhere = list({repr(run.environment): run.environment for run in study.runs}.values())
    for place, environment in enumerate(everywhere, start=1):
        caption = "Environment" if len(everywhere) == 1 else f"Environment {place} of {len(everywhere)}"
        blocks.append(Table(caption=caption, header=("what", "value"), rows=_rows(environment), words=(0, 1)))
    return Section(title="How to do it again", blocks=tuple(blocks))


def _rows(environment: Environment) -> tuple[tuple[str, str], ...]:
    facts = {
        "classlab": environment.classlab,
        "Python": environment.python,
        "platform": environment.platform,
        "processor": environment.processor,
        "device": environment.device,
        "threads": str(environment.threads),
        "precision": environment.precision,
        **environment.packages,
    }
    return tuple(facts.items())
