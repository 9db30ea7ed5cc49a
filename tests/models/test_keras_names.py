from __future__ import annotations

import json

import numpy as np
import pytest

from classlab.models import from_keras
from classlab.models.keras_file import load_keras_file
from classlab.models.keras_import import rebuild
from classlab.models.keras_names import fresh_names
from classlab.models.keras_runtime import keras as load_keras
from classlab.records import DataSpec, RunSpec, identity

keras = load_keras()
L = keras.layers


def chain(**name):
    return keras.Sequential([keras.Input((4, 4, 1)), L.Flatten(), L.Dense(5, "relu"), L.Dense(3)], **name)


def within():
    inner = keras.Sequential([keras.Input((16,)), L.Dense(4), L.Dense(4, name="dense_mine")])
    return keras.Sequential([keras.Input((4, 4, 1)), L.Flatten(), inner, L.Dense(3)])


def general():
    """Trains through Keras, because of a function that the engine does not know."""
    x = keras.Input((4, 4, 1))
    hidden = L.Dense(4, "relu6", name="mine")(L.Flatten()(x))
    return keras.Model(x, L.Dense(3)(L.Dense(4)(hidden) + L.Dense(4)(hidden)))


def run(model, **options) -> str:
    return identity(RunSpec(data=DataSpec(name="d"), architecture=from_keras(model, **options).architecture))


@pytest.mark.parametrize("build", [chain, within, general])
def test_a_model_that_is_built_again_is_the_same_run_with_its_own_weights(build):
    first, again = build(), build()
    assert first.name != again.name  # Keras counts on
    assert run(first) == run(again)
    images = np.random.default_rng(0).normal(size=(5, 4, 4, 1)).astype("float32")
    one, other = (model(images).detach().numpy() for model in (first, again))
    assert not np.allclose(one, other)
    for model, scores in ((first, one), (again, other)):
        found = from_keras(model, through_keras="it is asked for")
        made = rebuild(found.architecture)
        made.set_weights([found.weights[str(place)] for place in range(len(found.weights))])
        assert np.allclose(made(images).detach().numpy(), scores)


@pytest.mark.parametrize("build", [chain, within, general])
def test_names_of_a_session_s_first_model_stay_and_so_do_identities_of_runs_stored_under_them(build):
    keras.utils.clear_session()  # counts from the first again
    model = build()
    found = from_keras(model, through_keras="it is asked for").architecture
    written = json.loads(model.to_json())
    written.pop("compile_config", None)
    assert found.name == model.name
    assert found.config == written


def test_names_that_a_user_gave_stay_and_tell_runs_apart():
    assert from_keras(chain(name="net_2")).architecture.name == "net_2"
    assert run(chain(name="net_2")) != run(chain(name="net_3"))
    names = [each["config"]["name"] for each in from_keras(general()).architecture.config["config"]["layers"]]
    assert "mine" in names


def test_a_file_holds_the_same_run_whatever_number_its_model_had(tmp_path):
    models = chain(), chain()
    for place, model in enumerate(models):
        model.save(tmp_path / f"{place}.keras")
        read = load_keras_file(tmp_path / f"{place}.keras")
        assert read.architecture == from_keras(models[0]).architecture
        assert np.array_equal(read.weights["1.kernel"], model.get_weights()[0])


def test_a_made_up_name_never_takes_the_place_of_a_user_s():
    layers = [
        {"class_name": kind, "config": {"name": name}}
        for kind, name in [("Conv2D", "dense"), ("Dense", "dense_7"), ("Dense", "dense_9"), ("Flatten", "dense_2")]
    ]
    config = {"class_name": "Sequential", "config": {"name": "mine", "layers": layers}}
    assert fresh_names(config) == {"dense_7": "dense_1", "dense_9": "dense_3"}
