"""The layers of a network that the kernels compute one behind the other, in the order in which they do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from functools import lru_cache, partial
from itertools import takewhile
from typing import TYPE_CHECKING

from classlab.models.shapes import entering_shapes, output_shapes, same_padding
from classlab.records import layers as specs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from classlab.models.shapes import Shape
    from classlab.options.words import ActivationName
    from classlab.records.architecture import Architecture
    from classlab.records.layers import Padding
    from classlab.records.run import Loss


class Kind(IntEnum):
    """`enum layer` of kernels/structures.h."""

    CONVOLUTION = 0
    MAX_POOLING = 1
    AVERAGE_POOLING = 2
    ACTIVATION = 3
    SOFTMAX = 4
    DROPOUT = 5
    DENSE = 6


class Way(IntEnum):
    """How a convolution is computed: `enum way`."""

    PLAIN = 0
    FILTERING = 1
    DIRECT = 2


class Function(IntEnum):
    """What may stand behind a layer: `enum activation` of kernels/structures.h, by Keras's names."""

    LINEAR = 0
    RELU = 1
    SIGMOID = 2
    TANH = 3
    LEAKY_RELU = 4
    ELU = 5
    SELU = 6
    GELU = 7
    SILU = 8
    SOFTPLUS = 9


IN_PLACE = (Function.RELU, Function.SIGMOID, Function.TANH)
"""Those whose derivatives follow from their values."""
# Numbers under a kernel's window up to which the plain sum of `DIRECT` is taken, for images of few channels.
_MOST_TAPS = 32
_MOST_CELLS = 255  # of a window, whose largest cell is told in one byte


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One layer as the kernels take it.

    Args:
        kind: what it does.
        position: the layer's place in the architecture; of several that are computed together, the last one's.
        weights: the position of the layer whose weights it has.
        entering: `(height, width, channels)` of what enters; a dense layer takes `(1, 1, inputs)`.
        leaving: the same of what leaves.
        window: of a convolution or pooling.
        steps: its strides.
        corner: rows and columns of padding before the first.
        bias: whether it has one.
        way: how a convolution is computed.
        pool, relu: whether a convolution that is not plain has them within it.
        function: an activation's.
        rate: a dropout's share, a leaky ReLU's slope.
    """

    kind: Kind
    position: int
    weights: int = -1
    entering: tuple[int, int, int]
    leaving: tuple[int, int, int]
    window: tuple[int, int] = (1, 1)
    steps: tuple[int, int] = (1, 1)
    corner: tuple[int, int] = (0, 0)
    bias: bool = False
    way: Way = Way.PLAIN
    pool: bool = False
    relu: bool = False
    function: Function = Function.LINEAR
    rate: float = 0.0

    @property
    def has_weights(self) -> bool:
        """Whether there is a kernel."""
        return self.kind in (Kind.CONVOLUTION, Kind.DENSE)

    @property
    def leaves_freely(self) -> bool:
        """Whether nobody needs the values that leave it to go back through it."""
        return self.kind in (Kind.MAX_POOLING, Kind.AVERAGE_POOLING, Kind.DROPOUT) or (
            self.has_weights and not self.relu
        )


def convolves(layers: Sequence[Layer]) -> bool:
    """Whether there are convolutions, whose time and values outweigh all others'."""
    return any(layer.kind is Kind.CONVOLUTION for layer in layers)


def leading_scalings(architecture: Architecture) -> tuple[specs.Rescaling | specs.Normalization, ...]:
    """The scalings that a network begins with, which images go through where they are scaled in any case."""
    found = takewhile(lambda layer: isinstance(layer, specs.Rescaling | specs.Normalization), architecture.layers)
    return tuple(found)  # type: ignore[arg-type]  # of these two kinds


@lru_cache(maxsize=256)  # of networks, each of which is measured again and again; see `output_shapes`
def chain_of(architecture: Architecture, loss: Loss, *, lanes: int) -> tuple[Layer, ...] | None:
    """The network behind its leading scalings, as a chain that ends in what the loss takes; None where it is another.

    Args:
        architecture: the layers.
        loss: a closing softmax is left to the cross-entropy.
        lanes: floats of the kernels' vectors, of which channels and filters must be multiples for the quickest way.
    """
    if architecture.inputs is not None or len(output_shapes(architecture)[-1]) != 1:
        return None
    found: list[Layer] = []
    for known in _each_known(architecture):
        if known is None:
            return None
        found += known
    closing = bool(found) and found[-1].kind is Kind.SOFTMAX
    if loss.name != "mean_squared_error" and not loss.from_logits:
        if not closing:
            return None
        found.pop()
    if not any(layer.has_weights for layer in found):
        return None
    return tuple(_folded(found, lanes=lanes))


def why_no_chain(architecture: Architecture, loss: Loss) -> str:
    """What keeps a network from being a chain, as a clause about the kernels.

    Args:
        architecture: a network that is none.
        loss: what it is trained by.
    """
    if architecture.inputs is not None:
        return "its layers branch, which the compiled kernels do not compute"
    begin = len(leading_scalings(architecture))
    for position, known in enumerate(_each_known(architecture), start=begin):
        if known is None:
            kind = architecture.layers[position].kind
            return f"the compiled kernels do not know its layer {position} ({kind}) where it stands"
    return f"the compiled kernels do not have `loss` {loss.name} behind its last layer, which is no softmax"


def _each_known(architecture: Architecture) -> Iterator[list[Layer] | None]:
    """What the kernels make of every layer behind the leading scalings; None for one that they do not know."""
    entering, leaving = entering_shapes(architecture), output_shapes(architecture)
    for position in range(len(leading_scalings(architecture)), len(architecture.layers)):
        yield _known(architecture.layers[position], position, entering[position][0], leaving[position])


