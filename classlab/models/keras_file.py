"""A `.keras` file from anywhere into an architecture with weights: checked first, opened by Keras afterwards."""

from __future__ import annotations

from collections import Counter
from math import prod
from typing import TYPE_CHECKING, Any

from classlab.errors import SpecError
from classlab.models.keras_archive import Archive, read_archive, refused, weight_shapes
from classlab.models.keras_chain import Chain, first_reshape, input_shape, translate_model
from classlab.models.keras_layers import Unsupported
from classlab.models.weights import output_shapes, weight_specs

if TYPE_CHECKING:
    from pathlib import Path

    from classlab.models.keras_import import ImportedModel
    from classlab.records.architecture import ImageShape

_LARGEST = 1 << 26  # values that one image may become within the network: 256 MiB in float32

_ENTRY = {
    "module",
    "class_name",
    "config",
    "registered_name",
    "build_config",
    "compile_config",
    "name",
    "inbound_nodes",
    "shared_object_id",
}
_MODEL = {"name", "trainable", "dtype", "layers", "build_input_shape", "input_layers", "output_layers"}
_INPUT = {"batch_shape", "dtype", "sparse", "ragged", "name", "optional"}


def load_keras_file(path: Path, *, image_shape: ImageShape | None = None) -> ImportedModel:
    """Reads a `.keras` file that may come from anyone.

    Keras opens a file by making the classes that the file names and by reading arrays as large as the file says.
    So everything is checked before: the archive's members, the type and value of every layer option (only the
    engine's layers pass, in a plain chain, without custom classes or functions), the HDF5 file's structure, and that
    its arrays have exactly the shapes that follow from the layers. Only then Keras loads it, in safe mode.

    Args:
        path: the file; its name ends in `.keras`.
        image_shape: `(height, width, channels)`, needed only where the model takes a flat row of pixels.

    Raises:
        SpecError: the file does not pass, as one sentence that says where.
        StorageError: the file cannot be read.
    """
    chain = check_keras_file(path, image_shape=image_shape)
    from classlab.models.keras_import import from_keras
    from classlab.models.keras_runtime import keras

    try:
        model = keras().saving.load_model(path, compile=False, safe_mode=True)
    except (ValueError, TypeError, KeyError, OSError, RuntimeError) as problem:
        first = next((line.strip() for line in str(problem).splitlines() if line.strip()), type(problem).__name__)
        raise refused(path, f"Keras refuses it ({first.rstrip('.')})") from None
    return from_keras(model, image_shape=chain.architecture.input_shape)


def check_keras_file(path: Path, *, image_shape: ImageShape | None = None) -> Chain:
    """Checks a `.keras` file without Keras, and without reading its weights.

    Returns:
        The chain of layers; statistics of adapted Normalization layers, which are weights, stand at 0 and 1.

    Raises:
        SpecError: the file does not pass.
        StorageError: the file cannot be read.
    """
    if path.suffix != ".keras":
        raise refused(path, "its name does not end in .keras")
    archive = read_archive(path)
    try:
        chain = _chain(path, archive, image_shape)
    except Unsupported as unsupported:
        raise refused(path, str(unsupported)) from None
    except (AttributeError, TypeError, IndexError, KeyError, ValueError, RecursionError) as damage:
        if isinstance(damage, SpecError):
            raise
        raise refused(path, "its config.json is not what Keras writes") from None
    _check_weights(path, chain, weight_shapes(path, archive.weights))
    return chain


def _chain(path: Path, archive: Archive, image_shape: ImageShape | None) -> Chain:
    config = archive.config
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
    chain = translate_model(
        config,
        shape=shape,
        image_shape=(image[0], image[1], image[2]),
        # Keras keeps them as weights; a single number stands in, because it fits any number of channels
        statistics=lambda _path: ((0.0,), (1.0,)),
    )
    _check_frame(path, config, shape, top=True)
    for leaf, entering in chain.entering:
        _check_frame(path, leaf.entry, entering)
    largest = max(prod(after) for after in (image, *output_shapes(chain.architecture)))
    if largest > _LARGEST:
        raise refused(path, f"one image becomes {largest:,} values within it")
    return chain


def _check_frame(path: Path, entry: dict[str, Any], entering: tuple[int, ...], *, top: bool = False) -> None:
    """What surrounds a layer's options: Keras builds a layer to the shape that is written there, true or not."""
    config = entry.get("config") or {}
    label = f"its layer {config.get('name')!r}"
    if not isinstance(config.get("name"), str) or set(entry) - _ENTRY:
        raise refused(path, f"{label} carries settings that layers do not have")
    build = dict(entry.get("build_config") or {})
    announced = [build.pop("input_shape", None), config.get("build_input_shape"), config.get("batch_shape")]
    for shape in announced:
        if shape is not None and (not isinstance(shape, list) or tuple(shape[1:]) != entering):
            raise refused(path, f"{label} announces another input shape than it receives")
    if build or (entry.get("compile_config") and not top):
        raise refused(path, f"{label} carries settings that layers do not have")
    if "layers" in config or entry.get("class_name") == "InputLayer":
        _check_holder(path, entry, label)


def _check_holder(path: Path, entry: dict[str, Any], label: str) -> None:
    """Models and InputLayers, whose options no rule has looked at."""
    config = entry["config"]
    if "layers" in config:
        kept: tuple[str | None, ...] = (None, "Functional", "Sequential")
        allowed, shaped = _MODEL, {"dtype", "layers", "build_input_shape", "input_layers", "output_layers"}
    else:
        kept, allowed, shaped = (None,), _INPUT, {"batch_shape"}
    own = entry.get("registered_name") in kept and ("layers" in config or entry.get("module") == "keras.layers")
    plain = all(option in shaped or not isinstance(value, dict | list) for option, value in config.items())
    if not own or not plain or set(config) - allowed:
        raise refused(path, f"{label} carries settings that layers do not have")


def _check_weights(path: Path, chain: Chain, found: dict[str, tuple[int, ...]]) -> None:
    """The arrays must be those that the layers have: no other shape, none missing, none more."""
    expected = Counter(spec.shape for spec in weight_specs(chain.architecture))
    for leaf, entering in chain.entering:
        config = leaf.entry.get("config") or {}
        if leaf.entry.get("class_name") == "Normalization" and config.get("mean") is None:
            kept = () if config.get("axis") == [] else entering[-1:]
            expected.update([kept, kept, ()])  # mean, variance, and a count that Keras no longer uses
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
