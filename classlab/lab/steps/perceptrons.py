"""Step 5: three-layer perceptrons, and why one of them barely learns."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from statistics import fmean
from typing import TYPE_CHECKING

from classlab.analysis.numbers import MISSING, decimal, percent, points
from classlab.lab.arms import OPTIMIZER_TITLES, LabStudy, lab_arm, lab_study
from classlab.lab.gradients import LayerGradient, layer_gradients, relative_change
from classlab.lab.results import accuracies, arm_names, first_usable, validation_scores
from classlab.lab.side_by_side import side_by_side
from classlab.lab.step import Step, StepReport
from classlab.lab.words import mean_words, times, verdict_sentence
from classlab.records.architecture import Architecture
from classlab.reports.document import Callout, Paragraph, Section, Table
from classlab.statistics.estimate import estimate
from classlab.statistics.ranking import Ranking, rank

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from classlab.lab.results import Results
    from classlab.lab.setting import Setting
    from classlab.records import StudyRecord

TOPIC = "perceptrons"
_PROBES = 1000  # training images on which gradients are measured
SLOW, QUICK, HELPED = "sigmoid with SGD", "relu with SGD", "sigmoid with Adam"


def studies(setting: Setting) -> tuple[LabStudy, ...]:
    """Two activations, two optimizers at Keras's defaults, ten epochs."""
    digits = setting.images.digits
    arms = [
        lab_arm(
            f"{activation} with {OPTIMIZER_TITLES[optimizer]}",
            digits,
            settings={"activation": activation, "optimizer": optimizer},
            model="mlp",
            units=(128, 64),
            activation=activation,
            options={"optimizer": optimizer, "epochs": setting.epochs(10), "batch_size": 128},
        )
        for activation in ("relu", "sigmoid")
        for optimizer in ("adam", "sgd")
    ]
    question = "Which activation and which optimizer suit a three-layer perceptron?"
    return (lab_study(setting, step=5, topic=TOPIC, dataset=digits, question=question, arms=arms),)


@dataclass(frozen=True, kw_only=True)
class Movement:
    """What moves the layers of one network.

    Args:
        arm: its name.
        layers: gradients at the initial weights, first layer to last.
        learning_rate: of its optimizer.
        moved: how far each kernel was moved by the whole training, as a share of what it was.
    """

    arm: str
    layers: tuple[LayerGradient, ...]
    learning_rate: float
    moved: tuple[float, ...]


def write(results: Results) -> StepReport:
    """The table of four, and the gradients behind it."""
    study = results.studies[TOPIC]
    ranking = rank(validation_scores(study), confidence=study.spec.confidence, margin=study.spec.margin)
    best = best_sentence(ranking, arm_names(study))
    movements = {arm: found for arm in arm_names(study) if (found := _movement(results, study, arm)) is not None}
    slow = slow_sentence(
        _mean(study, SLOW), {arm: _mean(study, arm) for arm in (QUICK, HELPED)}, 1 / len(study.runs[0].class_names)
    )
    why = why_sentences(movements)
    section = Section(
        title=STEP.title,
        blocks=(
            Paragraph(
                text="Dense 128, Dense 64, Dense 10 with softmax; relu or sigmoid behind the hidden layers, Adam or "
                "SGD with Keras's default learning rates."
            ),
            side_by_side(study, "perceptrons"),
            Paragraph(text=best),
            Paragraph(text=slow),
            *([_table(movements)] if movements else []),
            *([Callout(tone="note", title="What the gradients say", items=why)] if why else []),
        ),
    )
    return StepReport(section=section, answers=(best, slow, *why))


def best_sentence(ranking: Ranking, names: Sequence[str]) -> str:
    """Which combination has the highest validation accuracy, and whether the next one differs."""
    ranked = [arm for arm in ranking.order if arm not in ranking.unranked]
    if not ranked:
        return "No combination finished."
    first = f"{names[ranked[0]]} has the highest validation accuracy, {mean_words(ranking.estimates[ranked[0]])}."
    comparison = ranking.comparison(ranked[0], ranked[1]) if len(ranked) > 1 else None
    return f"{first} {verdict_sentence(names[ranked[0]], names[ranked[1]], comparison)}" if comparison else first


def slow_sentence(slow: float | None, others: Mapping[str, float | None], chance: float) -> str:
    """How far sigmoid with SGD gets, beside each of the two arms that share its optimizer or its activation.

    Args:
        slow: its mean validation accuracy as a share.
        others: those of the arms that differ from it in one setting.
        chance: accuracy of guessing.
    """
    if slow is None:
        return f"{SLOW} has no figure."
    said = []
    for name, mean in others.items():
        if mean is not None:
            word = "below" if slow < mean else "above"
            said.append(f"{points(abs(mean - slow))} points {word} {name}")
    beside = f", {' and '.join(said)}" if said else ""
    return f"{SLOW} reaches {percent(slow)} validation accuracy{beside}; guessing reaches {percent(chance)}."


