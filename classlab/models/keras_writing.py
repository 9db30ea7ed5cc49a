"""A trained network as a `.keras` archive, written from its records without Keras."""

from __future__ import annotations

from time import strftime
from typing import TYPE_CHECKING, Any

from classlab.models.keras_archive import Archive
from classlab.models.keras_arrays import StoredLayer, write_arrays
from classlab.models.keras_config import PIXELS, model_config, preparation_entries
from classlab.models.keras_places import layer_groups
from classlab.models.keras_words import snake_case
from classlab.records.layers import GRU, LSTM

if TYPE_CHECKING:
    from classlab.models.keras_order import OrderedModel

VERSION = "3.13.2"
"""The oldest Keras that classlab works with, which opens what is written here as later ones do."""


def archive_of(model: OrderedModel, **metadata: Any) -> Archive:
    """What `model.save` would write of this network.

    Args:
        model: the network.
        **metadata: what else `metadata.json` is to hold, which Keras does not read.
    """
    config = model_config(model)
    layers = {PIXELS: StoredLayer(name=PIXELS)}
    for entry in preparation_entries(model.preparation) if model.preparation is not None else ():
        layers[entry["config"]["name"]] = StoredLayer(name=entry["config"]["name"])
    for layer, name, arrays in zip(model.architecture.layers, model.names, model.arrays, strict=True):
        cell = f"{snake_case(layer.kind)}_cell" if isinstance(layer, LSTM | GRU) else ""
        layers[name] = StoredLayer(name=name, arrays=arrays, cell=cell)
    groups = {group: layers[name] for (name,), group in layer_groups(config).items()}
    return Archive(
        metadata={"keras_version": VERSION, "date_saved": strftime("%Y-%m-%d@%H:%M:%S"), **metadata},
        config=config,
        weights=write_arrays(groups, name=model.architecture.name),
    )
