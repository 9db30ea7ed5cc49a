from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from classlab.datasets import Dataset
from classlab.errors import SpecError
from classlab.models import build
from classlab.models.keras_runtime import keras as load_keras
from classlab.options import OPTIONS
from classlab.records.optimizers import SGD
from classlab.studies.asked.built_study import BuiltStudy, build_study
from classlab.studies.asked.spec_options import run_specs
from classlab.studies.asked.study_draft import combinations
from classlab.studies.asked.study_file import draft_from_python


def built(digits: Dataset, *arms: dict, settings: dict | None = None, **options: Any) -> BuiltStudy:
    return build_study(draft_from_python("s", data=digits, arms=arms, settings=settings or {}, options=options), digits)


def test_the_last_option_varies_fastest():
    assert [tuple(each.values()) for each in combinations({"a": [1, 2], "b": [3, 4]})] == [
        (1, 3),
        (1, 4),
        (2, 3),
        (2, 4),
    ]
    assert combinations({}) == [{}]


def test_an_arm_is_the_run_that_its_options_ask_for(digits):
    study = built(digits, units=(16,), optimizer="sgd", learning_rate=0.5, epochs=3, batch_size=32, seeds=None)
    (wanted,) = run_specs(
        digits,
        build("mlp", input_shape=(8, 8, 1), classes=10, units=(16,)),
        seeds=[0],
        options={"optimizer": SGD(learning_rate=0.5), "epochs": 3, "batch_size": 32},
    )
    assert study.spec.arms[0].spec == wanted


def test_settings_of_the_study_reach_its_record(digits):
    settings = {"seeds": [4, 2], "question": "Q", "select": "val_loss", "margin": 0.5, "confidence": 0.9}
    spec = built(digits, settings=settings).spec
    assert (spec.seeds, spec.question, spec.select, spec.margin, spec.confidence) == ((4, 2), "Q", "val_loss", 0.5, 0.9)


def test_python_takes_ranges_arrays_and_paths(digits, tmp_path):
    spec = built(digits, settings={"seeds": range(2)}, learning_rate=np.array([0.25, 0.5]), epochs=np.int64(2)).spec
    assert [arm.spec.optimizer.learning_rate for arm in spec.arms] == [0.25, 0.5]
    assert spec.seeds == (0, 1)
    assert spec.arms[0].spec.epochs == 2


def test_an_option_that_is_none_has_its_default(digits):
    assert built(digits, optimizer=None).spec == built(digits).spec


def test_a_keras_model_brings_its_optimizer_and_where_they_are_asked_for_its_weights(digits):
    keras = load_keras()
    layers = keras.layers
    model = keras.Sequential([layers.Input((8, 8, 1)), layers.Flatten(), layers.Dense(10, activation="softmax")])
    model.compile(optimizer=keras.optimizers.SGD(0.25), loss="sparse_categorical_crossentropy")
    study = built(digits, model=model, batch_size=[32, 64], start="given")
    start = study.spec.arms[0].spec.initial_weights
    assert study.spec.arms[0].spec.optimizer == SGD(learning_rate=0.25)
    assert set(study.initial) == {start}
    np.testing.assert_array_equal(study.initial[start]["1.kernel"], model.get_weights()[0])


@pytest.mark.parametrize(
    ("arm", "sentence"),
    [
        (
            {"name": "deep", "model": "linear", "units": (8,)},
            "the study 's': arm 'deep': `units` has no effect with model='linear', but got units=[8]. It belongs to "
            "mlp.",
        ),
        (
            {"momentum": 0.5},
            "the study 's': the arm with epochs=2, momentum=0.5: `momentum` has no effect with optimizer='adam', but "
            "got momentum=0.5. It belongs to sgd and rmsprop.",
        ),
        (
            {"model": build("linear", input_shape=(9, 9, 1), classes=10)},
            "the study 's': the arm with epochs=2: the model 'linear' must take the images of digits, which have "
            "(height, width, channels) = (8, 8, 1), but it takes (9, 9, 1). Build it for these images.",
        ),
    ],
)
def test_an_arm_that_cannot_be_trained_is_named(digits, arm, sentence):
    with pytest.raises(SpecError) as refused:
        built(digits, arm, epochs=2)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"optimizer": "adm"},
            "the study 's': `optimizer` must be one of sgd, adam, adamw, rmsprop, adagrad, nadam, but got 'adm'. "
            "Did you mean 'adam'?",
        ),
        (
            {"learning_rate": []},
            "the study 's': `learning_rate` must be a positive number, but got []. Write for example learning_rate = "
            "0.001.",
        ),
        (
            {"units": [(8,), (0,)]},
            "the study 's': `units[2][1]` must be widths of the hidden layers, whole numbers of at least 1, but got 0. "
            "Write for example units = [128, 64].",
        ),
        (
            {"arms": "x"},
            "`arms` must be mappings of options, one per arm, but got 'x'. Write for example "
            "arms=[{'optimizer': 'sgd'}].",
        ),
        (
            {"lr": 0.1},
            "the study 's': a study has no key 'lr'. Did you mean 'learning_rate'? Known are "
            f"{', '.join(OPTIONS)}, name, question, seeds, folds, "
            "select, margin, confidence, data, size, fit, arms.",
        ),
        (
            {"learning_rate": SGD()},
            "the study 's': `learning_rate` must be a positive number, but got SGD(learning_rate=0.01, "
            "weight_decay=None, clipnorm=None, clipvalue=None, global.... Write for example learning_rate = 0.001.",
        ),
    ],
)
def test_python_is_held_to_the_rules_of_files(digits, options, sentence):
    arms = options.pop("arms", ())
    with pytest.raises(SpecError) as refused:
        built(digits, *arms, **options)
    assert str(refused.value) == sentence


def test_arms_of_files_without_names_are_called_after_the_files(digits, tmp_path):
    keras = load_keras()
    for name, width in (("narrow", 4), ("wide", 8)):
        layers = [keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(width), keras.layers.Dense(10)]
        keras.Sequential(layers).save(tmp_path / f"{name}.keras")
    files = [str(tmp_path / "narrow.keras"), str(tmp_path / "wide.keras")]
    study = built(digits, model=files)
    assert [arm.name for arm in study.spec.arms] == ["narrow", "wide"]
    assert [arm.settings["model"] for arm in study.spec.arms] == ["narrow", "wide"]
    assert {arm.spec.architecture.name for arm in study.spec.arms} == {"sequential"}


def test_in_a_mixed_study_a_network_without_use_for_bfloat16_trains_in_float32(digits):
    study = built(digits, model=["cnn-small", "mlp"], precision="bfloat16")
    assert [arm.spec.precision for arm in study.spec.arms] == ["bfloat16", "float32"]
    said = "The network has neither a convolution nor a recurrent layer, for which bfloat16 is: it trains in float32."
    assert list(study.notes.values()) == [(said,)]
    assert list(study.notes) == [study.spec.arms[1].name]
    with pytest.raises(SpecError, match="`precision` has no effect on 'linear'"):
        built(digits, model=["linear", "mlp"], precision="bfloat16")
