"""What a second scaling does: figures that point one way, the other way, nowhere, and that are missing."""

from __future__ import annotations

from dataclasses import replace
from math import inf, nan

import pytest

from classlab.lab import scaling
from classlab.lab.layers import ReluLayer, ReluReading
from classlab.lab.scaling import Relus, ScalingFacts
from classlab.statistics import compare, estimate, sample

CHANCE_LOSS = 2.3026


def reading(dead, *, differs=0.5, size=0.1, bias=0.0, more=0):
    first = ReluLayer(name="Conv2D 32", channels=32, dead=dead, size=size, bias=bias)
    return ReluReading(layers=(first, replace(first, name="Dense 64", channels=64, dead=more)), differs=differs)


def relus(end, *, unbiased=None, start_size=0.1, gradients=(0.04, 0.2)):
    return Relus(start=reading(1, size=start_size), end=end, unbiased=unbiased or reading(1), gradients=gradients)


def facts(name, loss, found, *, test=(0.9, 0.91)):
    return ScalingFacts(name=name, loss=loss, chance=0.1, test=estimate(sample(list(test))), epochs=4, relus=found)


ONCE = facts("scaled once", 0.35, relus(reading(2, bias=0.02)))
STUCK = reading(32, differs=0.000002, bias=0.2, more=48)
CLOSED = relus(replace(STUCK, layers=(replace(STUCK.layers[0], dead=30), STUCK.layers[1])), gradients=(0.04, 0.0003))


def twice(found=CLOSED, *, loss=CHANCE_LOSS):
    return facts("scaled twice", loss, found, test=(0.1, 0.1))


@pytest.mark.parametrize(
    ("found", "at_chance", "sentence"),
    [
        (
            twice(),
            True,
            "With pixels scaled twice, the training loss is 2.3026 after 4 epochs, which is the loss of a network that "
            "says the same to every image, ln 10 = 2.3026; the test accuracy is 10.00 % with 2 seeds, that of guessing "
            "10.00 %.",
        ),
        (
            ONCE,
            False,
            "With pixels scaled once, the training loss is 0.3500 after 4 epochs, where a network that says the same "
            "to every image has ln 10 = 2.3026; the test accuracy is 90.50 % with 2 seeds (95 % interval 79.55 to "
            "95.89 %, for other seeds on these very images), that of guessing 10.00 %.",
        ),
        (twice(loss=None), False, "With pixels scaled twice, no run came to its end."),
        (twice(loss=nan), False, "With pixels scaled twice, no run came to its end."),
    ],
)
def test_a_loss_at_chance_level_is_recognised(found, at_chance, sentence):
    assert found.at_chance is at_chance
    assert scaling.outcome_sentence(found) == sentence


COUNTS = (
    "Of all channels behind a relu, {} % are dead after the training with pixels scaled twice and 2 % with pixels "
    "scaled once; before it, 1 % and 1 % (first seed of each)."
)
BIASES = (
    "It is the biases that close them: with every bias set back to 0, 1 % of the channels are dead. The biases have "
    "become 2.0 times as large as the layers' values were before the training, with pixels scaled once 0.2 times: "
    "RMSprop divides a gradient by its own running size, so that small values do not keep the biases small."
)
GRADIENT = (
    "A channel that is zero for every image sends no gradient back. The gradient of the first layer has gone from "
    "0.0400 to {} with pixels scaled twice and from 0.0400 to 0.2000 with pixels scaled once"
)
SAME = (
    "The probability of a class differs by at most 0.0002 points between two images: the network says the same to "
    "every image, and then the loss is that of guessing, 2.3026."
)


def test_dead_channels_are_explained_step_by_step():
    found = relus(CLOSED.end, unbiased=reading(1, differs=0.00004), gradients=(0.04, 0.0003))
    assert scaling.dead_sentences(ONCE, twice(found)) == (
        COUNTS.format(81),
        BIASES,
        f"{GRADIENT.format('0.0003')}: hardly anything is left to move it.",
        SAME,
        "The dead channels are not the whole reason: with every bias set back to 0 it would differ by at most 0.0040 "
        "points, so open channels pass on too little as well.",
    )


