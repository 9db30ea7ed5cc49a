"""A Keras model into an architecture with its weights."""

from __future__ import annotations

import json
import re
import warnings
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.errors import SpecError, kind_of
from classlab.models.imported_model import ImportedModel, adapted_statistics, imported, prepared_by
from classlab.models.keras_layers import Unsupported
from classlab.models.keras_list import cannot_be_made, check_listed
from classlab.models.keras_names import with_fresh_names
from classlab.models.keras_preparation import without_preparation
from classlab.models.keras_runtime import keras, need_keras
from classlab.models.keras_seeds import seeds_note, without_seeds
from classlab.models.keras_translation import translate_model
from classlab.models.keras_unlisted import REGISTER
from classlab.models.keras_walk import first_reshape, input_shape
from classlab.records.architecture import ImageShape, KerasArchitecture

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from classlab.models.keras_walk import Path
    from classlab.models.keras_words import Config
    from classlab.records.preparation import Preparation


_COLORS = re.compile(r"\x1b\[[0-9;]*m")  # in which Keras writes what a layer raised


def from_keras(model: Any, *, image_shape: ImageShape | None = None, through_keras: str = "") -> ImportedModel:
    """Reads a Keras model: its layers with every option, and the weights it stands at.

    Names that Keras made up are those of a fresh session: a model that is built again is the same network.

    Layers that the engine knows become an `Architecture`, also where they branch and join (a model within the model is
    opened; an Input without channel axis becomes grey images with one channel). Anything that the engine would not
    compute exactly as Keras does makes a `KerasArchitecture`, which trains through Keras and says why.

    Args:
        model: a Sequential, functional or registered model with one image in and one row of scores out.
        image_shape: `(height, width, channels)`, needed only where the model takes a flat row of pixels.
        through_keras: why it is to train through Keras whatever its layers are; "" for no such wish.

    Raises:
        SpecError: it is not a built Keras model of one input and one output, or cannot be written down.

    Example:
        ```python
        model = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(10)])
        from_keras(model).architecture.input_shape  # (28, 28, 1)
        ```
    """
    whole, preparation = _entrance(model)
    shape = (input_shape(whole) if preparation else None) or tuple(model.inputs[0].shape[1:])
    fresh = with_fresh_names(whole)
    config = fresh.config
    image = _image_shape(shape, image_shape or first_reshape(config), model.name)
    if through_keras:
        return prepared_by(_general(model, config, image, through_keras), preparation)

    def arrays(path: Path) -> list[NDArray[Any]]:
        return list(_layer(model, fresh.own_path(path)).get_weights())

    try:
        found = translate_model(
            config, shape=shape, image_shape=image, statistics=lambda path: adapted_statistics(arrays(path))
        )
        return prepared_by(imported(found, arrays), preparation)
    except Unsupported as unsupported:
        return prepared_by(_general(model, config, image, str(unsupported)), preparation)


def _entrance(model: Any) -> tuple[Config, Preparation | None]:
    """The model's description, for images of one size, and what brings pictures to it."""
    kind = type(model).__name__
    if not isinstance(model, keras().Model):
        raise SpecError(
            f"`model` must be a Keras model, but got {kind_of(model)}. Pass a keras.Sequential or keras.Model."
        )
    if not getattr(model, "inputs", None) and not isinstance(model, keras().Sequential):
        raise SpecError(
            f"the Keras model {model.name!r} must say how its layers are connected, but it is of the class {kind}, "
            "whose call method alone knows. Register the class, and wrap the model, as in "
            "`x = keras.Input(shape=(height, width, channels))` and `keras.Model(x, model(x))`."
        )
    if not model.built or not getattr(model, "inputs", None):
        raise SpecError(
            f"the Keras model {model.name!r} must be built, but its input shape is not known yet. "
            "Add keras.Input(shape=(height, width, channels)) as its first entry."
        )
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise SpecError(
            f"the Keras model {model.name!r} must have one input and one output, but has {len(model.inputs)} and "
            f"{len(model.outputs)}. Wrap the part that maps images to class scores in a model of its own."
        )
    shape = tuple(model.inputs[0].shape[1:])
    config, preparation = without_preparation(_config(model)) if None in shape else (_config(model), None)
    if (None in shape and preparation is None) or not 1 <= len(shape) <= 3:
        raise SpecError(
            f"the Keras model {model.name!r} must take images of one size, but its Input has shape={shape}. "
            "Give keras.Input(shape=(height, width, channels)) in numbers."
        )
    return config, preparation


