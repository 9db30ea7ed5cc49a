"""Where a report's figures come from: the test-set ledger, the command and machine that made them, the terms."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from classlab.analysis.numbers import MISSING, count, counted, duration
from classlab.records.plain import to_second
from classlab.reports.document import Block, Code, Paragraph, Section, Table, Terms

if TYPE_CHECKING:
    from classlab.records import Environment, StudyRecord


_SHOWN = 20  # newest lines; the rest is counted


def ledger_section(study: StudyRecord, *, counted_at: str) -> Section:
    """Every opening of the dataset's test images that the store knows of.

    Args:
        study: the record.
        counted_at: ISO 8601 time in UTC at which its openings were counted: later ones are not among them.
    """
    openings = study.openings
    name = study.spec.arms[0].spec.data.name
    if not openings:
        text = f"Until {counted_at} no opening of the test images of {name} was on record."
        return Section(title="Test-set ledger", blocks=(Paragraph(text=text),))
    runs = sum(opening.runs for opening in openings)
    text = (
        f"Until {counted_at} the test images of {name} were opened {counted(len(openings), 'time')}, for "
        f"{counted(runs, 'run')} in all. Each time that a decision follows from them, the next test figure "
        "is a little too good."
    )
    blocks: list[Block] = [Paragraph(text=text), _table(study)]
    return Section(title="Test-set ledger", blocks=tuple(blocks))


def _table(study: StudyRecord) -> Table:
    newest = sorted(study.openings, key=lambda opening: opening.time, reverse=True)
    # A study opens the images once for each population that it trains: those are one line.
    lines = [list(each) for _, each in groupby(newest, key=lambda opening: (opening.study, opening.purpose))]
    rows = tuple(
        (
            to_second(same[0].time),
            same[0].study or MISSING,
            same[0].purpose,
            count(len(same)),
            count(sum(opening.runs for opening in same)),
        )
        for same in lines[:_SHOWN]
    )
    left = sum(len(same) for same in lines[_SHOWN:])
    return Table(
        caption="Openings of the test images, newest first",
        header=("last time (UTC)", "study", "purpose", "openings", "runs"),
        rows=rows,
        words=(0, 1, 2),
        note=f"{counted(left, 'earlier opening')} not shown." if left else "",
    )


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


TERMS: tuple[tuple[str, str], ...] = (
    ("arm", "One combination that is compared: model, optimizer and settings."),
    ("seed", "Decides initial weights and the order of the images; the same seed pairs the runs of different arms."),
    (
        "interval",
        "Where the value lies, with the stated confidence, for what is named with it: other seeds, other images, both.",
    ),
    (
        "may be the best",
        "The first arm and every other that it is not better than; with the stated confidence the best is among them.",
    ),
    ("better, worse", "The interval of the paired difference excludes zero, corrected for all comparisons."),
    ("practically equal", "The whole interval of the difference lies within the margin."),
    (
        "cannot tell, not told apart",
        "The interval includes zero and reaches beyond the margin. That is not equality: more evidence may tell.",
    ),
    ("generalisation gap", "Accuracy on training images minus accuracy on test images, in percentage points."),
    ("confidence of a prediction", "The probability of the predicted class."),
    ("expected calibration error", "Mean distance between confidence and accuracy over bins of confidence."),
    ("test-set ledger", "The count of all openings of the test images, so that nobody selects on them unnoticed."),
)


def glossary_section() -> Section:
    """All terms."""
    return Section(title="Terms", blocks=(Terms(items=TERMS),))
