from __future__ import annotations

import json

import numpy as np

from classlab.models import from_keras
from classlab.models.keras_runtime import keras as load_keras
from classlab.models.keras_seeds import seeds_note, without_seeds

keras = load_keras()
L = keras.layers


@keras.saving.register_keras_serializable("tests")
class Random(L.Layer):
    """A class of a user's own with a seed of its own."""

    def __init__(self, seed: int = 3, **options: object) -> None:
        super().__init__(**options)
        self.seed = seed

    def get_config(self) -> dict[str, object]:
        return {**super().get_config(), "seed": self.seed}

    def call(self, values: object) -> object:
        return values


def seeded() -> keras.Model:
    x = keras.Input((6, 6, 1))
    start = keras.initializers.HeNormal(seed=4)
    body = L.DepthwiseConv2D(3, depthwise_initializer=start, name="deep")(L.RandomFlip(seed=2, name="flip")(x))
    return keras.Model(x, L.Dense(3, name="plain")(L.Flatten()(Random(name="own")(L.Dropout(0.1, name="drop")(body)))))


def test_seeds_of_keras_own_objects_are_taken_out_and_no_other():
    config = json.loads(seeded().to_json())
    layers = {each["name"]: each["config"] for each in without_seeds(config)["config"]["layers"]}
    assert layers["deep"]["depthwise_initializer"]["config"]["seed"] is None
    assert layers["flip"]["seed"] is None
    assert layers["own"]["seed"] == 3
    assert seeds_note([config]) == ("Seeds given to single layers (flip, deep) are not used: the run's seed decides.",)
    assert seeds_note([without_seeds(config)]) == ()


def test_a_model_on_the_general_path_is_read_without_them():
    read = from_keras(seeded())
    assert read.notes == ("Seeds given to single layers (flip, deep) are not used: the run's seed decides.",)
    assert seeds_note([read.architecture.config]) == ()
    np.testing.assert_array_equal(read.weights["0"].shape, (3, 3, 1, 1))


def test_a_seed_is_named_for_every_layer_that_has_one():
    model = keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            L.SpatialDropout2D(0.5, seed=1, name="maps"),
            L.Reshape((6, 6)),
            L.LSTM(3, recurrent_initializer=keras.initializers.Orthogonal(seed=2), name="steps"),
        ]
    )
    (note,) = from_keras(model).notes
    assert note == "Seeds given to single layers (maps, steps) are not used: the run's seed decides."
