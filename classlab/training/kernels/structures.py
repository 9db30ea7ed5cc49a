"""What the kernels are handed: their structures and the types of their functions, as in kernels/."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_float, c_int64, c_void_p
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

LANES = 8  # floats that the kernels take at a time


class Images(ctypes.Structure):
    """`struct images`: pixels that are not 0, or all of them."""

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
    ]


class Weight(ctypes.Structure):
    """`struct weight`: a weight and its optimizer state, all members'."""

    _fields_: ClassVar = [("value", c_void_p), ("velocity", c_void_p), ("momentum", c_void_p)]


class Settings(ctypes.Structure):
    """`struct settings`: an update rule, and whom it moves."""

    _fields_: ClassVar = [
        ("rule", c_int64),
        ("first", c_float),
        ("second", c_float),
        ("epsilon", c_float),
        ("first_member", c_int64),
        ("last_member", c_int64),
    ]


class DenseNetwork(ctypes.Structure):
    """`struct network`."""

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
        ("bad", c_void_p),
    ]


class Convolution(ctypes.Structure):
    """`struct convolution` of kernels/convolution.c."""

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


def declare(library: ctypes.CDLL) -> None:
    """Gives the library's functions their types."""
    library.classlab_count_lit.argtypes = [c_void_p, c_int64]
    library.classlab_list_lit.argtypes = [
        c_void_p,
        c_int64,
        c_int64,
        c_int64,
        c_int64,
        c_int64,
        c_void_p,
        c_void_p,
    ]
    library.classlab_dense_steps.argtypes = [POINTER(DenseNetwork), POINTER(Images), POINTER(Steps)]
    library.classlab_dense_look.argtypes = [POINTER(DenseNetwork), POINTER(Images), POINTER(Steps), c_void_p]
    for function in (
        library.classlab_count_lit,
        library.classlab_list_lit,
        library.classlab_dense_steps,
        library.classlab_dense_look,
    ):
        function.restype = c_int64
    shape, array, number = POINTER(Convolution), c_void_p, c_int64
    library.classlab_convolution_room.argtypes = [shape]
    library.classlab_convolution_room.restype = number
    span = (number, number)  # images or filters: from, and up to but without
    library.classlab_convolution_kernel.argtypes = [shape, array, array, array, *span]
    library.classlab_convolution_kernel_back.argtypes = [shape, array, number, array, *span]
    library.classlab_convolution_forward.argtypes = [shape, array, array, array, array, array, *span, array]
    library.classlab_convolution_backward.argtypes = [
        shape,
        array,
        array,
        array,
        array,
        array,
        array,
        array,
        array,
        *span,
        array,
    ]
    for function in (
        library.classlab_convolution_kernel,
        library.classlab_convolution_kernel_back,
        library.classlab_convolution_forward,
        library.classlab_convolution_backward,
    ):
        function.restype = None


def address(array: NDArray[Any]) -> int:
    """Where an array's values begin; whoever passes it on keeps the array."""
    return int(array.ctypes.data)
