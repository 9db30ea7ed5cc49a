"""Every sentence follows from its numbers: other numbers give other sentences."""

from __future__ import annotations

import numpy as np
import pytest

from classlab.datasets.inspection import Inspection, Overlap, SplitFacts
from classlab.lab import words
from classlab.lab.dead_channels import ReluLayer
from classlab.lab.gradients import LayerGradient
from classlab.lab.steps import clothes, convolution, generalisation, look, optimizers, perceptrons, predictions
from classlab.statistics.confusion import MixUp
from classlab.statistics.estimate import estimate
from classlab.statistics.gap import generalisation_gap
from classlab.statistics.paired import compare
from classlab.statistics.ranking import rank
from classlab.statistics.selection import Flattery

BETTER = compare([0.91, 0.93, 0.92], [0.90, 0.92, 0.911], margin=0.002)
UNCLEAR = compare([0.91, 0.93, 0.92], [0.90, 0.94, 0.92], margin=0.002)
EQUAL = compare([0.91, 0.93, 0.92], [0.9101, 0.93, 0.9199], margin=0.002)
ALONE = compare([0.91], [0.90], margin=0.002)
CLEAR_RANKING = rank([[0.90, 0.911, 0.92], [0.95, 0.96, 0.97], [0.80, 0.81, 0.8201]])
TIED_RANKING = rank([[0.90, 0.91, 0.92], [0.91, 0.90, 0.93], [0.10, 0.11, 0.1201]])
NO_RANKING = rank([[None, None], [None, None]])
ABC = ("A", "B", "C")


@pytest.mark.parametrize(
    ("comparison", "sentence"),
    [
        (
            BETTER,
            "A is better than B: +0.97 points of validation accuracy (95 % interval 0.82 to 1.11 points, 3 seeds).",
        ),
        (
            BETTER.reversed(),
            "A is worse than B: \u22120.97 points of validation accuracy "
            "(95 % interval \u22121.11 to \u22120.82 points, 3 seeds).",
        ),
        (
            UNCLEAR,
            "A and B cannot be told apart: 0.00 points of validation accuracy "
            f"(95 % interval \u22122.48 to 2.48 points, 3 seeds). About {UNCLEAR.seeds_needed} seeds would tell.",
        ),
        (
            EQUAL,
            "A and B are practically equal, within 0.20 points: 0.00 points of validation accuracy "
            "(95 % interval \u22120.02 to 0.02 points, 3 seeds).",
        ),
        (
            ALONE,
            "A and B cannot be told apart: +1.00 points of validation accuracy (no interval, 1 seed). "
            "One seed says nothing about the spread between seeds; train more.",
        ),
    ],
)
def test_a_verdict_is_read_off_the_comparison(comparison, sentence):
    assert words.verdict_sentence("A", "B", comparison) == sentence


def test_a_family_of_comparisons_is_named():
    wide = compare([0.91, 0.93, 0.92], [0.90, 0.92, 0.911], comparisons=5)
    assert "corrected for 5 comparisons" in words.verdict_sentence("A", "B", wide)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([0.9, 0.92, 0.91], "91.00 % (95 % interval 88.52 to 93.48 %, 3 seeds)"),
        ([0.2, 0.9], "55.00 % (95 % interval 0.00 to 100.00 %, 2 seeds)"),
        ([0.9, None], "90.00 % (1 seed, 1 run without a figure)"),
        ([None, None], "no figure (no run finished)"),
    ],
)
def test_a_mean_comes_with_its_interval_and_its_runs(values, text):
    assert words.mean_words(estimate(values)) == text


def test_a_spread_leaves_out_runs_without_a_figure():
    assert words.spread([0.9, None, 0.92]) == "91.00 ± 1.41"
    assert words.spread([0.9]) == "90.00"
    assert words.spread([None]) == "\u2013"


@pytest.mark.parametrize(("factor", "text"), [(5.26, "about 5.3 times"), (123.4, "about 123 times")])
def test_a_ratio_has_two_digits(factor, text):
    assert words.times(factor) == text


def split(per_class, *, duplicates=0):
    return SplitFacts(
        images=sum(per_class),
        image_dtype="uint8",
        label_dtype="int64",
        minimum=0,
        maximum=255,
        mean=33.0,
        deviation=78.0,
        per_class=per_class,
        duplicates=duplicates,
    )


