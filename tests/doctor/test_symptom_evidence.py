"""What each symptom rests on: evidence that must speak, evidence that must not, and the words for both."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cases import LAYERS, at_chance, facts, healthy, history, layer, probe, probes, swapped

from classlab.doctor.callback_text import summary_lines
from classlab.doctor.case import Case
from classlab.doctor.layer_facts import LayerFacts
from classlab.doctor.learning import learning_of
from classlab.doctor.signal import gains, kept_signal
from classlab.doctor.symptoms import (
    bad_start,
    capacity,
    class_imbalance,
    double_normalization,
    double_softmax,
    first_loss,
    labels_without_signal,
    learning_rate_too_high,
    learning_rate_too_low,
    loss_for_head,
    mode_gap,
    nonfinite,
    split_preprocessing,
    under_trained,
    vanishing_gradients,
)
from classlab.records.finding import Diagnosis, Finding, Unchecked

RAW = facts(maximum=255.0, mean=33.0, deviation=78.0)
# Better from epoch to epoch, and still worse in the end than the nearest-centroid rule's 0.8.
BEHIND = {"history": history((2.0, 1.7, 1.4), (0.3, 0.45, 0.6)), "epochs_done": 3, "fitted_accuracy": 0.62}
BATCH_NORM = (LAYERS[0], LayerFacts(position=1, kind="BatchNormalization"), *LAYERS[1:])
SIGMOIDS = tuple(
    replace(LAYERS[1], position=place, activation="sigmoid" if place < 4 else "softmax") for place in (1, 2, 3, 4)
)


# An initialiser that is not made to keep the size of what passes: only then a start may be to blame.
DRAWN = tuple(
    replace(each, initializer="random_normal", initializer_spread=0.05) if each.width else each for each in LAYERS
)


def severity(found: Finding | Unchecked | None) -> str | None:
    return found.severity if isinstance(found, Finding) else None


def travelling(*spreads: float, **later: float) -> Case:
    """A run at chance level whose layers pass the spread between images on like this before the first step."""
    start = {place: {"output_spread": spread} for place, spread in enumerate(spreads, start=1)}
    return at_chance(**{"probes": probes(layers={}, start=start), "layers": DRAWN, **later})


def test_a_run_is_behind_when_it_ends_below_a_rule_without_training():
    assert learning_of(healthy(**BEHIND)).behind
    assert not learning_of(healthy(**BEHIND)).fails
    assert not learning_of(healthy(**{**BEHIND, "fitted_accuracy": 0.85})).behind
    assert not learning_of(healthy(**BEHIND, baseline_accuracy=None)).behind
    early = {"history": history((2.0,), (0.3,)), "epochs_done": 1, "steps_per_epoch": 300}
    assert not learning_of(healthy(**early, fitted_accuracy=None, ended=False)).behind
    assert learning_of(healthy(**early, fitted_accuracy=None)).behind


def test_gains_are_outputs_over_inputs_from_the_images_on():
    factors = [gain.factor for gain in gains(travelling(0.155, 0.31, 0.62))]
    assert factors == pytest.approx([0.5, 2.0, 2.0])
    behind_softmax = at_chance(probes=(probe(0, layers={1: {"activation": "softmax"}}),))
    assert [gain.probe.layer for gain in gains(behind_softmax)] == [1, 3]
    assert [gain.probe.layer for gain in gains(replace(travelling(0.1, 0.0, 0.2), splits={}))] == [2]


@pytest.mark.parametrize(
    ("spreads", "found"),
    [((0.2, 0.2, 0.3), None), ((0.005, 0.003, 0.004), "FAIL"), ((0.2, 3.0, 3.0), "FAIL"), ((9.0, 9.0, 9.0), "FAIL")],
    ids=["sound", "first layer too quiet", "second layer too loud", "first layer too loud"],
)
def test_a_bad_start_is_heard_where_the_initialiser_may_be_to_blame(spreads, found):
    assert severity(bad_start.check(travelling(*spreads))) == found
    assert bad_start.check(travelling(*spreads, layers=LAYERS)) is None
    scaled = tuple(replace(each, initializer="variance_scaling", initializer_spread=100.0) for each in LAYERS)
    assert severity(bad_start.check(travelling(*spreads, layers=scaled))) == found


def test_layers_that_are_each_a_little_loud_are_too_loud_together():
    assert severity(bad_start.check(travelling(0.9, 2.7, 7.0))) == "FAIL"
    assert bad_start.check(travelling(0.9, 2.7, 7.0, layers=LAYERS)) is None


def test_given_weights_count_as_a_start_as_long_as_they_know_nothing():
    loud = travelling(9.0, 9.0, 9.0, given_weights=True)
    assert severity(bad_start.check(loud)) == "FAIL"
    knowing = replace(loud, probes=(replace(loud.probes[0], accuracy=0.4), *loud.probes[1:]))
    assert bad_start.check(knowing) is None
    assert severity(first_loss.check(at_chance(probes=(probe(0, loss=12.0),), given_weights=True))) == "FAIL"
    assert isinstance(
        first_loss.check(healthy(probes=(probe(0, loss=12.0, accuracy=0.5),), given_weights=True)), Unchecked
    )


def test_a_bad_start_is_a_remark_where_the_run_learns_and_a_warning_where_it_lags():
    loud = (probe(0, layers={1: {"output_spread": 9.0}}), probe(1), probe(2))
    assert severity(bad_start.check(healthy(probes=loud, layers=DRAWN))) == "INFO"
    assert severity(bad_start.check(healthy(probes=loud, layers=DRAWN, **BEHIND))) == "WARN"
    wide = swapped(1, initializer="random_uniform", initializer_spread=2.9)
    assert severity(bad_start.check(healthy(layers=wide))) == "INFO"


def test_sigmoids_that_start_saturated_are_a_bad_start_unless_the_images_did_it():
    flat = {place: {"activation": "sigmoid", "saturated_share": 0.99} for place in (1, 2)}
    spoiled = at_chance(probes=probes(layers={}, start=flat), layers=DRAWN)
    assert severity(bad_start.check(spoiled)) == "FAIL"
    first_only = probes(layers={}, start={1: flat[1]})
    raw = {"train": replace(RAW, deviation=0.4)}
    assert bad_start.check(at_chance(probes=first_only, layers=DRAWN, splits=raw)) is None


def test_images_that_hold_nothing_are_said_to():
    black = healthy(splits={"train": facts(minimum=0.0, maximum=0.0, deviation=0.0, mean=0.0)})
    found = double_normalization.check(black)
    assert isinstance(found, Finding)
    assert (found.name, found.severity) == ("constant-input", "FAIL")
    assert found.text == "Every value that reaches the first layer with weights is 0: the images hold nothing."


@pytest.mark.parametrize(
    ("other", "found"),
    [
        (facts(images=1000, mean=0.869), "INVALID"),  # inverted: the same range and deviation
        (facts(images=1000, minimum=-1.0, mean=-0.74, deviation=0.62), "INVALID"),  # [-1, 1] against [0, 1]
        (facts(images=1000, mean=0.3, deviation=0.35), None),  # brighter pictures
    ],
    ids=["inverted", "symmetric", "brighter"],
)
def test_splits_that_differ_in_their_mean_alone_were_prepared_differently(other, found):
    assert severity(split_preprocessing.check(healthy(splits={"train": facts(), "test": other}))) == found


LOST = {"baseline_accuracy": 0.11, "splits": {"train": facts(), "validation": facts(images=400)}}


def test_labels_without_signal_need_images_enough_to_show_a_signal():
    assert severity(labels_without_signal.check(at_chance(**LOST))) == "FAIL"
    few = {**LOST, "splits": {"train": facts(), "validation": facts(images=40)}}
    assert labels_without_signal.check(at_chance(**few)) == Unchecked(
        rule="A6", reason="too few images to tell no signal from a little"
    )
    lopsided = facts(images=500, class_counts=(450, 50))
    two = {"baseline_accuracy": 0.9, "classes": 2, "splits": {"train": lopsided, "validation": lopsided}}
    perfect = healthy(**two, history=history((0.1,), (1.0,)))
    assert severity(labels_without_signal.check(perfect)) is None


def test_wrong_training_labels_alone_move_whole_classes_at_once():
    """Ten classes named by lot: accuracy varies like that of a hundred draws, not of a thousand images."""
    clean = {**LOST, "splits": {"train": facts(), "validation": facts(images=1000)}}
    assert severity(labels_without_signal.check(at_chance(**{**clean, "baseline_accuracy": 0.15}))) == "FAIL"
    assert labels_without_signal.check(at_chance(**{**clean, "baseline_accuracy": 0.27})) is None


def test_labels_are_not_judged_by_images_that_were_prepared_differently():
    dark = facts(images=400, maximum=0.03, mean=0.004, deviation=0.01)
    assert labels_without_signal.check(
        at_chance(baseline_accuracy=0.1, splits={"train": facts(), "validation": dark})
    ) == (
        Unchecked(rule="A6", reason="the validation images reach the network in another way than the training images")
    )


def test_a_class_without_training_images_is_found_where_it_is_scored():
    shown = facts(class_counts=(400,) * 3 + (0,) + (400,) * 6)
    found = class_imbalance.check(healthy(splits={"train": shown, "test": facts(images=1000)}))
    assert isinstance(found, Finding)
    assert found.severity == "WARN"
    assert found.text == "There is no training image of class 3, but there are such images to be scored."
    assert class_imbalance.check(healthy(splits={"train": shown, "test": shown})) is None


def test_small_classes_are_judged_by_unseen_images_where_those_were_counted():
    uneven = facts(class_counts=(3100,) + (100,) * 9)
    learnt = (probe(1, present=(400,) + (10,) * 9, right=(400,) + (10,) * 9),)
    by_heart = healthy(
        splits={"train": uneven}, probes=learnt, unseen_present=(31,) + (1,) * 9, unseen_right=(31,) + (0,) * 9
    )
    found = class_imbalance.check(by_heart)
    assert isinstance(found, Finding)
    assert found.text == (
        "The largest class has 31 times as many training images as the smallest. Of the 9 small classes together most "
        "are not recognised."
    )
    assert severity(class_imbalance.check(replace(by_heart, unseen_present=()))) == "INFO"
    half = replace(by_heart, unseen_present=(31,) + (4,) * 9, unseen_right=(31,) + (3,) * 9)
    assert severity(class_imbalance.check(half)) == "INFO"
    third = replace(by_heart, unseen_present=(31,) + (4,) * 9, unseen_right=(31, *(2, 1) * 4, 1))
    assert severity(class_imbalance.check(third)) == "WARN"
    none = replace(by_heart, unseen_present=(31,) + (0,) * 9, unseen_right=(31,) + (0,) * 9)
    assert severity(class_imbalance.check(none)) == "INFO"


def test_small_classes_with_hardly_an_unseen_image_are_judged_by_the_probe():
    missed = (probe(1, present=(400, 10), right=(400, 0)),)
    rare = healthy(splits={"train": facts(class_counts=(3100, 100))}, probes=missed)
    found = class_imbalance.check(replace(rare, unseen_present=(31, 1), unseen_right=(31, 1)))
    assert isinstance(found, Finding)
    assert found.text.endswith("Of class 1 most are not recognised.")
    assert found.limits == "Recall is read off the probe's few hundred training images."
    assert severity(class_imbalance.check(replace(rare, unseen_present=(31, 5), unseen_right=(31, 5)))) == "INFO"


def test_a_loss_that_burst_speaks_for_large_steps_though_no_probe_was_finite():
    burst = at_chance(history=history((1e23, 3.6, 3.6), (0.1, 0.1, 0.1)), epochs_done=3, probes=(probe(0),))
    found = learning_rate_too_high.check(burst)
    assert isinstance(found, Finding)
    assert found.evidence[0].name == "largest loss of an epoch over the loss before the first step"


def test_a_loss_that_stops_within_the_first_epoch_is_told_by_the_same_step_everywhere():
    stopped = healthy(history={}, epochs_done=0, probes=(probe(0),), first_bad_step=2, diverged=True)
    high, bad = learning_rate_too_high.check(stopped), nonfinite.check(stopped)
    assert isinstance(high, Finding)
    assert isinstance(bad, Finding)
    assert high.text == (
        "The steps were too large: the loss stopped being finite at step 3 (learning rate "
        f"{stopped.learning_rate:g} with {stopped.optimizer})."
    )
    assert bad.text == "The loss stopped being finite at step 3; training cannot go on from there."
    assert high.evidence[0] == bad.evidence[0]
    assert (bad.evidence[0].found, bad.evidence[0].expected) == (3, "none")


def test_large_numbers_are_written_short():
    burst = at_chance(history=history((2.97e13, 3.6, 3.6), (0.1, 0.1, 0.1)), epochs_done=3, probes=(probe(0),))
    found = learning_rate_too_high.check(burst)
    assert isinstance(found, Finding)
    assert found.text.startswith(
        "The steps were too large: largest loss of an epoch over the loss before the first step 1.3e+13, where about 1 "
        "is usual"
    )
    lines = summary_lines(Diagnosis(subject="s", findings=(found,), checked=("I2",)))
    assert "    largest loss of an epoch over the loss before the first step: 1.3e+13 (expected about 1)" in lines


def test_accuracy_that_still_rises_is_under_training_too():
    slow = healthy(history=history((2.31, 2.29, 2.272), (0.14, 0.17, 0.21)), epochs_done=3)
    assert severity(under_trained.check(slow)) == "INFO"
    assert (
        under_trained.check(healthy(history=history((2.31, 2.29, 2.272), (0.14, 0.17, 0.175)), epochs_done=3)) is None
    )


def test_a_sigmoid_head_and_a_function_before_softmax_do_not_fit_classes():
    assert severity(loss_for_head.check(healthy(layers=swapped(3, activation="sigmoid")))) == "WARN"
    cut = (*swapped(3, activation="relu"), LayerFacts(position=4, kind="Softmax", activation="softmax"))
    found = loss_for_head.check(healthy(layers=cut))
    assert isinstance(found, Finding)
    assert found.text.startswith("Between the last layer and softmax stands relu: activation relu, then softmax, loss")
    plain = (*swapped(3, activation="linear"), LayerFacts(position=4, kind="Softmax", activation="softmax"))
    assert loss_for_head.check(healthy(layers=plain)) is None


@pytest.mark.parametrize(("case", "found"), [(healthy(), "INFO"), (healthy(**BEHIND), "WARN"), (at_chance(), "FAIL")])
def test_softmax_within_the_network_counts_as_much_as_it_costs(case, found):
    assert severity(double_softmax.check(replace(case, layers=swapped(1, activation="softmax")))) == found


def test_a_loud_loss_with_a_good_accuracy_is_a_warning():
    grown = probes(layers={1: {"weight_norm": 900.0}}, loss=9.0, accuracy=0.88)
    loud = healthy(probes=grown, history=history((9.0, 8.0, 7.0), (0.8, 0.85, 0.88)))
    assert severity(learning_rate_too_high.check(loud)) == "WARN"
    assert severity(learning_rate_too_high.check(replace(loud, baseline_accuracy=0.95))) == "FAIL"


@pytest.mark.parametrize(
    ("case", "found"),
    [(at_chance(), "FAIL"), (healthy(**BEHIND), "WARN"), (healthy(), None)],
    ids=["at chance", "behind", "learns"],
)
def test_a_bottleneck_counts_where_the_network_falls_short(case, found):
    narrow = capacity.check(replace(case, layers=swapped(2, width=2)))
    assert severity(narrow) == found
    assert found is None or narrow.text == "Everything that tells 10 classes apart has to pass 2 units of layer 2."
    assert capacity.check(replace(case, layers=swapped(2, width=4))) is None


def test_weight_decay_that_shrinks_the_weights_holds_back():
    shrunk = (probe(0), probe(3, layers={1: {"weight_norm": 0.8}}))
    found = capacity.check(healthy(probes=shrunk, weight_decay=50.0, **BEHIND))
    assert isinstance(found, Finding)
    assert (found.severity, found.causes[0].change) == ("WARN", {"weight_decay": 0.004})
    assert found.text == "Weight decay has shrunk the weights of a layer to 10% of their start."
    assert severity(capacity.check(healthy(probes=shrunk, weight_decay=0.01))) == "INFO"
    assert capacity.check(healthy(probes=shrunk)) is None
    thrown = (probe(0), probe(3, layers={1: {"weight_norm": 800.0}, 2: {"weight_norm": 0.8}}))
    assert capacity.check(healthy(probes=thrown, weight_decay=0.004)) is None  # decay goes by a rate far too high


def test_of_several_things_that_hold_back_the_gravest_is_told():
    layers = (*LAYERS[:1], *(replace(each, activation="linear") for each in LAYERS[1:3]), LAYERS[3])
    both = at_chance(layers=(*layers[:3], LayerFacts(position=4, kind="Dropout", rate=0.97), layers[3]))
    found = capacity.check(both)
    assert isinstance(found, Finding)
    assert found.text == "Dropout throws away 97% of the values at each step."


def test_batch_normalisation_one_by_one_is_why_nothing_is_learnt():
    found = mode_gap.check(at_chance(layers=BATCH_NORM, batch_size=1))
    assert isinstance(found, Finding)
    assert (found.name, found.severity, found.causes[0].change) == ("normalised-one-by-one", "FAIL", {"batch_size": 32})
    assert mode_gap.check(healthy(layers=BATCH_NORM, batch_size=1)) is None


def test_a_signal_that_fades_from_layer_to_layer_is_lost_before_the_first_step():
    fading = {place: {"output_spread": 0.3 * 0.1**place, "activation": "relu"} for place in range(1, 7)}
    network = (*(replace(LAYERS[1], position=place) for place in range(1, 6)), replace(LAYERS[3], position=6))
    start = probe(0)
    start = replace(start, layers=tuple(layer(place, **fading[place]) for place in range(1, 7)))
    assert kept_signal(start) == pytest.approx(1e-4)
    lost = at_chance(layers=network, probes=(start, *probes(layers={})[1:]))
    found = vanishing_gradients.check(lost)
    assert isinstance(found, Finding)
    assert (found.severity, found.evidence[0].found) == ("FAIL", 1e-4)
    lagging = replace(lost, **BEHIND)
    assert severity(vanishing_gradients.check(lagging)) == "WARN"
    assert vanishing_gradients.check(replace(lost, history=healthy().history)) is None


def test_three_sigmoids_that_flatten_the_images_explain_a_plateau():
    spreads = {1: {"output_spread": 0.08}, 2: {"output_spread": 0.0056}}
    course = probes(layers=spreads, start=spreads)
    assert severity(vanishing_gradients.check(at_chance(layers=SIGMOIDS, probes=course))) == "FAIL"
    two = (LAYERS[0], *(replace(each, activation="sigmoid") for each in LAYERS[1:3]), LAYERS[3])
    assert vanishing_gradients.check(at_chance(layers=two, probes=course)) is None


def test_a_loss_that_ends_far_above_its_start_speaks_for_large_steps():
    """Probabilities that are clipped end at 14.5 or 16, whatever the network is."""
    clipped = at_chance(history=history((14.5, 14.5, 14.5, 14.5), (0.1,) * 4))
    found = learning_rate_too_high.check(clipped)
    assert isinstance(found, Finding)
    assert found.evidence[0].name == "training loss now over the loss before the first step"
    loud = (replace(clipped.probes[0], loss=14.0), *clipped.probes[1:])
    assert learning_rate_too_high.check(replace(clipped, probes=loud)) is None


def test_an_average_over_places_is_no_quiet_layer():
    pooled = (LAYERS[0], LAYERS[1], LayerFacts(position=2, kind="GlobalAveragePooling2D"), LAYERS[3])
    start = replace(probe(0), layers=(layer(1, output_spread=0.2), layer(3, output_spread=0.001)))
    assert [gain.probe.layer for gain in gains(at_chance(layers=pooled, probes=(start,)))] == [1]


SLOW = {"probes": probes(layers={n: {"update_ratio": 1e-6, "epoch_change": 1e-4} for n in (1, 2, 3)})}


@pytest.mark.parametrize(
    ("limits", "change"),
    [
        ({}, {"learning_rate": 0.01}),
        ({"clips": {"clipnorm": 1e-6}}, {"clipnorm": None}),
        ({"clips": {"clipnorm": 1.0}}, {"learning_rate": 0.01}),
        (
            {"schedule": "cosine", "history": {**at_chance().history, "learning_rate": (1e-3, 1e-4, 1e-5, 1e-7)}},
            {"schedule": "constant"},
        ),
    ],
    ids=["rate", "cut", "a sound bound", "schedule"],
)
def test_what_makes_steps_small_is_the_first_cause(limits, change):
    found = learning_rate_too_low.check(at_chance(**{**SLOW, **limits}))
    assert isinstance(found, Finding)
    assert found.causes[0].change == change
