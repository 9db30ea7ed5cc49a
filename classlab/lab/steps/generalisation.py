"""Step 3: training against test accuracy, and the gap between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis import analyse
from classlab.analysis.numbers import MISSING, counted, decimal, listed, points
from classlab.lab.published import PUBLISHED
from classlab.lab.results import accuracies, arm_names, runs_of, usable_figures
from classlab.lab.step import Step, StepReport
from classlab.lab.steps import optimizers
from classlab.lab.words import interval_words, spread
from classlab.reports.document import Figure, Paragraph, Section, Table
from classlab.reports.figures.gap_plot import gap_figure, gap_numbers
from classlab.statistics.gap import Gap, generalisation_gap

if TYPE_CHECKING:
    from collections.abc import Mapping

    from classlab.lab.results import Results
    from classlab.records import StudyRecord

_SAMPLE = 100  # images: "of 100 images" is how a share is best imagined


def write(results: Results) -> StepReport:
    """A table of gaps, and what they mean."""
    gaps: dict[str, Gap] = {}
    tables = []
    for topic in (optimizers.FIVE, optimizers.TWENTY):
        study = results.studies[topic]
        epochs = counted(study.spec.arms[0].spec.epochs, "epoch")
        found = {arm: gap_of(study, arm) for arm in arm_names(study)}
        tables.append(_table(study, found, f"Accuracy on training and test images after {epochs}"))
        gaps |= {f"{arm} ({epochs})": gap for arm, gap in found.items()}
    sentences = (largest_sentence(gaps), *meaning_sentences(gaps))
    section = Section(
        title=STEP.title,
        blocks=(
            Paragraph(
                text="The gap is the accuracy on training images minus that on test images, both measured with the "
                "final weights. Its interval says how far the gap may be off with other seeds, on these images."
            ),
            *tables,
            *_figure(results.studies[optimizers.FIVE]),
            Paragraph(text=" ".join(sentences)),
            Paragraph(text=running_average_sentence()),
        ),
    )
    return StepReport(section=section, answers=sentences)


def gap_of(study: StudyRecord, arm: str) -> Gap:
    """The generalisation gap of an arm, from the final weights' figures on training and test images."""
    records = runs_of(study, arm)
    sizes = [
        (fitted.images, test.images)
        for record in records
        if (fitted := usable_figures(record, "fitted")) and (test := usable_figures(record, "test"))
    ]
    fitted_images, test_images = sizes[0] if sizes else (None, None)
    return generalisation_gap(
        accuracies(study, arm, "fitted"),
        accuracies(study, arm, "test"),
        confidence=study.spec.confidence,
        fitted_images=fitted_images,
        unseen_images=test_images,
    )


def largest_sentence(gaps: Mapping[str, Gap]) -> str:
    """Names the largest gap, and says what it is of 100 images."""
    sizes = {arm: gap.gap for arm, gap in gaps.items() if gap.gap is not None}
    if not sizes:
        return "No arm has both figures, so there is no gap to speak of."
    arm = max(sizes, key=lambda name: sizes[name])
    gap = gaps[arm]
    interval = interval_words(gap.interval, confidence=gap.confidence)
    if sizes[arm] <= 0:
        return (
            f"No arm does better on training images than on test images; the largest gap is "
            f"{points(sizes[arm])} points ({arm}, {interval})."
        )
    return (
        f"The largest gap is {points(sizes[arm])} points ({arm}, {interval}): of {_SAMPLE} images that it has "
        f"never seen, it gets about {decimal(_SAMPLE * sizes[arm], digits=1)} more wrong than "
        f"of {_SAMPLE} that it was trained on."
    )


def meaning_sentences(gaps: Mapping[str, Gap]) -> tuple[str, ...]:
    """Sorts the arms by what their interval says, and says what that means."""
    there = {arm: gap.interval for arm, gap in gaps.items() if gap.interval is not None}
    above = [arm for arm, (low, _) in there.items() if low > 0]
    below = [arm for arm, (_, high) in there.items() if high < 0]
    around = [arm for arm in there if arm not in above and arm not in below]
    said = []
    if above:
        said.append(f"The training images are fitted better than new ones are recognised by {listed(above)}.")
    if around:
        said.append(f"No gap is shown for {listed(around)}: the interval holds zero.")
    if below:
        said.append(
            f"The test images are recognised better than the training images by {listed(below)}, which says that these "
            "test images are the easier ones, not that a network knows the unknown better."
        )
    if not there:
        said.append("There are too few runs for an interval, so whether there is a gap cannot be told.")
    return tuple(said)


def running_average_sentence() -> str:
    """Why published training figures lie below the test figures: counted from the published figures themselves."""
    figures = PUBLISHED["five epochs"].figures
    below = [figure for figure in figures if figure.train < figure.test]
    return (
        f"In {len(below)} of the hand-in's {len(figures)} arms the published test accuracy is above the training "
        "accuracy. Training accuracy is there the average over the last epoch, while the weights still improve, so it "
        "lags behind; the figures in the tables above are measured after the last epoch."
    )


def _figure(study: StudyRecord) -> tuple[Figure, ...]:
    numbers = gap_numbers(analyse(study))
    return (gap_figure(numbers),) if numbers.arms else ()


def _table(study: StudyRecord, gaps: Mapping[str, Gap], caption: str) -> Table:
    rows = []
    for arm, gap in gaps.items():
        interval = MISSING if gap.interval is None else f"{points(gap.interval[0])} to {points(gap.interval[1])}"
        fitted, test = (spread(accuracies(study, arm, "fitted")), spread(accuracies(study, arm, "test")))
        rows.append((arm, fitted, test, points(gap.gap), interval))
    percent = 100 * study.spec.confidence
    return Table(
        caption=f"{caption}, in per cent; mean ± standard deviation over seeds",
        header=("arm", "training images", "test images", "gap, points", f"{percent:g} % interval, points"),
        rows=tuple(rows),
    )


STEP = Step(number=3, title="3. Did it generalise?", studies=optimizers.studies, write=write)
