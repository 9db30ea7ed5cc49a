"""A chain as the kernels take it: where each weight and each layer's values lie, and what a part of a batch is."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

from classlab.models.weights import weight_specs
from classlab.training.kernels.chain_layers import IN_PLACE, Kind, Way, convolves
from classlab.training.kernels.dropped import dropped
from classlab.training.kernels.structures import Chain, ChainArray, ChainLayer

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from classlab.models.weights import WeightSpec
    from classlab.records.architecture import Architecture
    from classlab.training.kernels.chain_layers import Layer

_LINE = 16  # floats of a cache line
_UPDATED = 8  # vectors that are updated together
_POINTS = 36  # of a transformed tile
# Images of a part where there are convolutions. A batch of 32 is then shared by four threads, and a part's values are
# two megabytes in the lab's CNN.
_PART = 16


def part_of(layers: Sequence[Layer], *, batch: int) -> int:
    """Images that one thread takes at a time: few where there are convolutions, whose values would fill the caches."""
    return min(batch, _PART) if convolves(layers) else batch


@dataclass(frozen=True)
class Place:
    """A weight among a member's.

    Args:
        spec: the weight.
        at: where it begins.
        shape: of its room.
        own: the part of the room that holds the weight; what is left fills it up to whole vectors.
        axes: the room's axes in the order of the engine's layout.
    """

    spec: WeightSpec
    at: int
    shape: tuple[int, ...]
    own: tuple[slice, ...]
    axes: tuple[int, ...]

    def view(self, weights: NDArray[np.float32]) -> NDArray[np.float32]:
        """The weight in the engine's layout, as a view of a member's weights."""
        room = weights[self.at : self.at + prod(self.shape)].reshape(self.shape)
        return room[self.own].transpose(self.axes)


class ChainNetwork:
    """A network that members share.

    Args:
        architecture: the network.
        layers: the same as a chain.
        lanes: floats of the kernels' vectors.
        part: images that one thread takes at a time.
        squared: whether the loss is the mean squared error.
        within: k of the top-k accuracy, if it is wanted.

    Attributes:
        places: where every weight is, by its key.
        weights: floats of a member's weights.
        prepared: floats of what is made of a member's kernels before a step.
        values: of all layers, for one image.
    """

    def __init__(
        self,
        architecture: Architecture,
        layers: Sequence[Layer],
        *,
        lanes: int,
        part: int,
        squared: bool = False,
        within: int | None = None,
    ) -> None:
        self.layers, self._lanes = list(layers), lanes
        self.classes = prod(layers[-1].leaving)  # a convolution may end it, its values in one row
        self.part = part
        self._specs = {spec.key: spec for spec in weight_specs(architecture)}
        self.places: dict[str, Place] = {}
        self.weights = self.prepared = self.values = self._bytes = 0
        self.outputs: list[int] = []
        structures = [self._lay_out(layer) for layer in layers]
        self.weights = _up(self.weights, _UPDATED * lanes)
        self._layer_table = (ChainLayer * len(structures))(*structures)
        arrays = [_array(place) for place in self.places.values()]
        self._array_table = (ChainArray * len(arrays))(*arrays)
        self.penalized = [place for place in self.places.values() if place.spec.regularizer is not None]
        self.structure = Chain(
            layers=len(structures),
            arrays=len(arrays),
            layer=ctypes.addressof(self._layer_table),
            array=ctypes.addressof(self._array_table),
            values=self.values,
            bytes=self._bytes,
            widest=max(prod(shape) for layer in layers for shape in (layer.entering, layer.leaving)),
            weights=self.weights,
            classes=self.classes,
            squared=squared,
            within=within or 0,
            part=self.part,
        )

    def _lay_out(self, layer: Layer) -> ChainLayer:
        """One layer's structure; weights and values are given their places in turn."""
        if not self.outputs:
            self.values = prod(layer.entering)
        entering = self.outputs[-1] if self.outputs else 0
        before = self.layers[len(self.outputs) - 1] if self.outputs else None
        overwrites = layer.function in IN_PLACE and before is not None and before.leaves_freely
        leaving = entering if overwrites else self.values
        if leaving != entering:
            self.values += prod(layer.leaving)
        self.outputs.append(leaving)
        earlier = any(own.has_weights for own in self.layers[: len(self.outputs) - 1])
        found = ChainLayer(
            kind=layer.kind,
            way=layer.way,
            function=layer.function,
            **_named(("height", "width", "channels"), layer.entering),
            **_named(("rows", "columns", "filters"), layer.leaving),
            **_named(("window_rows", "window_columns"), layer.window),
            **_named(("step_rows", "step_columns"), layer.steps),
            **_named(("top", "left"), layer.corner),
            pool=layer.pool,
            relu=layer.relu,
            bias=-1,
            input=entering,
            output=leaving,
            argmax=self._bytes,
            wanted=earlier,
            factor=layer.rate,
        )
        if layer.pool or layer.kind is Kind.MAX_POOLING:
            self._bytes += prod(layer.leaving)
        if layer.kind is Kind.DROPOUT:
            what = dropped(layer.rate, 0)
            found.below, found.factor = what.below, what.factor
        if layer.has_weights:
            found.kernel = self._place_kernel(layer)
            if layer.bias:
                units = layer.leaving[2]
                room = (_up(units, self._lanes),)
                found.bias = self._place(f"{layer.weights}.bias", room, (slice(units),), (0,))
            found.prepared = self.prepared
            self.prepared += _up(self._prepared(layer), _LINE)
        return found

    def _place_kernel(self, layer: Layer) -> int:
        key, units, channels = f"{layer.weights}.kernel", layer.leaving[2], layer.entering[2]
        width = _up(units, self._lanes)
        if layer.kind is Kind.DENSE:
            return self._place(key, (channels, width), (slice(None), slice(units)), (1, 0))
        if layer.way is Way.FILTERING:
            return self._place(key, (units, *layer.window, channels), (), (0, 1, 2, 3))
        own = (*(slice(None),) * 3, slice(units))
        return self._place(key, (*layer.window, channels, width), own, (3, 0, 1, 2))

    def _place(self, key: str, room: tuple[int, ...], own: tuple[slice, ...], axes: tuple[int, ...]) -> int:
        at = self.weights
        self.places[key] = Place(self._specs[key], at, room, own, axes)
        self.weights = _up(at + prod(room), _LINE)
        return at

    def _prepared(self, layer: Layer) -> int:
        """Floats that are made of a layer's kernel before a step."""
        units, channels = layer.leaving[2], layer.entering[2]
        if layer.way is Way.FILTERING:
            return 2 * _POINTS * channels * units
        return prod(layer.window) * units * _up(channels, self._lanes) + self._lanes


def _array(place: Place) -> ChainArray:
    penalty = place.spec.regularizer
    size = prod(place.shape)
    return ChainArray(at=place.at, size=size, l1=penalty.l1 if penalty else 0.0, l2=penalty.l2 if penalty else 0.0)


def _named(names: Sequence[str], values: Sequence[int]) -> dict[str, Any]:
    return dict(zip(names, values, strict=True))


def _up(count: int, multiple: int) -> int:
    return -(-count // multiple) * multiple
