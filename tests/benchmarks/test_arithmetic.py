import numpy as np
import pytest
import torch

from benchmarks.arithmetic import Product, forward_products, step_bytes, step_operations, step_products, weight_count
from benchmarks.workloads import WORKLOADS, Arm, WorkloadName
from classlab.models.builtin import build
from classlab.models.weights import weight_specs
from classlab.records.run import Loss
from classlab.training.loop.initial_weights import initial_weights
from classlab.training.tensor.network import Network


@pytest.mark.parametrize("name", list(WORKLOADS))
def test_forward_products_are_the_engines_multiplications(name: WorkloadName) -> None:
    architecture = build(name, input_shape=(28, 28, 1), classes=10)
    network = Network(
        architecture,
        [initial_weights(architecture, 0)],
        loss=Loss(),
        device=torch.device("cpu"),
        dtype=torch.float32,
    )
    operations = sum(product.operations for product in forward_products(name, batch=1))
    assert operations == 2 * network.multiplications
    assert weight_count(name) == sum(int(np.prod(spec.shape)) for spec in weight_specs(architecture))


def test_a_linear_step_has_two_products_because_nobody_needs_the_images_gradient() -> None:
    assert step_products("linear") == [Product(128, 784, 10), Product(784, 128, 10)]
    assert step_operations("linear") == 2 * 2 * 128 * 784 * 10


def test_products_back_fit_the_matrices_that_they_are_made_of() -> None:
    product = Product(128, 64, 10)
    left, right, above = np.ones((128, 64)), np.ones((64, 10)), np.ones((128, 10))
    for (rows, inner, columns), made in zip(product.back, (left.T @ above, above @ right.T), strict=True):
        assert made.shape == (rows, columns)
        assert rows * inner * columns == 128 * 64 * 10


def test_members_of_one_seed_move_their_images_once() -> None:
    adam, sgd = Arm("adam", 0.001, seed=0), Arm("sgd", 0.1, seed=0)
    images = 128 * 784 * 13
    assert step_bytes("linear", [adam]) == images + 10 * 7850 * 4
    assert step_bytes("linear", [adam, sgd]) == images + 16 * 7850 * 4
    assert step_bytes("linear", [adam, sgd._replace(seed=1)]) == 2 * images + 16 * 7850 * 4
