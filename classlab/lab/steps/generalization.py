"""Step 3: training against test accuracy, and the gap between them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import fmean
from typing import TYPE_CHECKING

from classlab.analysis.numbers import counted, points
from classlab.analysis.sentences.comparison import quoted
from classlab.analysis.sentences.gap import gap_sentence, gap_summary
from classlab.lab.expected import gap_size_sentences, growth_sentences
from classlab.lab.lesson import Lesson
from classlab.lab.published import PUBLISHED
from classlab.lab.step import Step, StepReport, accuracies, arm_names, first_usable, usable_figures
from classlab.lab.steps import optimizers
from classlab.models.weights import parameter_count
from classlab.records.architecture import Architecture
from classlab.reports.document import Block, Figure, Gallery, Paragraph, Section
from classlab.reports.figures.gap_plot import gap_figure, gap_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.analysis import Analysis
    from classlab.lab.step import Part, Results
    from classlab.records import StudyRecord


_PARTS: tuple[Part, ...] = ("training", "fitted", "test")


def write(results: Results) -> StepReport:
    """The gaps after five and after twenty epochs, and what they mean."""
    answers: list[str] = []
    parts, drawn = list[Section](), list[Figure]()
    for topic in (optimizers.FIVE, optimizers.TWENTY):
        epochs = results.studies[topic].spec.arms[0].spec.epochs
        after = f"After {counted(epochs, 'epoch')}"
        said = gap_sentences(results.analyses[topic])
        drawn += _figure(results.analyses[topic], f"gap-{topic}", f"{after}.")
        parts.append(Section(title=after, blocks=tuple(Paragraph(text=sentence) for sentence in said)))
        answers += [f"{after}: {sentence}" for sentence in said]
    averages = running_averages(results.studies[optimizers.FIVE])
    details: tuple[Block, ...] = (
        Paragraph(
            text="The gap is the accuracy on training images minus that on test images, both measured with the "
            "final weights. Its interval says how far the gap may be off, with this training set."
        ),
        *parts,
        Section(
            title="Training accuracies that lie below the test accuracies",
            blocks=(Paragraph(text=published_average_sentence()), Paragraph(text=average_sentence(averages))),
        ),
    )
    gap = results.analyses[optimizers.FIVE].first.gap.interval
    against = _against(results)
    return StepReport(
        pictures=(Gallery(figures=tuple(drawn)),) if drawn else (),
        brief=(answers[0], answers[-1], *against),
        details=details,
        answers=(*answers, *against),
        held=None if gap is None or gap[0] <= 0 <= gap[1] else 0 if gap[0] > 0 else 1,
    )


def _against(results: Results) -> tuple[str, ...]:
    """Where the gaps are not what the step said to expect."""
    short, long = (results.analyses[topic] for topic in (optimizers.FIVE, optimizers.TWENTY))
    study = results.studies[optimizers.FIVE]
    run = first_usable(study, short.first.name)
    figures = None if run is None else usable_figures(run, "training")
    if run is None or figures is None or not isinstance(run.spec.architecture, Architecture):
        return ()
    weights = parameter_count(run.spec.architecture)
    later = {arm.name: arm.gap.gap for arm in long.arms}
    both = next((arm for arm in (short.arms[place] for place in short.order) if arm.name in later), None)
    epochs = (run.spec.epochs, results.studies[optimizers.TWENTY].runs[0].spec.epochs)
    said = gap_size_sentences(short.first.name, short.first.gap.gap, weights=weights, images=figures.images)
    if both is None:
        return said
    return (*said, *growth_sentences(both.name, (both.gap.gap, later[both.name]), epochs))


def gap_sentences(analysis: Analysis) -> tuple[str, ...]:
    """The first arm's gap, then all arms' together: the sentences of the study's own report."""
    return (gap_sentence(analysis.first), gap_summary([analysis.arms[place] for place in analysis.order]))


