"""What a request of the draw page asks, read under limits: which models, and which picture."""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, get_args

import numpy as np

from classlab.datasets.safe_read.picture import decode_picture
from classlab.errors import DataError, OptionError, shown_value

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlab.records.picture_reading import PictureReading

Seen: TypeAlias = Literal["righted", "as is", "inverted"]

MOST_MODELS = 4  # side by side: more columns fit no screen
_SIDE = 2048  # pixels of a picture: a few KB can hold many more, which take memory when they are brought to size


class Question(NamedTuple):
    """What a request asks.

    Args:
        models: whom, by the identities of their runs.
        picture: a picture's file, or grey pixels, uint8, `(height, width, 1)`.
        seen: `righted` as `classlab predict` does it, `as is` as with `--as-is`, `inverted` with `--invert` beside it.
        name: what sentences call the picture.
    """

    models: tuple[str, ...]
    picture: bytes | NDArray[np.uint8]
    seen: Seen
    name: str

    def pixels(self, reading: PictureReading | None) -> NDArray[np.uint8]:
        """The picture, uint8, `(height, width, channels)`.

        Args:
            reading: see `read_picture`.

        Raises:
            DataError: it is no picture, damaged, or too large.
        """
        if not isinstance(self.picture, bytes):
            return self.picture
        try:
            pixels = decode_picture(self.picture, reading, most=_SIDE**2).pixels
        except DataError as problem:
            raise DataError(f"{self.name} {problem}") from None
        height, width = pixels.shape[:2]
        if max(height, width) > _SIDE:
            raise DataError(
                f"{self.name} must have at most {_SIDE:,} pixels along a side, but got {width:,} x {height:,}. "
                "Make it smaller."
            )
        return pixels


def question(body: bytes) -> Question:
    """Reads a request.

    Args:
        body: JSON, `{"models": [...], "picture": base64}`, or `"pixels"`, rows of whole numbers from 0 to 255, instead
            of the picture; `"seen"` and `"drawn"` may be left out.

    Raises:
        OptionError: it asks for something else.
        DataError: it holds no picture.
    """
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):  # no JSON, or lists within lists without end
        raise DataError("a request must be JSON, but this one cannot be read as that. Send such a text.") from None
    given = given if isinstance(given, dict) else {}
    models, seen = given.get("models"), given.get("seen", "righted")
    if not (isinstance(models, list) and 1 <= len(models) <= MOST_MODELS and all(type(each) is str for each in models)):
        raise OptionError(
            f"`models` must be a list of 1 to {MOST_MODELS} models of the page, but got models={shown_value(models)}. "
            "Choose them on the page."
        )
    if seen not in get_args(Seen):
        raise OptionError(
            f"`seen` must be one of {', '.join(get_args(Seen))}, but got seen={shown_value(seen)}. Choose one."
        )
    if ("picture" in given) == ("pixels" in given):
        raise DataError("a request must hold `picture` or `pixels`, but got both or neither. Send one of them.")
    picture = _file(given["picture"]) if "picture" in given else _grey(given["pixels"])
    name = "The drawing" if given.get("drawn") is True else "The picture"
    return Question(tuple(models), picture, seen, name)


def _file(text: object) -> bytes:
    try:
        return base64.b64decode(text if isinstance(text, str) else "?", validate=True)
    except (binascii.Error, ValueError):  # letters beyond ASCII are the second
        raise DataError(
            f"`picture` must be a picture's file in base64, but got picture={shown_value(text)}. Send such a text."
        ) from None


def _grey(rows: object) -> NDArray[np.uint8]:
    lists = rows if isinstance(rows, list) and all(isinstance(row, list) for row in rows) else []
    height, width = len(lists), len(lists[0]) if lists else 0
    if 1 <= height <= _SIDE and 1 <= width <= _SIDE and all(len(row) == width for row in lists):
        try:
            # Refuses all but whole numbers from 0 to 255, and needs no more memory than they do.
            return np.frombuffer(b"".join(map(bytes, lists)), np.uint8).reshape(height, width, 1)
        except (ValueError, TypeError):
            pass
    raise DataError(
        f"`pixels` must be 1 to {_SIDE} rows, all of one length up to {_SIDE}, of whole numbers from 0 to 255, "
        f"but got pixels={shown_value(rows)}. Send such rows."
    )
