"""A `.keras` file from anywhere into an architecture with weights: checked, then read, by Keras where need be."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import TYPE_CHECKING

from classlab.errors import SpecError
from classlab.models.imported_model import adapted_statistics, imported, prepared_by
from classlab.models.keras_archive import Archive, read_archive, refused
from classlab.models.keras_arrays import read_arrays, weight_shapes
from classlab.models.keras_frame import check_frame
from classlab.models.keras_graph import Graph
from classlab.models.keras_layers import Unsupported
from classlab.models.keras_names import with_fresh_names
from classlab.models.keras_places import layer_groups
from classlab.models.keras_preparation import without_preparation
from classlab.models.keras_runtime import keras
from classlab.models.keras_translation import translate_model
from classlab.models.keras_walk import first_reshape, input_shape
from classlab.records.architecture import Architecture, KerasArchitecture

if TYPE_CHECKING:
    from pathlib import Path

    from classlab.models.imported_model import ImportedModel
    from classlab.models.keras_words import Config
    from classlab.records.architecture import ImageShape
    from classlab.records.preparation import Preparation


_LARGEST = 1 << 26  # values that one image may become within the network: 256 MiB in float32
# Of walking through odd JSON.
_DAMAGE = (AttributeError, TypeError, IndexError, KeyError, ValueError, RecursionError, OverflowError)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Checked:
    """A file that may be read.

    Args:
        archive: its members.
        config: its model, without the preparation of pictures before it.
        preparation: that, where there is one.
        architecture: its layers, without the statistics of adapted Normalization layers; or the model for Keras.
        shape: of one image as its Input takes it.
    """

    archive: Archive
    config: Config
    preparation: Preparation | None
    architecture: Architecture | KerasArchitecture
    shape: tuple[int, ...]


def load_keras_file(path: Path, *, image_shape: ImageShape | None = None, through_keras: str = "") -> ImportedModel:
    """Reads a `.keras` file that may come from anyone.

    Keras opens a file by making the classes that the file names and by reading arrays as large as the file says.
    So everything is checked before: the archive's members, the type and value of every layer option (only the
    engine's layers pass, frozen or not, and layers that join their values; no custom classes or functions), the HDF5
    file's structure, and that its arrays have exactly the shapes that follow from the layers. What the engine trains is
    then read here. Only the rest is loaded by Keras, in safe mode.

    Args:
        path: the file; its name ends in `.keras`.
        image_shape: `(height, width, channels)`, needed only where the model takes a flat row of pixels.
        through_keras: as in `from_keras`.

    Raises:
        SpecError: the file does not pass, or needs Keras, which is not there; as one sentence that says where.
        StorageError: the file cannot be read.
    """
    found = _checked(path, image_shape)
    reason = through_keras or getattr(found.architecture, "reason", "")
    if not reason:
        try:
            return _read(path, found)
        except Unsupported as unsupported:
            reason = str(unsupported)
    return _read_by_keras(path, found, reason=reason, through_keras=through_keras)


def check_keras_file(path: Path, *, image_shape: ImageShape | None = None) -> Architecture | KerasArchitecture:
    """Checks a `.keras` file without Keras, and without reading its weights.

    Returns:
        Its layers, where the engine trains them; statistics of adapted Normalization layers, which are weights, stand
        at 0 and 1. Else the description of the model for Keras, with the reason.

    Raises:
        SpecError: the file does not pass.
        StorageError: the file cannot be read.
    """
    return _checked(path, image_shape).architecture


def _checked(path: Path, image_shape: ImageShape | None) -> _Checked:
    if path.suffix != ".keras":
        raise refused(path, "its name does not end in .keras")
    archive = read_archive(path)
    try:
        config, preparation = without_preparation(archive.config)
        shape, image = _image(path, config, image_shape)
        expected = _followed(path, config, shape)
        architecture = _described(with_fresh_names(config).config, shape, image)
    except Unsupported as unsupported:
        raise refused(path, str(unsupported)) from None
    except _DAMAGE as damage:
        if isinstance(damage, SpecError):
            raise
        raise refused(path, "its config.json is not what Keras writes") from None
    _check_weights(path, expected, weight_shapes(path, archive.weights))
    return _Checked(archive=archive, config=config, preparation=preparation, architecture=architecture, shape=shape)


def _read(path: Path, found: _Checked) -> ImportedModel:
    """Reads a network that the engine trains.

    Raises:
        Unsupported: its weights are not where Keras 3 keeps them, or a Normalization layer has not been adapted.
    """
    arrays = read_arrays(path, found.archive.weights, layer_groups(found.archive.config))
    fresh = with_fresh_names(found.config)
    translation = translate_model(
        fresh.config,
        shape=found.shape,
        image_shape=found.architecture.input_shape,
        statistics=lambda place: adapted_statistics(arrays[fresh.own_path(place)]),
    )
    return prepared_by(imported(translation, lambda place: arrays[fresh.own_path(place)]), found.preparation)


def _read_by_keras(path: Path, found: _Checked, *, reason: str, through_keras: str) -> ImportedModel:
    from classlab.models.keras_import import from_keras

    k = keras(str(path), because=reason)
    try:
        model = k.saving.load_model(path, compile=False, safe_mode=True)
    except (ValueError, TypeError, KeyError, OSError, RuntimeError) as problem:
        first = next((line.strip() for line in str(problem).splitlines() if line.strip()), type(problem).__name__)
        raise refused(path, f"Keras refuses it ({first.rstrip('.')})") from None
    return from_keras(model, image_shape=found.architecture.input_shape, through_keras=through_keras)


def _followed(path: Path, config: Config, shape: tuple[int, ...]) -> Counter[tuple[int, ...]]:
    """Shapes of the arrays that the file must hold."""
    graph = Graph(frame_of=partial(check_frame, path), largest=prod(shape))
    check_frame(path, config, shape, top=True)
    graph.follow(config, shape)
    if graph.largest > _LARGEST:
        raise refused(path, f"one image becomes {graph.largest:,} values within it")
    return graph.weights


def _described(config: Config, shape: tuple[int, ...], image: ImageShape) -> Architecture | KerasArchitecture:
    try:
        # Keras keeps statistics as weights; a single number stands in, because it fits any number of channels
        return translate_model(
            config, shape=shape, image_shape=image, statistics=lambda _path: ((0.0,), (1.0,))
        ).architecture
    except Unsupported as unsupported:
        name = str(config["config"].get("name", "model"))
        return KerasArchitecture(name=name, input_shape=image, config=config, reason=str(unsupported))


def _image(path: Path, config: Config, image_shape: ImageShape | None) -> tuple[tuple[int, ...], ImageShape]:
    """Shape of an image as the model's Input takes it, and with its channel axis."""
    shape = input_shape(config)
    if shape is None or not 1 <= len(shape) <= 3:
        raise refused(path, "its Input names no image size in numbers")
    flat = image_shape or first_reshape(config)
    if len(shape) == 1 and flat is None:
        raise SpecError(
            f"{path} takes rows of {shape[0]} values, from which the shape of the images cannot be told. "
            "Give image_shape=(height, width, channels), on the command line --input-shape."
        )
    image = flat if len(shape) == 1 and flat is not None else (*shape, 1)[:3]
    if prod(image) != prod(shape):
        raise refused(path, f"its Input takes {shape}, which is not an image of {image}")
    return shape, (image[0], image[1], image[2])


def _check_weights(path: Path, expected: Counter[tuple[int, ...]], found: dict[str, tuple[int, ...]]) -> None:
    """The arrays must be those that the layers have: no other shape, none missing, none more."""
    present = Counter(
        shape
        for name, shape in found.items()
        if not name.startswith(("/optimizer/", "/metrics/", "/_metrics/")) and "/seed_generator/" not in name
    )
    if present != expected:
        missing, strange = expected - present, present - expected
        if missing:
            raise refused(path, f"its weights lack an array of shape {next(iter(missing))} that its layers need")
        raise refused(path, f"its weights hold an array of shape {next(iter(strange))} that its layers do not have")
