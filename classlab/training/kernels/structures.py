"""The structures that the kernels are handed and the table of their functions, as kernels/structures.h has them."""

from __future__ import annotations

import ctypes
from ctypes import CFUNCTYPE, POINTER, c_char_p, c_double, c_float, c_int32, c_int64, c_uint32, c_void_p
from typing import TYPE_CHECKING, ClassVar

from classlab.training.loop.augmentation import CHANGE

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray


class Images(ctypes.Structure):
    """`struct images`: pixels that are not their ground, or all of them, or features."""

    _fields_: ClassVar = [
        ("inputs", c_int64),
        ("block", c_int64),
        ("blocks", c_int64),
        ("pairs", c_void_p),
        ("starts", c_void_p),
        ("values", c_void_p),
        ("pixels", c_void_p),
        ("scale", c_void_p),
        ("offset", c_void_p),
        ("labels", c_void_p),
        ("features", c_void_p),
        ("class_weights", c_void_p),
        ("grounds", c_void_p),
    ]


class Weight(ctypes.Structure):
    """`struct weight`: a weight and its optimizer state, all members'."""

    _fields_: ClassVar = [(name, c_void_p) for name in ("value", "velocity", "momentum", "average")]


class Settings(ctypes.Structure):
    """`struct settings`: an update rule, and whom it moves."""

    _fields_: ClassVar = [
        ("rule", c_int64),
        ("first", c_float),
        ("second", c_float),
        ("third", c_float),
        ("fourth", c_float),
        ("epsilon", c_float),
        ("first_member", c_int64),
        ("last_member", c_int64),
    ]


class DenseNetwork(ctypes.Structure):
    """`struct dense_network`."""

    _fields_: ClassVar = [
        ("members", c_int64),
        ("layers", c_int64),
        ("chunks", c_int64),
        ("vectors", c_int64),
        ("units", c_void_p),
        ("activations", c_void_p),
        ("first", Weight),
        ("first_bias", Weight),
        ("kernels", c_void_p),
        ("biases", c_void_p),
        ("rules", c_int64),
        ("settings", c_void_p),
    ]


class Steps(ctypes.Structure):
    """`struct steps`: which steps to take, and where their figures go."""

    _fields_: ClassVar = [
        ("order", c_void_p),
        ("images", c_int64),
        ("batch", c_int64),
        ("first", c_int64),
        ("stop", c_int64),
        ("rates", c_void_p),
        ("keeps", c_void_p),
        ("loss", c_void_p),
        ("correct", c_void_p),
        ("first_bad_step", c_void_p),
    ]


class Convolution(ctypes.Structure):
    """`struct convolution`: a convolution's shape."""

    _fields_: ClassVar = [
        (name, c_int64)
        for name in (
            "height",
            "width",
            "channels",
            "rows",
            "columns",
            "filters",
            "out_rows",
            "out_columns",
            "pool",
            "relu",
            "side",
        )
    ]


class ChainLayer(ctypes.Structure):
    """`struct chain_layer`: one layer of a chain."""

    _fields_: ClassVar = [
        *(
            (name, c_int64)
            for name in (
                "kind",
                "way",
                "function",
                "height",
                "width",
                "channels",
                "rows",
                "columns",
                "filters",
                "window_rows",
                "window_columns",
                "step_rows",
                "step_columns",
                "top",
                "left",
                "pool",
                "relu",
                "kernel",
                "bias",
                "prepared",
                "input",
                "output",
                "argmax",
                "wanted",
                "below",
            )
        ),
        ("factor", c_float),
    ]


class ChainArray(ctypes.Structure):
    """`struct chain_array`: a weight's place and its penalties."""

    _fields_: ClassVar = [("at", c_int64), ("size", c_int64), ("l1", c_float), ("l2", c_float)]


