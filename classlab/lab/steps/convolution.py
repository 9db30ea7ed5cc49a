"""Step 7: a convolutional network, with pixels scaled once and with pixels scaled twice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from classlab.analysis.numbers import count, counted, percent
from classlab.errors import SpecError
from classlab.lab.expected import beaten_sentences
from classlab.lab.layers import Network, read_relus, without_biases
from classlab.lab.lesson import Lesson
from classlab.lab.published import side_by_side
from classlab.lab.scaling import (
    ONCE,
    TWICE,
    Relus,
    ScalingFacts,
    dead_sentences,
    outcome_sentence,
    remedy_sentence,
    wrong_sentence,
)
from classlab.lab.sentences import reached_sentence
from classlab.lab.step import (
    LabStudy,
    Step,
    StepReport,
    arm_names,
    curves_of,
    first_usable,
    lab_arm,
    lab_study,
    runs_of,
    usable_figures,
)
from classlab.lab.steps import clothes, perceptrons
from classlab.models.builtin import build
from classlab.models.preprocessing import check_scaled_once
from classlab.records.architecture import Architecture
from classlab.records.layers import Rescaling
from classlab.reports.document import Callout, Paragraph, Table
from classlab.reports.sections.ranking import verdict_callout

if TYPE_CHECKING:
    from collections.abc import Mapping

    from classlab.lab.setting import Setting
    from classlab.lab.step import Results
    from classlab.records import RunRecord, StudyRecord

TOPIC = "scaling"
_SCALES = {ONCE: 1 / 255, TWICE: 1 / 255**2}
_PROBES = 256  # training images on which a channel may show that it lives


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


def write(results: Results) -> StepReport:
    """Both arms side by side, the dead channels, and how classlab guards against the mistake."""
    study, analysis = results.studies[TOPIC], results.analyses[TOPIC]
    facts = {name: _facts(results, name) for name in arm_names(study)}
    outcomes = tuple(outcome_sentence(found) for found in facts.values())
    why = dead_sentences(facts[ONCE], facts[TWICE])
    compared = analysis.ranking.comparison(*(arm_names(study).index(name) for name in (ONCE, TWICE)))
    remedy, verdict = remedy_sentence(compared), None if compared is None else compared.verdict
    against = _against(results)
    relus = {name: found.relus for name, found in facts.items() if found.relus is not None}
    return StepReport(
        pictures=(curves_of(study, "loss", name="scaling-loss"),),
        brief=(reached_sentence(analysis.arms[arm_names(study).index(ONCE)]), *against, outcomes[-1], *why[:1]),
        details=(
            Paragraph(text=_introduction(study)),
            side_by_side(study, TOPIC),
            verdict_callout(analysis, picture="ranking-scaling"),
            Paragraph(text=" ".join(outcomes)),
            *([_dead_table(relus)] if len(relus) == len(facts) else []),
            *(Paragraph(text=sentence) for sentence in why),
            Callout(tone="note", title="How classlab guards against it", items=(_refusal(study),)),
            Paragraph(text=remedy),
        ),
        answers=(*analysis.sentences, *outcomes, *why, remedy, *against),
        held=_held(facts[TWICE], verdict),
        short=(wrong_sentence(facts[ONCE], facts[TWICE]),),
    )


def _against(results: Results) -> tuple[str, ...]:
    """Whether the first perceptron that this lab has trained for the same test images does better."""
    study, data = results.studies[TOPIC], results.setting.images.pictures.name
    topic = next((each for each in (perceptrons.TOPIC, clothes.PUBLISHED_ARMS) if _is_of(results, each, data)), None)
    if topic is None:
        return ()
    best, once = results.analyses[topic].first, results.analyses[TOPIC].arms[arm_names(study).index(ONCE)]
    how = _trained(study, ONCE), _trained(results.studies[topic], best.name)
    return beaten_sentences(once.test.mean, best.test.mean, arm=best.name, how=how)


def _is_of(results: Results, topic: str, data: str) -> bool:
    return topic in results.studies and results.studies[topic].spec.arms[0].spec.data.name == data


def _trained(study: StudyRecord, arm: str) -> str:
    """On how many images and for how long an arm was trained."""
    run = first_usable(study, arm)
    figures = None if run is None else usable_figures(run, "training")
    if run is None or figures is None:
        return "no training that came to its end"
    return f"{counted(run.spec.epochs, 'epoch')} on {count(figures.images)} training images"


def _held(twice: ScalingFacts, verdict: str | None) -> int | None:
    """What the second division did: nothing that matters, or learning less, or nothing at all."""
    if twice.at_chance:
        return 2
    return {"better": 1, "practically equal": 0, "worse": 0}.get(verdict or "")


LESSON = Lesson(
    question="Train a convolutional network on images of shape (n, 28, 28, 1): convolutions with 32, 64, 64 and "
    "128 windows of 3 x 3 and two poolings, Dense 64, Dense 10 with softmax; RMSprop, batches of 128, 20 epochs. "
    "What accuracy does it reach? (One hand-in stayed at 0.10: find out why.)",
    expect="A convolution slides small windows of weights over the image, the same weights at every place, so "
    "that an edge is found wherever it lies; what one window finds is a channel. Pooling keeps the largest of "
    "neighboring values. Such a network should beat the perceptrons. But one hand-in divided pixels by 255 that "
    "had been divided already: all values start 255 times smaller, while RMSprop takes steps that do not shrink "
    "with the gradient.",
    introduces=("convolution",),
    prediction="The pixels are divided by 255 a second time. What happens?",
    choices=(
        "Nothing that matters: the weights make up for it.",
        "It learns, but less.",
        "It learns nothing: it says the same to every image.",
    ),
    knob="the smaller network of the course, with dropout.",
    command="classlab train --data {pictures} --model cnn-small --dropout 0.3 --epochs 2 -o smaller",
)


def _facts(results: Results, arm: str) -> ScalingFacts:
    study = results.studies[TOPIC]
    records = runs_of(study, arm)
    losses = [found.loss for record in records if (found := usable_figures(record, "training")) is not None]
    return ScalingFacts(
        name=arm,
        loss=sum(losses) / len(losses) if losses else None,
        chance=1 / len(records[0].class_names),
        test=results.analyses[TOPIC].arms[arm_names(study).index(arm)].test,
        epochs=records[0].spec.epochs,
        relus=_relus(results, first_usable(study, arm)),
    )


def _relus(results: Results, record: RunRecord | None) -> Relus | None:
    """Measured on one run, since a forward pass of this network takes a second; its seed draws its start again."""
    from classlab.training.loop.initial_weights import initial_weights

    if record is None or not isinstance(record.spec.architecture, Architecture):
        return None
    data, architecture = record.spec.data, record.spec.architecture
    probes = results.setting.images.pictures.divided_as(data).train.spread(_PROBES)
    end = results.source.run(record.identity).weights
    start, trained, unbiased = (
        read_relus(Network(architecture=architecture, weights=weights, input_layer=record.input_layer), probes.images)
        for weights in (initial_weights(architecture, record.spec.seed), end, without_biases(end))
    )
    noted = () if record.diagnostics is None else record.diagnostics.probes
    gradients = [probe.layers[0].gradient_norm for probe in noted if probe.layers]
    return Relus(
        start=start,
        end=trained,
        unbiased=unbiased,
        gradients=(gradients[0], gradients[-1]) if len(gradients) > 1 else None,
    )


def _dead_table(relus: Mapping[str, Relus]) -> Table:
    rows = tuple(
        (layers[0].name, *(f"{layer.dead} ({percent(layer.share, digits=0)})" for layer in layers))
        for layers in zip(*(found.end.layers for found in relus.values()), strict=True)
    )
    return Table(
        caption=f"Dead channels behind each relu: zero for all of {_PROBES} training images; first seed of each arm",
        header=("layer", *relus),
        rows=rows,
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


STEP = Step(
    number=7,
    title="7. A convolutional network, scaled once and scaled twice",
    lesson=LESSON,
    studies=studies,
    write=write,
)
