"""What is measured of one layer, and where: how large its weights are, how far they move, and what its units answer.

Only layers with a kernel are measured. The gain and the shift of a normalization are no weights between units: they
start equal in all units, as ones and zeros, and a spread of 0 across them is no fault.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from classlab.records.diagnostics import LayerProbe

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FUNCTION_LAYERS: Final = {
    "ReLU": "relu",
    "LeakyReLU": "leaky_relu",
    "Softmax": "softmax",
    "ELU": "elu",
    "PReLU": "prelu",
}
"""Functions that Keras has as layers of their own, by the layer's class."""
_POOLING = ("MaxPooling1D", "MaxPooling2D", "MaxPooling3D")
# What may stand between a sum and its function. Normalization moves and stretches the sums, and the largest of a window
# is one of them.
_BETWEEN = ("BatchNormalization", "LayerNormalization", *_POOLING)
# Within this distance of its bounds a sigmoid's slope is below 0.0475, a fifth of its largest.
_NEAR_BOUND = 0.05
_BOUNDED = {"sigmoid": (0.5, 0.5), "tanh": (0.0, 1.0)}  # middle and half of the range
_LEAST = 1e-300  # what a norm of 0 is replaced by where it divides


@dataclass(frozen=True, kw_only=True, eq=False)
class MeasuredLayer:
    """One layer of every member at one moment.

    Args:
        position: its place in the architecture.
        kind: its class, as in "Dense".
        activation: the function behind it, by Keras's name.
        kernel: `(members, ...)`.
        units: the axis of the kernel along which its units stand.
        gradients: of the mean loss for each of the layer's weights, each `(members, ...)`; empty for none.
        update_ratio: see `relative_change`, of the last step; None before the first one.
        epoch_change: the same of the epoch.
    """

    position: int
    kind: str
    activation: str
    kernel: Any
    units: int
    gradients: Sequence[Any] = ()
    update_ratio: Sequence[float] | None = None
    epoch_change: Sequence[float] | None = None

    def probes(self, outputs: OutputSums | None = None) -> list[LayerProbe]:
        """One record per member.

        Args:
            outputs: what the layer answers to the probe images; None where that was not measured.
        """
        members = self.kernel.shape[0]
        columns: dict[str, Sequence[float | None]] = {
            "gradient_norm": norm(self.gradients).tolist() if self.gradients else [nan] * members,
            "weight_norm": norm([self.kernel]).tolist(),
            "unit_spread": unit_spread(self.kernel, units=self.units).tolist(),
            "update_ratio": self.update_ratio or [None] * members,
            "epoch_change": self.epoch_change or [None] * members,
        }
        if outputs is not None:
            columns |= outputs.figures()
        rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        named: dict[str, Any] = {"layer": self.position, "name": self.kind, "activation": self.activation}
        return [LayerProbe(**named, **row) for row in rows]


class OutputSums:
    """Adds up one layer's outputs over batches of the probe.

    Args:
        activation: the function behind the layer.
        members: how many members.
        like: outputs as they will come, `(members, batch, ..., units)`.
    """

    def __init__(self, activation: str, *, members: int, like: Any) -> None:
        self._activation = activation
        self._xp = xp = library_of(like)
        shape, place = (members, like.shape[-1]), like.device
        self._count = xp.zeros(members, dtype=xp.float64, device=place)
        self._near = xp.zeros(members, dtype=xp.float64, device=place)
        self._sum = xp.zeros(shape, dtype=xp.float64, device=place)
        self._squares = xp.zeros(shape, dtype=xp.float64, device=place)
        self._alive = xp.zeros(shape, dtype=xp.bool, device=place)

    def add(self, values: Any, members: slice) -> None:
        """Takes outputs `(members, batch, ..., units)` of some members."""
        xp = self._xp
        if values.dtype != xp.float64:
            values = xp.astype(values, xp.float32, copy=False)
        axes = tuple(range(1, values.ndim - 1))
        count = 1
        for axis in axes:
            count *= values.shape[axis]
        mean, variance = moments(values, axes)
        self._count[members] += count
        self._sum[members] += mean * count
        self._squares[members] += (variance + mean**2) * count
        if self._activation == "relu":
            self._alive[members] |= xp.max(values, axis=axes) > 0
        elif self._activation in _BOUNDED:
            middle, half = _BOUNDED[self._activation]
            near = xp.astype(xp.abs(values - middle) > half - _NEAR_BOUND, xp.float64)
            self._near[members] += xp.mean(near, axis=(*axes, values.ndim - 1)) * count

    def figures(self) -> dict[str, list[float]]:
        """One number per member and measure, of those measures that apply to the function."""
        xp = self._xp
        mean = self._sum / self._count[:, None]
        variance = xp.clip(self._squares / self._count[:, None] - mean**2, 0.0, None)
        found = {"output_spread": xp.sqrt(xp.mean(variance, axis=1)).tolist()}
        if self._activation == "relu":
            found["dead_share"] = xp.mean(xp.astype(~self._alive, xp.float64), axis=1).tolist()
        elif self._activation in _BOUNDED:
            found["saturated_share"] = (self._near / self._count).tolist()
        return found


