"""Convolutions in the kernels: Winograd's minimal filtering, with bias, max-pooling and ReLU on the way out."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Literal

import torch

from classlab.records.architecture import IMAGES
from classlab.training.kernels.library import kernels
from classlab.training.kernels.structures import Convolution
from classlab.training.process.threads import on_threads, shares
from classlab.training.tensor.graph import Node, behind_weights, readers
from classlab.training.tensor.layers.activations import InPlace
from classlab.training.tensor.layers.base import FirstLayer
from classlab.training.tensor.layers.convolution import Conv2D
from classlab.training.tensor.layers.pooling import MaxPooling
from classlab.training.tensor.passes import Shared

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from classlab.training.kernels.structures import Kernels
    from classlab.training.tensor.layers.base import Layer
    from classlab.training.tensor.layers.joins import Join
    from classlab.training.tensor.parameters import Parameter
    from classlab.training.tensor.passes import Pass

_PLACES = 36  # of a transformed tile
_WINDOW = (2, 2)
# Pairs of channels and filters from which on a kernel's transform takes longer than waking a second thread (0.1 ms).
_WORTH_SHARING = 4096
# Numbers under a kernel's window up to which the plain sum is taken, for images of few channels.
_MOST_TAPS = 32
_MOST_BEHIND = 2


class CompiledConvolution(FirstLayer):
    """A convolution and what follows it, member by member, each batch shared among the threads.

    Args:
        library: the kernels.
        kernel: `(members, filters, rows, columns, in_channels)`.
        bias: `(members, filters)`.
        pool: whether 2 x 2 max-pooling follows.
        relu: whether ReLU follows.
        plain: take the plain sum, which has no gradient of its input, instead of minimal filtering.
    """

    def __init__(
        self, library: Kernels, kernel: Parameter, bias: Parameter, *, pool: bool, relu: bool, plain: bool
    ) -> None:
        self._library = library
        self.kernel, self.bias = kernel, bias
        self.parameters = (kernel, bias)
        self._pool, self._relu, self._plain = pool, relu, plain
        self._saved: list[_SavedForBackward] = []

    def forward(self, x: Tensor | Shared, run: Pass) -> Tensor:
        """`(members, batch, height, width, channels)` to `(members, batch, rows, columns, filters)`."""
        inputs = [x.values[group] for group in x.seed_groups.group_of] if isinstance(x, Shared) else list(x)
        kernel, bias = self.kernel.values_of(run.members), self.bias.values_of(run.members)
        saved = [
            self._forward(values, kernel[member], bias[member], training=run.training)
            for member, values in enumerate(inputs)
        ]
        self._saved = saved if run.training else []
        outs = [each.out for each in saved]
        return outs[0][None] if len(outs) == 1 else torch.stack(outs)

    def backward(self, gradient: Tensor, run: Pass, *, wanted: bool) -> Tensor | None:
        """Gradients of kernel and bias, and of the input where wanted."""
        kernel, bias = self.kernel.gradients_of(run.members), self.bias.gradients_of(run.members)
        found = [
            self._backward(saved, own.contiguous(), kernel[member], bias[member], wanted=wanted)
            for member, (saved, own) in enumerate(zip(self._saved, gradient, strict=True))
        ]
        if not wanted:
            return None
        parts = [each for each in found if each is not None]
        return parts[0][None] if len(parts) == 1 else torch.stack(parts)

    def _forward(self, x: Tensor, kernel: Tensor, bias: Tensor, *, training: bool) -> _SavedForBackward:
        x = x.contiguous()
        shape = self._shape(x, kernel)
        batch = len(x)
        out = x.new_empty(batch, shape.out_rows, shape.out_columns, shape.filters)
        where = torch.empty(out.shape if training and self._pool else 0, dtype=torch.uint8)
        forward, exchanged = self._transformed(shape, kernel)
        bias = bias.contiguous()
        parts = shares(batch)
        room = self._room(shape, len(parts))

        def work(part: tuple[int, tuple[int, int]]) -> None:
            place, (start, stop) = part
            self._library.convolution_forward(
                ctypes.byref(shape),
                x.data_ptr(),
                forward.data_ptr(),
                bias.data_ptr(),
                out.data_ptr(),
                where.data_ptr() if where.numel() else None,
                start,
                stop,
                room[place].data_ptr(),
            )

        on_threads(work, list(enumerate(parts)), threads=len(parts))
        return _SavedForBackward(shape=shape, x=x, out=out, where=where, exchanged=exchanged)

    def _backward(
        self, saved: _SavedForBackward, gradient: Tensor, kernel: Tensor, bias: Tensor, *, wanted: bool
    ) -> Tensor | None:
        shape, x = saved.shape, saved.x
        parts = shares(len(x))
        room = self._room(shape, len(parts))
        to_input = torch.empty_like(x) if wanted else None
        to_kernel = x.new_empty(len(parts), *saved.exchanged.shape)
        to_bias = x.new_empty(len(parts), shape.filters)

        def work(part: tuple[int, tuple[int, int]]) -> None:
            place, (start, stop) = part
            self._library.convolution_backward(
                ctypes.byref(shape),
                x.data_ptr(),
                saved.exchanged.data_ptr(),
                saved.out.data_ptr(),
                gradient.data_ptr(),
                saved.where.data_ptr() if saved.where.numel() else None,
                None if to_input is None else to_input.data_ptr(),
                to_kernel[place].data_ptr(),
                to_bias[place].data_ptr(),
                start,
                stop,
                room[place].data_ptr(),
            )

        on_threads(work, list(enumerate(parts)), threads=len(parts))
        torch.sum(to_bias, 0, out=bias)
        if self._plain:
            kernel.copy_(to_kernel.sum(0).permute(3, 0, 1, 2))
            return None
        self._each_filter(
            shape,
            lambda start, stop: self._library.convolution_kernel_gradient(
                ctypes.byref(shape), to_kernel.data_ptr(), len(parts), kernel.data_ptr(), start, stop
            ),
        )
        return to_input

    def _transformed(self, shape: Convolution, kernel: Tensor) -> tuple[Tensor, Tensor]:
        """The kernel as the way forward and the way back want it."""
        if self._plain:
            plain = kernel.permute(1, 2, 3, 0).contiguous()
            return plain, plain
        forward = kernel.new_empty(_PLACES, shape.channels, shape.filters)
        exchanged = kernel.new_empty(_PLACES, shape.filters, shape.channels)
        self._each_filter(
            shape,
            lambda start, stop: self._library.convolution_kernel(
                ctypes.byref(shape), kernel.data_ptr(), forward.data_ptr(), exchanged.data_ptr(), start, stop
            ),
        )
        return forward, exchanged

    def _each_filter(self, shape: Convolution, call: Callable[[int, int], None]) -> None:
        parts = [(0, int(shape.filters))]
        if shape.filters * shape.channels >= _WORTH_SHARING:
            lanes = self._library.lanes
            parts = [(lanes * start, lanes * stop) for start, stop in shares(shape.filters // lanes)]
        on_threads(lambda part: call(*part), parts, threads=len(parts))

    def _shape(self, x: Tensor, kernel: Tensor) -> Convolution:
        filters, side, _, channels = kernel.shape
        rows, columns = x.shape[1] - side + 1, x.shape[2] - side + 1
        step = 2 if self._pool else 1
        return Convolution(
            height=x.shape[1],
            width=x.shape[2],
            channels=channels,
            rows=rows,
            columns=columns,
            filters=filters,
            out_rows=rows // step,
            out_columns=columns // step,
            pool=self._pool,
            relu=self._relu,
            side=side if self._plain else 0,
        )

    def _room(self, shape: Convolution, parts: int) -> Tensor:
        return torch.empty(parts, self._library.convolution_workspace(ctypes.byref(shape)) or 1)


class _SavedForBackward:
    """What one member's forward pass keeps for its backward pass."""

    def __init__(self, *, shape: Convolution, x: Tensor, out: Tensor, where: Tensor, exchanged: Tensor) -> None:
        self.shape, self.x, self.out, self.where, self.exchanged = shape, x, out, where, exchanged


