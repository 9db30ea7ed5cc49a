"""Finds what the audit knows of a library function or of a method of arrays."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from classlab.doctor.audit.foreign import given_by
from classlab.doctor.audit.library import arrays as of
from classlab.doctor.audit.library import (
    containers,
    keras_models,
    keras_training,
    orders,
    python_names,
    scores,
    shown,
    sources,
    streams,
)
from classlab.doctor.audit.library.keras_models import on_tensors, tensors_in
from classlab.doctor.audit.library.python_names import rounded
from classlab.doctor.audit.library.request import Request, table
from classlab.doctor.audit.naming import note_arguments, unknown_use
from classlab.doctor.audit.values import NONE, Items, Value

if TYPE_CHECKING:
    import ast

    from classlab.doctor.audit.interpreter import Interpreter
    from classlab.doctor.audit.library.request import Handler

_LIBRARIES: Final = frozenset({
    "numpy", "tensorflow", "tensorflow.math", "tensorflow.image", "keras.ops", "keras.ops.image", "keras.backend",
    "jax.numpy", "torch", "statistics",
})  # fmt: skip

_moved, _augmented = of.effect(of.moved), of.effect(of.augmented)

# By the last part of their names, which is the same in every library.
ARRAYS: Final = table(
    (of.kept, "asarray array copy ascontiguousarray asanyarray float32 float64 convert_to_tensor constant Variable"),
    (of.kept, "from_numpy tensor identity as_tensor stop_gradient ensure_shape"),
    (of.cast, "cast astype"),
    (of.effect(of.transposed), "transpose moveaxis"),
    (_moved, "swapaxes rot90 flip fliplr rollaxis permute repeat tile pad squeeze resize"),
    (_moved, "grayscale_to_rgb resize_with_pad resize_with_crop_or_pad central_crop flip_left_right"),
    (_augmented, "random_flip_left_right random_crop random_flip_up_down random_brightness random_contrast"),
    (of.effect(of.converted), "convert_image_dtype"),
    (of.effect(of.expanded), "expand_dims"),
    (of.effect(of.cut_off), "clip clip_by_value clamp"),
    (of.flat, "flatten ravel"),
    (of.in_another_shape, "reshape"),
    (of.joined, "concatenate vstack concat stack hstack append dstack"),
    (of.reckoned, " ".join(of.OPERATORS)),
    (of.chosen, "where"),
    (rounded, "round around rint"),
    (scores.mean, "mean std average median var reduce_mean fmean reduce_std"),
    (scores.extreme, "max min amax amin reduce_max reduce_min"),
    (scores.index_of_best, "argmax argmin argsort nanargmax"),
    (scores.total, "sum reduce_sum count_nonzero"),
)
# What arrays have as methods only, and what a function of the same name would do to something else.
METHODS: Final = ARRAYS | table(
    (of.kept, "numpy to_numpy view tolist float to"),
    (of.effect(of.selected), "sample head tail take drop choose"),
    (of.changed_in_place, "sort fill resize put itemset"),
)
# Functions that change an array, or are told from others, by their full names.
NAMES: Final = table(
    (
        of.effect(of.moved),
        "cv2.resize cv2.cvtColor cv2.GaussianBlur cv2.flip cv2.dilate cv2.erode PIL.ImageOps.grayscale",
    ),
    (_moved, "keras.utils.img_to_array keras.preprocessing.image.img_to_array PIL.Image.fromarray"),
    (_moved, "keras.preprocessing.image.smart_resize"),
    (of.effect(of.inverted), "cv2.bitwise_not PIL.ImageOps.invert"),
    (of.effect(of.normalized), "keras.utils.normalize"),
    (of.effect(of.interpolated), "numpy.interp"),
    (of.counted, "numpy.arange"),
    (of.filled, "numpy.zeros numpy.empty"),
    (of.loaded, "numpy.load"),
)


def bare(name: str) -> str:
    """The last part of a function's full name where its library is one of arrays; "" for any other."""
    library, _, last = name.rpartition(".")
    return last if library in _LIBRARIES else ""


# Libraries whose objects are kept as "made by calling this name"; anything else that they give is unknown.
_KEPT = ("keras.", "keras_tuner.", "kerastuner.", "sklearn.", "tensorflow.", "tensorflow_addons.", "numpy.", "torch.")

# Objects that do nothing until they are handed on.
_EFFECTS = (
    "keras.layers.", "keras.callbacks.", "keras.optimizers.", "keras.losses.", "keras.metrics.",
    "keras.preprocessing.image.ImageData",
)  # fmt: skip
_WRITERS = ("dump", "dumps", "save", "savez", "savetxt")  # what they get is kept beside the model


def library_call(
    interpreter: Interpreter, name: str, args: tuple[Value, ...], kwargs: dict[str, Value], node: ast.AST
) -> Value:
    """What a library function gives.

    Args:
        interpreter: the state.
        name: its full name.
        args: positional arguments.
        kwargs: named arguments.
        node: the call in the code.
    """
    request = Request(interpreter, name, args, kwargs, node)
    if request.kind in _WRITERS:
        for value in args:
            if isinstance(value, Items):
                interpreter.put(value, "written", True)
    symbolic = [each for value in (*args, *kwargs.values()) for each in tensors_in(value)]
    handler = _table().get(name) or _by_prefix(name) or (None if symbolic else ARRAYS.get(bare(name)))
    if handler is not None:
        return handler(request)
    if symbolic:
        return on_tensors(request, symbolic)
    if not name.startswith("keras."):
        note_arguments(interpreter, args, kwargs, node)
    if name.startswith(_EFFECTS) and request.kind[:1].isupper():
        interpreter.trace.made[id(node)] = (name, request.location)
    if name.startswith(_KEPT):
        return request.made()
    unknown_use(interpreter, args, kwargs)
    return given_by(interpreter, name, request.location)


def _by_prefix(name: str) -> Handler | None:
    if name.startswith("keras.applications."):
        return keras_models.application
    return scores.measured if name.startswith("sklearn.metrics.") else None


@lru_cache(maxsize=1)
def _table() -> dict[str, Handler]:
    modules = (containers, keras_models, keras_training, orders, python_names, scores, shown, sources, streams)
    every: dict[str, Handler] = NAMES | {"tensorflow.print": lambda _request: NONE}
    for module in modules:
        every |= module.NAMES
    return every
