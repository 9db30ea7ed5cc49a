"""What a training step is made of: its matrix products, their operations, and the bytes that have to move.

A convolution counts as the product over unfolded windows that it is, whichever way it is computed, and a product in
full, also where some of its numbers are 0. Nothing is counted
for the gradient towards the images, which nobody needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from benchmarks.workloads import BATCH_SIZE, WORKLOADS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.workloads import Arm, WorkloadName

SIDE = 28  # rows and columns of an image
FLOAT = 4  # bytes
SLOTS = {"sgd": 0, "rmsprop": 1, "adam": 2}  # values that an optimizer keeps per weight


class Product(NamedTuple):
    """A matrix `(rows, inner)` times a matrix `(inner, columns)`."""

    rows: int
    inner: int
    columns: int

    @property
    def operations(self) -> int:
        """Multiplications and additions."""
        return 2 * self.rows * self.inner * self.columns

    @property
    def back(self) -> tuple[Product, Product]:
        """The products that give the gradients of its right and of its left matrix."""
        return Product(self.inner, self.rows, self.columns), Product(self.rows, self.columns, self.inner)


def forward_products(network: WorkloadName, *, batch: int = BATCH_SIZE) -> list[Product]:
    """The product of every layer with weights, for one member and one batch."""
    found = []
    side, channels = SIDE, 1
    for layer in WORKLOADS[network].layers:
        match layer.kind:
            case "conv":
                side -= layer.window - 1
                found.append(Product(batch * side * side, layer.window**2 * channels, layer.width))
                channels = layer.width
            case "pool":
                side //= layer.window
            case "flatten":
                side, channels = 1, side * side * channels
            case "dense":
                found.append(Product(batch, channels, layer.width))
                channels = layer.width
    return found


def step_products(network: WorkloadName, *, batch: int = BATCH_SIZE) -> list[Product]:
    """All products of one member's step, forward and back."""
    first, *others = forward_products(network, batch=batch)
    return [first, first.back[0], *(part for product in others for part in (product, *product.back))]


def step_operations(network: WorkloadName, *, batch: int = BATCH_SIZE) -> int:
    """Floating-point operations of one member's step, products alone."""
    return sum(product.operations for product in step_products(network, batch=batch))


def weight_count(network: WorkloadName) -> int:
    """Weights and biases of one member."""
    return sum((product.inner + 1) * product.columns for product in forward_products(network))


def step_bytes(network: WorkloadName, arms: Sequence[Arm], *, batch: int = BATCH_SIZE) -> int:
    """Bytes that a step of these members reads and writes at the least, from whichever cache.

    Each seed's images are read as bytes, written as floats and read again forward and back. A member's weights are read
    forward and back, its gradients written once and read once, weights and optimizer state read and written.
    """
    images = len({arm.seed for arm in arms}) * batch * SIDE * SIDE * (1 + 3 * FLOAT)
    passes = sum(6 + 2 * SLOTS[arm.optimizer] for arm in arms)
    return images + passes * weight_count(network) * FLOAT
