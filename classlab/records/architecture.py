"""An architecture: layers, how they are connected, and the shape of the images that enter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from classlab.errors import SpecError
from classlab.records.base import CheckedRecord
from classlab.records.bounds import size
from classlab.records.layers import Layer, joins

IMAGES = -1
"""Stands for the images where a layer's inputs are named by position."""

ImageShape = Annotated[tuple[int, int, int], size((28, 28, 1), words="height, width and channels, each a whole number")]


@dataclass(frozen=True, kw_only=True)
class Architecture(CheckedRecord):
    """Layers in order, each known to the training engine; a chain, or a graph that branches and joins.

    Args:
        name: what the user calls it (`mlp`, `cnn`, ...).
        input_shape: `(height, width, channels)` of one image.
        layers: layer specifications, first to last; the last one gives the scores.
        inputs: for each layer the positions of the layers whose values enter it, `IMAGES` for the images themselves;
            every position is lower than the layer's own. None for a chain, where each layer follows the one before.
    """

    name: str
    input_shape: ImageShape
    layers: tuple[Annotated[Layer, Field(discriminator="kind")], ...]
    inputs: tuple[tuple[int, ...], ...] | None = None
    kind: Literal["layers"] = "layers"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.layers:
            raise SpecError(f"an architecture needs at least one layer, but {self.name!r} has none. Add layers.")
        if self.inputs == _chain(len(self.layers)):
            object.__setattr__(self, "inputs", None)  # one network has one description
        self._check_inputs()

    @property
    def entering(self) -> tuple[tuple[int, ...], ...]:
        """For each layer the positions of the layers whose values enter it, also of a chain."""
        return _chain(len(self.layers)) if self.inputs is None else self.inputs

    @property
    def readers(self) -> tuple[tuple[int, ...], ...]:
        """For each layer the positions of the layers that its values enter; none for the last one."""
        found: list[list[int]] = [[] for _ in self.layers]
        for position, entering in enumerate(self.entering):
            for source in set(entering) - {IMAGES}:
                found[source].append(position)
        return tuple(tuple(each) for each in found)

    def _check_inputs(self) -> None:
        if len(self.entering) != len(self.layers):
            raise SpecError(
                f"`inputs` must name what enters each of the {len(self.layers)} layers of {self.name!r}, but it has "
                f"{len(self.entering)} entries. Give one entry per layer."
            )
        for position, (layer, entering) in enumerate(zip(self.layers, self.entering, strict=True)):
            if not all(IMAGES <= source < position for source in entering):
                raise SpecError(
                    f"`inputs` must name layers before layer {position} of {self.name!r}, but got {entering}. "
                    f"Give positions from {IMAGES} (the images) to {position - 1}."
                )
            wanted = len(entering) > 1 if joins(layer) else len(entering) == 1
            if not wanted:
                raise SpecError(
                    f"layer {position} of {self.name!r} ({layer.kind}) must take "
                    f"{'several values' if joins(layer) else 'one value'}, but got inputs={entering}. Connect it so."
                )
        unread = next((place for place, each in enumerate(self.readers[:-1]) if not each), None)
        if unread is not None:
            raise SpecError(
                f"layer {unread} of {self.name!r} ({self.layers[unread].kind}) must lead to the last layer, but "
                "no layer takes its values. Connect it or leave it out."
            )


@dataclass(frozen=True, kw_only=True)
class KerasArchitecture(CheckedRecord):
    """A Keras model with a layer that the engine does not know; it trains through Keras itself.

    Args:
        name: what the user calls it.
        input_shape: `(height, width, channels)` of one image.
        config: the model's own serialized form, `json.loads(model.to_json())`.
        reason: which layer or option keeps it off the engine, as one clause.
        kept_weights: digest of the weights that belong to the description because training does not move them
            (frozen layers, statistics of Normalization layers); None where there are none.
    """

    name: str
    input_shape: ImageShape
    config: dict[str, Any]
    reason: str
    kept_weights: str | None = None
    kind: Literal["keras"] = "keras"

    def described(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Class and settings of each layer in order, models within the model opened."""
        return _opened(self.config)


def _chain(count: int) -> tuple[tuple[int, ...], ...]:
    """What enters each of so many layers that follow one another."""
    return tuple((place,) for place in range(IMAGES, count - 1))


def _opened(model: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for layer in model.get("config", {}).get("layers", ()):
        if "layers" in layer.get("config", {}):
            yield from _opened(layer)
        else:
            yield layer.get("class_name", ""), layer.get("config", {})
