"""What comes of a Keras model, from memory or from a file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.models.keras_layers import Unsupported
from classlab.models.keras_preparation import preparation_note
from classlab.models.weights import weight_specs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from classlab.models.keras_translation import Translation
    from classlab.models.keras_walk import Path
    from classlab.records.architecture import Architecture, KerasArchitecture
    from classlab.records.preparation import Preparation


@dataclass(frozen=True, kw_only=True, eq=False)
class ImportedModel:
    """What `from_keras` makes of a model.

    Args:
        architecture: layers for the engine, or the whole model for the general path, with the reason.
        weights: float32 arrays in Keras's shapes: by `WeightSpec.key` for an `Architecture`, by position in
            `get_weights()` ("0", "1", ...) for a `KerasArchitecture`.
        kept: keys of the weights that training does not move and that are no figures of training either: those of
            frozen layers, and the statistics of Normalization layers. They belong to the description of the network.
            An `Architecture` has none: its Normalization layers hold their statistics as options.
        notes: what was read differently from how Keras would, each a sentence.
        preparation: what the model does to pictures before, and is no part of the architecture; None for nothing.
    """

    architecture: Architecture | KerasArchitecture
    weights: dict[str, NDArray[np.float32]]
    kept: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    preparation: Preparation | None = None


def prepared_by(model: ImportedModel, preparation: Preparation | None) -> ImportedModel:
    """The same model with what stood before it, which a note tells."""
    if preparation is None:
        return model
    return replace(model, preparation=preparation, notes=(*model.notes, preparation_note(preparation)))


def imported(found: Translation, arrays_of: Callable[[Path], Sequence[NDArray[Any]]]) -> ImportedModel:
    """A translated model with its weights.

    Args:
        found: its layers.
        arrays_of: the arrays of a Keras layer, by its path, in the order of `get_weights`.

    Raises:
        Unsupported: a layer has other arrays than its weights.
    """
    specs = weight_specs(found.architecture)
    weights: dict[str, NDArray[np.float32]] = {}
    for position, path in enumerate(found.paths):
        mine = [spec for spec in specs if spec.layer == position]
        if path is None or not mine:
            continue
        arrays = arrays_of(path)
        if [array.shape for array in arrays] != [spec.shape for spec in mine]:
            raise Unsupported(f"its layer {path[-1]!r} has other weights than its options ask for")
        weights |= {spec.key: np.array(array, np.float32) for spec, array in zip(mine, arrays, strict=True)}
    return ImportedModel(architecture=found.architecture, weights=weights, notes=found.notes)


def adapted_statistics(arrays: Sequence[NDArray[Any]]) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
    """Mean and variance of an adapted Normalization layer; Keras starts an unadapted one at 0 and 1."""
    if len(arrays) < 2:
        return None
    mean, variance = (np.ravel(np.asarray(array, np.float32)) for array in arrays[:2])
    if not mean.any() and (variance == 1).all():
        return None
    return tuple(mean.tolist()), tuple(variance.tolist())