def test_a_layer_without_any_open_channel_explains_the_loss():
    found = relus(STUCK, gradients=None)
    assert scaling.dead_sentences(ONCE, twice(found)) == (
        COUNTS.format(83),
        BIASES,
        SAME,
        "All channels of Conv2D 32 are dead, so nothing of an image gets through: that explains it.",
    )


def test_channels_that_would_tell_images_apart_explain_the_loss():
    found = relus(CLOSED.end, unbiased=reading(1, differs=0.3), gradients=None)
    assert scaling.dead_sentences(ONCE, twice(found))[-1] == (
        "The closed channels are the reason: with every bias set back to 0 it would differ by at most 30.0000 points."
    )


def test_an_answer_that_differs_between_images_is_not_explained():
    found = relus(replace(CLOSED.end, differs=0.4), gradients=None)
    assert scaling.dead_sentences(ONCE, twice(found))[2:] == (
        "The probability of a class differs by at most 40.0000 points between two images, so the network does not say "
        "the same to every image, and dead channels alone do not explain the loss.",
    )


def test_biases_close_channels_only_where_the_channels_open_without_them():
    found = relus(CLOSED.end, unbiased=reading(30, more=40), gradients=None)
    assert scaling.dead_sentences(ONCE, twice(found))[1] == (
        "It is not the biases that close most of them: with every bias set back to 0, 73 % of the channels are dead."
    )


@pytest.mark.parametrize(
    ("start_size", "sentence"),
    [
        (
            0.4,  # smaller than the values were
            "It is the biases that close them: with every bias set back to 0, 1 % of the channels are dead. The biases "
            "have become 0.5 times as large as the layers' values were before the training, with pixels scaled once "
            "0.2 times.",
        ),
        (0.0, "It is the biases that close them: with every bias set back to 0, 1 % of the channels are dead."),
    ],
)
def test_the_size_of_biases_is_explained_only_where_they_are_large(start_size, sentence):
    found = relus(CLOSED.end, start_size=start_size, gradients=None)
    assert (found.bias == inf) is (start_size == 0)
    assert scaling.dead_sentences(ONCE, twice(found))[1] == sentence


def test_a_gradient_that_is_left_is_said_to_be_left():
    found = relus(CLOSED.end, gradients=(0.04, 0.03))
    assert scaling.dead_sentences(ONCE, twice(found))[2] == (
        f"{GRADIENT.format('0.0300')}: the first layer still gets a gradient."
    )


def test_a_loss_at_chance_without_more_dead_channels_has_another_reason():
    assert scaling.dead_sentences(ONCE, twice(relus(reading(2)))) == (
        COUNTS.format(2),
        "The loss is at chance level without more dead channels, so they are not the reason here.",
    )


@pytest.mark.parametrize("loss", [0.4, None, nan])
def test_a_network_that_learnt_was_not_stopped(loss):
    said = scaling.dead_sentences(ONCE, twice(loss=loss))
    if loss == 0.4:
        assert said == (
            COUNTS.format(81),
            "The network with doubled scaling has left chance level, so the mistake did not stop it here.",
        )
    else:
        assert said == (COUNTS.format(81),)


def test_nothing_is_said_about_relus_that_were_not_measured():
    assert scaling.dead_sentences(replace(ONCE, relus=None), twice()) == ()
    assert scaling.dead_sentences(ONCE, twice(None)) == ()


@pytest.mark.parametrize(
    ("once", "helps"),
    [
        ([0.91, 0.93, 0.92], True),
        ([0.10, 0.101, 0.102], False),
        ([0.5, 0.1, 0.02], False),
        ([0.02, 0.03, 0.025], False),
        ([None, None, None], False),
    ],
)
def test_the_remedy_is_claimed_only_where_it_helped(once, helps):
    said = scaling.remedy_sentence(compare(sample(once), sample([0.1, 0.102, 0.1]), margin=0.005))
    assert said == (
        "The remedy was run: the same network, seeds and images with one division fewer are the first arm above."
        if helps
        else "The remedy was run as the first arm above, and this study does not show that it helps."
    )
    assert scaling.remedy_sentence(None) == (
        "The remedy was run as the first arm above, and this study does not show that it helps."
    )
