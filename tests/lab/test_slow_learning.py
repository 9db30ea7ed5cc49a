"""Why sigmoid with SGD learns less: figures that point one way, the other way, nowhere, and that are missing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from classlab.lab import slow_learning
from classlab.lab.layers import LayerGradient
from classlab.lab.movement import Movement, SeedMovement, contrast
from classlab.lab.sentences import Planned
from classlab.statistics import compare, sample

NAN = float("nan")
SMALLER, LARGER = contrast([0.1, 0.12], [0.8, 0.82]), contrast([0.8, 0.82], [0.1, 0.12])
ALIKE, MIXED = contrast([0.8, 0.8], [0.82, 0.82]), contrast([0.1, 0.9], [0.7, 0.7])
UNKNOWN, NO_NUMBER = contrast([None], [0.5]), contrast([NAN], [0.5])
LOW, HIGH = [0.30, 0.31, 0.305], [0.80, 0.82, 0.81]


def against(first, second, *, names=("sigmoid with SGD", "relu with SGD")):
    return Planned(
        first=names[0], second=names[1], comparison=compare(sample(first), sample(second), margin=0.002, comparisons=4)
    )


WORSE, BETTER, EQUAL, OPEN, NOTHING = (
    against(LOW, HIGH),
    against(HIGH, LOW),
    against(LOW, [0.3001, 0.31, 0.3049]),
    against(LOW, [0.5, 0.1, 0.3]),
    against([None] * 3, HIGH),
)


@pytest.mark.parametrize(
    ("slow", "quick", "said"),
    [
        (
            (2.28, 2.10, 1.90),
            (1.90, 1.00, 0.70),
            (
                "After 2 of 3 epochs the validation loss of 'sigmoid with SGD' is above nine tenths of ln 10 = 2.3026, "
                "the loss of a network that says the same to every image; after 0 with 'relu with SGD'.",
                "It ends at 1.9000, which 'relu with SGD' had reached after 1 epoch, and it still fell by 9.5 % in the "
                "last one: it learns later, and was not at its end.",
            ),
        ),
        (
            (2.30, 2.29, 2.28),
            (2.30, 1.00, 0.70),
            (
                "After 3 of 3 epochs the validation loss of 'sigmoid with SGD' is above nine tenths of ln 10 = 2.3026, "
                "the loss of a network that says the same to every image; after 1 with 'relu with SGD'.",
                "It ends at 2.2800, which 'relu with SGD' had reached after 2 epochs, and it changed by 0.4 % in the "
                "last one, so these epochs do not show whether more of them would help.",
            ),
        ),
        (
            (2.60, 2.40),  # it falls, but to no more than the same answer to every image
            (2.30, 1.00),
            (
                "After 2 of 2 epochs the validation loss of 'sigmoid with SGD' is above nine tenths of ln 10 = 2.3026, "
                "the loss of a network that says the same to every image; after 1 with 'relu with SGD'.",
                "It ends at 2.4000, which 'relu with SGD' had reached after 1 epoch, and it changed by 7.7 % in the "
                "last one, so these epochs do not show whether more of them would help.",
            ),
        ),
        (
            (2.0, 1.5, 1.8),  # it rises at the end
            (1.0, 0.9, 0.8),
            (
                "After 0 of 3 epochs the validation loss of 'sigmoid with SGD' is above nine tenths of ln 10 = 2.3026, "
                "the loss of a network that says the same to every image; after 0 with 'relu with SGD'.",
                "It ends at 1.8000, which 'relu with SGD' had reached after 1 epoch, and it changed by 20.0 % in the "
                "last one, so these epochs do not show whether more of them would help.",
            ),
        ),
        (
            (0.5, 0.4),  # relu never comes so far, or there is one epoch: nothing is said about the end
            (1.0, 0.9),
            (
                "After 0 of 2 epochs the validation loss of 'sigmoid with SGD' is above nine tenths of ln 10 = 2.3026, "
                "the loss of a network that says the same to every image; after 0 with 'relu with SGD'.",
            ),
        ),
        (
            (2.28,),
            (1.0,),
            (
                "After 1 of 1 epoch the validation loss of 'sigmoid with SGD' is above nine tenths of ln 10 = 2.3026, "
                "the loss of a network that says the same to every image; after 0 with 'relu with SGD'.",
            ),
        ),
        ((), (1.0,), ()),
        ((1.0,), (), ()),
        ((2.28, NAN), (1.0, 0.9), ()),
    ],
)
def test_the_pace_is_read_off_the_losses(slow, quick, said):
    assert slow_learning.pace_sentences(slow, quick, classes=10) == said


SIZES = "Before the first step the gradient of the first layer has the size {} with sigmoid and {} with relu"
STEP = "; a step of SGD is the gradient times the learning rate."
BACK = "On its way back the gradient is multiplied by the slope of every hidden activation, over 2 layers by "


@pytest.mark.parametrize(
    ("gradient", "slopes", "said"),
    [
        (
            SMALLER,
            contrast([0.05], [0.5]),
            (
                f"{SIZES.format('0.1100', '0.8100')}, about 7.4 times smaller{STEP}",
                f"{BACK}0.050 with sigmoid and 0.500 with relu: slopes alone make it about 10 times smaller.",
            ),
        ),
        (
            SMALLER,
            contrast([0.2], [0.5]),
            (
                f"{SIZES.format('0.1100', '0.8100')}, about 7.4 times smaller{STEP}",
                f"{BACK}0.200 with sigmoid and 0.500 with relu: slopes alone make it about 2.5 times smaller, so they "
                "explain a part of it.",
            ),
        ),
        (
            SMALLER,
            contrast([0.5], [0.05]),
            (
                f"{SIZES.format('0.1100', '0.8100')}, about 7.4 times smaller{STEP}",
                f"{BACK}0.500 with sigmoid and 0.050 with relu: not smaller with sigmoid but larger, so the slopes do "
                "not explain it.",
            ),
        ),
        (
            SMALLER,
            contrast([0.5], [0.5]),
            (
                f"{SIZES.format('0.1100', '0.8100')}, about 7.4 times smaller{STEP}",
                f"{BACK}0.500 with sigmoid and 0.500 with relu: about the same, so the slopes do not explain it.",
            ),
        ),
        (SMALLER, UNKNOWN, (f"{SIZES.format('0.1100', '0.8100')}, about 7.4 times smaller{STEP}",)),
        (
            contrast([0.0], [0.8]),
            UNKNOWN,
            (f"{SIZES.format('0.0000', '0.8000')}, many times smaller{STEP}",),
        ),
        (
            LARGER,
            SMALLER,
            (
                f"{SIZES.format('0.8100', '0.1100')}: not smaller with sigmoid but larger, so the first steps of SGD "
                "do not explain the difference.",
            ),
        ),
        (
            ALIKE,
            SMALLER,
            (
                f"{SIZES.format('0.8000', '0.8200')}: about the same, so the first steps of SGD do not explain the "
                "difference.",
            ),
        ),
        (
            MIXED,
            SMALLER,
            (
                f"{SIZES.format('0.5000', '0.7000')}: not smaller with every seed, so the first steps of SGD do not "
                "explain the difference.",
            ),
        ),
        (UNKNOWN, SMALLER, ()),
        (NO_NUMBER, SMALLER, ()),
    ],
)
def test_small_gradients_are_a_reason_only_where_they_are_small(gradient, slopes, said):
    assert slow_learning.gradient_sentences(gradient, slopes, layers=2) == said


DIFFER = "Before the first step the outputs of the last hidden layer differ from image to image by "


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        (
            contrast([0.04], [0.6]),
            contrast([0.28], [0.5]),
            (
                f"{DIFFER}4.0 % of their size with sigmoid and by 60.0 % with relu: with sigmoid the last layer gets "
                "nearly the same from every image, until the layers before it have moved. When the training ended it "
                "was 28.0 % and 50.0 %.",
            ),
        ),
        (
            contrast([0.3], [0.6]),
            UNKNOWN,
            (
                f"{DIFFER}30.0 % of their size with sigmoid and by 60.0 % with relu: with sigmoid the last layer gets "
                "less of what tells images apart, until the layers before it have moved.",
            ),
        ),
        (
            contrast([0.6], [0.04]),
            UNKNOWN,
            (
                f"{DIFFER}60.0 % of their size with sigmoid and by 4.0 % with relu: not smaller with sigmoid but "
                "larger, so that does not explain the difference.",
            ),
        ),
        (
            contrast([0.04], [0.04]),
            UNKNOWN,
            (
                f"{DIFFER}4.0 % of their size with sigmoid and by 4.0 % with relu: about the same, so that does not "
                "explain the difference.",
            ),
        ),
        (UNKNOWN, SMALLER, ()),
        (NO_NUMBER, SMALLER, ()),
    ],
)
def test_what_the_last_layer_sees_is_a_reason_only_where_images_look_alike_to_it(start, end, said):
    assert slow_learning.variety_sentences(start, end) == said


FIRST_LESS = (
    "In the first epoch SGD moved the first layer by 2.56 % of its initial size with sigmoid and by 12.80 % with "
)
FIRST_MORE = (
    "In the first epoch SGD moved the first layer by 12.80 % of its initial size with sigmoid and by 2.56 % with "
)
EARLY_LESS, EARLY_MORE = contrast([0.0256], [0.128]), contrast([0.128], [0.0256])
WHOLE_LESS, WHOLE_MORE = contrast([0.1], [0.25]), contrast([0.2971], [0.2496])


@pytest.mark.parametrize(
    ("early", "whole", "said"),
    [
        (
            EARLY_LESS,
            WHOLE_LESS,
            f"{FIRST_LESS}relu, in the whole training by 10.00 % with sigmoid and 25.00 % with relu: about 5.0 times "
            "less at first, and less in all.",
        ),
        (
            EARLY_LESS,
            WHOLE_MORE,  # the figures of the complete MNIST, which the lab once took for small steps
            f"{FIRST_LESS}relu, in the whole training by 29.71 % with sigmoid and 24.96 % with relu: about 5.0 times "
            "less at first, but not less in all. So small steps at first can be a reason for a late start; how far the "
            "layer was moved in all does not explain the difference.",
        ),
        (
            EARLY_LESS,
            contrast([0.25], [0.25]),
            f"{FIRST_LESS}relu, in the whole training by 25.00 % with sigmoid and 25.00 % with relu: about 5.0 times "
            "less at first, but not less in all. So small steps at first can be a reason for a late start; how far the "
            "layer was moved in all does not explain the difference.",
        ),
        (
            EARLY_MORE,
            WHOLE_LESS,
            f"{FIRST_MORE}relu, in the whole training by 10.00 % with sigmoid and 25.00 % with relu: not less at "
            "first, and less in all. So the first steps do not explain the difference, and the whole distance may be "
            "its effect as well as its reason.",
        ),
        (
            EARLY_MORE,
            WHOLE_MORE,
            f"{FIRST_MORE}relu, in the whole training by 29.71 % with sigmoid and 24.96 % with relu: less neither at "
            "first nor in all, so the distance does not explain the difference.",
        ),
        (
            UNKNOWN,
            WHOLE_LESS,
            "In the whole training SGD moved the first layer by 10.00 % with sigmoid and 25.00 % with relu, as a share "
            "of its initial size: about 2.5 times less. That may be the effect of learning less as well as its reason.",
        ),
        (
            NO_NUMBER,
            WHOLE_MORE,
            "In the whole training SGD moved the first layer by 29.71 % with sigmoid and 24.96 % with relu, as a share "
            "of its initial size: not smaller with sigmoid but larger, so the distance does not explain the "
            "difference.",
        ),
    ],
)
def test_the_distance_explains_nothing_where_it_is_not_smaller(early, whole, said):
    assert slow_learning.distance_sentences(early, whole) == (said,)


def test_no_distance_no_sentence():
    assert slow_learning.distance_sentences(EARLY_LESS, UNKNOWN) == ()


NOT_ALONE = "Adam does better with the same network, initial weights and batches, so it is not the sigmoids alone"


@pytest.mark.parametrize(
    ("planned", "early", "said"),
    [
        (
            WORSE,
            EARLY_LESS,
            f"{NOT_ALONE}. In the first epoch it moved the first layer by 12.80 %, SGD by 2.56 % of its initial size: "
            "Adam divides each gradient by its own running size, so that a small gradient does not make a small step.",
        ),
        (
            WORSE,
            EARLY_MORE,
            f"{NOT_ALONE}. In the first epoch it moved the first layer by 2.56 %, SGD by 12.80 % of its initial size, "
            "which is no further, so it is not the size of its steps that makes the difference.",
        ),
        (
            WORSE,
            contrast([0.1], [0.1]),
            f"{NOT_ALONE}. In the first epoch it moved the first layer by 10.00 %, SGD by 10.00 % of its initial size, "
            "which is no further, so it is not the size of its steps that makes the difference.",
        ),
        (
            WORSE,
            MIXED,
            f"{NOT_ALONE}. In the first epoch it moved the first layer by 70.00 %, SGD by 50.00 % of its initial size, "
            "not further with every seed, so it is open whether the size of its steps matters.",
        ),
        (WORSE, UNKNOWN, f"{NOT_ALONE}."),
        *(
            (
                planned,
                EARLY_LESS,
                "These runs do not show that Adam does better with the same network, so nothing follows from Adam "
                "about the steps of SGD.",
            )
            for planned in (BETTER, EQUAL, OPEN, NOTHING)
        ),
    ],
)
def test_adam_says_something_about_steps_only_where_it_does_better(planned, early, said):
    assert slow_learning.adam_sentences(planned, early) == (said,)


def run(gradient, slope, variety, moved, first_epoch):
    layers = (
        LayerGradient(name="Dense 128", gradient=gradient, weight=10.0, slope=slope),
        LayerGradient(name="Dense 10 softmax", gradient=1.0, weight=10.0, slope=1.0),
    )
    return SeedMovement(layers=layers, variety=variety, moved=(moved, moved), first_epoch=first_epoch)


def movement(arm, *figures):
    return Movement(arm=arm, learning_rate=0.01, seeds=(run(*figures), None))


LARGER_NAMES = ("sigmoid with SGD 0.1", "sigmoid with SGD")
NEARLY = [0.79, 0.805, 0.80]


def facts(*, quick=WORSE, larger=NEARLY):
    return slow_learning.SlowFacts(
        slow=movement("sigmoid with SGD", 0.1, 0.24, (0.04, 0.3), 0.2971, 0.0256),
        quick=movement("relu with SGD", 0.8, 0.71, (0.6, 0.5), 0.2496, 0.128),
        helped=movement("sigmoid with Adam", 0.1, 0.24, (0.04, 0.5), 1.5, 0.9),
        slow_losses=(2.28, 2.1),
        quick_losses=(1.0, 0.7),
        classes=10,
        against_quick=quick,
        against_helped=WORSE,
        larger=against(larger, LOW, names=LARGER_NAMES),
        larger_rate=0.1,
        larger_quick=against(larger, HIGH, names=(LARGER_NAMES[0], "relu with SGD")),
    )


TEST = "The test is a learning rate of 0.1 instead of 0.01, with nothing else changed: "


@pytest.mark.parametrize(
    ("larger", "ending"),
    [
        (
            [0.60, 0.611, 0.605],
            "So small steps are a reason: larger ones make up for 59 % of what 'sigmoid with SGD' lacks. The rest is "
            "not explained here. 'sigmoid with SGD 0.1' is worse than 'relu with SGD' by ",
        ),
        (
            [0.79, 0.83, 0.80],
            "So small steps are a reason: larger ones make up for 99 % of what 'sigmoid with SGD' lacks; whether "
            "anything else is missing cannot be told. 'sigmoid with SGD 0.1' and 'relu with SGD' cannot be told "
            "apart: ",
        ),
        (
            [0.8001, 0.8199, 0.8101],
            "So small steps are a reason, and larger ones make up for all that 'sigmoid with SGD' lacks. 'sigmoid with "
            "SGD 0.1' and 'relu with SGD' are practically equal: ",
        ),
        (
            [0.90, 0.921, 0.911],
            "So small steps are a reason, and larger ones make up for all that 'sigmoid with SGD' lacks. 'sigmoid with "
            "SGD 0.1' is better than 'relu with SGD' by ",
        ),
    ],
)
def test_larger_steps_that_help_show_how_much_is_due_to_small_ones(larger, ending):
    found = facts(larger=larger)
    (said,) = slow_learning.larger_sentences(found)
    assert said.startswith(f"{TEST}{found.larger.sentence} {ending}")
    assert said.endswith(found.larger_quick.sentence)


@pytest.mark.parametrize("larger", [[0.1, 0.1, 0.11], LOW, [0.5, 0.1, 0.3], [None, None, None]])
def test_larger_steps_that_do_not_help_show_nothing(larger):
    found = facts(larger=larger)
    assert slow_learning.larger_sentences(found) == (
        f"{TEST}{found.larger.sentence} So it is not shown that small steps are a reason.",
    )


@pytest.mark.parametrize("quick", [BETTER, EQUAL, OPEN, NOTHING])
def test_there_is_nothing_to_explain_where_nothing_is_worse(quick):
    assert slow_learning.why_sentences(facts(quick=quick)) == (
        "These runs do not show that 'sigmoid with SGD' learns less than 'relu with SGD', so there is nothing to "
        "explain.",
    )


def test_every_reason_stands_beside_its_figures():
    found = facts()
    said = slow_learning.why_sentences(found)
    assert [sentence.split(" ")[0] for sentence in said] == [
        "After",
        "It",
        "Before",
        "On",
        "Before",
        "In",
        "Adam",
        "The",
    ]
    # Only the seed that both arms have is read: the second one did not come to its end.
    assert said[2].startswith(SIZES.format("0.1000", "0.8000"))
    assert "over 1 layer by 0.240 with sigmoid and 0.710 with relu" in said[3]
    assert "but not less in all" in said[5]


def test_runs_that_did_not_end_leave_the_comparisons_alone():
    empty = replace(facts().slow, seeds=(None, None))
    said = slow_learning.why_sentences(replace(facts(), slow=empty, slow_losses=()))
    assert [sentence.split(" ")[0] for sentence in said] == ["Adam", "The"]


def test_one_seed_speaks_of_its_networks_alone():
    right = [[1] * 80 + [0] * 20]
    alone = compare(sample([0.0], by_image=[[0] * 100]), sample([0.8], by_image=right))
    assert alone.holds_for == "images"
    assert slow_learning.one_seed_sentences(Planned(first="a", second="b", comparison=alone)) == (
        "With one seed all this speaks of these trained networks: with another seed it may turn round.",
    )
    assert slow_learning.one_seed_sentences(WORSE) == ()
