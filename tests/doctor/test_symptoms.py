"""Every symptom: silent on a healthy case, found on a sick one with its severity, unchecked where nothing is known."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from cases import CHANCE, HEALTHY, LAYERS, at_chance, facts, healthy, history, layer, probe, probes, swapped

from classlab.doctor.case import Case, LabelFacts
from classlab.doctor.diagnose import diagnose_case
from classlab.doctor.layer_facts import LayerFacts
from classlab.doctor.symptoms import SYMPTOMS
from classlab.records.finding import Finding, Unchecked

BY_RULE = {symptom.RULE: symptom for symptom in SYMPTOMS}
NOTHING_KNOWN = Case(classes=10, layers=())
DIM = facts(maximum=0.0039, deviation=0.0012, mean=0.0005)
RAW = facts(maximum=255.0, mean=33.0, deviation=78.0)
BATCH_NORM = (LAYERS[0], LayerFacts(position=1, kind="BatchNormalization"), *LAYERS[1:])
UNEQUAL = facts(class_counts=(3100,) + (100,) * 9)
DROPPING = (*LAYERS[:2], LayerFacts(position=4, kind="Dropout", rate=0.8), LAYERS[3])
SIGMOIDS = tuple(
    replace(LAYERS[1], position=place, activation="sigmoid" if place < 4 else "softmax") for place in (1, 2, 3, 4)
)
# Better from epoch to epoch, and still worse in the end than the nearest-centroid rule's 0.8.
BEHIND = {
    "history": history((1.6, 1.5, 1.4), (0.52, 0.56, 0.6)),
    "epochs_done": 3,
    "fitted_accuracy": 0.62,
}
# Five dropouts of one half let one path in 32 stand; those of a sound deep network one in six.
STACKED = (*LAYERS[:2], *(LayerFacts(position=4, kind="Dropout", rate=0.5) for _ in range(5)), LAYERS[3])
USUAL = (0.2, 0.3, 0.4, 0.5)
DRAWN = tuple(replace(layer, initializer="random_normal", initializer_spread=0.1) for layer in LAYERS)
# Class 3 is never named, the others mostly are.
OVERLOOKING = tuple(
    probe(epoch, loss=1.2, predicted=(57, 57, 57, 0, *(57,) * 6), right=(48, 48, 48, 0, *(48,) * 6))
    for epoch in (1, 2, 3)
)


def normalised(momentum: float) -> tuple[LayerFacts, ...]:
    """Layers with a batch normalisation of this momentum."""
    return (LAYERS[0], LayerFacts(position=1, kind="BatchNormalization", momentum=momentum), *LAYERS[1:])


def test_rules_and_names_are_unique():
    assert len(BY_RULE) == len(SYMPTOMS) == 37
    assert len({symptom.NAME for symptom in SYMPTOMS}) == len(SYMPTOMS)


@pytest.mark.parametrize("rule", BY_RULE)
def test_a_healthy_run_has_no_finding(rule):
    assert not isinstance(BY_RULE[rule].check(HEALTHY), Finding)


@pytest.mark.parametrize("rule", BY_RULE)
def test_what_is_not_known_is_unchecked_or_silent(rule):
    result = BY_RULE[rule].check(NOTHING_KNOWN)
    assert result is None or (isinstance(result, Unchecked) and result.rule == rule and result.reason)


BELOW = tuple(probe(epoch, loss=-2.3, accuracy=0.1) for epoch in range(4))
OTHER_KIND: dict[str, Any] = {"own_accuracy": {"train": 0.75, "validation": 0.7}, "baseline_accuracy": 0.2}
UNNAMED: dict[str, Any] = {"unseen_present": (40,) * 10, "unseen_right": (0, *(35,) * 9)}
SICK = [
    ("A1", "FAIL", at_chance(splits={"train": DIM})),
    ("A1", "WARN", healthy(splits={"train": DIM})),
    ("A1", "FAIL", healthy(splits={"train": DIM}, history={}, epochs_done=0, probes=HEALTHY.probes[:1])),
    (
        "A1",
        "WARN",
        healthy(splits={"train": facts(minimum=-1.008, maximum=-0.99, deviation=0.005)}, outer_scalings=("one", "two")),
    ),
    ("A2", "WARN", healthy(splits={"train": RAW})),
    ("A2", "FAIL", at_chance(splits={"train": RAW})),
    ("A2", "WARN", healthy(splits={"train": facts(mean=-7.0)})),
    ("A2", "WARN", at_chance(splits={"train": RAW}, layers=(*LAYERS[:2], BATCH_NORM[1], *LAYERS[2:]))),
    ("A3", "WARN", healthy(batches={"train": (*(facts(images=16),) * 12, *(facts(images=16, mean=0.6),) * 2)})),
    ("A5", "INFO", healthy(labels=LabelFacts(minimum=1, maximum=9))),
    ("B4", "INFO", healthy(layers=swapped(3, half=True))),
    ("I7", "FAIL", at_chance(probes=(probe(0, loss=5.0), probe(1, loss=2.3)), layers=DRAWN)),
    ("I14", "INFO", healthy(history={**HEALTHY.history, "val_accuracy": (0.93,) * 4}, fitted_accuracy=0.94)),
    ("A3", "INVALID", healthy(splits={"train": facts(), "validation": DIM})),
    ("A3", "INVALID", healthy(splits={"train": facts(), "validation": facts(), "test": RAW})),
    ("A5", "FAIL", healthy(labels=LabelFacts(minimum=0, maximum=1, whole=False))),
    ("A5", "FAIL", healthy(labels=LabelFacts(minimum=-1, maximum=8))),
    ("A5", "FAIL", healthy(labels=LabelFacts(minimum=1, maximum=10))),
    ("A5", "FAIL", healthy(labels=LabelFacts(minimum=0, maximum=1, one_hot=True, rows_sum_to_one=False, width=10))),
    ("A6", "FAIL", at_chance(baseline_accuracy=0.1)),
    ("A7", "INFO", healthy(splits={"train": UNEQUAL})),
    (
        "A7",
        "WARN",
        healthy(splits={"train": UNEQUAL}, probes=(probe(1, present=(400,) + (10,) * 9, right=(400,) + (1,) * 9),)),
    ),
    (
        "A7",
        "WARN",
        healthy(splits={"train": UNEQUAL}, probes=(probe(1, present=(400,) + (2,) * 9, right=(400,) + (0,) * 9),)),
    ),
    ("A8", "INFO", healthy(overlap={"train/test": 1})),
    ("A8", "WARN", healthy(overlap={"train/test": 5})),
    ("A8", "INVALID", healthy(overlap={"train/test": 500})),
    ("A9", "WARN", healthy(input_shape=(3, 32, 32), layers=(LayerFacts(position=0, kind="Conv2D", width=8), *LAYERS))),
    ("B1", "FAIL", healthy(layers=swapped(3, activation="linear"))),
    ("B2", "FAIL", healthy(from_logits=True)),
    ("B2", "FAIL", healthy(layers=(*LAYERS, LayerFacts(position=4, kind="Softmax", activation="softmax")))),
    ("B3", "FAIL", healthy(layers=swapped(3, width=1))),
    ("B3", "FAIL", healthy(layers=swapped(3, width=8))),
    ("B3", "WARN", healthy(layers=swapped(3, width=12))),
    ("B4", "FAIL", healthy(layers=swapped(3, activation="relu"))),
    ("B4", "INFO", healthy(loss="mean_squared_error")),
    ("B4", "WARN", healthy(loss="mean_squared_error", layers=swapped(3, activation="linear"))),
    ("B4", "WARN", healthy(loss="binary_crossentropy", layers=swapped(3, activation="sigmoid"))),
    ("B5", "FAIL", healthy(labels=LabelFacts(minimum=0, maximum=1, one_hot=True, width=10), labels_converted=False)),
    ("B5", "FAIL", healthy(loss="categorical_crossentropy", labels_converted=False)),
    ("B6", "WARN", healthy(metric_counts_images=False, reported_accuracy=0.9, recomputed_accuracy=0.1)),
    ("B6", "WARN", healthy(metric_counts_images=False, metric="binary_accuracy")),
    ("B7", "WARN", at_chance(probes=(probe(0, loss=5.0),), history={}, epochs_done=0)),
    ("B7", "FAIL", at_chance(probes=(probe(0, loss=12.0),))),
    ("B7", "INFO", healthy(probes=(probe(0, loss=5.0), *HEALTHY.probes[1:]))),
    ("C1", "INVALID", healthy(label="RMSprop, 20 epochs")),
    ("C3", "WARN", healthy(validation_is_test=True)),
    ("C5", "INVALID", healthy(overlap={"train/validation": 400})),
    ("C8", "WARN", healthy(probes=(probe(0, loss=0.2, accuracy=0.95),))),
    ("C8", "INFO", healthy(probes=(probe(0, loss=0.2, accuracy=0.95),), given_weights=True)),
    ("C8", "WARN", healthy(optimizer_steps_before=400)),
    ("I1", "FAIL", at_chance()),
    ("I1", "WARN", at_chance(steps_per_epoch=300, epochs_done=1, history=history((2.303,), (0.1,)))),
    ("I2", "FAIL", healthy(learning_rate=0.0)),
    ("I2", "FAIL", at_chance(probes=probes(layers={1: {"weight_norm": 900.0}}))),
    ("I2", "FAIL", at_chance(probes=probes(layers={n: {"update_ratio": 0.3} for n in (1, 2, 3)}))),
    ("I2", "FAIL", healthy(history=history((0.5, 3.0, 3.5, 4.0), (0.8, 0.3, 0.3, 0.2)))),
    ("I2", "FAIL", healthy(history={}, epochs_done=0, probes=(probe(0),), first_bad_step=5, diverged=True)),
    (
        "I3",
        "FAIL",
        at_chance(probes=probes(layers={n: {"update_ratio": 1e-6, "epoch_change": 1e-4} for n in (1, 2, 3)})),
    ),
    (
        "I3",
        "WARN",
        healthy(
            history=history((2.34, 2.339, 2.338, 2.337), (0.12, 0.13, 0.14, 0.15)),
            probes=probes(layers={n: {"update_ratio": 1e-6, "epoch_change": 1e-4} for n in (1, 2, 3)}),
        ),
    ),
    (
        "I3",
        "WARN",
        healthy(
            steps_per_epoch=20,
            history=history((2.31, 2.309, 2.308, 2.307), (0.11, 0.1, 0.12, 0.11)),
            probes=probes(layers={n: {"update_ratio": 1e-5, "epoch_change": 4e-4} for n in (1, 2, 3)}),
        ),
    ),
    ("I4", "FAIL", healthy(first_bad_step=600, diverged=True)),
    ("I4", "FAIL", healthy(history={}, epochs_done=0, probes=(probe(0, loss=float("nan")),), first_bad_step=0)),
    ("I5", "FAIL", at_chance(probes=probes(layers={1: {"dead_share": 0.7}}))),
    (
        "I5",
        "WARN",
        healthy(probes=(probe(1, layers={1: {"dead_share": 0.95}}), probe(2, layers={1: {"dead_share": 0.95}}))),
    ),
    ("I5", "INFO", healthy(probes=(probe(1, layers={1: {"dead_share": 0.6}}),))),
    (
        "I5",
        "FAIL",
        healthy(
            steps_per_epoch=10,
            probes=tuple(probe(e, layers={1: {"dead_share": 1.0}, 3: {"output_spread": 0.0}}) for e in (1, 2)),
        ),
    ),
    ("I6", "FAIL", at_chance(probes=probes(layers={1: {"gradient_norm": 1e-5, "epoch_change": 1e-5}}))),
    (
        "I6",
        "FAIL",
        at_chance(
            layers=SIGMOIDS,
            probes=probes(layers={1: {"epoch_change": 1e-4}, 3: {"epoch_change": 0.01}}),
        ),
    ),
    ("I7", "FAIL", at_chance(probes=tuple(probe(e, layers={1: {"unit_spread": 0.0}}) for e in range(4)))),
    ("I7", "WARN", healthy(probes=tuple(probe(e, layers={1: {"unit_spread": 0.0}}) for e in range(4)))),
    ("I7", "FAIL", at_chance(layers=swapped(1, initializer="random_normal", initializer_spread=1.0))),
    ("I7", "FAIL", at_chance(layers=swapped(2, bias_value=-5.0))),
    ("I7", "WARN", healthy(probes=(), layers=swapped(1, initializer="zeros"))),
    ("I9", "FAIL", at_chance(probes=probes(layers={3: {"output_spread": 1e-7}}, predicted=(512,) + (0,) * 9))),
    (
        "I10",
        "WARN",
        healthy(layers=(LAYERS[0], *(replace(each, activation="linear") for each in LAYERS[1:3]), LAYERS[3])),
    ),
    ("I10", "INFO", healthy(layers=DROPPING)),
    ("I10", "FAIL", at_chance(layers=DROPPING)),
    ("I10", "WARN", healthy(layers=DROPPING, **BEHIND)),
    ("I10", "INFO", healthy(layers=swapped(1, penalty=0.1), probes=tuple(probe(e, penalty=0.5) for e in (1, 2, 3)))),
    (
        "I10",
        "WARN",
        healthy(layers=swapped(1, penalty=0.1), probes=tuple(probe(e, penalty=0.5) for e in (1, 2, 3)), **BEHIND),
    ),
    (
        "I10",
        "WARN",
        healthy(
            layers=swapped(1, penalty=1.0), probes=(probe(0), probe(3, layers={1: {"weight_norm": 0.2}})), **BEHIND
        ),
    ),
    (
        "I11",
        "INFO",
        healthy(history=history((0.3,) * 16, (0.9,) * 16, val_accuracy=(0.9,) * 5 + (0.9, 0.7) * 6), epochs_done=16),
    ),
    (
        "I12",
        "INFO",
        healthy(
            history=history(
                (0.5, 0.2, 0.1, 0.05), (0.8, 0.9, 0.95, 0.99), val_loss=(0.5, 0.6, 0.7, 0.8), val_accuracy=(0.8,) * 4
            )
        ),
    ),
    ("I13", "INFO", healthy(history=history((0.7, 0.5, 0.4, 0.3), (0.8, 0.85, 0.88, 0.9)))),
    ("I14", "INFO", healthy(layers=BATCH_NORM, fitted_accuracy=0.3, steps_per_epoch=60)),
    ("I14", "WARN", healthy(layers=BATCH_NORM, fitted_accuracy=0.3, steps_per_epoch=200)),
    ("I14", "WARN", healthy(layers=normalised(momentum=1.0), fitted_accuracy=0.3, steps_per_epoch=60)),
    ("I14", "WARN", healthy(layers=normalised(momentum=0.9999), fitted_accuracy=0.3, steps_per_epoch=60)),
    ("A7", "FAIL", healthy(splits={"train": facts(class_counts=(4000,) + (0,) * 9)})),
    ("A7", "WARN", healthy(probes=OVERLOOKING, history=history((0.7, 0.4, 0.3), (0.6, 0.75, 0.8)))),
    ("B4", "FAIL", healthy(layers=swapped(3, activation="softplus"))),
    ("B4", "FAIL", healthy(layers=swapped(3, activation="tanh"), from_logits=True)),
    ("B4", "FAIL", healthy(layers=swapped(3, activation="unknown"), answer_sums=(0.2, 1.7))),
    ("B4", "WARN", healthy(layers=swapped(3, activation="hard_sigmoid"))),
    ("B4", "FAIL", at_chance(loss="mean_absolute_error")),
    ("B4", "FAIL", healthy(classes=2, layers=swapped(3, width=1, activation="relu"), loss="binary_crossentropy")),
    ("B4", "WARN", healthy(loss="hinge", **BEHIND)),
    ("B8", "FAIL", at_chance(history=history((6.0, 12.0, 14.0, 15.0), (0.03, 0.02, 0.01, 0.01)))),
    ("B8", "FAIL", at_chance(descent=0.4)),
    ("B9", "FAIL", healthy(mixing=0.8)),
    ("B9", "WARN", healthy(mixing=0.0, loss_mixes="classes")),
    ("B9", "FAIL", at_chance(mixing=0.0, loss_mixes="images")),
    ("B9", "WARN", healthy(mixing=0.0, loss_mixes="batch")),
    ("B8", "FAIL", at_chance(history=history((-9.0, -15.0, -16.0, -16.1), (0.1,) * 4), probes=BELOW, loss="")),
    ("A3", "INVALID", healthy(history={**HEALTHY.history, "val_accuracy": (0.2,) * 4}, **OTHER_KIND)),
    ("A5", "FAIL", healthy(layers=swapped(3, width=1))),
    ("A7", "WARN", healthy(one_class_batches=0.8)),
    ("A7", "INFO", healthy(one_class_batches=0.6, splits={"train": facts(class_counts=(3640, *(40,) * 9))}, probes=())),
    ("A7", "FAIL", at_chance(one_class_batches=0.8)),
    ("A7", "WARN", healthy(probes=(), history=history((0.4, 0.3), (0.8,) * 2, val_loss=(1.0, 1.1)), **UNNAMED)),
    ("I3", "FAIL", healthy(trained=False)),
    (
        "I3",
        "FAIL",
        at_chance(
            schedule="exponential_decay",
            history={**CHANCE, "learning_rate": (1e-9,) * 4},
            probes=probes(layers={n: {"update_ratio": 0.0, "epoch_change": 0.0} for n in (1, 2, 3)}),
        ),
    ),
    ("I10", "FAIL", at_chance(layers=STACKED)),
    ("I10", "INFO", healthy(layers=STACKED)),
    ("I15", "FAIL", healthy(history={**HEALTHY.history, "val_accuracy": (0.1, 0.11, 0.1, 0.09)})),
    ("I15", "FAIL", healthy(history={**HEALTHY.history, "val_accuracy": (0.1,) * 4}, layers=normalised(momentum=1.0))),
    ("I16", "WARN", healthy(**BEHIND)),
    ("I16", "INFO", healthy(**{**BEHIND, "history": history((2.0, 1.7, 1.4), (0.3, 0.45, 0.6))})),
]


@pytest.mark.parametrize(
    ("rule", "severity", "case"), SICK, ids=[f"{rule}-{place}" for place, (rule, _, _) in enumerate(SICK)]
)
def test_a_sick_run_is_found(rule, severity, case):
    finding = BY_RULE[rule].check(case)
    assert isinstance(finding, Finding), finding
    assert (finding.rule, finding.severity) == (rule, severity)
    assert finding.text.endswith(".")
    assert finding.evidence
    assert all(cause.text.endswith(".") and cause.remedy.endswith(".") for cause in finding.causes)
    assert {cause.rule for cause in finding.causes} <= {rule} or rule == "I16"  # which guesses at another rule's cause
    assert [each for each in finding.evidence if is_as_expected(each)] == []


def is_as_expected(evidence):
    """Whether a figure is on that side of its bound on which a healthy run's would be: evidence of nothing."""
    bound = re.match(r"(above|below) ([0-9.e+-]+)", evidence.expected)
    if bound is None or isinstance(evidence.found, str):
        return False
    return evidence.found > float(bound[2]) if bound[1] == "above" else evidence.found < float(bound[2])


