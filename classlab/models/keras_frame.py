"""What surrounds a layer's options in a serialised Keras model: nothing may stand there that no rule has looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from classlab.models.keras_archive import refused

if TYPE_CHECKING:
    from pathlib import Path

    from classlab.models.keras_words import Config

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
    if "/" in config["name"] or ".." in config["name"].split("\\"):  # Keras refuses them, once it is loaded
        raise refused(path, f"{label} has a name that leads to another folder")
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