def facts(per_class, *, duplicates=0, shared=0):
    return Inspection(
        name="shapes",
        source="here",
        digest="d",
        image_shape=(8, 8, 1),
        class_names=("round", "square"),
        official={"train": 1100, "test": 200},
        validation=0.1,
        splits={"train": split(per_class, duplicates=duplicates)},
        overlaps=(Overlap(split="test", found_in="train", images=shared),),
        conflicts=0,
        conflict_examples=(),
        notes=(),
    )


def test_the_data_are_described_by_their_facts():
    assert look.size_sentence(facts((500, 500))) == (
        "shapes has 1,100 training images and 200 test images in 2 classes: grey pictures of 8 x 8 pixels, uint8 "
        "from 0 to 255."
    )
    assert look.balance_sentence(facts((500, 500))) == ("Every class has the same number of images to train on, 500.")
    assert look.balance_sentence(facts((400, 600))) == (
        "The classes are not equally frequent: to train on there are 600 images of square and 400 of round, 1.50 times "
        "as many."
    )
    assert look.repeated_sentence(facts((500, 500))) == "No image occurs twice."
    assert look.repeated_sentence(facts((500, 500), duplicates=1, shared=3)) == (
        "1 image repeats another one of the same split, and 3 occur in two splits, pixel for pixel: a network may know "
        "those by heart."
    )


def test_the_best_learning_rate_is_named_with_its_rival():
    ranked = [("SGD 0.1", "91.66 % (3 seeds)"), ("SGD 0.01", "88 %")]
    said = optimizers.best_rate_sentence("SGD", ranked, BETTER)
    assert said.startswith(
        "SGD: 0.1 has the highest validation accuracy, 91.66 % (3 seeds). SGD 0.1 is better than SGD"
    )
    other = optimizers.best_rate_sentence("SGD", ranked[::-1], UNCLEAR)
    assert other.startswith("SGD: 0.01 has the highest validation accuracy, 88 %. SGD 0.01 and SGD 0.1 cannot be told")
    assert optimizers.best_rate_sentence("SGD", ranked[:1], None) == (
        "SGD: 0.1 has the highest validation accuracy, 91.66 % (3 seeds). No other rate has a figure to compare it "
        "with."
    )
    assert optimizers.best_rate_sentence("SGD", [], None) == ("SGD: no run finished, so no learning rate can be named.")


@pytest.mark.parametrize(
    ("by_arm", "short", "long", "sentence"),
    [
        (
            {"A": BETTER, "B": UNCLEAR},
            5,
            20,
            "20 epochs are better than 5 for A; whether 20 epochs differ from 5 cannot be told for B.",
        ),
        (
            {"A": BETTER.reversed(), "B": EQUAL},
            5,
            20,
            "20 epochs are worse than 5 for A; 20 epochs are practically as good as 5 for B.",
        ),
        ({"A": EQUAL}, 2, 2, "Both studies were trained for 2 epochs, so this run of the lab cannot say."),
    ],
)
def test_whether_more_epochs_help_follows_the_verdicts(by_arm, short, long, sentence):
    assert optimizers.more_epochs_sentence(by_arm, short, long) == sentence


def test_one_arm_after_more_epochs():
    said = optimizers.epoch_sentence("Adam 0.001", 5, 20, BETTER)
    assert said.startswith("Adam 0.001 after 20 epochs is better than after 5 epochs: +0.97 points")


def test_a_preference_is_stated_only_where_all_others_are_worse():
    said = optimizers.preference_sentence(CLEAR_RANKING, ABC)
    assert said.startswith("Prefer B: 96.00 %")
    assert said.endswith("every other arm is worse.")
    tied = optimizers.preference_sentence(TIED_RANKING, ABC)
    assert tied.startswith("B has the highest validation accuracy, 91.33 %")
    assert "does not set it apart from A when all 3 comparisons are to hold at once. It is better than C. About" in tied
    assert optimizers.preference_sentence(NO_RANKING, ABC) == "No arm finished, so there is nothing to prefer."


@pytest.mark.parametrize(
    ("comparison", "words_of_it"), [(BETTER, "is better than"), (UNCLEAR, "cannot be told apart"), (EQUAL, "equal")]
)
def test_adam_and_rmsprop_are_told_apart_only_by_evidence(comparison, words_of_it):
    (said,) = optimizers.told_apart_sentences({5: comparison})
    assert said.startswith("After 5 epochs: Adam 0.001")
    assert words_of_it in said


def gap(fitted, test):
    return generalisation_gap(fitted, test)


