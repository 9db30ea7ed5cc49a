"""Step 2: a linear classifier, and which optimizer suits it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from classlab.analysis import divisible_images, judge_arms
from classlab.analysis.numbers import counted
from classlab.analysis.samples import ranking_sample
from classlab.lab.published import side_by_side
from classlab.lab.sentences import Planned, planned
from classlab.lab.step import (
    OPTIMIZER_TITLES,
    LabStudy,
    Step,
    StepReport,
    arm_names,
    curves_of,
    lab_arm,
    lab_study,
    runs_of,
)
from classlab.reports.document import Bullets, Callout, Paragraph, Section
from classlab.reports.sections.ranking import candidates_sentence, verdict_callout

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from classlab.analysis import Analysis, Judgement
    from classlab.lab.setting import Setting
    from classlab.lab.step import Results
    from classlab.records import StudyRecord

FIVE, TWENTY = "optimizers", "more-epochs"
RATES: tuple[tuple[str, tuple[float, ...]], ...] = (
    ("sgd", (0.001, 0.01, 0.1)),
    ("adam", (0.001, 0.01)),
    ("rmsprop", (0.001, 0.01)),
)
PAIR = ("Adam 0.001", "RMSprop 0.001")  # the arms that the course asks about


def studies(setting: Setting) -> tuple[LabStudy, ...]:
    """Seven arms for five epochs; the Adam and RMSprop arms for twenty."""
    which = "Which optimizer suits a linear classifier, and with which learning rate?"
    return (
        _study(setting, FIVE, which, RATES, epochs=5),
        _study(setting, TWENTY, "Do more epochs help?", RATES[1:], epochs=20),
    )


def _study(
    setting: Setting, topic: str, question: str, rates: Sequence[tuple[str, Sequence[float]]], *, epochs: int
) -> LabStudy:
    digits = setting.images.digits
    arms = [
        lab_arm(
            f"{OPTIMIZER_TITLES[optimizer]} {rate:g}",
            digits,
            settings={"optimizer": optimizer, "learning_rate": rate},
            options={"epochs": setting.epochs(epochs), "batch_size": 128},
        )
        for optimizer, chosen in rates
        for rate in chosen
    ]
    return lab_study(setting, step=2, topic=topic, dataset=digits, question=question, arms=arms)


def write(results: Results) -> StepReport:
    """Tables, curves, and an answer to each question."""
    five, twenty = results.studies[FIVE], results.studies[TWENTY]
    analysis = results.analyses[FIVE]
    rates = [rates_sentence(title, judge_rates(five, title)) for title in OPTIMIZER_TITLES.values()]
    longer = longer_sentences(more_epochs(five, twenty), *_lengths(five, twenty))
    apart = told_apart_sentences(_pairs(five, twenty))
    verdict = verdict_callout(analysis, picture="ranking")
    section = Section(
        title=STEP.title,
        blocks=(
            Paragraph(
                text="Flatten, then one Dense layer with softmax: one weight for every pixel and class. Every arm "
                "starts from the same weights and sees the same order of images as the others with its seed, so arms "
                "are compared seed by seed. The validation images choose; the test images are only looked at."
            ),
            side_by_side(five, FIVE),
            Section(title="Which optimizer to prefer", blocks=(verdict,)),
            Section(title="The best learning rate of each optimizer", blocks=(Bullets(items=tuple(rates)),)),
            Section(
                title="Do more epochs help?",
                blocks=(
                    Bullets(items=longer),
                    side_by_side(twenty, TWENTY),
                    curves_of(twenty, "accuracy", name="linear-accuracy"),
                    Paragraph(text="Of the arms that were trained longer:"),
                    verdict_callout(results.analyses[TWENTY], picture="ranking-more-epochs"),
                ),
            ),
            Callout(tone="verdict", title="Adam and RMSprop at 0.001", items=apart),
        ),
    )
    return StepReport(
        section=section,
        answers=(*analysis.sentences, *rates, *longer, *apart),
        short=short_sentences(analysis),
        figure=None if verdict.figure is None else replace(verdict.figure, name="in-short"),
    )


def short_sentences(analysis: Analysis) -> tuple[str, ...]:
    """Which optimizer to prefer, and how sure that is."""
    verdict, *rest = analysis.sentences
    return (f"Step 2, which optimizer: {verdict}", " ".join((candidates_sentence(analysis), *rest[:1])))


def judge_rates(study: StudyRecord, optimizer: str) -> Judgement:
    """The learning rates of one optimizer among themselves; they are a family of their own.

    Args:
        study: the five-epoch study.
        optimizer: as the arms' names begin.
    """
    names = [arm for arm in arm_names(study) if arm.startswith(f"{optimizer} ")]
    return judge_arms(
        names,
        [ranking_sample(runs_of(study, arm), study.spec.select) for arm in names],
        margin=study.spec.margin,
        confidence=study.spec.confidence,
        divisible=divisible_images(study),
    )


def rates_sentence(optimizer: str, judgement: Judgement) -> str:
    """What may be said of an optimizer's learning rates."""
    return f"{optimizer}: {' '.join(judgement.sentences)}"


def more_epochs(five: StudyRecord, twenty: StudyRecord) -> tuple[Planned, ...]:
    """Each arm after more epochs against itself after fewer: planned beforehand, one comparison for every arm."""
    short, long = _lengths(five, twenty)
    arms = arm_names(twenty)
    return tuple(
        planned(
            (twenty, arm),
            (five, arm),
            comparisons=len(arms),
            names=(f"{arm}, {counted(long, 'epoch')}", f"{arm}, {counted(short, 'epoch')}"),
        )
        for arm in arms
    )


def longer_sentences(comparisons: Sequence[Planned], short: int, long: int) -> tuple[str, ...]:
    """Whether more epochs help, arm by arm."""
    if short == long:
        return (f"Both studies were trained for {counted(short, 'epoch')}, so this run of the lab cannot say.",)
    return tuple(each.sentence for each in comparisons)


def told_apart_sentences(by_epochs: Mapping[int, Planned]) -> tuple[str, ...]:
    """Whether Adam and RMSprop at 0.001 can be told apart.

    Args:
        by_epochs: the comparison after so many epochs.
    """
    return tuple(f"After {counted(epochs, 'epoch')}: {each.sentence}" for epochs, each in by_epochs.items())


def _lengths(five: StudyRecord, twenty: StudyRecord) -> tuple[int, int]:
    return five.spec.arms[0].spec.epochs, twenty.spec.arms[0].spec.epochs


def _pairs(*studies: StudyRecord) -> dict[int, Planned]:
    """The comparisons of the two arms that the course asks about, by the number of epochs."""
    by_epochs = {study.spec.arms[0].spec.epochs: study for study in studies}
    return {
        epochs: planned((study, PAIR[0]), (study, PAIR[1]), comparisons=len(by_epochs))
        for epochs, study in by_epochs.items()
    }


STEP = Step(number=2, title="2. A linear classifier, and which optimizer suits it", studies=studies, write=write)
