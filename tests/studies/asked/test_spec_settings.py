"""Every setting of a run's specification is seen, under one name and with one type."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from classlab.models.builtin import build
from classlab.records import Architecture, DataSpec, EarlyStopping, KerasArchitecture, Loss, RunSpec
from classlab.records.augmentation import Augmentation
from classlab.records.backbone import Backbone, FineTuning
from classlab.records.layers import Activation, Conv2D, Dense, Dropout, Flatten, ReLU
from classlab.records.optimizers import OPTIMIZERS
from classlab.records.schedules import Constant, Cosine, Step
from classlab.studies.asked.spec_settings import SETTING_KINDS, settings, typed_settings

SHAPE = (8, 8, 1)
SPEC = RunSpec(data=DataSpec(name="digits"), architecture=build("mlp", input_shape=SHAPE, classes=10))


def other(value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return (value or 0.5) / 2


def variants() -> list[tuple[str, RunSpec, RunSpec]]:
    """For every number and switch in a specification: the setting's name, a run, and one that differs there alone."""
    found = []
    for kind in OPTIMIZERS.values():
        for field in fields(kind):
            plain = kind()
            if field.name != "kind":
                changed = replace(plain, **{field.name: other(getattr(plain, field.name))})
                found.append((field.name, replace(SPEC, optimizer=plain), replace(SPEC, optimizer=changed)))
    names = {"every_epochs": "step_epochs", "factor": "step_factor", "alpha": "cosine_alpha"}
    for schedule in (Constant(), Step(), Cosine()):
        for field in fields(schedule):
            if field.name != "kind":
                before = replace(schedule, warmup_epochs=1.0)
                changed = replace(before, **{field.name: other(getattr(before, field.name)) or 0.5})
                name = names.get(field.name, field.name)
                found.append((name, replace(SPEC, schedule=before), replace(SPEC, schedule=changed)))
    rule = EarlyStopping(min_delta=0.5)
    for field in fields(rule):
        value = "loss" if field.name == "monitor" else other(getattr(rule, field.name))
        name = {"patience": "early_stopping"}.get(field.name, field.name)
        changed = replace(rule, **{field.name: value})
        found.append((name, replace(SPEC, early_stopping=rule), replace(SPEC, early_stopping=changed)))
    found += [("from_logits", SPEC, replace(SPEC, loss=Loss(from_logits=True)))]
    found += [("loss", SPEC, replace(SPEC, loss=Loss(name="mean_squared_error")))]
    for name, value in (("epochs", 3), ("batch_size", 3), ("seed", 3), ("top_k", 3), ("class_weights", "balanced")):
        found.append((name, SPEC, replace(SPEC, **{name: value})))
    found.append(("precision", SPEC, replace(SPEC, precision="auto")))
    found.append(("start", SPEC, replace(SPEC, initial_weights="ab" * 32)))
    for name, value in (("validation", 0.25), ("limit", 100), ("preprocessing", "none"), ("leave_out", (3, 8))):
        found.append((name, SPEC, replace(SPEC, data=replace(SPEC.data, **{name: value}))))
    for field in fields(Augmentation):
        value = "vertical" if field.name == "flip" else 0.25
        found.append((field.name, SPEC, replace(SPEC, augmentation=Augmentation(**{field.name: value}))))
    whole = Backbone(name="mobilenet_v2", digest="ab" * 32, input_shape=SHAPE, features=9, weights="imagenet")
    heads = replace(SPEC, data=replace(SPEC.data, backbone=whole))
    for name, key, value in (("backbone", "name", "vgg16"), ("backbone_weights", "weights", "none")):
        changed = replace(heads.data, backbone=replace(whole, **{key: value}))
        found.append((name, heads, replace(heads, data=changed)))
    tuned = replace(heads, fine_tuning=FineTuning(layers=3))
    for name, key in (("fine_tune", "layers"), ("fine_tune_epochs", "epochs"), ("fine_tune_rate", "learning_rate")):
        changed = replace(tuned.fine_tuning, **{key: other(getattr(tuned.fine_tuning, key))})
        found.append((name, tuned, replace(tuned, fine_tuning=changed)))
    folded = replace(SPEC, data=replace(SPEC.data, folds=5, fold=0))
    for name, value in (("folds", 6), ("fold", 1)):
        found.append((name, folded, replace(folded, data=replace(folded.data, **{name: value}))))
    return found


