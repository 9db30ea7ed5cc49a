"""What pixels that were scaled twice do to a network, said only as far as the figures show it."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, log
from statistics import fmean
from typing import TYPE_CHECKING

from classlab.analysis.numbers import counted, decimal, percent, points
from classlab.analysis.sentences.verdict import figure_words
from classlab.lab.sentences import times

if TYPE_CHECKING:
    from classlab.lab.layers import ReluReading
    from classlab.statistics import Comparison, Estimate

ONCE, TWICE = "scaled once", "scaled twice"
_AT_CHANCE = 0.01  # a loss within 1 % of ln(classes) is that of a network that says the same to every image
_THE_SAME = 0.001  # probabilities a tenth of a point apart: no image gets an answer of its own
_HALF = 0.5  # what closes a channel must account for most of what is closed
_FELL = 0.1  # a gradient of a tenth of what it was moves next to nothing


@dataclass(frozen=True, kw_only=True)
class Relus:
    """One trained network on a few hundred training images.

    Args:
        start: before the first step.
        end: after the training.
        unbiased: after the training, with every bias set back to 0.
        gradients: norm of the first layer's gradient before the first step and after the training; None where that was
            not noted.
    """

    start: ReluReading
    end: ReluReading
    unbiased: ReluReading
    gradients: tuple[float, float] | None

    @property
    def bias(self) -> float:
        """How large biases became, as a multiple of what their layers' values were before; mean over the layers."""
        pairs = zip(self.end.layers, self.start.layers, strict=True)
        return fmean(end.bias / start.size if start.size > 0 else float("inf") for end, start in pairs)


@dataclass(frozen=True, kw_only=True)
class ScalingFacts:
    """What became of one arm.

    Args:
        name: of the arm.
        loss: mean training loss of the last epoch over the seeds, in nats; None where no run came to its end.
        chance: accuracy of guessing, 1 over the number of classes.
        test: test accuracy over the seeds.
        epochs: passes over the training images.
        relus: of the first run that came to its end; None where there is none.
    """

    name: str
    loss: float | None
    chance: float
    test: Estimate
    epochs: int
    relus: Relus | None

    @property
    def level(self) -> float:
        """The loss of a network that says the same to every image: ln of the number of classes."""
        return -log(self.chance)

    @property
    def at_chance(self) -> bool:
        """Whether the loss is that of a network that has learned nothing."""
        return self.loss is not None and abs(self.loss - self.level) < _AT_CHANCE * self.level


def outcome_sentence(facts: ScalingFacts) -> str:
    """Where the loss and the test accuracy ended, and whether that is chance level."""
    if facts.loss is None or not isfinite(facts.loss):
        return f"With pixels {facts.name}, no run came to its end."
    after = counted(facts.epochs, "epoch")
    level = f"ln {round(1 / facts.chance)} = {decimal(facts.level)}"
    where = (
        f"which is the loss of a network that says the same to every image, {level}"
        if facts.at_chance
        else f"where a network that says the same to every image has {level}"
    )
    return (
        f"With pixels {facts.name}, the training loss is {decimal(facts.loss)} after {after}, {where}; the test "
        f"accuracy is {figure_words(facts.test)}, that of guessing {percent(facts.chance)}."
    )


def wrong_sentence(once: ScalingFacts, twice: ScalingFacts) -> str:
    """What went wrong, in one sentence for a reader in a hurry."""
    start = "What went wrong in step 7: pixels were divided by 255 twice"
    if once.test.mean is None or twice.test.mean is None:
        return f"{start}, and what that costs is not known, because not both networks came to their end."
    said = (
        f"{start}; the test accuracy is {percent(twice.test.mean, digits=1)} instead of "
        f"{percent(once.test.mean, digits=1)}, guessing has {percent(once.chance, digits=1)}"
    )
    if once.relus is None or twice.relus is None:
        return f"{said}."
    return (
        f"{said}; {percent(twice.relus.end.dead, digits=0)} of the channels behind a relu are dead instead of "
        f"{percent(once.relus.end.dead, digits=0)}."
    )