def _known(layer: specs.Layer, position: int, shape: Shape, after: Shape) -> list[Layer] | None:
    """The layer, and the function that it applies by itself; None for one that no chain has."""
    if not {len(shape), len(after)} <= {1, 3}:
        return None
    own = partial(Layer, position=position, entering=_image(shape), leaving=_image(after))
    match layer:
        case specs.Flatten():
            return []
        case specs.Dense() if len(shape) == 1:
            dense = own(kind=Kind.DENSE, weights=position, bias=layer.use_bias)
            return [dense, *_function(layer.activation, own)]
        case specs.Conv2D():
            window, steps = layer.kernel_size, layer.strides
            corner = _corner(layer.padding, shape, window, steps)
            convolution = own(
                kind=Kind.CONVOLUTION, weights=position, window=window, steps=steps, corner=corner, bias=layer.use_bias
            )
            return [convolution, *_function(layer.activation, own)]
        case specs.MaxPooling2D() | specs.AveragePooling2D():
            window, steps = layer.pool_size, layer.strides or layer.pool_size
            if window[0] * window[1] > _MOST_CELLS:
                return None
            kind = Kind.MAX_POOLING if isinstance(layer, specs.MaxPooling2D) else Kind.AVERAGE_POOLING
            return [own(kind=kind, window=window, steps=steps, corner=_corner(layer.padding, shape, window, steps))]
        case specs.GlobalAveragePooling2D():
            return [own(kind=Kind.AVERAGE_POOLING, window=(shape[0], shape[1]))]
        case specs.Dropout():
            return [own(kind=Kind.DROPOUT, rate=layer.rate)]
        case specs.Activation():
            return _function(layer.activation, own)
        case specs.ReLU():
            return _function("relu", own)
        case specs.LeakyReLU():
            return _function("leaky_relu", own, slope=layer.negative_slope)
        case _:
            return None


def _function(name: ActivationName, own: partial[Layer], *, slope: float = specs.LEAKY_RELU_SLOPE) -> list[Layer]:
    """A function as a layer of its own, made by `own`; none for "linear"."""
    match name:
        case "linear":
            return []
        case "softmax":
            return [own(kind=Kind.SOFTMAX)]
        case _:
            return [own(kind=Kind.ACTIVATION, function=Function[name.upper()], rate=slope)]


def _folded(layers: list[Layer], *, lanes: int) -> Iterator[Layer]:
    """Every convolution with its way, and with ReLU and 2 x 2 max-pooling behind it where they are computed at once.

    The two may come in either order: the largest of a window is the same before and after a function that never falls,
    and where it is not positive no gradient passes. Pooling without ReLU stays apart, since what is measured of a
    layer without a function lies between the two.
    """
    place, weighted = 0, False
    while place < len(layers):
        layer, taken = layers[place], 1
        if layer.kind is Kind.CONVOLUTION:
            layer = replace(layer, way=_way(layer, first=not weighted, lanes=lanes))
            if layer.way is not Way.PLAIN:
                taken += _computed_within(layers[place + 1 : place + 3])
        weighted = weighted or layer.has_weights
        if taken > 1:
            names = [_behind(each) for each in layers[place + 1 : place + taken]]
            last = layers[place + taken - 1]
            layer = replace(layer, position=last.position, leaving=last.leaving, relu=True, pool="pool" in names)
        yield layer
        place += taken


def _computed_within(behind: Sequence[Layer]) -> int:
    """How many of the two layers behind a convolution that is not plain are part of it."""
    names = [_behind(layer) for layer in behind]
    if set(names) == {"relu", "pool"}:
        return 2
    return 1 if names[:1] == ["relu"] else 0


def _behind(layer: Layer) -> str:
    """What a convolution that is not plain may have within it."""
    if layer.function is Function.RELU:
        return "relu"
    halves = layer.kind is Kind.MAX_POOLING and layer.window == layer.steps == (2, 2) and layer.corner == (0, 0)
    return "pool" if halves and _is_valid(layer) else ""


def _is_valid(layer: Layer) -> bool:
    """Whether every window lies within the image."""
    return all(
        (after - 1) * step + cells <= before
        for before, after, step, cells in zip(layer.entering, layer.leaving, layer.steps, layer.window, strict=False)
    )


def _way(layer: Layer, *, first: bool, lanes: int) -> Way:
    """How a convolution is computed.

    Args:
        layer: the convolution.
        first: whether no layer before it has weights.
        lanes: floats of a vector.
    """
    rows, columns = layer.window
    channels, filters = layer.entering[2], layer.leaving[2]
    if layer.steps != (1, 1) or not _is_valid(layer) or layer.corner != (0, 0) or not layer.bias or filters % lanes:
        return Way.PLAIN
    if (rows, columns) == (3, 3) and channels % lanes == 0:
        return Way.FILTERING
    # The plain sum knows no gradient of its input, which only the first layer can do without.
    return Way.DIRECT if first and rows == columns and rows * columns * channels <= _MOST_TAPS else Way.PLAIN


def _corner(padding: Padding, shape: Shape, window: tuple[int, int], steps: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns of padding before the first."""
    if padding == "valid":
        return 0, 0
    left, _, top, _ = same_padding(shape[:2], window, steps)
    return top, left


def _image(shape: Shape) -> tuple[int, int, int]:
    return (1, 1, shape[0]) if len(shape) == 1 else (shape[0], shape[1], shape[2])