class Chain(ctypes.Structure):
    """`struct chain`: a network."""

    _fields_: ClassVar = [
        ("layers", c_int64),
        ("arrays", c_int64),
        ("layer", c_void_p),
        ("array", c_void_p),
        *((name, c_int64) for name in ("values", "bytes", "widest", "weights", "classes", "squared", "within", "part")),
    ]


class ChainMember(ctypes.Structure):
    """`struct chain_member`: a member's weights, rule and limits."""

    _fields_: ClassVar = [
        ("weights", Weight),
        ("prepared", c_void_p),
        ("rule", Settings),
        ("value_limit", c_float),
        ("norm_limit", c_float),
        ("global_limit", c_float),
    ]


class ChainFigures(ctypes.Structure):
    """`struct chain_figures`: sums over images."""

    _fields_: ClassVar = [("loss", c_double), ("correct", c_int64), ("within", c_int64)]


class ChainSteps(ctypes.Structure):
    """`struct chain_steps`: one member's steps."""

    _fields_: ClassVar = [
        ("order", c_void_p),
        ("images", c_int64),
        ("batch", c_int64),
        ("first", c_int64),
        ("stop", c_int64),
        ("numbers", c_void_p),
        ("dropout", c_void_p),
        ("sums", c_void_p),
        ("first_bad_step", c_void_p),
    ]


class Threads(ctypes.Structure):
    """`struct threads`: how many share the work, and through whom."""

    _fields_: ClassVar = [("count", c_int64), ("parallel", c_void_p), ("number", c_void_p), ("team", c_void_p)]


class Dropout(ctypes.Structure):
    """`struct dropout`: which values are dropped."""

    _fields_: ClassVar = [("seed", c_uint32), ("below", c_uint32), ("factor", c_float)]


class Channelwise(ctypes.Structure):
    """`struct channelwise`: what follows a convolution."""

    _fields_: ClassVar = [
        ("threads", Threads),
        *(
            (name, c_int64)
            for name in ("images", "rows", "columns", "channels", "bfloat16", "relu", "pool", "normalize")
        ),
        ("rest", c_float),
        ("epsilon", c_float),
        ("dropout", Dropout),
        *(
            (name, c_void_p)
            for name in (
                "x",
                "other",
                "y",
                "argmax",
                "gamma",
                "beta",
                "moving_mean",
                "moving_variance",
                "saved",
                "room",
                "gradient",
                "x_gradient",
                "other_gradient",
                "gamma_gradient",
                "beta_gradient",
            )
        ),
    ]


class Change(ctypes.Structure):
    """`struct change`: how one image is changed."""

    _fields_: ClassVar = [(name, c_int32) for name in CHANGE]


class Augmentation(ctypes.Structure):
    """`struct augmentation`: images to be changed."""

    _fields_: ClassVar = [
        *((name, c_int64) for name in ("height", "width", "channels")),
        *((name, c_void_p) for name in ("pixels", "order", "changes", "to", "pairs", "starts")),
        ("block", c_int64),
        ("grounds", c_void_p),
    ]


_SPAN = (c_int64, c_int64)  # images or filters: from, and up to but without
_SHAPE = POINTER(Convolution)
_STEP = (POINTER(DenseNetwork), POINTER(Images), POINTER(Steps))
_CHAIN, _MEMBER, _CHAIN_STEPS = POINTER(Chain), POINTER(ChainMember), POINTER(ChainSteps)
_ON_IMAGES = (_CHAIN, POINTER(Images), _MEMBER)


