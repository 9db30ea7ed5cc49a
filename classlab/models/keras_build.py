"""An architecture with its weights into a Keras model that takes raw pixels."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from classlab.models.keras_archive import packed
from classlab.models.keras_config import PIXELS, layer_config, preparation_entries
from classlab.models.keras_import import rebuild
from classlab.models.keras_order import fitting, model_name, ordered_model
from classlab.models.keras_runtime import keras
from classlab.models.keras_writing import archive_of
from classlab.records.architecture import Architecture, KerasArchitecture

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from classlab.records import layers as records
    from classlab.records.preparation import Preparation

    Weights = Mapping[str, NDArray[np.float32]]


def to_keras(
    architecture: Architecture | KerasArchitecture,
    weights: Weights,
    *,
    input_layer: records.Rescaling | records.Normalization,
    preparation: Preparation | None = None,
) -> Any:
    """Builds a Keras model: Input for uint8 pixels, the preprocessing, then the layers with their options.

    A chain of layers becomes a Sequential model, and layers that branch and join a functional one: what Keras makes of
    the file that is written of them.

    Args:
        architecture: the network.
        weights: arrays by `WeightSpec.key`, or by position in `get_weights()` for a `KerasArchitecture`.
        input_layer: the preprocessing.
        preparation: what brings pictures of any size to the network's images; None where these enter as they are.

    Returns:
        A `keras.Model` from uint8 `(images, height, width, channels)`, for grey images also
        `(images, height, width)`, to float32 `(images, classes)`.

    Raises:
        SpecError: a weight is missing or has another shape, or Keras is not installed.
    """
    if isinstance(architecture, KerasArchitecture):
        return _around(architecture, weights, input_layer, preparation)
    ordered = ordered_model(architecture, weights, input_layer=input_layer, preparation=preparation)
    content = packed(archive_of(ordered))
    k = keras("a Keras model")
    with TemporaryDirectory() as folder:
        file = Path(folder) / "model.keras"
        file.write_bytes(content)
        return k.saving.load_model(file, compile=False, safe_mode=True)


def _around(
    architecture: KerasArchitecture,
    weights: Weights,
    input_layer: records.Rescaling | records.Normalization,
    preparation: Preparation | None,
) -> Any:
    """A model of the general path behind its preprocessing."""
    inner = rebuild(architecture, weights)
    k = keras()
    shape = architecture.input_shape if preparation is None else (None, None, preparation.channels)
    before = [] if preparation is None else preparation_entries(preparation)
    entrance = [
        k.Input(shape=shape, dtype="uint8", name=PIXELS),
        *(k.layers.deserialize(entry) for entry in before),
        k.layers.deserialize(layer_config(input_layer, "preprocessing")),
    ]
    taken = tuple(inner.inputs[0].shape[1:])
    if taken != architecture.input_shape:
        entrance.append(k.layers.Reshape(taken, name="shape"))
    shapes = [tuple(weight.shape) for weight in inner.weights]
    inner.set_weights([fitting(weights, str(place), shape, architecture.name) for place, shape in enumerate(shapes)])
    name = model_name(architecture.name)
    return k.Sequential([*entrance, inner], name=f"{name}_on_pixels" if name == inner.name else name)
