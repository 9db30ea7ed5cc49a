"""Pictures read one by one from files: values from 0 to 255, or from 0 to 1 where Matplotlib reads a PNG."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from classlab.doctor.audit.facts import Facts
from classlab.doctor.audit.library.request import table
from classlab.doctor.audit.rows import Fragment
from classlab.doctor.audit.values import UNKNOWN, Array, Const, Items, Value, text_of

if TYPE_CHECKING:
    from classlab.doctor.audit.library.request import Request, Table

PICTURE: Final = "a picture"  # the data set's name of one
# Methods of PIL's images that leave the range of values as it is.
KEPT_BY: Final = ("convert", "resize", "crop", "rotate", "transpose", "filter", "copy", "getdata", "reduce")


def _read(request: Request) -> Value:
    rows = (Fragment((PICTURE, request.interpreter.mark()), "all"),)
    pixels = Facts(
        kind="images", rows=rows, low=0.0, high=255.0, whole_numbers=True, origin=request.location, name=PICTURE
    )
    if request.name.startswith("matplotlib."):
        path = text_of(request.get(0, "fname")) or ""
        ends = (0.0, 1.0) if path.lower().endswith(".png") else (0.0, 255.0) if path.lower().endswith(".jpg") else None
        pixels = replace(pixels, low=ends[0] if ends else None, high=ends[1] if ends else None)
    return Array(pixels)


def _threshold(request: Request) -> Value:
    """`cv2.threshold(picture, 127, 255, ...)`: the level, and a picture of the same ends."""
    value = request.first()
    same = isinstance(value, Array) and request.get(2, "maxval") == Const(255)
    return Items((UNKNOWN, Array(value.facts) if same and isinstance(value, Array) else UNKNOWN), "tuple")


NAMES: Table = table(
    (_read, "cv2.imread PIL.Image.open keras.utils.load_img keras.preprocessing.image.load_img imageio.imread"),
    (_read, "matplotlib.pyplot.imread matplotlib.image.imread imageio.v2.imread imageio.v3.imread"),
    (_read, "tensorflow.io.decode_png tensorflow.io.decode_jpeg tensorflow.io.decode_image"),
    (_read, "tensorflow.image.decode_png tensorflow.image.decode_jpeg tensorflow.image.decode_image"),
    (_threshold, "cv2.threshold"),
)
