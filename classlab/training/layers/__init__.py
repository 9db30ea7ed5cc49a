"""The engine's layers, one kind per module, and the way from specifications to layers."""

from classlab.training.layers.base import FirstLayer, Layer, WeightlessLayer
from classlab.training.layers.build import build_layers

__all__ = ["FirstLayer", "Layer", "WeightlessLayer", "build_layers"]
