"""Layers applied to arrays rather than to symbolic tensors: preprocessing ahead of the model."""

from __future__ import annotations

from dataclasses import replace

from classlab.doctor.audit.network import HAS_WEIGHTS, after_layer
from classlab.doctor.audit.trainings import Model
from classlab.doctor.audit.values import UNKNOWN, Array, CallResult, SymbolicTensor, Value


def on_array(layer: CallResult | Model, array: Array) -> Value:
    """An array after a layer of preprocessing; after layers with weights it is a model's output."""
    if isinstance(layer, Model):
        layers, certain = layer.network.layers, layer.network.certain
        if not certain or any(
            each.kind in HAS_WEIGHTS or each.name.startswith("keras.applications") for each in layers
        ):
            return SymbolicTensor(layers, certain, None, layer)
    else:
        layers = (layer,)
    facts = array.facts
    for each in layers:
        if not each.name.startswith(("keras.layers.", "operation.")) or each.kind in HAS_WEIGHTS:
            return UNKNOWN
        facts = after_layer(facts, each)
        if each.kind.startswith("Random"):
            facts = replace(facts, augmented=(*facts.augmented, (each.kind, each.location)))
    return Array(facts)