@pytest.mark.parametrize(("name", "before", "after"), variants())
def test_a_change_of_one_field_is_a_change_of_one_setting(name, before, after):
    old, new = typed_settings(before), typed_settings(after)
    assert list(old) == list(SETTING_KINDS)
    assert [key for key in old if old[key] != new[key]] == [name]


def test_no_field_of_a_specification_is_left_out():
    """What the table above does not vary is said elsewhere: the data's name and digest, and the layers."""
    seen = {name for name, _, _ in variants()}
    for field in fields(RunSpec):
        names = {"initial_weights": "start", "optimizer": "learning_rate", "schedule": "warmup_epochs"}
        names |= {"augmentation": "shift", "fine_tuning": "fine_tune"}
        assert names.get(field.name, field.name) in {*seen, "architecture", "data"}
    assert {field.name for field in fields(DataSpec)} - seen == {"name", "digest"}


@pytest.mark.parametrize("spec", [each for _, *pair in variants() for each in pair])
def test_every_value_has_the_type_of_its_column(spec):
    for name, value in typed_settings(spec).items():
        assert value is None or type(value) is SETTING_KINDS[name], name


def network(*layers) -> RunSpec:
    return replace(SPEC, architecture=Architecture(name="n", input_shape=SHAPE, layers=(*layers,)))


@pytest.mark.parametrize(
    ("layers", "units", "activation", "dropout"),
    [
        ((Flatten(), Dense(units=10, activation="softmax")), None, None, 0.0),
        ((Flatten(), Dense(units=5, activation="tanh"), Dense(units=10)), "5", "tanh", 0.0),
        ((Flatten(), Dense(units=5), ReLU(), Dropout(rate=0.5), Dense(units=10)), "5", "relu", 0.5),
        ((Conv2D(filters=2), Flatten(), Dense(units=10), Activation(activation="softmax")), None, "linear", 0.0),
        ((Conv2D(filters=2, activation="elu"), Flatten(), Dense(units=6, activation="relu"), Dropout(rate=0.1),
          Dropout(rate=0.2), Dense(units=10)), "6", "elu,relu", None),
    ],
)  # fmt: skip
def test_a_network_of_any_kind_is_read(layers, units, activation, dropout):
    found = settings(network(*layers))
    assert (found["units"], found["activation"], found["dropout"]) == (units, activation, dropout)


@pytest.mark.parametrize("name", ["linear", "mlp", "cnn-small", "lenet5"])
def test_options_of_built_in_models_come_back(name):
    options = {} if name == "linear" else {"activation": "tanh", "dropout": 0.25}
    shape = (28, 28, 1)
    found = settings(replace(SPEC, architecture=build(name, input_shape=shape, classes=10, **options)))
    assert (found["model"], found["activation"], found["dropout"]) == (
        name, options.get("activation"), options.get("dropout", 0.0))  # fmt: skip


def test_a_keras_model_off_the_engine_shows_no_more_than_is_known():
    found = settings(
        replace(SPEC, architecture=KerasArchitecture(name="mine", input_shape=SHAPE, config={}, reason="a layer"))
    )
    assert [found[name] for name in ("model", "units", "activation", "dropout")] == ["mine", None, None, None]


def test_validation_on_the_test_images_is_no_share():
    data = replace(SPEC.data, validation="test")
    assert settings(replace(SPEC, data=data))["validation"] == "test"
    found = typed_settings(replace(SPEC, data=data))
    assert (found["validation"], found["validation_is_test"]) == (None, True)


def test_a_single_width_is_no_number():
    narrow = build("mlp", input_shape=SHAPE, classes=10, units=(128,))
    assert typed_settings(replace(SPEC, architecture=narrow))["units"] == "[128]"