def why_sentences(movements: Mapping[str, Movement]) -> tuple[str, ...]:
    """Says why sigmoid with SGD learns slowly, if the gradients say so.

    Args:
        movements: by the arm's name; without those of sigmoid and relu with SGD nothing is said.
    """
    slow, quick, helped = (movements.get(name) for name in (SLOW, QUICK, HELPED))
    if slow is None or quick is None:
        return ()
    said = [_gradient_sentence(slow, quick), _slope_sentence(slow, quick), _distance_sentence(slow, quick)]
    if helped is not None and slow.moved[0] > 0:
        said.append(_adam_sentence(slow, helped))
    return tuple(said)


def _gradient_sentence(slow: Movement, quick: Movement) -> str:
    ratio = _ratio(quick.layers[0].gradient, slow.layers[0].gradient)
    sizes = f"{decimal(slow.layers[0].gradient)} with sigmoid and {decimal(quick.layers[0].gradient)} with relu"
    if ratio > 1:
        return (
            f"Before the first step, the gradient of the first layer has the norm {sizes}: {times(ratio)} smaller with "
            "sigmoid, and a step of SGD is the gradient times the learning rate."
        )
    return (
        f"Before the first step, the gradient of the first layer has the norm {sizes}: it is not smaller with sigmoid, "
        "so the size of the first gradients does not explain the difference."
    )


def _slope_sentence(slow: Movement, quick: Movement) -> str:
    one, two = (fmean(layer.slope for layer in found.layers[:-1]) for found in (slow, quick))
    reason = "which shrinks the gradient at every layer on its way back" if one < two else "so slopes do not explain it"
    return (
        f"The mean slope of the hidden activations is {decimal(one, digits=2)} with sigmoid, whose slope is nowhere "
        f"above 0.25, and {decimal(two, digits=2)} with relu, {reason}."
    )


def _distance_sentence(slow: Movement, quick: Movement) -> str:
    return (
        f"In the whole training SGD moved the first layer by {percent(slow.moved[0])} of its size with sigmoid and by "
        f"{percent(quick.moved[0])} with relu."
    )


def _adam_sentence(slow: Movement, helped: Movement) -> str:
    ratio = _ratio(helped.moved[0], slow.moved[0])
    start = f"With Adam, the same network of sigmoids moved its first layer by {percent(helped.moved[0])}"
    if ratio > 1:
        return (
            f"{start}, {times(ratio)} as far: Adam divides each gradient by its own running size, so a small gradient "
            "does not mean a small step."
        )
    return f"{start}, no further than with SGD, so small steps are not what holds SGD back here."


def _movement(results: Results, study: StudyRecord, arm: str) -> Movement | None:
    """Measured on the first run of the arm that came to its end; its seed draws the same initial weights again."""
    from classlab.training.initial_weights import initial_weights

    record = first_usable(study, arm)
    if record is None or not isinstance(record.spec.architecture, Architecture):
        return None
    spec = record.spec
    start = initial_weights(record.spec.architecture, spec.seed)
    division = results.setting.images.digits.divide(validation=spec.data.validation, limit=spec.data.limit)
    probes = division.train.spread(_PROBES)
    layers = layer_gradients(
        record.spec.architecture, start, probes.images, probes.labels, input_layer=record.input_layer
    )
    end = results.source.run(record.identity).weights
    return Movement(
        arm=arm, layers=layers, learning_rate=spec.optimizer.learning_rate, moved=relative_change(start, end)
    )


def _table(movements: Mapping[str, Movement]) -> Table:
    rows = []
    for found in movements.values():
        last = found.layers[-1]
        for layer, moved in zip(found.layers, found.moved, strict=True):
            slope = MISSING if layer is last else decimal(layer.slope, digits=3)
            # What Adam's first step does to the weights does not follow from the size of the gradient.
            step = found.learning_rate * layer.relative if found.arm.endswith(OPTIMIZER_TITLES["sgd"]) else None
            rows.append(
                (found.arm, layer.name, decimal(layer.gradient), slope, percent(step, digits=3), percent(moved))
            )
    return Table(
        caption=f"What moves the layers, first seed of each arm; gradients over {_PROBES:,} training images",
        header=("arm", "layer", "gradient", "slope", "first step", "moved"),
        rows=tuple(rows),
        words=(0, 1),
        note="Gradient: norm of the mean loss's gradient for the layer's kernel at the initial weights. Slope: mean "
        "derivative of the activation there. First step of SGD, and how far the whole training moved the kernel: as a "
        "share of the kernel's norm.",
    )


def _mean(study: StudyRecord, arm: str) -> float | None:
    return estimate(accuracies(study, arm, "validation"), confidence=study.spec.confidence).mean


def _ratio(first: float, second: float) -> float:
    ratio = first / second if second > 0 else float("inf")
    return ratio if isfinite(ratio) else 1e6


STEP = Step(number=5, title="5. Three-layer perceptrons", studies=studies, write=write)
