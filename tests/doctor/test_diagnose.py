"""Ranking of causes, order of findings, what was checked; and real trainings that fail."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cases import HEALTHY, LAYERS, at_chance, facts, layer, probes, swapped

import classlab
from classlab.doctor.diagnose import diagnose_case, diagnose_run
from classlab.doctor.symptoms import SYMPTOMS
from classlab.errors import SpecError
from classlab.models.builtin import build
from classlab.records import RunRecord, from_json, to_json
from classlab.records.layers import Dense, Initializer, Rescaling
from classlab.records.optimizers import SGD, Adam

DIM = facts(maximum=0.0039, deviation=0.0012, mean=0.0005)
RAW = facts(maximum=255.0, mean=33.0, deviation=78.0)
# All layers answer 255 times more weakly than they would answer images scaled once, or as much more strongly.
WEAK = {place: {"output_spread": 0.0012, "weight_norm": 8.0} for place in (1, 2, 3)}
STRONG = {place: {"output_spread": 60.0, "weight_norm": 8.0} for place in (1, 2, 3)}


def found(case, **options):
    return {finding.rule: finding for finding in diagnose_case(case, subject="a run", **options).findings}


def causes(finding):
    return [cause.rule for cause in finding.causes]


def test_every_rule_is_either_checked_or_has_a_reason():
    diagnosis = diagnose_case(HEALTHY, subject="a run", without=("A1",))
    told = [*diagnosis.checked, *(each.rule for each in diagnosis.unchecked)]
    assert sorted(told) == sorted(symptom.RULE for symptom in SYMPTOMS)
    assert [each.reason for each in diagnosis.unchecked if each.rule == "A1"] == ["switched off"]
    assert diagnosis.findings == ()


def test_data_come_before_everything_else_among_the_causes():
    sick = {1: {"dead_share": 0.97, "weight_norm": 90.0}}
    case = at_chance(
        splits={"train": DIM}, layers=swapped(3, activation="linear"), probes=probes(layers=sick, start=WEAK)
    )
    assert causes(found(case)["I1"]) == ["A1", "B1", "I2"]
    assert causes(found(case)["I5"]) == ["A1", "B1", "I2"]
    assert causes(found(case)["A1"]) == ["A1"]
    assert causes(found(case)["B1"]) == ["B1"]


def test_a_symptoms_own_cause_stands_behind_graver_ones_only():
    case = at_chance(probes=probes(layers={1: {"dead_share": 0.97, "weight_norm": 90.0}}))
    assert causes(found(case)["I2"]) == ["I2"]
    assert causes(found(case)["I5"]) == ["I2", "I5"]


def test_images_scaled_twice_are_inferred_from_weak_answers_where_the_fact_is_switched_off():
    case = at_chance(splits={"train": DIM}, probes=probes(layers={1: {"dead_share": 0.9}}, start=WEAK))
    plateau = found(case, without=("A1",))["I1"]
    assert causes(plateau) == ["A1", "I5"]
    inferred = next(each for each in plateau.evidence if each.name.startswith("deviation of the input, inferred"))
    assert inferred.found == pytest.approx(0.0012 / (8 / 64**0.5), rel=1e-3)


def test_a_large_learning_rate_is_not_taken_for_images_scaled_twice():
    case = at_chance(probes=probes(layers={n: {"dead_share": 1.0, "weight_norm": 500.0} for n in (1, 2)}))
    assert causes(found(case)["I1"]) == ["I2", "I5"]


def test_unscaled_images_are_inferred_from_strong_answers():
    case = at_chance(splits={"train": RAW}, probes=probes(layers={}, start=STRONG))
    assert causes(found(case, without=("A2",))["I1"])[0] == "A2"
    sigmoids = tuple(replace(each, activation="sigmoid") if each.position == 1 else each for each in LAYERS)
    flat = {1: {"output_spread": 0.4, "weight_norm": 8.0, "activation": "sigmoid", "saturated_share": 0.97}}
    case = at_chance(splits={"train": RAW}, layers=sigmoids, probes=probes(layers={}, start=flat))
    assert causes(found(case, without=("A2",))["I1"])[0] == "A2"


def test_what_was_measured_is_not_inferred():
    case = at_chance(probes=probes(layers={1: {"dead_share": 0.9}}, start=WEAK))
    assert "A1" not in causes(found(case)["I1"])
    assert causes(found(case, without=("A1",))["I1"])[0] == "A1"


def test_scores_of_a_linear_classifier_tell_of_its_images_where_they_are_measured_before_softmax():
    alone = (replace(probes(layers={})[0], layers=(layer(3, output_spread=0.0012, weight_norm=3.0),)),)
    linear = {"layers": (LAYERS[0], LAYERS[3]), "splits": {"train": DIM}, "probes": alone}
    assert causes(found(at_chance(**linear), without=("A1",))["I1"]) == ["A1"]
    unseen = (replace(alone[0], layers=(layer(3, output_spread=None, weight_norm=3.0),)),)
    assert causes(found(at_chance(**linear | {"probes": unseen}), without=("A1",))["I1"]) == []


def test_units_that_died_on_the_way_speak_for_large_steps_where_images_and_start_are_sound():
    died = probes(layers={1: {"dead_share": 0.97}})
    plateau = found(at_chance(probes=died))["I1"]
    assert causes(plateau) == ["I2", "I5"]
    assert "units of layer 1 that died since the start, share" in [each.name for each in plateau.evidence]
    stillborn = probes(layers={1: {"dead_share": 0.97}}, start={1: {"dead_share": 0.97}})
    assert causes(found(at_chance(probes=stillborn))["I1"]) == ["I5"]
    spoiled = at_chance(layers=swapped(1, bias_value=-5.0), probes=died)
    assert causes(found(spoiled)["I1"]) == ["I7", "I5"]


def test_a_bad_start_explains_a_loud_first_loss_though_the_run_learns():
    loud = (replace(HEALTHY.probes[0], loss=30.0, layers=tuple(layer(n, output_spread=9.0) for n in (1, 2, 3))),)
    drawn = tuple(replace(each, initializer="random_uniform") for each in LAYERS)
    said = found(replace(HEALTHY, layers=drawn, probes=(*loud, *HEALTHY.probes[1:])))
    assert (said["B7"].severity, causes(said["B7"])) == ("WARN", ["I7"])
    assert said["I7"].severity == "INFO"


def test_a_layer_without_answers_says_nothing_of_the_images():
    case = at_chance(probes=probes(layers={}, start={1: {"output_spread": 0.0, "weight_norm": 0.0}}))
    assert "A1" not in causes(found(case)["I1"])


def test_the_gravest_findings_come_first_and_facts_before_symptoms():
    case = at_chance(splits={"train": DIM, "test": facts()}, overlap={"train/test": 1}, validation_is_test=True)
    severities = [each.severity for each in diagnose_case(case, subject="a run").findings]
    assert severities == sorted(severities, key=["INVALID", "FAIL", "WARN", "INFO"].index)
    kinds = [each.kind for each in diagnose_case(case, subject="a run").findings if each.severity == "FAIL"]
    assert kinds == sorted(kinds)


def test_at_most_three_causes_are_named():
    layers = (*(replace(each, activation="linear") for each in LAYERS),)
    case = at_chance(splits={"train": DIM}, layers=layers, probes=probes(layers={1: {"weight_norm": 90.0}}))
    assert all(len(each.causes) <= 3 for each in diagnose_case(case, subject="a run").findings)


def fitted(dataset="digits", *, architecture=None, **options):
    network = architecture or build("mlp", input_shape=(8, 8, 1), classes=10, units=(32, 16))
    return classlab.fit(dataset, network, **{"epochs": 8, "batch_size": 32, **options})


def changed(**changes):
    network = build("mlp", input_shape=(8, 8, 1), classes=10, units=(32, 16))
    return replace(
        network,
        layers=tuple(replace(each, **changes) if isinstance(each, Dense) else each for each in network.layers),
    )


def twice():
    network = build("mlp", input_shape=(8, 8, 1), classes=10, units=(32, 16))
    return replace(network, layers=(Rescaling(scale=1 / 255), Rescaling(scale=1 / 255), *network.layers))


SICK = [
    ("A1", {"architecture": twice(), "preprocessing": "none", "optimizer": SGD(learning_rate=0.01)}),
    ("A2", {"preprocessing": "none", "optimizer": SGD(learning_rate=1.0)}),
    ("I2", {"optimizer": Adam(learning_rate=10.0)}),
    ("I3", {"optimizer": SGD(learning_rate=1e-6)}),
    ("I7", {"architecture": changed(kernel_initializer=Initializer(name="zeros"))}),
]


@pytest.mark.parametrize("without", [(), ("A1", "A2")], ids=["with facts", "by symptoms alone"])
@pytest.mark.parametrize(("rule", "options"), SICK, ids=[rule for rule, _ in SICK])
def test_a_training_that_fails_has_the_right_first_cause(rule, options, without):
    record = fitted(**options).record
    grave = [each for each in diagnose_run(record, without=without).findings if each.severity == "FAIL"]
    assert grave
    assert {each.causes[0].rule for each in grave if each.causes} == {rule}


@pytest.mark.parametrize(
    "options",
    [{}, {"preprocessing": "standardize", "optimizer": SGD(learning_rate=0.1)}, {"epochs": 1}, {"limit": 60}],
    ids=["plain", "standardised", "one epoch", "few images"],
)
def test_a_healthy_training_has_nothing_above_info(options):
    diagnosis = diagnose_run(fitted(**options).record)
    assert [each.rule for each in diagnosis.findings if each.severity != "INFO"] == []


@pytest.fixture(scope="module")
def run():
    return fitted(epochs=2)


def test_a_record_keeps_its_diagnosis_through_a_file(run):
    again = from_json(RunRecord, to_json(run.record), where="run.json")
    assert diagnose_run(again) == diagnose_run(run.record)


def test_a_record_without_diagnostics_says_why_it_is_not_checked(run):
    diagnosis = diagnose_run(replace(run.record, diagnostics=None))
    reasons = {each.rule: each.reason for each in diagnosis.unchecked}
    assert reasons["A1"] == reasons["A8"] == reasons["I5"] == "the run was trained without diagnostics"


def test_diagnose_takes_runs_and_records(run):
    assert classlab.diagnose(run) == classlab.diagnose(run.record) == diagnose_run(run.record)
    assert classlab.diagnose(run, without=("A1",)) == diagnose_run(run.record, without=("A1",))


def test_diagnose_refuses_anything_else():
    with pytest.raises(SpecError) as refusal:
        classlab.diagnose(3)
    assert str(refusal.value) == (
        "`subject` must be a run, a study's result, or the record of either, but got int. "
        "Give what classlab.fit or Study.run returned."
    )


def test_the_record_stays_small(run):
    assert len(to_json(run.record.diagnostics)) < 10_000
