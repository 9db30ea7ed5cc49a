"""An architecture: a list of layers and the shape of the images that enter it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from classlab.errors import SpecError
from classlab.records.base import CheckedRecord
from classlab.records.bounds import size
from classlab.records.layers import Layer

ImageShape = Annotated[tuple[int, int, int], size((28, 28, 1), words="height, width and channels, each a whole number")]


@dataclass(frozen=True, kw_only=True)
class Architecture(CheckedRecord):
    """Layers in order, each known to the training engine.

    Args:
        name: what the user calls it (`mlp`, `cnn`, ...).
        input_shape: `(height, width, channels)` of one image.
        layers: layer specifications, first to last.
    """

    name: str
    input_shape: ImageShape
    layers: tuple[Annotated[Layer, Field(discriminator="kind")], ...]
    kind: Literal["layers"] = "layers"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.layers:
            raise SpecError(f"an architecture needs at least one layer, but {self.name!r} has none. Add layers.")


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


def _opened(model: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for layer in model.get("config", {}).get("layers", ()):
        if "layers" in layer.get("config", {}):
            yield from _opened(layer)
        else:
            yield layer.get("class_name", ""), layer.get("config", {})
