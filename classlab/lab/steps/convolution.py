"""Step 7: a convolutional network, with pixels scaled once and with pixels scaled twice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import log
from typing import TYPE_CHECKING

from classlab.analysis.numbers import MISSING, counted, decimal, percent
from classlab.errors import SpecError
from classlab.lab.arms import LabStudy, lab_arm, lab_study
from classlab.lab.dead_channels import ReluLayer, dead_channels
from classlab.lab.results import accuracies, arm_names, first_usable, runs_of, usable_figures
from classlab.lab.side_by_side import side_by_side
from classlab.lab.step import Step, StepReport
from classlab.lab.words import mean_words, verdict_sentence
from classlab.models.builtin import build
from classlab.models.preprocessing import check_scaled_once
from classlab.records.architecture import Architecture
from classlab.records.layers import Rescaling
from classlab.reports.document import Callout, Paragraph, Section, Table
from classlab.reports.figures.curves import curves, curves_figure
from classlab.statistics.estimate import Estimate, estimate
from classlab.statistics.paired import compare

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from classlab.lab.results import Results
    from classlab.lab.setting import Setting
    from classlab.records import StudyRecord
    from classlab.statistics.comparison import Comparison

TOPIC = "scaling"
ONCE, TWICE = "scaled once", "scaled twice"
_SCALES = {ONCE: 1 / 255, TWICE: 1 / 255**2}
_PROBES = 256  # training images on which a channel may show that it lives
_AT_CHANCE = 0.01  # a loss within 1 % of ln(classes) is that of a network that says the same to every image


def studies(setting: Setting) -> tuple[LabStudy, ...]:
    """The same network twice; one number differs."""
    pictures = setting.images.pictures
    arms = [
        lab_arm(
            name,
            pictures,
            settings={"scale": scale},
            model=network(pictures.image_shape, len(pictures.class_names), scale=scale, name=name),
            options={
                "optimizer": "rmsprop",
                "epochs": setting.convolution_epochs,
                "batch_size": 128,
                "limit": setting.convolution_limit,
                "preprocessing": "none",
                "precision": "auto",
            },
        )
        for name, scale in _SCALES.items()
    ]
    question = "What does it cost to divide the pixels by 255 twice?"
    return (lab_study(setting, step=7, topic=TOPIC, dataset=pictures, question=question, arms=arms),)


def network(shape: tuple[int, int, int], classes: int, *, scale: float, name: str) -> Architecture:
    """The course's network behind a layer of its own that scales the raw pixels.

    classlab scales pixels once, and refuses to do it for a network that scales them itself. So the mistake must be
    made within the network: its first layer multiplies by 1/255 or, twice, by 1/65,025. Both networks have the same
    layers and, with the same seed, the same initial weights.

    Args:
        shape: `(height, width, channels)` of an image.
        classes: number of classes.
        scale: what every pixel from 0 to 255 is multiplied by.
        name: of the architecture.
    """
    plain = build("cnn", input_shape=shape, classes=classes)
    return replace(plain, name=name, layers=(Rescaling(scale=scale), *plain.layers))


@dataclass(frozen=True, kw_only=True)
class ScalingFacts:
    """What became of one arm.

    Args:
        loss: mean training loss of the last epoch over the seeds, in nats; None where no run came to its end.
        chance: accuracy of guessing, 1 over the number of classes.
        test: test accuracy over the seeds.
        epochs: passes over the training images.
        layers: its relus, first to last, of the first run that came to its end; empty where there is none.
    """

    loss: float | None
    chance: float
    test: Estimate
    epochs: int
    layers: tuple[ReluLayer, ...]

    @property
    def at_chance(self) -> bool:
        """Whether the loss is that of a network that has learnt nothing: ln of the number of classes."""
        return self.loss is not None and abs(self.loss + log(self.chance)) < -_AT_CHANCE * log(self.chance)


def write(results: Results) -> StepReport:
    """Both arms side by side, the dead channels, and how classlab guards against the mistake."""
    study = results.studies[TOPIC]
    facts = {name: _facts(results, study, name) for name in arm_names(study)}
    comparison = compare(
        accuracies(study, ONCE, "validation"),
        accuracies(study, TWICE, "validation"),
        confidence=study.spec.confidence,
        margin=study.spec.margin,
    )
    answers = (
        verdict_sentence(f"A network whose pixels are {ONCE}", f"one whose pixels are {TWICE}", comparison),
        *(outcome_sentence(name, found) for name, found in facts.items()),
        *dead_sentences(facts[ONCE], facts[TWICE]),
    )
    histories = {arm: [record.history for record in runs_of(study, arm)] for arm in arm_names(study)}
    section = Section(
        title=STEP.title,
        blocks=(
            Paragraph(text=_introduction(study)),
            side_by_side(study, "convolution"),
            Paragraph(text=" ".join(answers[:3])),
            curves_figure(curves(histories, "loss"), name="scaling-loss"),
            *([_dead_table(facts)] if all(found.layers for found in facts.values()) else []),
            *(Paragraph(text=sentence) for sentence in answers[3:]),
            Callout(tone="note", title="How classlab guards against it", items=(_refusal(study),)),
            Paragraph(text=remedy_sentence(comparison)),
        ),
    )
    return StepReport(section=section, answers=answers)


def outcome_sentence(name: str, facts: ScalingFacts) -> str:
    """Where the loss and the test accuracy ended, and whether that is chance level."""
    if facts.loss is None:
        return f"With pixels {name}, no run came to its end."
    after = counted(facts.epochs, "epoch")
    classes = round(1 / facts.chance)
    level = decimal(-log(facts.chance))
    where = (
        f"which is the loss of a network that says the same to every image, ln {classes} = {level}"
        if facts.at_chance
        else f"where a network that says the same to every image has ln {classes} = {level}"
    )
    return (
        f"With pixels {name}, the training loss is {decimal(facts.loss)} after {after}, {where}; the test accuracy is "
        f"{mean_words(facts.test)}, that of guessing {percent(facts.chance)}."
    )


def dead_sentences(once: ScalingFacts, twice: ScalingFacts) -> tuple[str, ...]:
    """What the relus say: how many channels are dead in each network, and whether that explains the loss."""
    if not once.layers or not twice.layers:
        return ()
    shares = {name: _dead_share(found.layers) for name, found in ((ONCE, once), (TWICE, twice))}
    said = (
        f"Of all channels behind a relu, {percent(shares[TWICE], digits=0)} are dead with pixels {TWICE} and "
        f"{percent(shares[ONCE], digits=0)} with pixels {ONCE}."
    )
    if twice.at_chance and shares[TWICE] > shares[ONCE]:
        return (
            said,
            "A dead channel is zero for every image: nothing passes, and no gradient comes back. The activations start "
            "so small that the first updates of the biases, which RMSprop makes as large as any other, push whole "
            "channels below zero for good; what is left can only say the same to every image.",
        )
    if twice.at_chance:
        return (said, "The loss is at chance level without more dead channels, so they are not the reason here.")
    return (said, "The network with doubled scaling has left chance level, so the mistake did not stop it here.")


def remedy_sentence(comparison: Comparison) -> str:
    """Whether scaling once is the remedy, shown by having run it."""
    if comparison.verdict == "better":
        return "The remedy was run: the same network, seeds and images with one division fewer are the first arm above."
    return "The remedy was run as the first arm above, and this study does not show that it helps."


def _facts(results: Results, study: StudyRecord, arm: str) -> ScalingFacts:
    records = runs_of(study, arm)
    losses = [found.loss for record in records if (found := usable_figures(record, "training")) is not None]
    return ScalingFacts(
        loss=sum(losses) / len(losses) if losses else None,
        chance=1 / len(records[0].class_names),
        test=estimate(accuracies(study, arm, "test"), confidence=study.spec.confidence),
        epochs=records[0].spec.epochs,
        layers=_layers(results, study, arm),
    )


def _layers(results: Results, study: StudyRecord, arm: str) -> tuple[ReluLayer, ...]:
    record = first_usable(study, arm)
    if record is None or not isinstance(record.spec.architecture, Architecture):
        return ()
    data = record.spec.data
    probes = results.setting.images.pictures.divide(validation=data.validation, limit=data.limit).train.spread(_PROBES)
    weights = results.source.run(record.identity).weights
    return dead_channels(record.spec.architecture, weights, probes.images, input_layer=record.input_layer)


def _dead_share(layers: Sequence[ReluLayer]) -> float:
    return sum(layer.dead for layer in layers) / sum(layer.channels for layer in layers)


def _dead_table(facts: Mapping[str, ScalingFacts]) -> Table:
    rows = tuple(
        (layers[0].name, *(f"{layer.dead} ({percent(layer.share, digits=0)})" for layer in layers))
        for layers in zip(*(found.layers for found in facts.values()), strict=True)
    )
    return Table(
        caption=f"Dead channels behind each relu: zero for all of {_PROBES} training images; first seed of each arm",
        header=("layer", *facts),
        rows=rows or ((MISSING,) * (1 + len(facts)),),
    )


def _introduction(study: StudyRecord) -> str:
    spec = study.spec.arms[0].spec
    return (
        "Four convolutions, two poolings and two Dense layers, trained with RMSprop. The network is trained twice "
        f"with the same seeds on the same {spec.data.name} images: with pixels from 0 to 1, and with pixels that were "
        "divided by 255 a second time and so lie between 0 and 1/255, the mistake that the hand-in made. Nothing "
        "else differs."
    )


def _refusal(study: StudyRecord) -> str:
    """What classlab answers to whoever scales these images for a network that scales them itself."""
    architecture = study.spec.arms[0].spec.architecture
    try:
        check_scaled_once(architecture, "unit")
    except SpecError as refusal:
        return f"Asked to scale the pixels for a network that scales them itself, it refuses: {refusal}"
    return "It does not refuse to scale the pixels for this network."


STEP = Step(number=7, title="7. A convolutional network, scaled once and scaled twice", studies=studies, write=write)
