from __future__ import annotations

import pytest

import classlab
from classlab.errors import SpecError
from classlab.models.keras_runtime import keras as load_keras

keras = load_keras()


@keras.saving.register_keras_serializable("failing")
class Failing(keras.layers.Layer):
    """Computes while the model is built, and no longer in training."""

    said = "no such \x1b[31mvalue\x1b[0m"

    def call(self, values, training=False):
        if training:
            raise RuntimeError(self.said)
        return values


def network(*names: str) -> keras.Model:
    layers = [Failing(name=name) for name in names]
    return keras.Sequential(
        [keras.Input((8, 8, 1)), *layers, keras.layers.Flatten(), keras.layers.Dense(10, "softmax")], name="net"
    )


@pytest.mark.parametrize(
    ("names", "which"), [(("mine",), "its layer 'mine' (Failing)"), (("a", "b"), "a layer of its class Failing")]
)
def test_a_layer_that_fails_is_named_in_one_plain_sentence(names, which):
    with pytest.raises(SpecError) as refusal:
        classlab.fit("digits", network(*names), epochs=1, limit=40)
    assert str(refusal.value) == (
        f"every layer of the Keras model 'net' must compute on these images, but {which} says: no such value. "
        "Mend its call method."
    )


def test_memory_that_does_not_suffice_is_no_fault_of_the_layer(monkeypatch):
    monkeypatch.setattr(Failing, "said", "can't allocate memory")
    with pytest.raises(RuntimeError, match="can't allocate memory"):
        classlab.fit("digits", network("mine"), epochs=1, limit=40)
