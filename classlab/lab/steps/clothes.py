"""Step 6: the same program on other images, and a search over the sizes of a three-layer perceptron."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import count, counted, listed
from classlab.lab.arms import LabStudy, lab_arm, lab_study
from classlab.lab.results import accuracies, arm_names, runs_of
from classlab.lab.side_by_side import side_by_side
from classlab.lab.step import Step, StepReport
from classlab.lab.words import reached_sentence, spread
from classlab.reports.document import Paragraph, Section, Table
from classlab.reports.figures.curves import curves, curves_figure
from classlab.reports.sections.ranking import verdict_callout

if TYPE_CHECKING:
    from collections.abc import Mapping

    from classlab.analysis import Analysis
    from classlab.lab.results import Results
    from classlab.lab.setting import Setting
    from classlab.records import StudyRecord

PUBLISHED_ARMS, SIZES = "other-images", "sizes"
FIRST, SECOND = (64, 128, 256), (32, 64)
ACTIVATIONS = ("relu", "sigmoid")


def studies(setting: Setting) -> tuple[LabStudy, ...]:
    """The two networks that the hand-in trained, and a grid of sizes."""
    clothes = setting.images.clothes
    epochs = setting.epochs(20)
    published = [
        lab_arm(
            "128-64-10 relu with RMSprop",
            clothes,
            settings={"units": "128,64", "activation": "relu", "optimizer": "rmsprop", "batch_size": 32},
            model="mlp",
            units=(128, 64),
            activation="relu",
            options={"optimizer": "rmsprop", "epochs": epochs, "batch_size": 32},
        ),
        lab_arm(
            "128-10 sigmoid with Adam",
            clothes,
            settings={"units": "128", "activation": "sigmoid", "optimizer": "adam", "batch_size": 128},
            model="mlp",
            units=(128,),
            activation="sigmoid",
            options={"optimizer": "adam", "epochs": epochs, "batch_size": 128},
        ),
    ]
    grid = [
        lab_arm(
            f"{first}-{second}-{len(clothes.class_names)} {activation}",
            clothes,
            settings={"units": f"{first},{second}", "activation": activation},
            model="mlp",
            units=(first, second),
            activation=activation,
            options={"optimizer": "adam", "epochs": setting.epochs(10), "batch_size": 128},
        )
        for activation in ACTIVATIONS
        for first in FIRST
        for second in SECOND
    ]
    question = "Which sizes of a three-layer perceptron do best?"
    return (
        lab_study(
            setting,
            step=6,
            topic=PUBLISHED_ARMS,
            dataset=clothes,
            question="Does the same program do on other images?",
            arms=published,
        ),
        lab_study(setting, step=6, topic=SIZES, dataset=clothes, question=question, arms=grid),
    )


def write(results: Results) -> StepReport:
    """The published networks beside ours, and the table of sizes."""
    published, sizes = results.studies[PUBLISHED_ARMS], results.studies[SIZES]
    found = results.analyses[PUBLISHED_ARMS]
    # The first arm's test accuracy is the last of the analysis's own sentences.
    reached = tuple(reached_sentence(found.arms[place]) for place in found.order[1:])
    histories = {arm: [record.history for record in runs_of(published, arm)] for arm in arm_names(published)}
    section = Section(
        title=STEP.title,
        blocks=(
            Paragraph(text=_introduction(results)),
            side_by_side(published, "clothes"),
            verdict_callout(found),
            Paragraph(text=" ".join(reached)),
            curves_figure(curves(histories, "accuracy"), name="other-images-accuracy"),
            Section(
                title="A search over sizes",
                blocks=(
                    Paragraph(text=_search(sizes)),
                    _table(sizes, results.analyses[SIZES]),
                    verdict_callout(results.analyses[SIZES]),
                ),
            ),
        ),
    )
    return StepReport(section=section, answers=(*found.sentences, *reached, *results.analyses[SIZES].sentences))


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
    arms = [sizes.spec.arms[position] for position in analysis.order]
    rows = []
    for arm in arms:
        first, second = str(arm.settings["units"]).split(",")
        third = str(len(sizes.runs[0].class_names))
        figures = _figures(sizes, arm.name)
        rows.append((first, second, third, str(arm.settings["activation"]), *figures.values()))
    return Table(
        caption="Accuracy by size and activation, in per cent; mean ± standard deviation over seeds",
        header=("layer 1", "layer 2", "layer 3", "activations", "training", "validation", "test"),
        rows=tuple(rows),
        words=(0, 3),
        note="Training accuracy is measured with the final weights.",
    )


def _figures(study: StudyRecord, arm: str) -> Mapping[str, str]:
    return {
        "training": spread(accuracies(study, arm, "fitted")),
        "validation": spread(accuracies(study, arm, "validation")),
        "test": spread(accuracies(study, arm, "test")),
    }


STEP = Step(number=6, title="6. The same program on other images", studies=studies, write=write)
