from itertools import pairwise

import pytest

from benchmarks.workloads import REFERENCE_ARM, WORKLOADS, Layer, WorkloadName
from classlab.lab.steps.optimizers import RATES
from classlab.models.builtin import build
from classlab.records.layers import Conv2D, Dense, Flatten, MaxPooling2D


@pytest.mark.parametrize("name", list(WORKLOADS))
def test_peers_build_the_very_network_that_classlab_trains(name: WorkloadName) -> None:
    layers = []
    for layer in build(name, input_shape=(28, 28, 1), classes=10).layers:
        match layer:
            case Flatten():
                layers.append(Layer("flatten"))
            case Dense():
                layers.append(Layer("dense", layer.units, activation=layer.activation))  # type: ignore[arg-type]
            case Conv2D(kernel_size=(3, 3), strides=(1, 1), padding="valid"):
                layers.append(Layer("conv", layer.filters, window=3, activation=layer.activation))  # type: ignore[arg-type]
            case MaxPooling2D(pool_size=(2, 2)):
                layers.append(Layer("pool", window=2))
    assert tuple(layers) == WORKLOADS[name].layers


@pytest.mark.parametrize("name", list(WORKLOADS))
def test_every_population_begins_with_the_arm_that_the_table_shows(name: WorkloadName) -> None:
    for members in WORKLOADS[name].members:
        arms = WORKLOADS[name].arms(members)
        assert len(set(arms)) == members
        assert (arms[0].optimizer, arms[0].learning_rate, arms[0].seed) == (*REFERENCE_ARM, 0)
        assert all(before.seed <= after.seed for before, after in pairwise(arms))


def test_the_seven_arms_of_the_course_are_the_linear_sweep() -> None:
    published = {(optimizer, rate) for optimizer, rates in RATES for rate in rates}
    assert published == {(arm.optimizer, arm.learning_rate) for arm in WORKLOADS["linear"].arms(7)}
