"""LSTM and GRU: the library's fused sequences, differentiated by autograd within the layer, member by member."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, NamedTuple

import torch

from classlab.training.tensor.device import gains_from_bfloat16
from classlab.training.tensor.layers.base import FirstLayer
from classlab.training.tensor.passes import Shared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from classlab.records.layers import GRU as GRUSpec  # noqa: N811 - the layer's name, not a constant
    from classlab.records.layers import LSTM as LSTMSpec  # noqa: N811 - see above
    from classlab.training.tensor.parameters import Parameter
    from classlab.training.tensor.passes import Pass


class _Trip(NamedTuple):
    """One member's way through the sequence, recorded by autograd.

    Args:
        x: `(batch, steps, features)`, in the order of processing.
        weights: as the library takes them.
        y: what the layer gave.
    """

    x: Tensor
    weights: list[Tensor]
    y: Tensor


class Recurrent(FirstLayer):
    """A state that is carried from step to step, from zeros on.

    Args:
        spec: units, direction, and whether each step's state is given or the last one.
        own: its weights by name, see `weight_layout`.
        dtype: arithmetic of the sequence; weights stay float32.
    """

    def __init__(self, spec: LSTMSpec | GRUSpec, own: dict[str, Parameter], *, dtype: torch.dtype) -> None:
        self.spec = spec
        self.kernel, self.recurrent_kernel, self.bias = own["kernel"], own["recurrent_kernel"], own.get("bias")
        self.parameters = tuple(own.values())
        # Without units for bfloat16 the library's sequences are quicker, and more exact, in float32.
        narrow = dtype == torch.bfloat16 and gains_from_bfloat16(self.kernel.value.device)
        self._dtype = dtype if narrow else self.kernel.value.dtype
        self._trips: list[_Trip] = []
        self._input_dtype: torch.dtype

    def forward(self, x: Tensor | Shared, run: Pass) -> Tensor:
        """`(members, batch, steps, features)` to `(members, batch, units)`, or with all steps before the units.

        Backwards, the steps that are given stand in the order of processing, the last one first, as in Keras.
        """
        shared = isinstance(x, Shared)
        inputs = [x.values[group] for group in x.seed_groups.group_of] if isinstance(x, Shared) else list(x)
        self._input_dtype = inputs[0].dtype
        # The engine runs in inference mode, where autograd is off; copies made outside of it can be tracked.
        with torch.inference_mode(not run.training), torch.set_grad_enabled(run.training):
            trips = [self._trip(values, member, run, differentiate=not shared) for member, values in enumerate(inputs)]
        self._trips = trips if run.training else []
        outs = [trip.y.detach() for trip in trips]
        return outs[0][None] if len(outs) == 1 else torch.stack(outs)

    def backward(self, gradient: Tensor, run: Pass, *, wanted: bool) -> Tensor | None:
        """Gradients of all weights, and of the input where wanted."""
        parts = []
        for member, (trip, own) in enumerate(zip(self._trips, gradient, strict=True)):
            sources = [each for each in (*trip.weights, trip.x) if each.requires_grad]
            with torch.inference_mode(mode=False), torch.enable_grad():
                found = torch.autograd.grad(trip.y, sources, own.to(trip.y.dtype).clone())
            self._write([each[run.members.start + member] for each in self._gradients()], found)
            if wanted:
                to_input = found[-1].flip(1) if self.spec.go_backwards else found[-1]
                parts.append(to_input.to(self._input_dtype))
        self._trips = []
        if not wanted:
            return None
        return parts[0][None] if len(parts) == 1 else torch.stack(parts)

    def _trip(self, values: Tensor, member: int, run: Pass, *, differentiate: bool) -> _Trip:
        kernel = self.kernel.values_of(run.members)[member]
        recurrent_kernel = self.recurrent_kernel.values_of(run.members)[member]
        bias = None if self.bias is None else self.bias.values_of(run.members)[member]
        weights = _adjoining([each.to(self._dtype) for each in self._to_library(kernel, recurrent_kernel, bias)])
        x = values.to(self._dtype)
        if self.spec.go_backwards:
            x = x.flip(1)
        if run.training:
            x = x.clone()
            x.requires_grad_(differentiate)
            for weight in weights:
                weight.requires_grad_()
        steps, last = self._sequence(x, weights, training=run.training)
        return _Trip(x, weights, steps if self.spec.return_sequences else last[0])

    def _gradients(self) -> list[Tensor]:
        parts = (self.kernel, self.recurrent_kernel, self.bias)
        return [part.gradient for part in parts if part is not None]

    @abstractmethod
    def _sequence(self, x: Tensor, weights: list[Tensor], *, training: bool) -> tuple[Tensor, Tensor]:
        """The states `(batch, steps, units)` and the last one `(1, batch, units)`."""

    @abstractmethod
    def _to_library(self, kernel: Tensor, recurrent_kernel: Tensor, bias: Tensor | None) -> list[Tensor]:
        """One member's weights as the library takes them."""

    @abstractmethod
    def _write(self, gradients: Sequence[Tensor], found: Sequence[Tensor]) -> None:
        """Writes gradients of the library's weights to one member's own: kernel, recurrent kernel, bias."""

    def _zeros(self, x: Tensor) -> Tensor:
        return x.new_zeros(1, x.shape[0], self.spec.units)