def test_the_largest_gap_is_said_in_images():
    gaps = {"A": gap([0.9, 0.9, 0.901], [0.9, 0.9, 0.9]), "B": gap([0.99, 0.98, 0.99], [0.95, 0.95, 0.94])}
    said = generalisation.largest_sentence(gaps)
    assert said.startswith("The largest gap is 4.00 points (B, 95 % interval 1.52 to 6.48 points): of 100 images")
    assert "it gets about 4.0 more wrong" in said
    below = generalisation.largest_sentence({"A": gap([0.8, 0.81], [0.9, 0.9])})
    assert below.startswith("No arm does better on training images than on test images; the largest gap is \u22129.50")
    assert generalisation.largest_sentence({"A": gap([None], [None])}) == (
        "No arm has both figures, so there is no gap to speak of."
    )


def test_what_a_gap_means_follows_its_interval():
    above, none = gap([0.99, 0.98, 0.99], [0.95, 0.95, 0.94]), gap([0.9, 0.8, 0.7], [0.7, 0.8, 0.9])
    below = gap([0.8, 0.81], [0.9, 0.91])
    assert generalisation.meaning_sentences({"A": above, "B": none}) == (
        "The training images are fitted better than new ones are recognised by A.",
        "No gap is shown for B: the interval holds zero.",
    )
    assert generalisation.meaning_sentences({"A": below})[0].startswith(
        "The test images are recognised better than the training images by A,"
    )
    assert generalisation.meaning_sentences({"A": gap([None], [None])}) == (
        "There are too few runs for an interval, so whether there is a gap cannot be told.",
    )


def test_the_running_average_is_counted_in_the_published_figures():
    assert generalisation.running_average_sentence().startswith(
        "In 5 of the hand-in's 7 arms the published test accuracy is above the training accuracy."
    )


def test_mixed_up_classes_are_counted_both_ways():
    one, other = (
        MixUp(true=0, predicted=1, count=45, share=0.05),
        MixUp(true=1, predicted=0, count=7, share=0.01),
    )
    assert predictions.mixed_up_sentence([one, other], ABC) == (
        "Most often, A is taken for B: 45 times, 5.0 % of its images; the other way round it happens 7 times."
    )
    assert predictions.mixed_up_sentence([other], ABC) == (
        "Most often, B is taken for A: 7 times, 1.0 % of its images."
    )
    assert predictions.mixed_up_sentence([], ABC) == "No class was taken for another."


def test_confidence_is_reported_where_right_and_where_wrong():
    shares = np.array([[0.95, 0.05], [0.6, 0.4], [0.3, 0.7]], np.float32)
    assert predictions.confidence_sentence(shares, np.array([1, 0, 1])) == (
        "The predicted class has a probability of 65 % on average where the network is right, and of 95 % where it is "
        "wrong; 1 of 1 mistakes were made with more than 90 %."
    )
    assert predictions.confidence_sentence(shares, np.array([0, 0, 1])).startswith("Every prediction is right;")
    assert predictions.confidence_sentence(shares, np.array([1, 1, 0])).startswith("Every prediction is wrong;")


def test_recognised_images_are_counted():
    assert predictions.right_sentence(0.9236, 10_000) == (
        "The network recognises 9,236 of 10,000 images (92.36 %) of the test set."
    )


def movement(arm, gradient, slope, moved):
    layers = (
        LayerGradient(name="Dense 128", gradient=gradient, weight=10.0, slope=slope),
        LayerGradient(name="Dense 10 softmax", gradient=1.0, weight=10.0, slope=1.0),
    )
    return perceptrons.Movement(arm=arm, layers=layers, learning_rate=0.01, moved=(moved, moved))


def test_the_slow_network_is_explained_by_its_gradients():
    found = {
        perceptrons.SLOW: movement(perceptrons.SLOW, 0.1, 0.23, 0.02),
        perceptrons.QUICK: movement(perceptrons.QUICK, 0.8, 0.49, 0.1),
        perceptrons.HELPED: movement(perceptrons.HELPED, 0.1, 0.23, 1.5),
    }
    gradient, slope, distance, adam = perceptrons.why_sentences(found)
    assert "about 8.0 times smaller with sigmoid" in gradient
    assert "0.23 with sigmoid" in slope
    assert "shrinks the gradient" in slope
    assert "by 2.00 % of its size with sigmoid and by 10.00 % with relu" in distance
    assert "by 150.00 %, about 75 times as far" in adam


