"""Layers that take several values and give one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from classlab.records.layer_base import LayerRecord


@dataclass(frozen=True, kw_only=True)
class Add(LayerRecord):
    """Sum of several values of one shape."""

    kind: Literal["Add"] = "Add"


@dataclass(frozen=True, kw_only=True)
class Subtract(LayerRecord):
    """Difference of two values of one shape."""

    kind: Literal["Subtract"] = "Subtract"


@dataclass(frozen=True, kw_only=True)
class Multiply(LayerRecord):
    """Product of several values; a length of 1 is repeated to fit the others."""

    kind: Literal["Multiply"] = "Multiply"


@dataclass(frozen=True, kw_only=True)
class Average(LayerRecord):
    """Mean of several values of one shape."""

    kind: Literal["Average"] = "Average"


@dataclass(frozen=True, kw_only=True)
class Maximum(LayerRecord):
    """Largest of several values of one shape, place by place."""

    kind: Literal["Maximum"] = "Maximum"


@dataclass(frozen=True, kw_only=True)
class Concatenate(LayerRecord):
    """Several values side by side along the last axis."""

    kind: Literal["Concatenate"] = "Concatenate"


Join = Add | Subtract | Multiply | Average | Maximum | Concatenate