class LSTM(Recurrent):
    """Long short-term memory; Keras and the library order the gates alike: input, forget, cell, output.

    References:
        Hochreiter & Schmidhuber (1997).
    """

    def _sequence(self, x: Tensor, weights: list[Tensor], *, training: bool) -> tuple[Tensor, Tensor]:
        zeros = self._zeros(x)
        steps, last, _ = torch.lstm(x, (zeros, zeros), weights, len(weights) > 2, 1, 0.0, training, False, True)
        return steps, last

    def _to_library(self, kernel: Tensor, recurrent_kernel: Tensor, bias: Tensor | None) -> list[Tensor]:
        # The library has a second bias, which Keras does without.
        return [kernel, recurrent_kernel] if bias is None else [kernel, recurrent_kernel, bias, torch.zeros_like(bias)]

    def _write(self, gradients: Sequence[Tensor], found: Sequence[Tensor]) -> None:
        for own, other in zip(gradients, found, strict=False):  # found goes on with the second bias and the input
            own.copy_(other)


class GRU(Recurrent):
    """A gated recurrent unit; Keras orders the gates as update, reset, candidate, the library has the reset first.

    References:
        Cho et al. (2014), with the reset applied after the recurrent product (Keras's `reset_after=True`).
    """

    def _sequence(self, x: Tensor, weights: list[Tensor], *, training: bool) -> tuple[Tensor, Tensor]:
        steps, last = torch.gru(x, self._zeros(x), weights, len(weights) > 2, 1, 0.0, training, False, True)
        return steps, last

    def _to_library(self, kernel: Tensor, recurrent_kernel: Tensor, bias: Tensor | None) -> list[Tensor]:
        biases = () if bias is None else bias.unbind()
        return [_gates_swapped(each) for each in (kernel, recurrent_kernel, *biases)]

    def _write(self, gradients: Sequence[Tensor], found: Sequence[Tensor]) -> None:
        kernel, recurrent_kernel, *rest = gradients
        biases = [row for bias in rest for row in bias]
        for own, other in zip((kernel, recurrent_kernel, *biases), found, strict=False):  # found goes on with the input
            own.copy_(_gates_swapped(other))


def _gates_swapped(weight: Tensor) -> Tensor:
    """The first two thirds of the rows exchanged: the same function there and back."""
    first, second, third = weight.chunk(3)
    return torch.cat((second, first, third))


def _adjoining(weights: list[Tensor]) -> list[Tensor]:
    """Copies that lie one behind the other in memory, which spares cuDNN a copy at each call, and a warning of it."""
    flat = torch.cat([weight.flatten() for weight in weights])
    parts = torch.split_with_sizes(flat, [weight.numel() for weight in weights])
    return [part.view(weight.shape).detach() for part, weight in zip(parts, weights, strict=True)]