def moments(values: Any, axes: tuple[int, ...]) -> tuple[Any, Any]:
    """Mean and variance along axes, in double precision.

    Distances are taken from the first value of each mean, so that equal values have a variance of exactly 0 and a large
    mean swallows no small spread. PyTorch's own variance over leading axes takes five times as long.

    Args:
        values: `(members, ..., units)` in single precision or better.
        axes: what is averaged over.
    """
    xp = library_of(values)
    first = values[tuple(slice(0, 1) if axis in axes else slice(None) for axis in range(values.ndim))]
    apart = values - first
    mean = xp.astype(xp.mean(apart, axis=axes), xp.float64)
    apart *= apart
    square = xp.astype(xp.mean(apart, axis=axes), xp.float64)
    return mean + xp.astype(xp.squeeze(first, axis=axes), xp.float64), xp.clip(square - mean**2, 0.0, None)


def norm(arrays: Sequence[Any]) -> Any:
    """Euclidean norm over several arrays, each `(members, ...)`, in double precision, `(members,)`."""
    xp = library_of(arrays[0])
    rows = [xp.astype(xp.reshape(array, (array.shape[0], -1)), xp.float64) for array in arrays]
    return xp.sqrt(xp.sum(xp.stack([xp.sum(row * row, axis=1) for row in rows]), axis=0))


def relative_change(now: Any, before: Any) -> list[float]:
    """How far a kernel moved, as a share of what it was: `|now - before| / |before|`, one number per member.

    The kernel alone, because biases start at 0 and have no size of their own to be moved by a share of. The norm
    before, because a step that throws the weights far away makes their norm as large as itself: divided by the norm
    after it, it could not exceed 1 by much. A kernel that was 0 and moves counts as moved by all of itself, 1.

    Args:
        now: `(members, ...)`.
        before: the same at an earlier moment.

    References:
        Karpathy, CS231n: Neural networks part 3, "Ratio of weights:updates", which takes the norm of the weights before
        the update and wants about 1e-3.
    """
    xp = library_of(now)
    change, size = norm([now - before]), norm([before])
    moved = xp.astype(change > 0, xp.float64)
    ratio: list[float] = xp.where(size > 0, change / xp.clip(size, _LEAST, None), moved).tolist()
    return ratio


def unit_spread(kernel: Any, *, units: int) -> Any:
    """Deviation across units over the root mean square of the weights, `(members,)`: 0 where all units are equal.

    Args:
        kernel: `(members, ...)`.
        units: the axis along which the units stand; not the first.
    """
    xp = library_of(kernel)
    rows = xp.reshape(xp.moveaxis(kernel, units, 1), (kernel.shape[0], kernel.shape[units], -1))
    mean, variance = (xp.astype(of(rows, axis=1), xp.float64) for of in (xp.mean, xp.var))
    across, square = xp.mean(variance, axis=1), xp.mean(variance + mean**2, axis=1)
    return xp.where(square > 0, xp.sqrt(across / xp.clip(square, _LEAST, None)), xp.zeros_like(square))


def function_behind(own: str, following: Iterable[tuple[str, str]]) -> tuple[str, int]:
    """Finds a layer's function and counts the layers up to the place where its outputs are measured.

    A softmax is left out: its shares hide how large the scores were, and it is the scores that initializers keep
    near the size of what came in. A max-pooling behind a relu belongs to it: the two may change places without
    changing a value, and what goes on to the next layer is what stands behind both.

    Args:
        own: the function that the layer applies by itself, by Keras's name; "linear" for none.
        following: class and function of each layer behind it, in order, as far as each alone reads the one before.

    Returns:
        The function's name, "linear" where there is none; how many of the following layers are passed through before
        the outputs are measured.

    Example:
        >>> function_behind("linear", [("BatchNormalization", "linear"), ("Activation", "tanh")])
        ('tanh', 2)
        >>> function_behind("relu", [("MaxPooling2D", "linear"), ("Flatten", "linear")])
        ('relu', 1)
        >>> function_behind("linear", [("Softmax", "softmax")])
        ('softmax', 0)
    """
    function, passed = own, 0
    behind = list(following)
    if function == "linear":
        for count, (kind, its) in enumerate(behind, 1):
            if its != "linear" and (kind == "Activation" or kind in FUNCTION_LAYERS):
                function, passed = its, count
                break
            if kind not in _BETWEEN:
                break
    if function == "softmax":
        return function, 0
    if function == "relu":
        while passed < len(behind) and behind[passed][0] in _POOLING:
            passed += 1
    return function, passed


def library_of(array: Any) -> Any:
    """The functions of an array's own library, under the names of the array API standard.

    References:
        https://data-apis.org/array-api/latest/
    """
    if isinstance(array, np.ndarray):
        # It keeps to the standard. The wrapper would say the same, and load all of NumPy for that: a sixth of a second.
        return np
    from array_api_compat import array_namespace

    return array_namespace(array)
