"""A growing ONNX graph: its nodes and weights, and a name for every value in it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from classlab.models.shapes import Shape


class Value(NamedTuple):
    """What a layer gives, in the graph.

    Args:
        name: of the value.
        shape: of one image's, in the records' order: channels last, without the batch axis.
        first: whether the channels stand behind the batch axis instead, as ONNX's convolutions take them.
    """

    name: str
    shape: Shape
    first: bool = False

    @property
    def channel_axis(self) -> int:
        """Where the channels are, the batch axis counted."""
        return 1 if self.first else len(self.shape)

    def along_channels(self, figures: NDArray[Any]) -> NDArray[np.float32]:
        """Figures `()` or `(channels,)` in a shape that meets the value channel by channel."""
        behind = len(self.shape) - 1 if self.first and figures.ndim else 0
        return figures.astype(np.float32).reshape((*figures.shape, *[1] * behind))


class OnnxGraph:
    """Nodes and weights, in the order in which they were added."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.weights: list[Any] = []
        self.layer = ""
        self._seen: Counter[str] = Counter()
        self._turned: dict[str, str] = {}  # the same value with its channels elsewhere

    def node(self, kind: str, *entering: str, place: int = 0, **options: Any) -> str:
        """Adds a node and names its output.

        Args:
            kind: ONNX's operator.
            *entering: names of the values that enter it; "" for an optional one that is left out.
            place: which of its outputs is wanted.
            **options: its attributes.
        """
        from onnx import helper

        name = self._new(kind)
        self.nodes.append(helper.make_node(kind, entering, [""] * place + [name], name=name, **options))
        return name

    def weight(self, name: str, array: ArrayLike) -> str:
        """Adds an array and names it."""
        from onnx import numpy_helper

        name = self._new(name)
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def channels_first(self, value: Value) -> Value:
        """The value as ONNX's operators over images take it."""
        rank = len(value.shape)
        return value if value.first or rank == 1 else self._turn(value, (0, rank, *range(1, rank)))

    def channels_last(self, value: Value) -> Value:
        """The value in the records' order."""
        rank = len(value.shape)
        return self._turn(value, (0, *range(2, rank + 1), 1)) if value.first else value

    def as_other(self, value: Value, other: Value) -> Value:
        """The value with its channels where those of another one are."""
        return self.channels_first(value) if other.first else self.channels_last(value)

    def _turn(self, value: Value, axes: tuple[int, ...]) -> Value:
        if value.name not in self._turned:
            name = self.node("Transpose", value.name, perm=axes)
            self._turned |= {value.name: name, name: value.name}
        return value._replace(name=self._turned[value.name], first=not value.first)

    def _new(self, name: str) -> str:
        whole = f"{self.layer}/{name}"
        self._seen[whole] += 1
        return whole if self._seen[whole] == 1 else f"{whole}_{self._seen[whole] - 1}"
