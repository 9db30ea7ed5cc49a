"""Why sigmoid with SGD barely learns: each possible reason beside its figures, and what larger steps show."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, log
from typing import TYPE_CHECKING

from classlab.analysis.numbers import counted, decimal, percent
from classlab.analysis.sentences.comparison import quoted
from classlab.lab.movement import ALIKE, contrast, first_gradient, passed_back
from classlab.lab.sentences import times

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from classlab.lab.movement import Contrast, Movement, Reading, SeedMovement
    from classlab.lab.sentences import Planned

SLOW, QUICK, HELPED = "sigmoid with SGD", "relu with SGD", "sigmoid with Adam"
_NEAR = 0.9  # a loss above nine tenths of ln(classes): hardly more than the same answer to every image
_FALLS = 0.01  # a loss that changes by less than 1 % in an epoch does not visibly go on
_LITTLE = 0.1  # outputs that differ by less than a tenth of their size are nearly the same
_NOT_SMALLER: dict[Reading, str] = {
    "larger": "not smaller with sigmoid but larger",
    "alike": "about the same",
    "mixed": "not smaller with every seed",
}


@dataclass(frozen=True, kw_only=True)
class SlowFacts:
    """What was measured of the network that learns little, and of those that differ from it in one setting.

    Args:
        slow: sigmoid with SGD.
        quick: relu with SGD.
        helped: sigmoid with Adam.
        slow_losses: mean validation loss by epoch, in nats; empty where no run ended well.
        quick_losses: of relu with SGD.
        classes: of the images.
        against_quick: sigmoid with SGD against relu with SGD.
        against_helped: sigmoid with SGD against sigmoid with Adam.
        larger: sigmoid with a larger learning rate of SGD against sigmoid with SGD.
        larger_rate: that learning rate.
        larger_quick: sigmoid with the larger rate against relu with SGD.
    """

    slow: Movement
    quick: Movement
    helped: Movement
    slow_losses: tuple[float, ...]
    quick_losses: tuple[float, ...]
    classes: int
    against_quick: Planned
    against_helped: Planned
    larger: Planned
    larger_rate: float
    larger_quick: Planned


def why_sentences(facts: SlowFacts) -> tuple[str, ...]:
    """What the figures say about why sigmoid with SGD learns less than relu with SGD.

    Args:
        facts: what was measured.

    Returns:
        Nothing to explain where the comparison does not say that it learns less; else each figure with what it
        explains or does not explain, then the test with larger steps.
    """
    if facts.against_quick.comparison.verdict != "worse":
        return (
            f"These runs do not show that {quoted(SLOW)} learns less than {quoted(QUICK)}, so there is nothing to "
            "explain.",
        )
    gradient, slopes = _contrast(facts, first_gradient), _contrast(facts, passed_back)
    return (
        *pace_sentences(facts.slow_losses, facts.quick_losses, classes=facts.classes),
        *gradient_sentences(gradient, slopes, layers=_hidden(facts.slow)),
        *variety_sentences(_contrast(facts, lambda run: run.variety[0]), _contrast(facts, lambda run: run.variety[1])),
        *distance_sentences(_contrast(facts, lambda run: run.first_epoch), _contrast(facts, lambda run: run.moved[0])),
        *adam_sentences(
            facts.against_helped,
            contrast(
                facts.slow.figures(lambda run: run.first_epoch), facts.helped.figures(lambda run: run.first_epoch)
            ),
        ),
        *larger_sentences(facts),
        *one_seed_sentences(facts.against_quick),
    )


def pace_sentences(slow: Sequence[float], quick: Sequence[float], *, classes: int) -> tuple[str, ...]:
    """How late the loss begins to fall, and whether it still falls at the end.

    Args:
        slow: mean validation loss of sigmoid with SGD by epoch.
        quick: of relu with SGD.
        classes: of the images.
    """
    if not slow or not quick or not all(isfinite(loss) for loss in (*slow, *quick)):
        return ()
    level = log(classes)
    near, other = (sum(loss > _NEAR * level for loss in losses) for losses in (slow, quick))
    said = [
        f"After {near} of {counted(len(slow), 'epoch')} the validation loss of {quoted(SLOW)} is above nine tenths of "
        f"ln {classes} = {decimal(level)}, the loss of a network that says the same to every image; after {other} with "
        f"{quoted(QUICK)}."
    ]
    passed = next((epoch for epoch, loss in enumerate(quick, start=1) if loss <= slow[-1]), None)
    if passed is None or len(slow) < 2:
        return tuple(said)
    fell = (slow[-2] - slow[-1]) / slow[-2]
    ends = (
        f"it still fell by {percent(fell, digits=1)} in the last one: it learns later, and was not at its end"
        if fell >= _FALLS and slow[-1] <= _NEAR * level
        else f"it changed by {percent(abs(fell), digits=1)} in the last one, so these epochs do not show whether more "
        "of them would help"
    )
    said.append(
        f"It ends at {decimal(slow[-1])}, which {quoted(QUICK)} had reached after {counted(passed, 'epoch')}, and "
        f"{ends}."
    )
    return tuple(said)


def gradient_sentences(gradient: Contrast, slopes: Contrast, *, layers: int) -> tuple[str, ...]:
    """Whether the first layer's gradient is smaller with sigmoid, and whether slopes explain that.

    Args:
        gradient: norm at the initial weights, sigmoid against relu.
        slopes: product of the slopes of the hidden layers.
        layers: how many hidden layers there are.
    """
    if gradient.reading == "unknown":
        return ()
    sizes = (
        f"Before the first step the gradient of the first layer has the size {decimal(gradient.first)} with sigmoid "
        f"and {decimal(gradient.second)} with relu"
    )
    if gradient.reading != "smaller":
        return (f"{sizes}: {_NOT_SMALLER[gradient.reading]}, so the first steps of SGD do not explain the difference.",)
    said = f"{sizes}, {_times(gradient)} smaller; a step of SGD is the gradient times the learning rate."
    if slopes.reading == "unknown":
        return (said,)
    on_the_way = (
        f"On its way back the gradient is multiplied by the slope of every hidden activation, over "
        f"{counted(layers, 'layer')} by {decimal(slopes.first, digits=3)} with sigmoid and "
        f"{decimal(slopes.second, digits=3)} with relu"
    )
    if slopes.reading != "smaller":
        return (said, f"{on_the_way}: {_NOT_SMALLER[slopes.reading]}, so the slopes do not explain it.")
    part = "" if slopes.factor * ALIKE >= gradient.factor else ", so they explain a part of it"
    return (said, f"{on_the_way}: slopes alone make it {_times(slopes)} smaller{part}.")


def variety_sentences(start: Contrast, end: Contrast) -> tuple[str, ...]:
    """Whether the last layer gets to see how images differ.

    Args:
        start: deviation of the last hidden layer's outputs between images, as a share of their size, at the initial
            weights; sigmoid against relu.
        end: the same when the training ended.
    """
    if start.reading == "unknown" or start.first is None:
        return ()
    said = (
        f"Before the first step the outputs of the last hidden layer differ from image to image by "
        f"{percent(start.first, digits=1)} of their size with sigmoid and by {percent(start.second, digits=1)} with "
        "relu"
    )
    if start.reading != "smaller":
        return (f"{said}: {_NOT_SMALLER[start.reading]}, so that does not explain the difference.",)
    little = "nearly the same from every image" if start.first < _LITTLE else "less of what tells images apart"
    after = (
        ""
        if end.first is None
        else f" When the training ended it was {percent(end.first, digits=1)} and {percent(end.second, digits=1)}."
    )
    return (f"{said}: with sigmoid the last layer gets {little}, until the layers before it have moved.{after}",)


def distance_sentences(early: Contrast, whole: Contrast) -> tuple[str, ...]:
    """Whether the first layer was moved less far, at first and in all.

    Args:
        early: by the first epoch, as a share of the layer's initial size; sigmoid against relu.
        whole: by the whole training.
    """
    if whole.reading == "unknown":
        return ()
    in_all = f"{percent(whole.first)} with sigmoid and {percent(whole.second)} with relu"
    less_in_all = whole.reading == "smaller"
    if early.reading == "unknown":
        said = f"In the whole training SGD moved the first layer by {in_all}, as a share of its initial size"
        return (
            f"{said}: {_times(whole)} less. That may be the effect of learning less as well as its reason."
            if less_in_all
            else f"{said}: {_NOT_SMALLER[whole.reading]}, so the distance does not explain the difference.",
        )
    said = (
        f"In the first epoch SGD moved the first layer by {percent(early.first)} of its initial size with sigmoid and "
        f"by {percent(early.second)} with relu, in the whole training by {in_all}"
    )
    if early.reading == "smaller" and less_in_all:
        return (f"{said}: {_times(early)} less at first, and less in all.",)
    if early.reading == "smaller":
        return (
            f"{said}: {_times(early)} less at first, but not less in all. So small steps at first can be a reason for "
            "a late start; how far the layer was moved in all does not explain the difference.",
        )
    if less_in_all:
        return (
            f"{said}: not less at first, and less in all. So the first steps do not explain the difference, and the "
            "whole distance may be its effect as well as its reason.",
        )
    return (f"{said}: less neither at first nor in all, so the distance does not explain the difference.",)


def adam_sentences(against: Planned, early: Contrast) -> tuple[str, ...]:
    """What the same network does with steps that do not go with the size of the gradient.

    Args:
        against: sigmoid with SGD against sigmoid with Adam.
        early: how far the first layer was moved by the first epoch, with SGD against with Adam.
    """
    if against.comparison.verdict != "worse":
        return (
            "These runs do not show that Adam does better with the same network, so nothing follows from Adam about "
            "the steps of SGD.",
        )
    start = "Adam does better with the same network, initial weights and batches, so it is not the sigmoids alone"
    if early.reading == "unknown":
        return (f"{start}.",)
    moved = (
        f"In the first epoch it moved the first layer by {percent(early.second)}, SGD by {percent(early.first)} of its "
        "initial size"
    )
    if early.reading == "smaller":
        return (
            f"{start}. {moved}: Adam divides each gradient by its own running size, so that a small gradient does not "
            "make a small step.",
        )
    if early.reading == "mixed":
        return (f"{start}. {moved}, not further with every seed, so it is open whether the size of its steps matters.",)
    return (f"{start}. {moved}, which is no further, so it is not the size of its steps that makes the difference.",)


def larger_sentences(facts: SlowFacts) -> tuple[str, ...]:
    """The test: the same network with larger steps of SGD, and nothing else changed."""
    said = (
        f"The test is a learning rate of {facts.larger_rate:g} instead of {facts.slow.learning_rate:g}, with nothing "
        f"else changed: {facts.larger.sentence}"
    )
    if facts.larger.comparison.verdict != "better":
        return (f"{said} So it is not shown that small steps are a reason.",)
    return (f"{said} So small steps are a reason{_rest(facts)}",)


def one_seed_sentences(against: Planned) -> tuple[str, ...]:
    """What one seed leaves open; nothing where there are more."""
    if against.comparison.holds_for != "images":
        return ()
    return ("With one seed all this speaks of these trained networks: with another seed it may turn round.",)


def _rest(facts: SlowFacts) -> str:
    """How much of the distance to relu the larger steps close."""
    gained, missing = facts.larger.comparison.difference, facts.against_quick.comparison.difference
    if gained is None or missing is None or missing >= 0:
        return "."
    share = gained / -missing
    verdict = facts.larger_quick.comparison.verdict
    if verdict == "worse":
        return (
            f": larger ones make up for {percent(share, digits=0)} of what {quoted(SLOW)} lacks. The rest is not "
            f"explained here. {facts.larger_quick.sentence}"
        )
    if verdict == "cannot tell":
        return (
            f": larger ones make up for {percent(share, digits=0)} of what {quoted(SLOW)} lacks; whether anything else "
            f"is missing cannot be told. {facts.larger_quick.sentence}"
        )
    return f", and larger ones make up for all that {quoted(SLOW)} lacks. {facts.larger_quick.sentence}"


def _contrast(facts: SlowFacts, read: Callable[[SeedMovement], float | None]) -> Contrast:
    return contrast(facts.slow.figures(read), facts.quick.figures(read))


def _hidden(movement: Movement) -> int:
    return next((len(each.layers) - 1 for each in movement.seeds if each is not None), 0)


def _times(found: Contrast) -> str:
    return f"about {times(found.factor)}" if isfinite(found.factor) else "many times"