class Kernels(ctypes.Structure):
    """`struct kernels`: the functions for one instruction set. Other Python threads run while one of them does."""

    _fields_: ClassVar = [
        ("name", c_char_p),
        ("lanes", c_int64),
        ("count_nonzero", CFUNCTYPE(c_int64, c_void_p, c_int64)),
        ("list_nonzero", CFUNCTYPE(c_int64, c_void_p, c_int64, c_int64, *_SPAN, c_int64, c_void_p, c_void_p)),
        ("dense_train", CFUNCTYPE(c_int64, *_STEP)),
        ("dense_evaluate", CFUNCTYPE(c_int64, *_STEP, c_void_p)),
        ("convolution_workspace", CFUNCTYPE(c_int64, _SHAPE)),
        ("convolution_kernel", CFUNCTYPE(None, _SHAPE, *[c_void_p] * 3, *_SPAN)),
        ("convolution_kernel_gradient", CFUNCTYPE(None, _SHAPE, c_void_p, c_int64, c_void_p, *_SPAN)),
        ("convolution_forward", CFUNCTYPE(None, _SHAPE, *[c_void_p] * 5, *_SPAN, c_void_p)),
        ("convolution_backward", CFUNCTYPE(None, _SHAPE, *[c_void_p] * 8, *_SPAN, c_void_p)),
        ("chain_room", CFUNCTYPE(c_int64, _CHAIN)),
        ("chain_prepare", CFUNCTYPE(None, _CHAIN, _MEMBER, *_SPAN)),
        ("chain_part", CFUNCTYPE(None, *_ON_IMAGES, _CHAIN_STEPS, *_SPAN, *[c_void_p] * 3)),
        ("chain_add", CFUNCTYPE(None, _CHAIN, *[c_void_p] * 2, c_int64, *_SPAN)),
        (
            "chain_update",
            CFUNCTYPE(None, _CHAIN, _MEMBER, _CHAIN_STEPS, c_int64, *[c_void_p] * 2, c_int64, *_SPAN),
        ),
        ("chain_train", CFUNCTYPE(None, *_ON_IMAGES, _CHAIN_STEPS, *[c_void_p] * 2)),
        ("chain_evaluate", CFUNCTYPE(None, *_ON_IMAGES, c_void_p, c_int64, *[c_void_p] * 3)),
        ("chain_look", CFUNCTYPE(None, *_ON_IMAGES, c_void_p, c_int64, *[c_void_p] * 3)),
        ("channelwise_forward", CFUNCTYPE(None, POINTER(Channelwise))),
        ("channelwise_backward", CFUNCTYPE(None, POINTER(Channelwise))),
        ("drop", CFUNCTYPE(None, POINTER(Threads), POINTER(Dropout), c_void_p, c_void_p, c_int64, c_int64)),
        ("augment", CFUNCTYPE(c_int64, POINTER(Augmentation), *_SPAN)),
    ]


class Field(ctypes.Structure):
    """`struct field` of kernels/module.c: where a field of a structure lies; without a name, the whole structure."""

    _fields_: ClassVar = [("structure", c_char_p), ("name", c_char_p), ("offset", c_int64), ("size", c_int64)]


_MIRRORED: dict[str, type[ctypes.Structure]] = {
    "images": Images,
    "weight": Weight,
    "settings": Settings,
    "dense_network": DenseNetwork,
    "steps": Steps,
    "convolution": Convolution,
    "chain_layer": ChainLayer,
    "chain_array": ChainArray,
    "chain": Chain,
    "chain_member": ChainMember,
    "chain_figures": ChainFigures,
    "chain_steps": ChainSteps,
    "threads": Threads,
    "dropout": Dropout,
    "channelwise": Channelwise,
    "change": Change,
    "augmentation": Augmentation,
    "kernels": Kernels,
}


def layout() -> dict[tuple[str, str], tuple[int, int]]:
    """Offset and size in bytes of every field by structure and name, and of every structure under an empty name."""
    found = {}
    for structure, mirror in _MIRRORED.items():
        found[structure, ""] = (0, ctypes.sizeof(mirror))
        for name, *_ in mirror._fields_:
            field = getattr(mirror, name)
            found[structure, name] = (field.offset, field.size)
    return found


def address(array: NDArray[Any]) -> int:
    """Where an array's values begin; whoever passes it on keeps the array."""
    return int(array.ctypes.data)
