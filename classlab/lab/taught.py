"""A step of the lab as a lesson: the question, what to expect, a prediction, the picture, the answer, what if."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.lab.words import new_words
from classlab.reports.document import Block, Callout, Choices, Code, Folded, Paragraph, Section, Terms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from classlab.lab.step import Step, StepReport
    from classlab.lab.words import Word

_DECIDED = "As the figures have it."
_OTHERWISE = "The figures say otherwise."
_OPEN = "The figures leave this open."


@dataclass(frozen=True, kw_only=True)
class Taught:
    """A step with what came of it, as a lesson.

    Args:
        step: its number, title and lesson.
        report: what came of it.
        words: explained here, because they first appear here.
        detail_words: the same of what a report alone says.
        command: what turns the knob, ready to be given.
    """

    step: Step
    report: StepReport
    words: tuple[Word, ...]
    detail_words: tuple[Word, ...]
    command: str

    @property
    def choices(self) -> tuple[str, ...]:
        """The choices of the prediction, lettered."""
        return tuple(f"({'abcdef'[place]}) {choice}" for place, choice in enumerate(self.step.lesson.choices))

    @property
    def lines(self) -> tuple[str, ...]:
        """The lesson for a terminal, without its title."""
        lesson = self.step.lesson
        words = "; ".join(f"{word.name}: {word.meaning}" for word in self.words)
        return (
            f"Question {self.step.number}. {lesson.question}",
            f"Expect: {lesson.expect}",
            *([f"Words: {words}."] if words else []),
            f"Predict: {lesson.prediction} {' '.join(self.choices)}",
            *self.report.terminal,
            "Answer:",
            *(f"- {sentence}" for sentence in self.report.brief),
            f"What if: {lesson.knob}",
            f"  {self.command}",
        )

    @property
    def section(self) -> Section:
        """The lesson for a report."""
        lesson, report = self.step.lesson, self.report
        details = (*_terms("Words of this part", self.detail_words), *report.details)
        blocks: tuple[Block, ...] = (
            Callout(tone="note", title=f"Question {self.step.number}", items=(lesson.question,)),
            Paragraph(text=lesson.expect),
            *_terms("New words", self.words),
            Choices(question=f"Predict before you go on: {lesson.prediction}", answers=self._responses()),
            *report.pictures,
            Callout(tone="verdict", title="Answer", items=report.brief),
            Paragraph(text=f"What if: {lesson.knob}"),
            Code(text=self.command, language="sh"),
            Folded(summary="In detail: every figure, interval and sentence of this step", blocks=details),
        )
        return Section(title=self.step.title, blocks=blocks)

    def _responses(self) -> tuple[tuple[str, str], ...]:
        told, said = self.report.held, " ".join(self.report.decides or self.report.brief[:2])
        undecided = told is None or (self.step.lesson.open_choice and told == len(self.choices) - 1)
        return tuple(
            (choice, f"{_DECIDED if told == place else _OPEN if undecided else _OTHERWISE} {said}")
            for place, choice in enumerate(self.choices)
        )


def _terms(title: str, words: Sequence[Word]) -> tuple[Block, ...]:
    if not words:
        return ()
    terms = Terms(items=tuple((word.name, f"{word.meaning}.") for word in words))
    return (Folded(summary=f"{title}: {', '.join(word.name for word in words)}", blocks=(terms,), opened=True),)


def taught(
    written: Sequence[tuple[Step, StepReport]], *, names: Mapping[str, str], known: Sequence[str] = ()
) -> tuple[Taught, ...]:
    """The steps as lessons, each word explained where it first appears.

    Args:
        written: the steps with what came of them, in order.
        names: what the commands' places in braces stand for.
        known: names of the words that were explained before.
    """
    explained, below, found = set(known), set[str](), []
    for step, report in written:
        lesson = step.lesson
        explained.update(lesson.introduces)
        texts = (lesson.question, lesson.expect, lesson.prediction, *lesson.choices, *report.brief, lesson.knob)
        words = new_words((*texts, *report.terminal), explained)
        explained.update(word.name for word in words)
        others = new_words(report.answers, explained | below)
        below.update(word.name for word in others)
        command = lesson.command.format(**names)
        found.append(Taught(step=step, report=report, words=words, detail_words=others, command=command))
    return tuple(found)
