"""What every update rule of the engine is: slots beside the weights, and one step for members of equal settings."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor


@dataclass(frozen=True)
class Rows:
    """Weights, gradients and slots of neighbouring members with equal settings: one tensor per weight array.

    Args:
        values: weights, each `(members, ...)`.
        gradients: their gradients.
        slots: the rule's own state by name, each aligned with `values`.
    """

    values: list[Tensor]
    gradients: list[Tensor]
    slots: dict[str, list[Tensor]]


class Rule(ABC):
    """An update rule with fixed settings; only the learning rate and the step change."""

    @abstractmethod
    def slots(self) -> dict[str, float]:
        """Names of the state kept for every weight, with the value it starts from."""

    @abstractmethod
    def update(self, rows: Rows, *, learning_rate: float, step: int) -> None:
        """Moves the weights in place.

        Args:
            rows: what is moved. Gradients may be overwritten.
            learning_rate: the rate of this step.
            step: number of this step from 1, as in bias corrections.
        """

    @property
    def mixes_rates(self) -> bool:
        """Whether `update_mixed` is there for these settings."""
        return False

    def update_mixed(self, rows: Rows, *, learning_rates: Sequence[float], step: int) -> None:
        """Moves members that differ in their rates alone, all in one pass.

        Args:
            rows: what is moved. Gradients may be overwritten.
            learning_rates: one per member.
            step: number of this step from 1.
        """
        raise NotImplementedError


def decay(rows: Rows, *, learning_rate: float, weight_decay: float | None) -> None:
    """Keras's decoupled weight decay, w -= learning_rate * weight_decay * w, before the update."""
    if weight_decay:
        torch._foreach_mul_(rows.values, 1 - learning_rate * weight_decay)


class StepCount:
    """The step's number as PyTorch's fused kernels take it: one tensor that is written anew, not made anew."""

    def __init__(self) -> None:
        self._tensor: Tensor | None = None

    def at(self, step: int, device: torch.device) -> Tensor:
        """The tensor, holding this number."""
        if self._tensor is None or self._tensor.device != device:
            self._tensor = torch.empty((), device=device)
        return self._tensor.fill_(step)
