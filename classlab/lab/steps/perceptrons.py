"""Step 5: three-layer perceptrons, and why one of them barely learns."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

from classlab.analysis.numbers import MISSING, decimal, percent
from classlab.analysis.samples import ended_well
from classlab.analysis.sentences.comparison import quoted
from classlab.analysis.sentences.verdict import figure_words
from classlab.lab.lesson import Lesson
from classlab.lab.movement import PROBES, Movement, measure
from classlab.lab.published import side_by_side
from classlab.lab.sentences import planned
from classlab.lab.slow_learning import HELPED, QUICK, SLOW, SlowFacts, why_sentences
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
from classlab.reports.document import Callout, Paragraph, Table
from classlab.reports.sections.ranking import verdict_callout

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from classlab.lab.setting import Setting
    from classlab.lab.step import Results
    from classlab.options.table import TrainingOptions
    from classlab.records import StudyRecord
    from classlab.records.study import Setting as ArmSetting
    from classlab.statistics import Estimate

TOPIC, LARGER = "perceptrons", "larger-steps"
LARGER_RATE = 0.1  # ten times Keras's default; the largest rate of step 2
LARGER_ARM = f"{SLOW} {LARGER_RATE:g}"
_PLANNED = 4  # sigmoid with SGD against relu, against Adam, against larger steps; larger steps against relu


def studies(setting: Setting) -> tuple[LabStudy, ...]:
    """Two activations, two optimizers at Keras's defaults, ten epochs; and one of them with larger steps."""
    which = "Which activation and which optimizer suit a three-layer perceptron?"
    four: dict[str, dict[str, ArmSetting]] = {
        f"{activation} with {OPTIMIZER_TITLES[optimizer]}": {"activation": activation, "optimizer": optimizer}
        for activation in ("relu", "sigmoid")
        for optimizer in ("adam", "sgd")
    }
    larger = {LARGER_ARM: {**four[SLOW], "learning_rate": LARGER_RATE}}
    return (
        _study(setting, TOPIC, which, four),
        _study(setting, LARGER, f"Does {SLOW} learn more with larger steps?", larger),
    )


def _study(setting: Setting, topic: str, question: str, arms: Mapping[str, dict[str, ArmSetting]]) -> LabStudy:
    digits = setting.images.digits
    options: TrainingOptions = {"epochs": setting.epochs(10), "batch_size": 128}
    made = [
        lab_arm(name, digits, settings=settings, model="mlp", units="128,64", options=options)
        for name, settings in arms.items()
    ]
    return lab_study(setting, step=5, topic=topic, dataset=digits, question=question, arms=made)


def write(results: Results) -> StepReport:
    """The table of four, and what was measured of the one that barely learns."""
    study, analysis = results.studies[TOPIC], results.analyses[TOPIC]
    movements = measure(results, TOPIC)
    slow = slow_sentences(analysis.arms[arm_names(study).index(SLOW)].validation, len(study.runs[0].class_names))
    facts = _facts(results, movements)
    beside = tuple(each.sentence for each in (facts.against_quick, facts.against_helped))
    why = why_sentences(facts)
    drawn = verdict_callout(analysis, picture="ranking-perceptrons").figure
    return StepReport(
        pictures=(*([drawn] if drawn else []), curves_of(study, "loss", name="perceptrons-loss")),
        brief=(analysis.sentences[0], *slow, reason_sentence(why)),
        details=(
            Paragraph(
                text="Dense 128, Dense 64, Dense 10 with softmax; relu or sigmoid behind the hidden layers, Adam or "
                "SGD with Keras's default learning rates."
            ),
            side_by_side(study, TOPIC),
            verdict_callout(analysis),
            Paragraph(text=" ".join((*slow, *beside))),
            *_table(movements),
            Callout(tone="note", title=f"Why {SLOW} learns less", items=why),
        ),
        answers=(*analysis.sentences, *slow, *beside, *why),
        held=analysis.order[-1] if all(arm.ended_well for arm in analysis.arms) else None,
    )


def reason_sentence(why: Sequence[str]) -> str:
    """The first of the reasons that is about gradients; where there is none, what is said instead."""
    return next((each for each in why if "gradient of the first layer" in each), why[0])


