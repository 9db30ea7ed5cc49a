"""A part of what `python -m benchmarks.kernels_against_keras` trains: every rule, every loss, and pooling."""

import pytest

from classlab.training.kernels.library import kernels
from tests.contracts.several_ways import LOSSES, RULES, Case, differences, moved

AIM = 1e-5  # between any two weights after fifty steps
NETWORKS = ("linear", "mlp", "lenet5")


@pytest.fixture(autouse=True)
def compiled():
    if kernels() is None:
        pytest.skip("the compiled kernels are not installed, switched off, or not for this processor")


@pytest.mark.parametrize(
    ("rule", "loss", "network"),
    [(rule, LOSSES[place % 3], NETWORKS[(place + place // 3) % 3]) for place, rule in enumerate(RULES)],
)
def test_fifty_steps_of_every_rule_give_keras_weights(rule, loss, network):
    found = differences(Case(network=network, activation="tanh", rule=rule, loss=loss))
    assert found.kernels <= AIM
    assert found.kernels_exact <= AIM
    assert found.plain is None


def test_convolutions_as_plain_sums_give_keras_weights_through_max_pooling():
    """By minimal filtering some activations round to a ReLU's other side, which moves weights by more."""
    found = differences(Case(network="cnn-small", activation="relu", rule="adam", loss="categorical_crossentropy"))
    assert found.plain is not None
    assert found.plain <= AIM


def test_a_rounding_of_the_first_weights_stays_one_where_nothing_switches():
    rounding = moved(Case(network="linear", activation="relu", rule="sgd", loss="categorical_crossentropy"))
    assert 0 < rounding <= 1e-6
