"""A `.keras` file from anywhere into an architecture with weights: checked first, opened by Keras afterwards."""

from __future__ import annotations

from collections import Counter
from functools import partial
from math import prod
from typing import TYPE_CHECKING, Any

from classlab.errors import SpecError
from classlab.models.keras_archive import Archive, read_archive, refused, weight_shapes
from classlab.models.keras_graph import Graph
from classlab.models.keras_import import from_keras
from classlab.models.keras_layers import Unsupported
from classlab.models.keras_runtime import keras
from classlab.models.keras_translation import translate_model
from classlab.models.keras_walk import first_reshape, input_shape
from classlab.records.architecture import Architecture, KerasArchitecture

if TYPE_CHECKING:
    from pathlib import Path

    from classlab.models.keras_import import ImportedModel
    from classlab.models.keras_words import Config
    from classlab.records.architecture import ImageShape


_LARGEST = 1 << 26  # values that one image may become within the network: 256 MiB in float32
# Of walking through odd JSON.
_DAMAGE = (AttributeError, TypeError, IndexError, KeyError, ValueError, RecursionError, OverflowError)


def load_keras_file(path: Path, *, image_shape: ImageShape | None = None, through_keras: str = "") -> ImportedModel:
    """Reads a `.keras` file that may come from anyone.

    Keras opens a file by making the classes that the file names and by reading arrays as large as the file says.
    So everything is checked before: the archive's members, the type and value of every layer option (only the
    engine's layers pass, frozen or not, and layers that join their values; no custom classes or functions), the HDF5
    file's structure, and that its arrays have exactly the shapes that follow from the layers. Only then Keras loads it,
    in safe mode.

    Args:
        path: the file; its name ends in `.keras`.
        image_shape: `(height, width, channels)`, needed only where the model takes a flat row of pixels.
        through_keras: as in `from_keras`.

    Raises:
        SpecError: the file does not pass, as one sentence that says where.
        StorageError: the file cannot be read.
    """
    architecture = check_keras_file(path, image_shape=image_shape)

    try:
        model = keras().saving.load_model(path, compile=False, safe_mode=True)
    except (ValueError, TypeError, KeyError, OSError, RuntimeError) as problem:
        first = next((line.strip() for line in str(problem).splitlines() if line.strip()), type(problem).__name__)
        raise refused(path, f"Keras refuses it ({first.rstrip('.')})") from None
    return from_keras(model, image_shape=architecture.input_shape, through_keras=through_keras)


def check_keras_file(path: Path, *, image_shape: ImageShape | None = None) -> Architecture | KerasArchitecture:
    """Checks a `.keras` file without Keras, and without reading its weights.

    Returns:
        Its layers, where the engine trains them; statistics of adapted Normalization layers, which are weights, stand
        at 0 and 1. Else the description of the model for Keras, with the reason.

    Raises:
        SpecError: the file does not pass.
        StorageError: the file cannot be read.
    """
    if path.suffix != ".keras":
        raise refused(path, "its name does not end in .keras")
    archive = read_archive(path)
    try:
        architecture, expected = _followed(path, archive, image_shape)
    except Unsupported as unsupported:
        raise refused(path, str(unsupported)) from None
    except _DAMAGE as damage:
        if isinstance(damage, SpecError):
            raise
        raise refused(path, "its config.json is not what Keras writes") from None
    _check_weights(path, expected, weight_shapes(path, archive.weights))
    return architecture


def _followed(
    path: Path, archive: Archive, image_shape: ImageShape | None
) -> tuple[Architecture | KerasArchitecture, Counter[tuple[int, ...]]]:
    """What the file describes, and the arrays that it must hold."""
    config = archive.config
    shape, image = _image(path, config, image_shape)
    graph = Graph(frame_of=partial(check_frame, path), largest=prod(shape))
    check_frame(path, config, shape, top=True)
    graph.follow(config, shape)
    if graph.largest > _LARGEST:
        raise refused(path, f"one image becomes {graph.largest:,} values within it")
    return _described(config, shape, image), graph.weights


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


def check_frame(path: Path, entry: Config, *entering: tuple[int, ...], top: bool = False) -> None:
    """Refuses an entry that announces other shapes than it receives, or carries what layers do not have.

    Args:
        path: the file, for the error's sentence.
        entry: the serialised layer or model.
        entering: shape of one image's values that enter it; of all of them where a layer merges several.
        top: whether it is the outermost model, which may have been compiled.

    Raises:
        SpecError: it does.
    """
    config = entry.get("config") or {}
    label = f"its layer {config.get('name')!r}"
    if not isinstance(config.get("name"), str) or set(entry) - _ENTRY:
        raise refused(path, f"{label} carries settings that layers do not have")
    build = dict(entry.get("build_config") or {})
    announced = [build.pop("input_shape", None), config.get("build_input_shape"), config.get("batch_shape")]
    for shape in announced:
        if shape is not None and _open(shape) not in (entering[0], entering if len(entering) > 1 else entering[0]):
            raise refused(path, f"{label} announces another input shape than it receives")
    if build or (entry.get("compile_config") and not top):
        raise refused(path, f"{label} carries settings that layers do not have")
    if "layers" in config or entry.get("class_name") == "InputLayer":
        _check_holder(path, entry, label)


def _open(shape: Any) -> Any:
    """A shape, or a list of shapes, without the open number of images."""
    if not isinstance(shape, list):
        return None
    return tuple(_open(each) for each in shape) if shape and isinstance(shape[0], list) else tuple(shape[1:])


def _check_holder(path: Path, entry: Config, label: str) -> None:
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