LESSON = Lesson(
    question="Train perceptrons with 128, 64 and 10 units, with relu or sigmoid behind the hidden layers and Adam "
    "or SGD at Keras's default learning rates, for 10 epochs in batches of 128. Make a table of training and test "
    "accuracy. One of the four barely learns: which one, and why?",
    expect="A perceptron has layers of units. Each unit sums all that comes in, each input by a weight of its "
    "own, and an activation bends the sum: relu makes negative sums 0 and keeps the others, sigmoid squeezes any "
    "sum between 0 and 1. On its way back to the first layer the gradient is multiplied by the slope of every "
    "activation. The slope of relu is 0 or 1; that of sigmoid is at most 1/4, at every layer. SGD takes steps as "
    "small as the gradient is; Adam divides by the gradient's own size.",
    introduces=("perceptron", "relu", "sigmoid"),
    prediction="Which of the four has the lowest validation accuracy after 10 epochs?",
    choices=("relu with Adam.", "relu with SGD.", "sigmoid with Adam.", "sigmoid with SGD."),
    knob="sigmoid with SGD and steps a hundred times as long.",
    command="classlab train --data {digits} --model mlp --units 128,64 --activation sigmoid --optimizer sgd "
    "--learning-rate 1 --epochs 10 -o longer-steps",
)


def slow_sentences(validation: Estimate, classes: int) -> tuple[str, ...]:
    """How far sigmoid with SGD gets, beside guessing.

    Args:
        validation: its validation accuracy.
        classes: of the images.
    """
    if validation.mean is None:
        return (f"{quoted(SLOW)} has no figure.",)
    return (
        f"{quoted(SLOW)} reaches a validation accuracy of {figure_words(validation)}; guessing reaches "
        f"{percent(1 / classes)}.",
    )


def _facts(results: Results, movements: Sequence[Movement]) -> SlowFacts:
    study, by_arm = results.studies[TOPIC], {movement.arm: movement for movement in movements}
    slow, quick, helped = ((study, arm) for arm in (SLOW, QUICK, HELPED))
    larger = (results.studies[LARGER], LARGER_ARM)
    return SlowFacts(
        slow=by_arm[SLOW],
        quick=by_arm[QUICK],
        helped=by_arm[HELPED],
        slow_losses=_losses(study, SLOW),
        quick_losses=_losses(study, QUICK),
        classes=len(study.runs[0].class_names),
        against_quick=planned(slow, quick, comparisons=_PLANNED),
        against_helped=planned(slow, helped, comparisons=_PLANNED),
        larger=planned(larger, slow, comparisons=_PLANNED),
        larger_rate=LARGER_RATE,
        larger_quick=planned(larger, quick, comparisons=_PLANNED),
    )


def _losses(study: StudyRecord, arm: str) -> tuple[float, ...]:
    """Mean validation loss by epoch, over the runs that came to their end."""
    histories = [
        run.history["val_loss"] for run in runs_of(study, arm) if ended_well(run) and "val_loss" in run.history
    ]
    return tuple(fmean(losses) for losses in zip(*histories, strict=False))


def _table(movements: Sequence[Movement]) -> list[Table]:
    rows = []
    for found in movements:
        whole = [each for each in found.seeds if each is not None]
        if not whole:
            continue
        for place, layer in enumerate(whole[0].layers):
            last = place == len(whole[0].layers) - 1
            gradient, weight, slope = (
                fmean(getattr(each.layers[place], name) for each in whole) for name in ("gradient", "weight", "slope")
            )
            # What Adam's first step does to the weights does not follow from the size of the gradient.
            step = found.learning_rate * gradient / weight if found.arm.endswith(OPTIMIZER_TITLES["sgd"]) else None
            moved = fmean(each.moved[place] for each in whole)
            slopes = MISSING if last else decimal(slope, digits=3)
            rows.append((found.arm, layer.name, decimal(gradient), slopes, percent(step, digits=3), percent(moved)))
    if not rows:
        return []
    return [
        Table(
            caption=f"What moves the layers, means over the seeds; gradients over {PROBES:,} training images",
            header=("arm", "layer", "gradient", "slope", "first step", "moved"),
            rows=tuple(rows),
            words=(0, 1),
            note="Gradient: norm of the mean loss's gradient for the layer's kernel at the initial weights. Slope: "
            "derivative of the activation there, root mean square. First step of SGD, and how far the whole training "
            "moved the kernel: as a share of the kernel's norm.",
        )
    ]


STEP = Step(number=5, title="5. Three-layer perceptrons", lesson=LESSON, studies=studies, write=write)