def with_compiled_convolutions(nodes: list[Node], *, device: torch.device, dtype: torch.dtype) -> list[Node]:
    """The graph with every convolution that the kernels know, and what follows it, replaced by one layer.

    Processors with wider vectors than AVX2 keep the library's convolutions, which are made for them.
    """
    library = kernels("AVX2") if torch.backends.cpu.get_cpu_capability() == "AVX2" else None
    if library is None or device.type != "cpu" or dtype != torch.float32:
        return nodes
    read, weighted = readers(nodes), behind_weights(nodes)
    found: list[Node] = []
    now = {IMAGES: IMAGES}
    place = 0
    while place < len(nodes):
        (layer, inputs), taken = nodes[place], 1
        if isinstance(layer, Conv2D) and (how := _known(layer, lanes=library.lanes, first=not weighted[inputs[0]])):
            behind: list[Layer | Join] = []
            while len(behind) < _MOST_BEHIND and read[place + len(behind)] == [place + len(behind) + 1]:
                behind.append(nodes[place + len(behind) + 1].layer)
            layer, taken = _compiled(library, layer, behind, how)
        found.append(Node(layer, tuple(now[source] for source in inputs)))
        now[place + taken - 1] = len(found) - 1
        place += taken
    return found


def _compiled(
    library: Kernels, convolution: Conv2D, behind: list[Layer | Join], how: Literal["filtering", "plain"]
) -> tuple[CompiledConvolution, int]:
    """One layer for a convolution and those of its followers that the kernels know, and how many it takes the place of.

    ReLU and max-pooling may come in either order: the largest of a window is the same before and after a function that
    never falls, and where it is not positive no gradient passes.
    """
    kinds = ["relu" if _rectifies(each) else "pool" if _pools(each) else "" for each in behind]
    if kinds[:1] == [""] or kinds[0:1] == kinds[1:2]:
        kinds = [kind for kind in kinds[:1] if kind]
    assert convolution.bias is not None  # noqa: S101 - or the kernels would not know it
    pool, relu = "pool" in kinds, "relu" in kinds
    layer = CompiledConvolution(
        library, convolution.kernel, convolution.bias, pool=pool, relu=relu, plain=how == "plain"
    )
    layer.position = convolution.position
    return layer, 1 + pool + relu


def _known(layer: Conv2D, *, lanes: int, first: bool) -> Literal["filtering", "plain"] | None:
    """How the kernels compute this convolution; None where they do not."""
    filters, rows, columns, channels = layer.kernel.value.shape[1:]
    if layer.spec.strides != (1, 1) or layer.spec.padding != "valid" or layer.bias is None or filters % lanes:
        return None
    if (rows, columns) == (3, 3) and channels % lanes == 0:
        return "filtering"
    # The plain sum knows no gradient of its input, which only the first layer can do without.
    return "plain" if first and rows == columns and rows * columns * channels <= _MOST_TAPS else None


def _pools(layer: Layer | Join) -> bool:
    return isinstance(layer, MaxPooling) and layer.window == layer.strides == _WINDOW


def _rectifies(layer: Layer | Join) -> bool:
    return isinstance(layer, InPlace) and layer.name == "relu"
