"""The lab's three model families: alone and among eight, fifty steps give Keras's weights."""

import pytest

from classlab.models.builtin import build
from classlab.records.optimizers import SGD, Adam, RMSprop

FAMILIES = {
    "linear": build("linear", input_shape=(28, 28, 1), classes=10),
    "mlp": build("mlp", input_shape=(28, 28, 1), classes=10, units=(128, 64)),
    "cnn": build("cnn", input_shape=(28, 28, 1), classes=10),
}
EIGHT = [
    (SGD(learning_rate=0.01), 0),
    (SGD(learning_rate=0.1), 0),
    (Adam(learning_rate=0.001), 0),
    (RMSprop(learning_rate=0.001), 0),
    (Adam(learning_rate=0.01), 5),
    (RMSprop(learning_rate=0.001), 5),
    (SGD(learning_rate=0.01), 5),
    (SGD(learning_rate=0.1), 9),
]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_member_alone_trains_as_keras_does(oracle, family):
    oracle.check(FAMILIES[family], optimizer=SGD(learning_rate=0.05))


@pytest.mark.parametrize("family", FAMILIES)
def test_members_among_eight_train_as_keras_does(oracle, family):
    oracle.check_population(FAMILIES[family], EIGHT)
