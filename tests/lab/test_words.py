"""Every sentence follows from its numbers: other numbers give other sentences."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from classlab.analysis import analyse, judge_arms
from classlab.analysis.sentences.comparison import comparison_sentence
from classlab.datasets.inspection import Inspection, Overlap, SplitFacts
from classlab.lab import published, sentences
from classlab.lab.sentences import Planned
from classlab.lab.steps import look, optimizers, perceptrons, predictions
from classlab.statistics import compare, estimate, sample
from classlab.statistics.confusion import MixUp

BETTER = compare(sample([0.91, 0.93, 0.92]), sample([0.90, 0.92, 0.911]), margin=0.002)
ABC = ("A", "B", "C")


def test_a_spread_leaves_out_runs_without_a_figure():
    assert published.spread([0.9, None, 0.92]) == "91.00 ± 1.41"
    assert published.spread([0.9]) == "90.00"
    assert published.spread([None]) == "\u2013"


def test_a_test_accuracy_is_told_in_the_words_of_the_analysis(small_lab):
    study = small_lab.studies["other-images"]
    analysis = analyse(study)
    arm = analysis.first
    said = analysis.sentences[-1].replace(", which took no part in choosing it,", "")
    assert sentences.reached_sentence(arm) == said
    nothing = replace(arm, test=estimate(sample([None, None])))
    assert sentences.reached_sentence(nothing) == f"'{arm.name}' has no test accuracy: no run of it ended well."


@pytest.mark.parametrize(("factor", "text"), [(0.21, "0.2 times"), (5.26, "5.3 times"), (123.4, "123 times")])
def test_a_ratio_has_two_digits(factor, text):
    assert sentences.times(factor) == text


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
        "shapes has 1,100 training images and 200 test images in 2 classes: gray pictures of 8 x 8 pixels, uint8 "
        "from 0 to 255."
    )
    aside = replace(facts((500, 500)), splits={"train": split((450, 450)), "validation": split((50, 50))})
    assert look.size_sentence(aside).startswith(
        "shapes has 1,100 training images, of which 100 are set aside as validation images, and 200 test images in "
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


def test_the_rates_of_an_optimizer_are_judged_among_themselves():
    judgement = judge_arms(["SGD 0.1", "SGD 0.01"], [sample([0.91, 0.93, 0.92]), sample([0.90, 0.92, 0.911])])
    said = optimizers.rates_sentence("SGD", judgement)
    assert said == f"SGD: {' '.join(judgement.sentences)}"
    assert said.startswith("SGD: 'SGD 0.1' is better than 'SGD 0.01' by 0.97 points (95 % interval ")
    assert " 'SGD 0.1' reaches a validation accuracy of 92.00 % with 3 seeds (95 % interval " in said
    nothing = judge_arms(["SGD 0.1", "SGD 0.01"], [sample([None]), sample([None])])
    assert optimizers.rates_sentence("SGD", nothing) == "SGD: No run ended well, so there is nothing to compare."


def test_more_epochs_are_compared_arm_by_arm():
    found = [Planned(first="A, 20 epochs", second="A, 5 epochs", comparison=BETTER)]
    assert optimizers.longer_sentences(found, 5, 20) == (comparison_sentence("A, 20 epochs", "A, 5 epochs", BETTER),)
    assert optimizers.longer_sentences(found, 2, 2) == (
        "Both studies were trained for 2 epochs, so this run of the lab cannot say.",
    )


def test_adam_and_rmsprop_are_told_apart_only_by_evidence():
    found = {5: Planned(first="Adam", second="RMSprop", comparison=BETTER.reversed())}
    (said,) = optimizers.told_apart_sentences(found)
    assert said == f"After 5 epochs: {comparison_sentence('Adam', 'RMSprop', BETTER.reversed())}"
    assert said.startswith("After 5 epochs: 'Adam' is worse than 'RMSprop' by 0.97 points (95 % interval ")


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
        "The network recognizes 9,236 of 10,000 images (92.36 %) of the test set."
    )


def test_how_far_the_slow_network_gets():
    assert perceptrons.slow_sentences(estimate(sample([0.3])), 10) == (
        "'sigmoid with SGD' reaches a validation accuracy of 30.00 % with 1 seed; guessing reaches 10.00 %.",
    )
    assert perceptrons.slow_sentences(estimate(sample([None])), 10) == ("'sigmoid with SGD' has no figure.",)
