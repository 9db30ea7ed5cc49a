"""The part of a network that leads to one of its layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.models.weights import weight_specs
from classlab.records.architecture import IMAGES, Architecture

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    Weights = Mapping[str, NDArray[np.float32]]


def leading_to(
    architecture: Architecture, weights: Weights, last: int
) -> tuple[Architecture, dict[str, NDArray[np.float32]]]:
    """Keeps the layers whose values reach a layer, and that layer as the last.

    Args:
        architecture: the network.
        weights: its arrays by layer position and name.
        last: position of the layer.

    Returns:
        The smaller network, its layers counted anew, and its weights.
    """
    kept, waiting = set[int](), [last]
    while waiting:
        position = waiting.pop()
        if position != IMAGES and position not in kept:
            kept.add(position)
            waiting += architecture.entering[position]
    order = sorted(kept)
    place = {IMAGES: IMAGES, **{position: new for new, position in enumerate(order)}}
    part = Architecture(
        name=architecture.name,
        input_shape=architecture.input_shape,
        layers=tuple(architecture.layers[position] for position in order),
        inputs=tuple(tuple(place[source] for source in architecture.entering[position]) for position in order),
    )
    own = {
        f"{place[spec.layer]}.{spec.name}": weights[spec.key]
        for spec in weight_specs(architecture)
        if spec.layer in kept
    }
    return part, own