@dataclass(frozen=True, kw_only=True)
class RunningAverage:
    """Three accuracies of one arm, means over its seeds, as shares.

    Args:
        arm: its name.
        average: on training images, averaged over the last epoch, as Keras prints it.
        fitted: on training images, with the final weights.
        test: on test images.
    """

    arm: str
    average: float
    fitted: float
    test: float


def running_averages(study: StudyRecord) -> tuple[RunningAverage, ...]:
    """Every arm that has all three accuracies; over the seeds that have them all."""
    found = []
    for arm in arm_names(study):
        columns = [accuracies(study, arm, part) for part in _PARTS]
        whole = [seed for seed in zip(*columns, strict=True) if None not in seed]
        if whole:
            average, fitted, test = (fmean(seed[place] or 0.0 for seed in whole) for place in range(3))
            found.append(RunningAverage(arm=arm, average=average, fitted=fitted, test=test))
    return tuple(found)


def published_average_sentence() -> str:
    """What the published training accuracies are, and how they stand to the test accuracies: counted."""
    figures = PUBLISHED[optimizers.FIVE].figures
    below = [figure for figure in figures if figure.train < figure.test]
    return (
        f"In {len(below)} of the hand-in's {len(figures)} arms the published test accuracy is above the training "
        "accuracy, which is there the running average over the last epoch. The figures above are measured after it."
    )


def average_sentence(averages: Sequence[RunningAverage]) -> str:
    """Whether averaging over the epoch is why a test accuracy lies above the training accuracy, in our own runs.

    Args:
        averages: by arm, after five epochs.
    """
    if not averages:
        return "No run here has all three figures, so it is not known what averaging does to the training accuracy."
    above = [each for each in averages if each.test > each.average]
    still = [each for each in above if each.test > each.fitted]
    lag = max(averages, key=lambda each: each.fitted - each.average)
    of = counted(len(averages), "arm")
    if not above:
        return f"In our runs the test accuracy lies above the running average in none of {of}."
    start = f"In our runs the test accuracy lies above the running average in {len(above)} of {of}"
    size = (
        f"The final weights are right for up to {points(lag.fitted - lag.average)} points more of the training images "
        f"than the average says ({quoted(lag.arm)})."
    )
    if len(still) == len(above):
        return f"{start}, and above the accuracy of the final weights in the same ones: averaging does not explain it."
    if still:
        return (
            f"{start}, and above the accuracy of the final weights in {len(still)} of these: averaging explains only "
            f"the other {len(above) - len(still)}. {size}"
        )
    return f"{start}, and above the accuracy of the final weights in none of these: averaging explains it. {size}"


def _figure(analysis: Analysis, name: str, title: str) -> tuple[Figure, ...]:
    numbers = gap_numbers(analysis)
    if not numbers.arms:
        return ()
    figure = gap_figure(numbers, name=name)
    return (replace(figure, title=f"{title} {figure.title}"),)


LESSON = Lesson(
    question="Compare training and test accuracy of every arm. How large is the gap, and what does it mean: did "
    "the networks learn what holds for new images, or their training images by heart?",
    expect="A network that learns its training images by heart does better on them than on new ones. That is "
    "overfitting, and the gap shows it: the accuracy on the training images minus that on the test images. "
    "Networks with many weights for few images overfit easily, and longer training gives them time to. A linear "
    "classifier of 28 x 28 pixels has 7,850 weights. With more training images than weights expect a small gap, less "
    "than a point, and with fewer a larger one; expect it to grow with the epochs.",
    introduces=("overfitting", "gap"),
    prediction="After 5 epochs, on which images is the best arm right more often?",
    choices=("On its training images.", "On the test images."),
    knob="a network with more weights, on fewer images, for longer.",
    command="classlab train --data {digits} --model mlp --limit 500 --epochs 30 -o few-images",
)


STEP = Step(number=3, title="3. Did it generalize?", lesson=LESSON, studies=optimizers.studies, write=write)