def dead_sentences(once: ScalingFacts, twice: ScalingFacts) -> tuple[str, ...]:
    """What the relus say: how many channels are dead in each network, and how far that explains the loss."""
    if once.relus is None or twice.relus is None:
        return ()
    one, two = once.relus, twice.relus
    said = (
        f"Of all channels behind a relu, {percent(two.end.dead, digits=0)} are dead after the training with pixels "
        f"{TWICE} and {percent(one.end.dead, digits=0)} with pixels {ONCE}; before it, "
        f"{percent(two.start.dead, digits=0)} and {percent(one.start.dead, digits=0)} (first seed of each)."
    )
    if twice.loss is None or not isfinite(twice.loss):
        return (said,)
    if not twice.at_chance:
        return (said, "The network with doubled scaling has left chance level, so the mistake did not stop it here.")
    if two.end.dead <= one.end.dead:
        return (said, "The loss is at chance level without more dead channels, so they are not the reason here.")
    return (said, _closing_sentence(one, two), *_gradient_sentence(one, two), *_sameness_sentences(two, twice.level))


def _closing_sentence(one: Relus, two: Relus) -> str:
    """Whether the biases are what closes the channels: shown by setting them back."""
    left = f"with every bias set back to 0, {percent(two.unbiased.dead, digits=0)} of the channels are dead"
    if two.unbiased.dead > _HALF * two.end.dead:
        return f"It is not the biases that close most of them: {left}."
    if not isfinite(two.bias) or not isfinite(one.bias):
        return f"It is the biases that close them: {left}."
    sizes = (
        f"The biases have become {times(two.bias)} as large as the layers' values were before the training, with "
        f"pixels {ONCE} {times(one.bias)}"
    )
    if two.bias > 1 and two.bias > one.bias:
        sizes += (
            ": RMSprop divides a gradient by its own running size, so that small values do not keep the biases small"
        )
    return f"It is the biases that close them: {left}. {sizes}."


def _gradient_sentence(one: Relus, two: Relus) -> tuple[str, ...]:
    """Whether gradients still come back to the first layer."""
    if one.gradients is None or two.gradients is None:
        return ()
    before, after = two.gradients
    said = (
        f"A channel that is zero for every image sends no gradient back. The gradient of the first layer has gone from "
        f"{decimal(before)} to {decimal(after)} with pixels {TWICE} and from {decimal(one.gradients[0])} to "
        f"{decimal(one.gradients[1])} with pixels {ONCE}"
    )
    if after < _FELL * before and after < one.gradients[1]:
        return (f"{said}: hardly anything is left to move it.",)
    return (f"{said}: the first layer still gets a gradient.",)


def _sameness_sentences(two: Relus, level: float) -> tuple[str, ...]:
    """Whether the network says the same to every image, and whether the dead channels are why."""
    apart = (
        f"The probability of a class differs by at most {points(two.end.differs, digits=4)} points between two images"
    )
    if two.end.differs >= _THE_SAME:
        return (
            f"{apart}, so the network does not say the same to every image, and dead channels alone do not explain the "
            "loss.",
        )
    said = (
        f"{apart}: the network says the same to every image, and then the loss is that of guessing, {decimal(level)}."
    )
    closed = next((layer.name for layer in two.end.layers if layer.dead == layer.channels), None)
    if closed is not None:
        return (said, f"All channels of {closed} are dead, so nothing of an image gets through: that explains it.")
    wider = f"with every bias set back to 0 it would differ by at most {points(two.unbiased.differs, digits=4)} points"
    if two.unbiased.differs < _THE_SAME:
        return (
            said,
            f"The dead channels are not the whole reason: {wider}, so open channels pass on too little as well.",
        )
    return (said, f"The closed channels are the reason: {wider}.")


def remedy_sentence(comparison: Comparison | None) -> str:
    """Whether scaling once is the remedy, shown by having run it.

    Args:
        comparison: scaled once against scaled twice; None where one of them has no figure.
    """
    if comparison is not None and comparison.verdict == "better":
        return "The remedy was run: the same network, seeds and images with one division fewer are the first arm above."
    return "The remedy was run as the first arm above, and this study does not show that it helps."
