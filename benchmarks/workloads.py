"""What every tool is asked to train: the three networks of the lab, and the arms of each sweep."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

from benchmarks.networks.names import BroughtName

LayeredName = Literal["linear", "mlp", "cnn"]  # the lab's networks, told to every tool layer by layer
WorkloadName = LayeredName | BroughtName
OptimizerName = Literal["sgd", "adam", "rmsprop"]
Activation = Literal["relu", "sigmoid"]  # of the hidden layers
Setting = tuple[OptimizerName, float]  # optimizer and learning rate

BATCH_SIZE = 128
CLASSES = 10
REFERENCE_ARM: Setting = ("adam", 0.001)  # the arm whose test accuracy stands in the table
RATE_SPAN = 100.0  # the largest rate of a search over the smallest


class Layer(NamedTuple):
    """One layer in words that every tool can be told: what it is, its width, its window's side, its activation."""

    kind: Literal["flatten", "dense", "conv", "pool"]
    width: int = 0
    window: int = 0
    activation: Literal["linear", "relu", "sigmoid", "softmax"] = "linear"


class Arm(NamedTuple):
    """One combination of a sweep."""

    optimizer: OptimizerName
    learning_rate: float
    seed: int
    activation: Activation = "relu"


@dataclass(frozen=True, kw_only=True)
class Workload:
    """One network and the sweep over it.

    Args:
        layers: the network, first layer to last.
        settings: optimizers and learning rates of the sweep; further members repeat them with the next seed.
        sweep: members of the comparison that counts.
        members: the population sizes that classlab is measured with.
    """

    layers: tuple[Layer, ...]
    settings: tuple[Setting, ...]
    sweep: int
    members: tuple[int, ...]

    def arms(self, count: int) -> list[Arm]:
        """The first `count` members: every setting with seed 0, then every setting with seed 1, and so on."""
        width = len(self.settings)
        return [Arm(*self.settings[place % width], seed=place // width) for place in range(count)]

    def rates(self, count: int) -> list[Arm]:
        """`count` learning rates of Adam with one seed, evenly spaced in their logarithm, as a search tries them."""
        optimizer, middle = REFERENCE_ARM
        if count == 1:
            return [Arm(optimizer, middle, seed=0)]
        step = math.log(RATE_SPAN) / (count - 1)
        return [
            Arm(optimizer, middle / math.sqrt(RATE_SPAN) * math.exp(step * place), seed=0) for place in range(count)
        ]

    def layers_for(self, arm: Arm) -> tuple[Layer, ...]:
        """The network with the arm's activation in its hidden layers."""
        return tuple(
            layer._replace(activation=arm.activation) if layer.activation == "relu" else layer for layer in self.layers
        )


FLATTEN = Layer("flatten")
SCORES = Layer("dense", CLASSES, activation="softmax")
POOL = Layer("pool", window=2)


def _conv(filters: int) -> Layer:
    return Layer("conv", filters, window=3, activation="relu")


def _dense(units: int) -> Layer:
    return Layer("dense", units, activation="relu")


WORKLOADS: dict[LayeredName, Workload] = {
    "linear": Workload(
        layers=(FLATTEN, SCORES),
        settings=(
            REFERENCE_ARM,
            ("adam", 0.01),
            ("sgd", 0.001),
            ("sgd", 0.01),
            ("sgd", 0.1),
            ("rmsprop", 0.001),
            ("rmsprop", 0.01),
        ),
        sweep=7,
        members=(1, 7, 16),
    ),
    "mlp": Workload(
        layers=(FLATTEN, _dense(128), _dense(64), SCORES),
        settings=(REFERENCE_ARM, ("adam", 0.0003), ("adam", 0.003), ("adam", 0.01)),
        sweep=8,
        members=(1, 7, 8, 16),
    ),
    "cnn": Workload(
        layers=(_conv(32), _conv(64), POOL, _conv(64), POOL, _conv(128), FLATTEN, _dense(64), SCORES),
        settings=(REFERENCE_ARM,),
        sweep=1,
        members=(1,),
    ),
}
