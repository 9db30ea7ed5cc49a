"""Layers that take several values: sums, differences, products, means, maxima and values side by side."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import reduce
from typing import TYPE_CHECKING

import torch

from classlab.records import layers as specs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from classlab.training.tensor.parameters import Parameter
    from classlab.training.tensor.passes import Pass


class Join(ABC):
    """One step of the network that makes one value of several, for all members of a pass.

    Values carry the member axis first, or all of them that of groups. A join remembers what its backward needs from its
    latest forward, so the two must alternate. It hands on the gradient that it got where a value's is the same:
    nobody writes into a gradient.
    """

    position: int = 0
    """The place in the architecture of the layer that it computes."""

    parameters: tuple[Parameter, ...] = ()

    def __init__(self) -> None:
        self._dtypes: list[torch.dtype] = []

    def forward(self, values: Sequence[Tensor], run: Pass) -> Tensor:
        """The values joined; each `(members, batch, ...)`."""
        self._dtypes = [value.dtype for value in values]
        return self._join(_of_one_dtype(values), run)

    def backward(self, gradient: Tensor, run: Pass) -> list[Tensor]:
        """One gradient per value, in order."""
        parts = self._split(gradient, run)
        return [part.to(dtype) for part, dtype in zip(parts, self._dtypes, strict=True)]

    @abstractmethod
    def _join(self, values: Sequence[Tensor], run: Pass) -> Tensor:
        """The values, all of one dtype, joined."""

    @abstractmethod
    def _split(self, gradient: Tensor, run: Pass) -> Sequence[Tensor]:
        """One gradient per value."""


class Add(Join):
    """Sum of several values of one shape."""

    def _join(self, values: Sequence[Tensor], run: Pass) -> Tensor:  # noqa: ARG002 - one signature for all joins
        return _sum(values)

    def _split(self, gradient: Tensor, run: Pass) -> Sequence[Tensor]:  # noqa: ARG002 - see above
        return [gradient] * len(self._dtypes)


class Subtract(Join):
    """Difference of two values of one shape."""

    def _join(self, values: Sequence[Tensor], run: Pass) -> Tensor:  # noqa: ARG002 - one signature for all joins
        first, second = values
        return first - second

    def _split(self, gradient: Tensor, run: Pass) -> Sequence[Tensor]:  # noqa: ARG002 - see above
        return [gradient, -gradient]


class Average(Join):
    """Mean of several values of one shape."""

    def _join(self, values: Sequence[Tensor], run: Pass) -> Tensor:  # noqa: ARG002 - one signature for all joins
        return _sum(values).div_(len(values))

    def _split(self, gradient: Tensor, run: Pass) -> Sequence[Tensor]:  # noqa: ARG002 - see above
        return [gradient / len(self._dtypes)] * len(self._dtypes)


class Multiply(Join):
    """Product of several values; a length of 1 is repeated to fit the others."""

    def __init__(self) -> None:
        super().__init__()
        self._values: Sequence[Tensor] = ()

    def _join(self, values: Sequence[Tensor], run: Pass) -> Tensor:
        self._values = values if run.training else ()
        return reduce(torch.mul, values)

    def _split(self, gradient: Tensor, run: Pass) -> Sequence[Tensor]:  # noqa: ARG002 - one signature for all joins
        parts = []
        for place, value in enumerate(self._values):
            others = [*self._values[:place], *self._values[place + 1 :]]
            parts.append(reduce(torch.mul, others, gradient).sum_to_size(value.shape))
        return parts


class Maximum(Join):
    """Largest of several values of one shape, place by place.

    Values are taken up one after the other; where the next one equals the largest so far, each gets half of the
    gradient, as in Keras on PyTorch and on JAX.
    """

    def __init__(self) -> None:
        super().__init__()
        self._pairs: list[tuple[Tensor, Tensor]] = []

    def _join(self, values: Sequence[Tensor], run: Pass) -> Tensor:
        largest, pairs = values[0], []
        for value in values[1:]:
            pairs.append((largest, value))
            largest = torch.maximum(largest, value)
        self._pairs = pairs if run.training else []
        return largest

    def _split(self, gradient: Tensor, run: Pass) -> Sequence[Tensor]:  # noqa: ARG002 - one signature for all joins
        parts = []
        for largest, value in reversed(self._pairs):
            own = torch.where(largest == value, gradient / 2, gradient).masked_fill_(value < largest, 0)
            parts.append(own)
            gradient = gradient - own
        return [gradient, *reversed(parts)]


class Concatenate(Join):
    """Several values side by side along the last axis."""

    def __init__(self) -> None:
        super().__init__()
        self._widths: list[int] = []

    def _join(self, values: Sequence[Tensor], run: Pass) -> Tensor:  # noqa: ARG002 - one signature for all joins
        self._widths = [value.shape[-1] for value in values]
        return torch.cat(list(values), -1)

    def _split(self, gradient: Tensor, run: Pass) -> Sequence[Tensor]:  # noqa: ARG002 - see above
        return torch.split_with_sizes(gradient, self._widths, -1)


JoinSpec = specs.Add | specs.Subtract | specs.Multiply | specs.Average | specs.Maximum | specs.Concatenate


def build_join(spec: JoinSpec) -> Join:
    """The engine's layer for a specification that takes several values."""
    match spec:
        case specs.Add():
            return Add()
        case specs.Subtract():
            return Subtract()
        case specs.Multiply():
            return Multiply()
        case specs.Average():
            return Average()
        case specs.Maximum():
            return Maximum()
        case specs.Concatenate():
            return Concatenate()


def _sum(values: Sequence[Tensor]) -> Tensor:
    """A fresh tensor, added up in order."""
    first, second, *rest = values
    total = first + second
    for value in rest:
        total.add_(value)
    return total


def _of_one_dtype(values: Sequence[Tensor]) -> Sequence[Tensor]:
    """The values in the dtype that the largest of them have in common.

    Convolutions give bfloat16 and dense layers float32. A row of factors for the channels of an image must not widen
    the whole image, and rounds no coarser than the image itself.
    """
    if len({value.dtype for value in values}) == 1:
        return values
    most = max(value.numel() for value in values)
    dtype = reduce(torch.promote_types, (value.dtype for value in values if value.numel() == most))
    return [value.to(dtype) for value in values]