def test_every_symptom_that_can_be_decided_is_tried():
    assert {rule for rule, _, _ in SICK} == set(BY_RULE) - {"I8"}


HARMLESS = [
    ("A7", healthy(probes=OVERLOOKING, history=history((1.1, 1.0, 0.9), (0.6, 0.75, 0.8)))),
    ("B4", healthy(layers=swapped(3, activation="linear"), from_logits=True)),
    ("B4", healthy(layers=swapped(3, activation="log_softmax"), from_logits=True)),
    ("B4", healthy(layers=swapped(3, activation="unknown"), answer_sums=(0.9999, 1.0001))),
    ("B4", healthy(layers=swapped(3, activation="unknown"))),
    ("B4", healthy(classes=2, layers=swapped(3, width=1, activation="sigmoid"), loss="binary_crossentropy")),
    ("B4", healthy(classes=2, layers=swapped(3, width=1, activation="linear"), loss="binary_crossentropy")),
    ("B8", healthy(descent=0.4)),
    ("B8", at_chance(descent=-0.4)),
    ("B8", at_chance(first_losses=(0.0,) * 64)),
    ("A3", healthy(batches={"train": (facts(images=16, mean=0.6), *(facts(images=16, mean=0.2),) * 15)})),
    ("I2", healthy(history=history((0.0,) * 4, (0.1,) * 4))),
    ("I7", healthy(probes=(probe(0, loss=5.0),))),
    ("B8", at_chance(history=history((2.4,) * 4, (0.09,) * 4))),
    ("B8", at_chance(history=history((2.31,) * 4, (0.04,) * 4))),
    ("B9", healthy(mixing=0.004)),
    ("B8", healthy(history=history((-0.3, -0.8, -0.9, -0.95), (0.5, 0.7, 0.8, 0.9)), probes=BELOW, loss="")),
    ("A3", healthy(**OTHER_KIND)),  # the network is right on both kinds
    ("A3", healthy(**{**OTHER_KIND, "own_accuracy": {"train": 0.3, "validation": 0.8}})),
    ("A7", healthy(one_class_batches=0.1)),
    ("A7", healthy(probes=(), history=history((0.4, 0.3), (0.8,) * 2, val_loss=(0.4, 0.4)), **UNNAMED)),
    ("I10", at_chance(layers=(*LAYERS[:2], *(LayerFacts(position=4, kind="Dropout", rate=rate) for rate in USUAL)))),
    ("I14", healthy(layers=LAYERS, fitted_accuracy=0.3)),
    ("I15", healthy(history={**HEALTHY.history, "val_accuracy": (0.1, 0.11, 0.1, 0.3)})),
    ("I15", healthy(history={**HEALTHY.history, "val_accuracy": (0.1,) * 4}, layers=BATCH_NORM, steps_per_epoch=60)),
    ("I15", at_chance()),
    ("I16", healthy(**{**BEHIND, "fitted_accuracy": 0.85})),
    ("I16", healthy(**BEHIND, ended=False)),
    ("I16", healthy(**{**BEHIND, "fitted_accuracy": 0.7})),
    (
        "A1",
        healthy(
            splits={"train": facts(minimum=-2.0, maximum=3.0, mean=0.0, deviation=1.0)}, outer_scalings=("one", "two")
        ),
    ),
    ("A2", healthy(splits={"train": facts(minimum=-5.0, maximum=5.0, mean=0.0, deviation=1.0)})),
    ("A2", healthy(splits={"train": RAW}, layers=BATCH_NORM)),
    ("A3", healthy(splits={"train": facts(), "test": facts(deviation=0.2, mean=0.3)})),
    ("A5", healthy(labels=LabelFacts(minimum=0, maximum=1), layers=swapped(3, width=1))),
    ("A6", healthy(baseline_accuracy=0.1)),
    ("A6", at_chance(baseline_accuracy=0.9, splits={"validation": facts(class_counts=(0, 400, *(0,) * 8))})),
    ("A6", at_chance(baseline_accuracy=0.77, splits={"train": UNEQUAL, "validation": UNEQUAL})),
    ("A8", healthy(validation_is_test=True, overlap={"validation/test": 1000})),
    ("A9", healthy(input_shape=(3, 32, 3), layers=(LayerFacts(position=0, kind="Conv2D", width=8), *LAYERS))),
    ("B1", healthy(layers=swapped(3, activation="linear"), from_logits=True)),
    ("B3", healthy(classes=2, layers=swapped(3, width=1, activation="sigmoid"))),
    ("B7", at_chance(probes=(probe(0, loss=12.0),), layers=BATCH_NORM)),
    ("B7", at_chance(probes=(probe(0, loss=12.0),), loss="mean_squared_error")),
    ("B7", at_chance(probes=(probe(0, loss=float("nan")),))),
    ("C1", healthy(label="adam against sgd")),
    ("C5", healthy(overlap={"train/validation": 3})),
    ("C8", healthy(probes=(probe(0, loss=0.2, accuracy=0.1),))),
    ("I1", at_chance(steps_per_epoch=20)),
    ("I1", healthy(history=history((2.3, 2.28, 2.2, 2.1), (0.1, 0.15, 0.2, 0.25)))),
    ("I2", healthy(learning_rate=10.0)),
    (
        "I2",
        healthy(probes=probes(layers={n: {"update_ratio": 0.3, "weight_norm": 900.0} for n in (1, 2, 3)}, loss=0.1)),
    ),
    ("I2", healthy(history=history((0.01, 0.03, 0.04, 0.05), (0.99,) * 4))),
    (
        "I3",
        healthy(probes=probes(layers={n: {"update_ratio": 1e-6, "epoch_change": 1e-4} for n in (1, 2, 3)}, loss=0.1)),
    ),
    ("I3", at_chance(probes=probes(layers={n: {"update_ratio": 1e-6, "dead_share": 1.0} for n in (1, 2)}))),
    ("I5", healthy(probes=(probe(1, layers={1: {"dead_share": 0.95}}), probe(2)))),
    ("I6", healthy(probes=probes(layers={1: {"gradient_norm": 1e-7, "epoch_change": 1e-6}}, loss=0.3))),
    ("I7", healthy(layers=(LAYERS[0], replace(LAYERS[3], initializer="zeros")))),
    ("I9", healthy(probes=probes(layers={3: {"output_spread": 1e-7}}, predicted=(512,) + (0,) * 9))),
    ("I10", healthy(layers=(LAYERS[0], LAYERS[3]))),
    ("I10", healthy(layers=(LAYERS[0], replace(LAYERS[1], activation="linear"), *LAYERS[2:]))),
    (
        "I10",
        healthy(
            layers=(replace(LAYERS[1], activation="linear"), LayerFacts(position=2, kind="MaxPooling2D"), LAYERS[3])
        ),
    ),
    ("I12", healthy(history=history((0.5, 0.2, 0.1, 0.05), (0.8, 0.9, 0.95, 0.99)))),
    ("I13", healthy(ended=False, history=history((0.7, 0.5, 0.4, 0.3), (0.8, 0.85, 0.88, 0.9)))),
    ("I14", healthy(fitted_accuracy=0.3)),
]


