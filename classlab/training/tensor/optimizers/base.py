"""The update rules' base: one step of weights, gradients and slots, for members of equal settings."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from classlab.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor


@dataclass(frozen=True)
class Rows:
    """Weights, gradients and slots of neighboring members with equal settings: one tensor per weight array.

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


class FusedAdam:
    """PyTorch's fused Adam kernel: one pass over weights, gradients and both moments.

    It is the one private function of PyTorch that the engine calls, and the reason why `torch` has an upper bound.
    """

    def __init__(self) -> None:
        self._count: Tensor | None = None

    def __call__(
        self, rows: Rows, momentum: list[Tensor], *, step: int, rate: float, betas: tuple[float, float], epsilon: float
    ) -> None:
        """One step of PyTorch's rule.

        Args:
            rows: what is moved; the slot `velocity` holds the running means of squared gradients.
            momentum: running means of gradients, aligned with the rows' weights.
            step: number of this step from 1.
            rate: PyTorch's learning rate.
            betas: decay of both running means.
            epsilon: PyTorch's, added after the bias correction.

        Raises:
            SpecError: the installed PyTorch has another kernel.
        """
        count = self._step_tensor(step, rows.values[0].device)
        try:
            torch._fused_adam_(
                rows.values,
                rows.gradients,
                momentum,
                rows.slots["velocity"],
                [],
                [count] * len(rows.values),
                lr=rate,
                beta1=betas[0],
                beta2=betas[1],
                weight_decay=0.0,
                eps=epsilon,
                amsgrad=False,
                maximize=False,
            )
        except (AttributeError, TypeError) as other:
            raise SpecError(
                "the engine needs a PyTorch whose fused Adam kernel it knows, but that of "
                f"torch {torch.__version__} is another. Install a version that `pip check` accepts."
            ) from other

    def _step_tensor(self, step: int, device: torch.device) -> Tensor:
        """The step's number as the kernel takes it: one tensor that is written anew, not made anew."""
        if self._count is None or self._count.device != device:
            self._count = torch.empty((), device=device)
        return self._count.fill_(step)
