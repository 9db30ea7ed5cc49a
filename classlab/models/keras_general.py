"""Layers of a `.keras` file that the engine does not train and Keras may make: they hold no code, and shapes follow.

What comes out of them, and which weights they have, follows from their options by the rules of this file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from classlab.errors import SpecError
from classlab.models.keras_layers import Unsupported, plain_options, translate_layer
from classlab.models.weights import layer_shapes

if TYPE_CHECKING:
    from collections.abc import Callable

    from classlab.models.keras_words import Config
    from classlab.models.shapes import Shape

_MOVING = ("data_format", "seed", "fill_mode", "fill_value", "interpolation")
_COLORING = ("data_format", "seed", "factor", "value_range")
# Layers without weights whose values keep their shape, each with its options.
_KEEPING: dict[str, tuple[str, ...]] = {
    "ReLU": ("max_value", "negative_slope", "threshold"),
    "ELU": ("alpha",),
    "GaussianNoise": ("stddev", "seed"),
    "GaussianDropout": ("rate", "seed"),
    "RandomFlip": ("data_format", "seed", "mode"),
    "RandomRotation": (*_MOVING, "factor"),
    "RandomZoom": (*_MOVING, "height_factor", "width_factor"),
    "RandomTranslation": (*_MOVING, "height_factor", "width_factor"),
    "RandomShear": (*_MOVING, "x_factor", "y_factor"),
    "RandomContrast": _COLORING,
    "RandomBrightness": _COLORING,
}
_MERGING = ("concat", "sum", "mul", "ave")
_LONGEST = 40  # letters of an option's word


def general_shapes(entry: Config, entering: Shape, frame_of: Callable[..., None]) -> tuple[Shape, list[Shape]] | None:
    """What a layer of the general path makes of one image's values, and the shapes of its weights.

    Args:
        entry: the serialised layer.
        entering: shape of the values that enter it.
        frame_of: checks what surrounds the options of a layer within it.

    Returns:
        Both; None where it is no such layer.

    Raises:
        Unsupported: it has an option that is not known here.
    """
    kind = entry.get("class_name")
    if entry.get("module") != "keras.layers" or not isinstance(kind, str):
        return None
    if kind in _KEEPING:
        label, options = plain_options(entry)
        for name, value in options.items():
            if name not in _KEEPING[kind] or not _is_plain(value) or value == "channels_first":
                raise Unsupported(f"its {label} has {name}={str(value)[:_LONGEST]}")
        return entering, []
    return _both_ways(entry, entering, frame_of) if kind == "Bidirectional" else None


def _is_plain(value: Any) -> bool:
    """A number, a word, nothing, or a short list of numbers."""
    if isinstance(value, list):
        return len(value) <= 2 and all(each is None or isinstance(each, int | float) for each in value)
    return value is None or isinstance(value, int | float) or (isinstance(value, str) and len(value) <= _LONGEST)


def _both_ways(entry: Config, entering: Shape, frame_of: Callable[..., None]) -> tuple[Shape, list[Shape]]:
    """A recurrent layer and its mirror image, whose values stand side by side or become one."""
    label, options = plain_options(entry)
    merging = options.pop("merge_mode", "concat")
    parts = [options.pop("layer", None), options.pop("backward_layer", None)]
    kinds = [part.get("class_name") if isinstance(part, dict) else None for part in parts]
    if options or merging not in _MERGING or kinds not in (["LSTM", "LSTM"], ["GRU", "GRU"]):
        raise Unsupported(f"its {label} is none of an LSTM or a GRU with its mirror image")
    found: list[tuple[Shape, list[Shape]]] = []
    for part in parts:
        frame_of(part, entering)
        told = part["config"]
        if told.get("zero_output_for_mask") is True:  # Keras sets it within such a layer, and there are no masks
            told = {**told, "zero_output_for_mask": False}
        (layer,) = translate_layer({**part, "config": told}, [entering])
        try:
            found.append(layer_shapes(layer, [entering], label=label))
        except SpecError as problem:
            raise Unsupported(f"its layers cannot follow one another ({problem})") from None
    (after, forth), (other, back) = found
    if after != other:
        raise Unsupported(f"its {label} joins values of {after} and {other}")
    return (*after[:-1], after[-1] * (2 if merging == "concat" else 1)), [*forth, *back]
