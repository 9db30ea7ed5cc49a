"""What models say of a picture that came with a request: read under limits, and prepared as `classlab predict` does."""

from __future__ import annotations

import base64
import binascii
import io
import math
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, get_args

import numpy as np

from classlab.datasets.safe_read.picture import decode_picture
from classlab.errors import DataError, OptionError, shown_value
from classlab.studies.shown.answers import Remedies, answers
from classlab.studies.shown.pictures import foreign_picture, shown_classes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlab.records.plain import JsonDocument
    from classlab.studies.runs.run import Run
    from classlab.studies.shown.pictures import ForeignPicture

Seen: TypeAlias = Literal["righted", "as is", "inverted"]

MOST_MODELS = 4  # side by side: more columns fit no screen
_SIDE = 2048  # pixels of a picture in a request: a few KB can hold many more, which take memory when they are resized
_REMEDIES = Remedies(turn="Choose “inverted”", leave="Choose “as it is”")


class Question(NamedTuple):
    """What a request asks.

    Args:
        models: whom, as the page names them.
        picture: a picture's file, or grey pixels, uint8, `(height, width, 1)`.
        seen: `righted` as `classlab predict` does it, `as is` as with `--as-is`, `inverted` with `--invert` beside it.
        name: what sentences call the picture.
    """

    models: tuple[str, ...]
    picture: bytes | NDArray[np.uint8]
    seen: Seen
    name: str


def question(document: object) -> Question:
    """Reads a request's JSON.

    Args:
        document: `{"models": [...], "picture": base64}`, or `"pixels"`, rows of whole numbers from 0 to 255, instead of
            the picture; `"seen"` and `"drawn"` may be left out.

    Raises:
        OptionError: it asks for something else.
        DataError: it holds no picture.
    """
    given = document if isinstance(document, dict) else {}
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
    lists = rows if isinstance(rows, list) and all(isinstance(row, list) for row in rows) else [[]]
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


def said(run: Run, asked: Question) -> JsonDocument:
    """What a run says of the picture, and the picture as its network sees it.

    Raises:
        DataError: it is no picture, damaged, or too large.
        SpecError: the run has no usable weights.
    """
    picture = _seen(run, asked)
    (answer,) = answers(run, [picture], inverted=asked.seen == "inverted", remedies=_REMEDIES)
    shares, best = answer.probabilities, int(answer.probabilities.argmax())
    return {
        "sentence": answer.best,
        "probabilities": [_finite(float(share)) for share in shares],
        "bars": [_bar(run.class_names[place], float(shares[place]), best=place == best) for place in shown_classes(shares)],
        "image": _png(picture.pixels),
        "how_seen": f"{picture.how_seen[0].upper()}{picture.how_seen[1:]}.",
        "righting": picture.righting,
        "unlike": None if answer.unlike is None else {**answer.unlike._asdict(), "score": _finite(answer.unlike.score)},
        "warning": answer.warning,
    }


def _bar(name: str, share: float, *, best: bool) -> JsonDocument:
    share = min(max(0.0, share), 1.0)  # NaN counts as 0: max keeps its first argument
    return {"name": name, "share": share, "words": f"{100 * share:.1f} %", "best": best}


def _seen(run: Run, asked: Question) -> ForeignPicture:
    pixels = asked.picture
    if isinstance(pixels, bytes):
        try:
            pixels = decode_picture(pixels, run.record.reading, most=_SIDE**2).pixels
        except DataError as problem:
            raise DataError(f"The picture {problem}") from None
    style = run.ink_style if asked.seen == "righted" else None
    return foreign_picture(
        pixels, run.preparation, name=asked.name, invert=asked.seen == "inverted", style=style
    )


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None  # JSON has no word for the others


def _png(pixels: NDArray[np.uint8]) -> str:
    """An address that holds the picture itself."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels).save(file, format="PNG", compress_level=1)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