def _config(model: Any) -> Config:
    try:
        config: Config = json.loads(model.to_json())
    except (NotImplementedError, TypeError, ValueError) as problem:
        raise SpecError(
            f"the Keras model {model.name!r} cannot be written down as JSON ({first_sentence(problem)}). "
            "Give its custom layers a get_config method."
        ) from None
    config.pop("compile_config", None)  # loss and optimizer travel as records of their own
    return config


def _image_shape(shape: tuple[int, ...], given: ImageShape | None, name: str) -> ImageShape:
    if len(shape) == 3:
        return (shape[0], shape[1], shape[2])
    if len(shape) == 2:
        return (shape[0], shape[1], 1)
    if given is None:
        raise SpecError(
            f"the Keras model {name!r} takes rows of {shape[0]} values, from which the shape of the images cannot "
            "be told. Give image_shape=(height, width, channels), or let the model begin with "
            "keras.Input(shape=(height, width, channels)) and Flatten."
        )
    if prod(given) != shape[0]:
        raise SpecError(
            f"`image_shape` must hold the {shape[0]} values that the Keras model {name!r} takes, but got "
            f"image_shape={given}, which is {prod(given)} values. Give the images' own shape."
        )
    return given


def _layer(model: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        model = model.get_layer(name)
    return model


def _general(model: Any, config: Config, image_shape: ImageShape, reason: str) -> ImportedModel:
    name = str(config["config"].get("name", model.name))
    architecture = KerasArchitecture(name=name, input_shape=image_shape, config=without_seeds(config), reason=reason)
    rebuild(architecture)
    arrays = {str(position): np.asarray(array, np.float32) for position, array in enumerate(model.get_weights())}
    return ImportedModel(architecture=architecture, weights=arrays, kept=_kept(model), notes=seeds_note([config]))


def _kept(model: Any) -> tuple[str, ...]:
    """Positions of the weights that training leaves as they came.

    The moving figures of a BatchNormalization are not among them unless it is frozen: training makes them.
    """
    statistics = keras().layers.Normalization
    still = {
        id(weight)
        for layer in model._flatten_layers()  # Keras has no public walk into layers within layers
        if not layer.trainable or isinstance(layer, statistics)
        for weight in layer.weights
    }
    return tuple(str(position) for position, weight in enumerate(model.weights) if id(weight) in still)


def rebuild(architecture: KerasArchitecture, weights: Mapping[str, NDArray[Any]] | None = None) -> Any:
    """Makes the Keras model of a general-path architecture again, with fresh weights.

    Args:
        architecture: its description, which may come from a stranger's folder.
        weights: the arrays that it will take, by position; where they are known, the model is made without memory
            first, and must ask for their shapes.

    Raises:
        SpecError: Keras cannot make it again, as with a custom class that is not registered, or a Lambda layer; or it
            asks for other weights.
    """
    check_listed(architecture)
    need_keras(architecture)
    k = keras()
    text = json.dumps(architecture.config)
    try:
        if weights is not None and k.backend.backend() == "torch":
            with k.device("meta"):  # PyTorch's device of shapes without values
                shapes = [tuple(weight.shape) for weight in _made(text).weights]
            if shapes != [weights[str(place)].shape for place in range(len(weights))]:
                raise SpecError(
                    f"the Keras model {architecture.name!r} must take the weights that it is given, but it asks for "
                    "other shapes. Give the weights of this architecture."
                )
        return _made(text)
    except (TypeError, ValueError, AttributeError, ImportError, KeyError, RuntimeError) as problem:
        if isinstance(problem, SpecError):
            raise
        raise cannot_be_made(architecture, first_sentence(problem), REGISTER) from None


def _made(text: str) -> Any:
    """The model of a serialised one; Keras warns of layers without a build method, which it builds a moment later."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"`build\(\)` was called on layer", UserWarning)
        return keras().models.model_from_json(text)


def plain_lines(problem: BaseException) -> list[str]:
    """What Keras says went wrong, line by line, without the colors in which it writes."""
    return [line.strip() for line in _COLORS.sub("", str(problem)).splitlines() if line.strip()]


def first_sentence(problem: BaseException) -> str:
    """What Keras says went wrong; where it wraps one message in another, the innermost."""
    lines = plain_lines(problem)
    marker = "Exception encountered: "
    inner = [line.partition(marker)[2] for line in lines if marker in line]
    text = (inner or lines or [type(problem).__name__])[-1 if inner else 0]
    return text.split(". ")[0].rstrip(".")
