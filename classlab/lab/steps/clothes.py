"""Step 6: the same program on other images, and a search over the sizes of a three-layer perceptron."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from classlab.analysis.numbers import count, counted, listed
from classlab.lab.published import side_by_side, spread
from classlab.lab.sentences import reached_sentence
from classlab.lab.size_search import search_answers, search_of, search_section
from classlab.lab.step import LabStudy, Step, StepReport, accuracies, curves_of, lab_arm, lab_study
from classlab.reports.document import Paragraph, Section, Table
from classlab.reports.sections.ranking import verdict_callout

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
    section = Section(
        title=STEP.title,
        blocks=(
            Paragraph(text=_introduction(results)),
            side_by_side(published, PUBLISHED_ARMS),
            verdict_callout(found, picture="ranking-other-images"),
            Paragraph(text=" ".join(reached)),
            curves_of(published, "accuracy", name="other-images-accuracy"),
            Section(
                title="A grid of sizes",
                blocks=(
                    Paragraph(text=_search(sizes)),
                    _table(sizes, results.analyses[SIZES]),
                    verdict_callout(results.analyses[SIZES], picture="ranking-sizes"),
                ),
            ),
            search_section(results, grid=SIZES),
        ),
    )
    searched = search_answers(results, grid=SIZES)
    answers = (*found.sentences, *reached, *results.analyses[SIZES].sentences, *searched)
    # The grid's first stands in the search's study, too: what is said of both in the same words is said once.
    return StepReport(section=section, answers=tuple(dict.fromkeys(answers)))


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
    studies=studies,
    write=write,
    search=partial(search_of, grid=SIZES),
)