def test_other_gradients_explain_nothing():
    found = {
        perceptrons.SLOW: movement(perceptrons.SLOW, 0.9, 0.5, 0.2),
        perceptrons.QUICK: movement(perceptrons.QUICK, 0.8, 0.49, 0.1),
        perceptrons.HELPED: movement(perceptrons.HELPED, 0.1, 0.23, 0.1),
    }
    gradient, slope, _, adam = perceptrons.why_sentences(found)
    assert gradient.endswith("so the size of the first gradients does not explain the difference.")
    assert slope.endswith("so slopes do not explain it.")
    assert adam.endswith("so small steps are not what holds SGD back here.")
    assert perceptrons.why_sentences({}) == ()


def test_how_slow_the_slow_network_is():
    assert perceptrons.slow_sentence(0.3, {"relu with SGD": 0.8, "sigmoid with Adam": 0.2}, 0.1) == (
        "sigmoid with SGD reaches 30.00 % validation accuracy, 50.00 points below relu with SGD and 10.00 points above "
        "sigmoid with Adam; guessing reaches 10.00 %."
    )
    assert perceptrons.slow_sentence(None, {}, 0.1) == "sigmoid with SGD has no figure."


def test_the_best_combination_is_compared_with_the_next():
    assert perceptrons.best_sentence(CLEAR_RANKING, ABC).startswith(
        "B has the highest validation accuracy, 96.00 % (95 % interval 93.52 to 98.48 %, 3 seeds). B is better than A:"
    )
    assert "B and A cannot be told apart" in perceptrons.best_sentence(TIED_RANKING, ABC)
    assert perceptrons.best_sentence(NO_RANKING, ABC) == "No combination finished."


def test_a_search_names_one_size_only_where_the_evidence_does():
    best, others = clothes.size_sentences(CLEAR_RANKING, ABC)
    assert best.startswith("B has the highest")
    assert others == "Each of the 2 other sizes is worse."
    tied = clothes.size_sentences(TIED_RANKING, ABC)
    assert tied[1] == (
        "The evidence does not set it apart from A when all 3 comparisons are to hold at once, so this search names no "
        "single best size."
    )
    assert clothes.size_sentences(NO_RANKING, ABC) == ("No size finished.",)


def test_the_best_of_many_is_said_to_be_flattered():
    assert clothes.flattery_sentences(Flattery(arms=12, seeds=3, standard_error=0.002, amount=0.0033)) == (
        "The best of 12 noisy figures is flattered by having been picked: by up to 0.33 points here, if all sizes were "
        "in truth the same.",
    )
    assert clothes.flattery_sentences(Flattery(arms=12, seeds=1, standard_error=None, amount=None)) == ()


def scaling(loss, dead, *, test=(0.1, 0.1)):
    return convolution.ScalingFacts(
        loss=loss,
        chance=0.1,
        test=estimate(list(test)),
        epochs=4,
        layers=(ReluLayer(name="Conv2D 32", channels=32, dead=dead),),
    )


def test_a_loss_at_chance_level_is_recognised():
    stuck, learnt = scaling(2.3029, 26), scaling(0.35, 1, test=(0.89, 0.9))
    assert (stuck.at_chance, learnt.at_chance, scaling(None, 0).at_chance) == (True, False, False)
    assert "which is the loss of a network that says the same to every image, ln 10 = 2.3026" in (
        convolution.outcome_sentence("scaled twice", stuck)
    )
    assert "where a network that says the same to every image has ln 10 = 2.3026" in (
        convolution.outcome_sentence("scaled once", learnt)
    )
    assert convolution.outcome_sentence("scaled once", scaling(None, 0)) == (
        "With pixels scaled once, no run came to its end."
    )


@pytest.mark.parametrize(
    ("twice", "ending"),
    [
        (scaling(2.3026, 26), "can only say the same to every image."),
        (scaling(2.3026, 0), "so they are not the reason here."),
        (scaling(0.4, 26), "so the mistake did not stop it here."),
    ],
)
def test_dead_channels_explain_a_stuck_loss_only_where_they_are(twice, ending):
    said = convolution.dead_sentences(scaling(0.35, 1), twice)
    assert said[0].endswith(f"are dead with pixels scaled twice and {100 / 32:.0f} % with pixels scaled once.")
    assert said[1].endswith(ending)


def test_nothing_is_said_about_relus_that_were_not_measured():
    bare = convolution.ScalingFacts(loss=None, chance=0.1, test=estimate([None]), epochs=4, layers=())
    assert convolution.dead_sentences(bare, bare) == ()


def test_the_remedy_is_claimed_only_where_it_helped():
    assert convolution.remedy_sentence(BETTER).startswith("The remedy was run:")
    assert convolution.remedy_sentence(UNCLEAR).endswith("this study does not show that it helps.")
