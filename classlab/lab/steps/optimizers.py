"""Step 2: a linear classifier, and which optimizer suits it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from classlab.analysis import divisible_images, judge_arms
from classlab.analysis.numbers import counted, listed
from classlab.analysis.samples import ranking_sample
from classlab.analysis.sentences.comparison import quoted
from classlab.lab.expected import on_their_way_sentences, rate_sentences
from classlab.lab.lesson import Lesson
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


LESSON = Lesson(
    question="Train a linear classifier with SGD (learning rates 0.001, 0.01, 0.1), Adam and RMSprop (0.001, "
    "0.01) for 5 epochs, in batches of 128. Which learning rate is the best for each optimizer? Do 20 epochs help "
    "Adam and RMSprop? Which optimizer do you prefer?",
    expect="The classifier has one weight for every pixel and class: it sums weighted pixels, and softmax turns "
    "the ten sums into probabilities that add up to 1. The loss says how far these are from the truth, the mean "
    "of minus the logarithm of the true class's probability. Its gradient says for every weight how fast the loss "
    "grows with it, and an optimizer takes a step the other way: SGD the gradient times the learning rate, Adam "
    "and RMSprop steps of much the same size whatever the gradient's. A batch of images makes one step, and all "
    "batches make an epoch, one pass over the training images. So expect SGD to need larger learning rates, and "
    "small rates to be still on their way after 5 epochs.",
    introduces=("softmax", "loss", "gradient", "optimizer", "learning rate", "batch", "epoch"),
    prediction="Which optimizer has the best arm after 5 epochs?",
    choices=("SGD.", "Adam.", "RMSprop.", "Several may have it: the evidence will not tell."),
    knob="longer and longer steps of SGD.",
    command="classlab sweep --data {digits} --model linear --optimizer sgd --learning-rate 0.1,1,10 --epochs 5 "
    "--seeds 5",
    open_choice=True,
)


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
    judged = {title: judge_rates(five, title) for title in OPTIMIZER_TITLES.values()}
    rates = [rates_sentence(title, judgement) for title, judgement in judged.items()]
    compared = more_epochs(five, twenty)
    longer = longer_sentences(compared, *_lengths(five, twenty))
    against = (*rate_sentences(_first_rates(judged)), *on_their_way_sentences(_smallest(compared, five, twenty)))
    apart = told_apart_sentences(_pairs(five, twenty))
    drawn = verdict_callout(analysis, picture="ranking").figure
    details = (
        Paragraph(
            text="Flatten, then one Dense layer with softmax: one weight for every pixel and class. Every arm "
            "starts from the same weights and sees the same order of images as the others with its seed, so arms "
            "are compared seed by seed. The validation images choose; the test images are only looked at."
        ),
        side_by_side(five, FIVE),
        Section(title="Which optimizer to prefer", blocks=(verdict_callout(analysis),)),
        Section(title="The best learning rate of each optimizer", blocks=(Bullets(items=tuple(rates)),)),
        Section(
            title="Do more epochs help?",
            blocks=(
                Bullets(items=longer),
                side_by_side(twenty, TWENTY),
                Paragraph(text="Of the arms that were trained longer:"),
                verdict_callout(results.analyses[TWENTY], picture="ranking-more-epochs"),
            ),
        ),
        Callout(tone="verdict", title="Adam and RMSprop at 0.001", items=apart),
    )
    return StepReport(
        pictures=(*([drawn] if drawn else []), curves_of(twenty, "accuracy", name="linear-accuracy")),
        brief=(
            analysis.sentences[0],
            best_rates_sentence(judged),
            help_sentence(compared, *_lengths(five, twenty)),
            *against,
        ),
        details=details,
        answers=(*analysis.sentences, *rates, *longer, *apart, *against),
        held=_held(analysis),
        short=short_sentences(analysis),
        figure=None if drawn is None else replace(drawn, name="in-short"),
    )


def _first_rates(judged: Mapping[str, Judgement]) -> dict[str, float]:
    """The learning rate that comes first, of every optimizer with a figure."""
    return {
        optimizer: float(judgement.names[judgement.ranking.order[0]].rpartition(" ")[2])
        for optimizer, judgement in judged.items()
        if judgement.score.mean is not None
    }


def _smallest(compared: Sequence[Planned], five: StudyRecord, twenty: StudyRecord) -> list[Planned]:
    """The comparisons of the arms with the smallest learning rate; none where both studies are of one length."""
    short, long = _lengths(five, twenty)
    least = f" {min(rate for _, rates in RATES[1:] for rate in rates):g}"
    return [each for each in compared if short < long and each.first.rpartition(",")[0].endswith(least)]


def _held(analysis: Analysis) -> int | None:
    """Which optimizer the best arm has, where all that may be the best have the same one; else that it is open."""
    if analysis.judgement.rival is None:
        return None
    kinds = {analysis.arms[place].name.partition(" ")[0] for place in analysis.candidates}
    return list(OPTIMIZER_TITLES.values()).index(kinds.pop()) if len(kinds) == 1 else len(OPTIMIZER_TITLES)


def best_rates_sentence(judged: Mapping[str, Judgement]) -> str:
    """The learning rates of each optimizer that may be the best of those that were tried.

    Args:
        judged: its learning rates among themselves, by optimizer.
    """
    said = []
    for optimizer, judgement in judged.items():
        if judgement.score.mean is None:
            said.append(f"{optimizer} none, because no run ended well")
            continue
        rates = [judgement.names[arm].rpartition(" ")[2] for arm in judgement.candidates]
        several = f", which {'cannot' if len(rates) == 2 else 'cannot all'} be told apart" if len(rates) > 1 else ""
        said.append(f"{optimizer} {' or '.join(rates)}{several}")
    return f"The best learning rate of those tried: {'; '.join(said)}."


def help_sentence(comparisons: Sequence[Planned], short: int, long: int) -> str:
    """In one sentence, which arms more epochs help."""
    if short == long:
        return longer_sentences(comparisons, short, long)[0]
    by_verdict: dict[str, list[str]] = {}
    for each in comparisons:
        by_verdict.setdefault(each.comparison.verdict, []).append(quoted(each.first.rpartition(",")[0]))
    words = {
        "better": "help {}",
        "worse": "harm {}",
        "practically equal": "make no difference that matters to {}",
        "cannot tell": "may help {} or not, which these runs cannot tell",
    }
    said = [how.format(listed(by_verdict[verdict])) for verdict, how in words.items() if verdict in by_verdict]
    return f"{long} epochs instead of {short} {'; they '.join(said)}."


def short_sentences(analysis: Analysis) -> tuple[str, ...]:
    """Which optimizer to prefer, and how sure that is."""
    verdict, *rest = analysis.sentences
    return (f"Which optimizer (step 2): {verdict}", f"How sure: {' '.join((candidates_sentence(analysis), *rest[:1]))}")


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


STEP = Step(
    number=2, title="2. A linear classifier, and which optimizer suits it", lesson=LESSON, studies=studies, write=write
)