@pytest.mark.parametrize(
    ("rule", "case"), HARMLESS, ids=[f"{rule}-{place}" for place, (rule, _) in enumerate(HARMLESS)]
)
def test_what_looks_alike_and_is_harmless_is_left_alone(rule, case):
    assert not isinstance(BY_RULE[rule].check(case), Finding)


@pytest.mark.parametrize("values", [(2.3026, 0.1), (2.35, 0.104), (9.0, 0.09)])
def test_chance_level_is_the_loss_of_knowing_nothing_or_more(values):
    loss, accuracy = values
    assert BY_RULE["I1"].check(at_chance(history=history((loss,) * 4, (accuracy,) * 4)))


def test_chance_level_follows_the_classes_shares():
    """With one class at 77.5 % naming it costs the entropy of the labels, far below ln 10."""
    case = at_chance(splits={"train": UNEQUAL}, history=history((1.045,) * 4, (0.775,) * 4))
    assert case.label_entropy == pytest.approx(1.0275, abs=1e-3)
    assert isinstance(BY_RULE["I1"].check(case), Finding)
    assert BY_RULE["I1"].check(replace(case, history=history((0.5,) * 4, (0.85,) * 4))) is None


def test_chance_level_of_squared_errors_is_the_variance_of_the_labels():
    case = at_chance(loss="mean_squared_error", history=history((0.09,) * 4, (0.1,) * 4))
    assert isinstance(BY_RULE["I1"].check(case), Finding)
    assert BY_RULE["I1"].check(replace(case, history=history((0.05,) * 4, (0.1,) * 4))) is None


