"""The engine's layers, one kind per module, and how specifications become layers."""

from classlab.training.tensor.layers.base import FirstLayer, Layer, WeightlessLayer
from classlab.training.tensor.layers.build import build_layers

__all__ = ["FirstLayer", "Layer", "WeightlessLayer", "build_layers"]
