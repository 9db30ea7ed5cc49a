"""Step 6: the same program on other images, and a search over the sizes of a three-layer perceptron."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from classlab.analysis.numbers import count, counted, listed
from classlab.lab.expected import alone_sentences
from classlab.lab.lesson import Lesson
from classlab.lab.published import side_by_side, spread
from classlab.lab.sentences import reached_sentence
from classlab.lab.size_search import TOPIC as SEARCHED
from classlab.lab.size_search import search_answers, search_of, search_section
from classlab.lab.step import LabStudy, Step, StepReport, accuracies, curves_of, lab_arm, lab_study
from classlab.reports.document import Paragraph, Section, Table
from classlab.reports.sections.ranking import ranking_table, verdict_callout

if TYPE_CHECKING:
    from classlab.analysis import Analysis
    from classlab.lab.setting import Setting
    from classlab.lab.step import Part, Results
    from classlab.records import StudyRecord
    from classlab.records.study import Setting as ArmSetting

PUBLISHED_ARMS, SIZES = "other-images", "sizes"
FIRST, SECOND = (64, 128, 256), (32, 64)
_PARTS: tuple[Part, ...] = ("fitted", "validation", "test")
ACTIVATIONS = ("relu", "sigmoid")
_PUBLISHED: dict[str, dict[str, ArmSetting]] = {
    "128-64-10 relu with RMSprop": {
        "units": "128,64",
        "activation": "relu",
        "optimizer": "rmsprop",
        "batch_size": 32,
    },
    "128-10 sigmoid with Adam": {"units": "128", "activation": "sigmoid", "optimizer": "adam", "batch_size": 128},
}


def studies(setting: Setting) -> tuple[LabStudy, ...]:
    """The two networks that the hand-in trained, and a grid of sizes."""
    clothes = setting.images.clothes
    published = [
        lab_arm(name, clothes, settings=settings, model="mlp", options={"epochs": setting.epochs(20)})
        for name, settings in _PUBLISHED.items()
    ]
    grid = [
        lab_arm(
            f"{first}-{second}-{len(clothes.class_names)} {activation}",
            clothes,
            settings={"units": f"{first},{second}", "activation": activation},
            model="mlp",
            options={"optimizer": "adam", "epochs": setting.epochs(10), "batch_size": 128},
        )
        for activation in ACTIVATIONS
        for first in FIRST
        for second in SECOND
    ]
    same, which = "Does the same program do on other images?", "Which sizes of a three-layer perceptron do best?"
    return (
        lab_study(setting, step=6, topic=PUBLISHED_ARMS, dataset=clothes, question=same, arms=published),
        lab_study(setting, step=6, topic=SIZES, dataset=clothes, question=which, arms=grid),
    )


def write(results: Results) -> StepReport:
    """The published networks beside ours, and the table of sizes."""
    published, sizes = results.studies[PUBLISHED_ARMS], results.studies[SIZES]
    found = results.analyses[PUBLISHED_ARMS]
    # The first arm's test accuracy is the last of the analysis's own sentences.
    reached = tuple(reached_sentence(found.arms[place]) for place in found.order[1:])
    grid = results.analyses[SIZES]
    details = (
        Paragraph(text=_introduction(results)),
        side_by_side(published, PUBLISHED_ARMS),
        verdict_callout(found, picture="ranking-other-images"),
        Paragraph(text=" ".join(reached)),
        Section(
            title="A grid of sizes",
            blocks=(
                Paragraph(text=_search(sizes)),
                _table(sizes, grid),
                verdict_callout(grid, picture="ranking-sizes"),
            ),
        ),
        search_section(results, grid=SIZES),
    )
    searched = search_answers(results, grid=SIZES)
    against = alone_sentences([grid.arms[place].name for place in grid.candidates])
    answers = (*found.sentences, *reached, *grid.sentences, *searched, *against)
    last = results.analyses.get(SEARCHED, grid)
    return StepReport(
        pictures=(curves_of(published, "accuracy", name="other-images-accuracy"), candidates_table(last, sizes)),
        brief=(
            reached_sentence(found.first),
            f"Sizes, of a grid: {grid.sentences[0]}",
            *([f"Sizes, of a search: {last.sentences[0]}"] if last is not grid else []),
            *against,
        ),
        details=details,
        # The grid's first stands in the search's study, too: what is said of both in the same words is said once.
        answers=tuple(dict.fromkeys(answers)),
        decides=(f"Sizes, of a grid: {grid.sentences[0]}",),
        held=None if grid.judgement.rival is None else min(len(grid.candidates) - 1, 1),
    )


def candidates_table(analysis: Analysis, sizes: StudyRecord) -> Table:
    """What the search over sizes ends in: those that may be the best."""
    table = ranking_table(analysis)
    best = tuple(row for row in table.rows if row[1] == "yes")
    left = len(table.rows) - len(best)
    what = "the search's finalists and the grid's first" if analysis.study != sizes.spec.name else "the grid"
    dropped = f" {counted(left, 'other')} of {what} cannot be: see below." if left else ""
    return replace(
        table,
        caption=f"Sizes that may be the best, of {what}",
        rows=best,
        note=f"The names say the neurons in layers 1, 2 and 3, and the activations.{dropped} {table.note}",
    )


LESSON = Lesson(
    question="Run the same program on other images, changing only the data and the class names: the perceptron "
    "128-64-10 with relu and RMSprop for 20 epochs in batches of 32. Then search for the sizes of a three-layer "
    "perceptron with the best accuracy, and make a table: neurons in layers 1, 2 and 3, activations, training and "
    "test accuracy.",
    expect="Nothing in the program knows what the pixels show, so it learns other images as it learned digits; "
    "how well depends on how alike their classes are. Wider layers have more weights and can fit more. Many sizes "
    "compared on few validation images differ by chance, too, and the best of many flatters itself: expect "
    "several that may be the best, and choose among them by what else matters, such as the number of weights.",
    introduces=(),
    prediction="Of twelve sizes and activations, will one alone be shown to be the best?",
    choices=("Yes, one alone.", "No, several may be the best."),
    knob="a wide network in which a part of the units is dropped at each step.",
    command="classlab train --data {clothes} --model mlp --units 256,128 --dropout 0.3 --epochs 20 -o dropped-units",
)


def _introduction(results: Results) -> str:
    clothes = results.setting.images.clothes
    classes = counted(len(clothes.class_names), "class", "classes")
    return f"Only the data and the class names change: {clothes.name}, with {classes}: {listed(clothes.class_names)}."


def _search(sizes: StudyRecord) -> str:
    spec = sizes.spec.arms[0].spec
    return (
        f"{count(len(sizes.spec.arms))} perceptrons with three layers, trained with Adam for "
        f"{counted(spec.epochs, 'epoch')} in batches of {spec.batch_size}. The third layer has one unit per "
        "class. Sorted by validation accuracy, which chooses."
    )


def _table(sizes: StudyRecord, analysis: Analysis) -> Table:
    rows = []
    for arm in (sizes.spec.arms[position] for position in analysis.order):
        figures = (spread(accuracies(sizes, arm.name, part)) for part in _PARTS)
        layers = (*str(arm.settings["units"]).split(","), str(len(sizes.runs[0].class_names)))
        rows.append((*layers, str(arm.settings["activation"]), *figures))
    return Table(
        caption="Accuracy by size and activation, in percent; mean ± standard deviation over seeds",
        header=("layer 1", "layer 2", "layer 3", "activations", "training", "validation", "test"),
        rows=tuple(rows),
        words=(0, 3),
        note="Training accuracy is measured with the final weights.",
    )


STEP = Step(
    number=6,
    title="6. The same program on other images",
    lesson=LESSON,
    studies=studies,
    write=write,
    search=partial(search_of, grid=SIZES),
)
