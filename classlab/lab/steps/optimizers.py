"""Step 2: a linear classifier, and which optimizer suits it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis import analyse
from classlab.analysis.numbers import counted, listed
from classlab.lab.arms import OPTIMIZER_TITLES, LabStudy, lab_arm, lab_study
from classlab.lab.results import accuracies, arm_names, runs_of, validation_scores
from classlab.lab.side_by_side import side_by_side
from classlab.lab.step import Step, StepReport
from classlab.lab.words import mean_words, more_seeds, verdict_sentence
from classlab.reports.document import Bullets, Callout, Figure, Paragraph, Section
from classlab.reports.figures.curves import curves, curves_figure
from classlab.reports.figures.ranking_plot import ranking_figure, ranking_numbers
from classlab.statistics.estimate import estimate
from classlab.statistics.paired import compare
from classlab.statistics.ranking import rank

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from classlab.lab.results import Results
    from classlab.lab.setting import Setting
    from classlab.records import Arm, StudyRecord
    from classlab.statistics.comparison import Comparison
    from classlab.statistics.ranking import Ranking

FIVE, TWENTY = "optimizers", "more-epochs"
RATES: tuple[tuple[str, tuple[float, ...]], ...] = (
    ("sgd", (0.001, 0.01, 0.1)),
    ("adam", (0.001, 0.01)),
    ("rmsprop", (0.001, 0.01)),
)
PAIR = ("Adam 0.001", "RMSprop 0.001")  # the arms that the course asks about


def studies(setting: Setting) -> tuple[LabStudy, ...]:
    """Seven arms for five epochs; the Adam and RMSprop arms for twenty."""
    return (
        lab_study(
            setting,
            step=2,
            topic=FIVE,
            dataset=setting.images.digits,
            question="Which optimizer suits a linear classifier, and with which learning rate?",
            arms=_arms(setting, RATES, epochs=5),
        ),
        lab_study(
            setting,
            step=2,
            topic=TWENTY,
            dataset=setting.images.digits,
            question="Do more epochs help?",
            arms=_arms(setting, RATES[1:], epochs=20),
        ),
    )


def _arms(setting: Setting, rates: Sequence[tuple[str, Sequence[float]]], *, epochs: int) -> list[Arm]:
    return [
        lab_arm(
            f"{OPTIMIZER_TITLES[optimizer]} {rate:g}",
            setting.images.digits,
            settings={"optimizer": optimizer, "learning_rate": rate},
            options={
                "optimizer": optimizer,
                "learning_rate": rate,
                "epochs": setting.epochs(epochs),
                "batch_size": 128,
            },
        )
        for optimizer, chosen in rates
        for rate in chosen
    ]


def write(results: Results) -> StepReport:
    """Tables, curves, and an answer to each question."""
    five, twenty = results.studies[FIVE], results.studies[TWENTY]
    names = arm_names(five)
    ranking = rank(validation_scores(five), confidence=five.spec.confidence, margin=five.spec.margin)
    rates = [best_rate_sentence(title, *_within(five, title)) for title in OPTIMIZER_TITLES.values()]
    epochs = [_more_epochs(five, twenty, arm) for arm in arm_names(twenty)]
    lasting = more_epochs_sentence(dict(zip(arm_names(twenty), epochs, strict=True)), *_lengths(five, twenty))
    choice = preference_sentence(ranking, names)
    apart = told_apart_sentences(_pairs(five, twenty))
    histories = {arm: [record.history for record in runs_of(twenty, arm)] for arm in arm_names(twenty)}
    section = Section(
        title=STEP.title,
        blocks=(
            Paragraph(
                text="Flatten, then one Dense layer with softmax: one weight for every pixel and class. Every arm "
                "starts from the same weights and sees the same order of images as the others with its seed, so arms "
                "are compared seed by seed. The validation images choose; the test images are only looked at."
            ),
            side_by_side(five, "five epochs"),
            Section(title="The best learning rate of each optimizer", blocks=(Bullets(items=tuple(rates)),)),
            side_by_side(twenty, "twenty epochs"),
            curves_figure(curves(histories, "accuracy"), name="linear-accuracy"),
            Section(
                title="Do more epochs help?",
                blocks=(
                    Paragraph(text=lasting),
                    Bullets(
                        items=tuple(
                            epoch_sentence(arm, *_lengths(five, twenty), comparison)
                            for arm, comparison in zip(arm_names(twenty), epochs, strict=True)
                        )
                    ),
                ),
            ),
            Section(title="Which optimizer to prefer", blocks=(Paragraph(text=choice), *_ranking_plot(five))),
            Callout(tone="verdict", title="Adam and RMSprop at 0.001", items=apart),
        ),
    )
    return StepReport(section=section, answers=(*rates, lasting, choice, *apart))


def best_rate_sentence(optimizer: str, ranked: Sequence[tuple[str, str]], comparison: Comparison | None) -> str:
    """Names the best learning rate of an optimizer, and says whether the next one is really worse.

    Args:
        optimizer: its name.
        ranked: arms with a figure, best first: name of the arm and its mean in words.
        comparison: of the first with the second; None where there is no second.
    """
    if not ranked:
        return f"{optimizer}: no run finished, so no learning rate can be named."
    rate = ranked[0][0].rpartition(" ")[2]
    best = f"{optimizer}: {rate} has the highest validation accuracy, {ranked[0][1]}."
    if comparison is None:
        return f"{best} No other rate has a figure to compare it with."
    return f"{best} {verdict_sentence(ranked[0][0], ranked[1][0], comparison)}"


def epoch_sentence(arm: str, short: int, long: int, comparison: Comparison) -> str:
    """Whether an arm is better after more epochs."""
    return verdict_sentence(f"{arm} after {counted(long, 'epoch')}", f"after {counted(short, 'epoch')}", comparison)


def more_epochs_sentence(by_arm: dict[str, Comparison], short: int, long: int) -> str:
    """Sums up whether more epochs help."""
    if short == long:
        return f"Both studies were trained for {counted(short, 'epoch')}, so this run of the lab cannot say."
    of = {verdict: [arm for arm, found in by_arm.items() if found.verdict == verdict] for verdict in _VERDICTS}
    said = "; ".join(
        f"{_VERDICTS[verdict].format(short=short, long=long)} {listed(arms)}" for verdict, arms in of.items() if arms
    )
    return f"{said[0].upper()}{said[1:]}."


_VERDICTS = {
    "better": "{long} epochs are better than {short} for",
    "worse": "{long} epochs are worse than {short} for",
    "practically equal": "{long} epochs are practically as good as {short} for",
    "cannot tell": "whether {long} epochs differ from {short} cannot be told for",
}


def preference_sentence(ranking: Ranking, names: Sequence[str]) -> str:
    """Which arm to prefer, or between which the choice is open.

    Args:
        ranking: of all arms, every two compared.
        names: of the arms by position.
    """
    ranked = [arm for arm in ranking.order if arm not in ranking.unranked]
    if not ranked:
        return "No arm finished, so there is nothing to prefer."
    best = ranked[0]
    tied = [names[arm] for arm in ranking.tied_with_best if arm != best]
    mean = mean_words(ranking.estimates[best])
    if not tied:
        return f"Prefer {names[best]}: {mean} on the validation images, and every other arm is worse."
    open_choice = (
        f"{names[best]} has the highest validation accuracy, {mean}, but the evidence does not set it apart from "
        f"{listed(tied)} when all {ranking.family} comparisons are to hold at once."
    )
    worse = [names[arm] for arm in ranked if arm not in ranking.tied_with_best]
    said = [open_choice, *([f"It is better than {listed(worse)}."] if worse else []), *more_seeds(ranking, names)]
    return " ".join(said)


def told_apart_sentences(by_epochs: Mapping[int, Comparison]) -> tuple[str, ...]:
    """Whether Adam and RMSprop at 0.001 can be told apart.

    Args:
        by_epochs: the comparison after so many epochs.
    """
    return tuple(
        f"After {counted(epochs, 'epoch')}: {verdict_sentence(*PAIR, comparison)}"
        for epochs, comparison in by_epochs.items()
    )


def _ranking_plot(study: StudyRecord) -> tuple[Figure, ...]:
    numbers = ranking_numbers(analyse(study))
    return (ranking_figure(numbers),) if numbers.arms else ()


def _lengths(five: StudyRecord, twenty: StudyRecord) -> tuple[int, int]:
    return five.spec.arms[0].spec.epochs, twenty.spec.arms[0].spec.epochs


def _within(study: StudyRecord, optimizer: str) -> tuple[list[tuple[str, str]], Comparison | None]:
    """The arms of one optimizer, best first, and its first against its second.

    The family is every pair of rates of one optimizer: which pairs are read off is only known after looking.
    """
    family = sum(len(rates) * (len(rates) - 1) // 2 for _, rates in RATES)
    found = {arm: accuracies(study, arm, "validation") for arm in arm_names(study) if arm.startswith(f"{optimizer} ")}
    estimates = {arm: estimate(values, confidence=study.spec.confidence) for arm, values in found.items()}
    means = {arm: each.mean for arm, each in estimates.items() if each.mean is not None}
    ranked = sorted(means, key=lambda arm: -means[arm])
    words = [(arm, mean_words(estimates[arm])) for arm in ranked]
    if len(ranked) < 2:
        return words, None
    return words, _compare(study, found[ranked[0]], found[ranked[1]], comparisons=family)


def _more_epochs(five: StudyRecord, twenty: StudyRecord, arm: str) -> Comparison:
    long, short = accuracies(twenty, arm, "validation"), accuracies(five, arm, "validation")
    return _compare(five, long, short, comparisons=len(twenty.spec.arms))


def _pairs(*studies: StudyRecord) -> dict[int, Comparison]:
    """The comparisons that were planned before looking, by the number of epochs."""
    by_epochs = {study.spec.arms[0].spec.epochs: study for study in studies}
    return {
        epochs: _compare(
            study,
            accuracies(study, PAIR[0], "validation"),
            accuracies(study, PAIR[1], "validation"),
            comparisons=len(by_epochs),
        )
        for epochs, study in by_epochs.items()
    }


def _compare(
    study: StudyRecord, first: list[float | None], second: list[float | None], *, comparisons: int
) -> Comparison:
    return compare(first, second, confidence=study.spec.confidence, margin=study.spec.margin, comparisons=comparisons)


STEP = Step(number=2, title="2. A linear classifier, and which optimizer suits it", studies=studies, write=write)
