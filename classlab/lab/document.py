"""The lab's report: what it was measured on, the steps one after the other, and the answers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from classlab.analysis import analyse
from classlab.analysis.numbers import count, counted, duration, listed
from classlab.lab.published import PUBLISHED, SOURCE_NOTE
from classlab.lab.size_search import TOPIC as SEARCHED
from classlab.lab.taught import Taught, taught
from classlab.lab.words import new_words
from classlab.reports.document import Block, Callout, Code, Document, Paragraph, Section, Table
from classlab.studies.runs.environment import ABSENT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from classlab.lab.setting import Setting
    from classlab.lab.step import Step, StepReport
    from classlab.records import RunRecord, StudyRecord

_NOTABLE = ("diverged", "failed")


def lab_document(
    setting: Setting,
    written: Sequence[tuple[Step, StepReport]],
    studies: Mapping[str, StudyRecord],
    *,
    command: str,
) -> Document:
    """Puts the report together.

    Args:
        setting: images, seeds and sizes.
        written: the steps with what came of them, in order.
        studies: what was measured, by topic.
        command: what reproduces it.
    """
    about = (*setting.about([step.number for step, _ in written]), *_sources(studies))
    opening = [Callout(tone="note", title="What this was measured on", items=about)]
    notices = warnings(studies)
    if notices:
        opening.insert(0, Callout(tone="warning", title="Read this first", items=notices))
    short = tuple(sentence for _, report in written for sentence in report.short)
    known: tuple[str, ...] = ()
    if short:
        figure = next((report.figure for _, report in written if report.figure is not None), None)
        first = new_words((*short, *([figure.title] if figure else [])), ())
        known = tuple(word.name for word in first)
        words = tuple(f"{word.name}: {word.meaning}." for word in first)
        opening.insert(0, Callout(tone="verdict", title="In short", items=short, figure=figure))
        opening.insert(1, Callout(tone="note", title="Words", items=(" ".join(words),)))
    lessons = lessons_of(setting, written, command=command, known=known)
    return Document(
        title="The lab",
        subtitle=_subtitle(studies),
        opening=tuple(opening),
        sections=(
            *(each.section for each in lessons),  # before the answers: a reader is to predict them
            Section(title="The answers", blocks=(_answers(lessons),)),
            _ending(studies, command),
        ),
        footer=_footer(studies),
    )


def lessons_of(
    setting: Setting, written: Sequence[tuple[Step, StepReport]], *, command: str, known: Sequence[str] = ()
) -> tuple[Taught, ...]:
    """The steps as lessons, whose commands can be given as they stand.

    Args:
        setting: images, seeds and sizes.
        written: the steps with what came of them, in order.
        command: what reproduces the lab.
        known: names of the words that were explained before.
    """
    images = setting.images
    names = {kind: getattr(images, kind).name for kind in ("digits", "clothes", "pictures")}
    names["lab"] = re.sub(r" --image \d+", "", command)
    names["another"] = "26" if setting.image == 25 else "25"
    return taught(written, names=names, known=known)


def _answers(lessons: Sequence[Taught]) -> Table:
    rows = tuple((f"Question {each.step.number}", " ".join(each.report.brief[:1])) for each in lessons)
    return Table(caption="The first sentence of each answer", header=("question", "answer"), rows=rows, words=(0, 1))


def _sources(studies: Mapping[str, StudyRecord]) -> tuple[str, ...]:
    """Where the published figures come from, if any stand in the report."""
    return (SOURCE_NOTE,) if PUBLISHED.keys() & studies.keys() else ()


def warnings(studies: Mapping[str, StudyRecord]) -> tuple[str, ...]:
    """What went wrong or limits the studies, each a sentence: bad runs, and the notices of their analysis.

    Those of a search's finalists stand beside their verdict, in the section of the search.
    """
    found = [
        f"{study.spec.name}, {_arm_of(study, run)}, seed {run.spec.seed}: {run.state}. {run.reason or ''}".strip()
        for study in studies.values()
        for run in study.runs
        if run.state in _NOTABLE
    ]
    found += [f"{listed(names)}: {notice}" for notice, names in _by_notice(studies).items()]
    return tuple(found)


def _by_notice(studies: Mapping[str, StudyRecord]) -> dict[str, list[str]]:
    """The studies that each notice is about: what is to be known of several is said once."""
    found: dict[str, list[str]] = {}
    for study in (each for topic, each in studies.items() if topic != SEARCHED):
        for notice in analyse(study).notices:
            found.setdefault(notice, []).append(study.spec.name)
    return found


def _arm_of(study: StudyRecord, run: RunRecord) -> str:
    return study.spec.arms[study.runs.index(run) // len(study.spec.seeds)].name


def _subtitle(studies: Mapping[str, StudyRecord]) -> str:
    runs = sum(len(study.runs) for study in studies.values())
    if not runs:
        return "Nothing was trained for these steps."
    seconds = sum(study.seconds for study in studies.values())
    took = f"{duration(seconds)} of training in this session" if seconds else "all from the store"
    return (
        f"{counted(len(studies), 'study', 'studies')}, {count(runs)} runs, {took}; "
        f"last run {max(study.created for study in studies.values())[:10]}."
    )


def _ending(studies: Mapping[str, StudyRecord], command: str) -> Section:
    blocks: list[Block] = [
        Paragraph(text="The same figures come from this command; runs that are in the store are not trained again."),
        Code(text=command),
    ]
    if studies:
        blocks.append(_study_table(studies))
        blocks.append(
            Paragraph(text=f"A report on one of them: classlab report {next(iter(studies.values())).spec.name}")
        )
    return Section(title="How to run it again", blocks=tuple(blocks))


def _study_table(studies: Mapping[str, StudyRecord]) -> Table:
    rows = tuple(
        (
            study.spec.name,
            study.spec.question,
            count(len(study.spec.arms)),
            count(len(study.spec.seeds)),
            count(sum(opening.runs for opening in study.openings)),
        )
        for study in studies.values()
    )
    return Table(
        caption="The studies, as they are in the store",
        header=("study", "question", "arms", "seeds", "runs measured on this test set so far"),
        rows=rows,
        words=(0, 1),
        note="The last column counts every run of any study that the store has measured on the same test images. The "
        "more often a test set has been looked at, the less its figures surprise.",
    )


def _footer(studies: Mapping[str, StudyRecord]) -> str:
    first = next((run for study in studies.values() for run in study.runs), None)
    if first is None:
        return "Written by classlab."
    where = first.environment
    torch = where.packages.get("torch", ABSENT)
    return f"Measured with classlab {where.classlab} on {where.processor}, {where.device}" + (
        "." if torch == ABSENT else f", PyTorch {torch}."
    )