def test_the_text_names_what_scales_twice():
    layers = (LayerFacts(position=0, kind="Rescaling", scale=1 / 255), *LAYERS)
    finding = BY_RULE["A1"].check(healthy(splits={"train": DIM}, layers=layers))
    assert finding.text == (
        "The images reach the first layer with weights almost constant: values from 0 to 0.0039 with a deviation of "
        "0.0012. They are scaled by preprocessing unit (/255) and layer 0 (Rescaling)."
    )
    assert finding.causes[0].change == {"remove_rescaling": True}
    assert BY_RULE["A1"].check(healthy(splits={"train": DIM})).causes[0].change == {"preprocessing": "standardize"}


def test_a_long_plateau_is_told_in_numbers():
    assert BY_RULE["I1"].check(at_chance()).text == (
        "After 500 steps the network knows nothing: loss 2.303 (ln 10 = 2.303), accuracy 0.1."
    )


def test_healthy_runs_of_many_kinds_have_nothing_above_info():
    cases = [
        healthy(learning_rate=0.1, optimizer="sgd"),
        healthy(history=CHANCE, steps_per_epoch=3),
        healthy(layers=tuple(replace(each, activation="sigmoid") for each in LAYERS[:3]) + LAYERS[3:]),
        healthy(history={}, epochs_done=0, probes=(probe(0),), ended=False),
        healthy(probes=()),
    ]
    for case in cases:
        found = diagnose_case(case, subject="a run").findings
        assert [finding.rule for finding in found if finding.severity != "INFO"] == []


def test_layers_of_probes_can_be_made():
    assert layer(3).activation == "softmax"
