"""The engine's update rules on the variables of a Keras model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from classlab.records.optimizers import Adam, AdamW, Nadam, RMSprop
from classlab.training.keras.population import STATE_PREFIX
from classlab.training.loop.schedules import factor
from classlab.training.loop.update_rules import is_plain, slots_of
from classlab.training.tensor.optimizers.base import Rows
from classlab.training.tensor.optimizers.clipping import Clipping
from classlab.training.tensor.optimizers.population import rule_for

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from classlab.records.optimizers import Optimizer
    from classlab.records.run import RunSpec

_SLOT = "slot"  # how the names of the rules' own state begin in a checkpoint
_BEFORE_SLOTS = 2  # a Keras optimizer's own count of steps and learning rate


class Updates:
    """Moves a model's weights by the gradients that PyTorch has left at them.

    Args:
        run: its optimizer and schedule.
        variables: the Keras model's trainable variables, float32.
        steps_per_epoch: steps in one epoch, for the schedule.
    """

    def __init__(self, run: RunSpec, variables: Sequence[Any], *, steps_per_epoch: int) -> None:
        self._optimizer = run.optimizer
        self._constrained = [variable for variable in variables if variable.constraint is not None]
        self.tensors: list[Tensor] = [variable.value for variable in variables]
        # The rules' tensors have the members' axis in front; these share the variables' memory.
        self._values = [tensor.detach()[None] for tensor in self.tensors]
        self._slots = {
            name: [torch.full_like(value, start) for value in self._values]
            for name, start in slots_of(run.optimizer).items()
        }
        self._rule = rule_for(run.optimizer)
        self._factor = factor(run.schedule, steps_per_epoch=steps_per_epoch, epochs=run.epochs)
        device = self.tensors[0].device if self.tensors else torch.device("cpu")
        self._clipping = Clipping([run.optimizer], device=device)

    def clear(self) -> None:
        """Takes the gradients of the step before away."""
        for tensor in self.tensors:
            tensor.grad = None

    @torch.no_grad()
    def step(self, number: int) -> None:
        """Clips the gradients and moves the weights; a weight without a gradient stays as it is, as in Keras.

        Args:
            number: steps taken before this one.
        """
        places = [place for place, tensor in enumerate(self.tensors) if tensor.grad is not None]
        gradients = [self.tensors[place].grad[None] for place in places]  # type: ignore[index]  # it has one
        rows = Rows(
            values=[self._values[place] for place in places],
            gradients=gradients,
            slots={name: [slot[place] for place in places] for name, slot in self._slots.items()},
        )
        self._clipping.apply([_Gradient(gradient) for gradient in gradients])  # type: ignore[misc]  # it reads no more
        rate = self._optimizer.learning_rate * self._factor(number)
        self._rule.update(rows, learning_rate=rate, step=number + 1)
        for variable in self._constrained:
            variable.assign(variable.constraint(variable))

    def state(self) -> dict[str, NDArray[Any]]:
        """Copies of the rule's own state."""
        return {name: tensor.cpu().numpy().copy() for name, tensor in self._named().items()}

    def load_state(self, state: Mapping[str, NDArray[Any]], *, model_variables: int) -> None:
        """Puts a state back.

        Args:
            state: what `state` gave, or the variables of a Keras optimizer, which earlier versions wrote behind those
                of the model.
            model_variables: how many of those there are.
        """
        own = {name: array for name, array in state.items() if name.startswith(f"{_SLOT}/")}
        if not own:
            own = self._from_keras(state, model_variables + _BEFORE_SLOTS)
        for name, tensor in self._named().items():
            tensor.copy_(torch.from_numpy(own[name].reshape(tensor.shape)))

    def _named(self) -> dict[str, Tensor]:
        return {
            f"{_SLOT}/{name}/{place}": tensor[0]
            for name, slot in self._slots.items()
            for place, tensor in enumerate(slot)
        }

    def _from_keras(self, state: Mapping[str, NDArray[Any]], first: int) -> dict[str, NDArray[Any]]:
        found = {}
        for position, (name, place) in enumerate(_keras_order(self._optimizer, len(self.tensors))):
            array = state[f"{STATE_PREFIX}{first + position}"]
            if isinstance(self._optimizer, RMSprop) and is_plain(self._optimizer):
                array = array + array.dtype.type(self._optimizer.epsilon)  # which the rule carries along
            found[f"{_SLOT}/{name}/{place}"] = array
        return found


class _Gradient:
    """What clipping reads of a parameter."""

    def __init__(self, gradient: Tensor) -> None:
        self.gradient = gradient


def _keras_order(optimizer: Optimizer, weights: int) -> list[tuple[str, int]]:
    """Names and places of a rule's state in the order of a Keras optimizer's variables."""
    names = list(slots_of(optimizer))
    if isinstance(optimizer, Adam | AdamW | Nadam):
        return [(name, place) for place in range(weights) for name in names]
    return [(name, place) for name in names for place in range(weights)]
