"""What a cell says: a figure, a number of images, a name, or nothing."""

from __future__ import annotations

import re
from decimal import Decimal
from math import isfinite, isnan
from numbers import Real

MISSING = frozenset(
    ("", "nan", "na", "n/a", "none", "null", "-", "\u2013", "?", "inf", "+inf", "-inf", "infinity", "-infinity", "<na>")
)
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+")
_THOUSANDS = re.compile(r"\d{1,3}([,.'\u2019\u00a0\u202f ]\d{3})+")


def is_missing(cell: object) -> bool:
    """Whether a cell says that there is nothing: empty, `nan`, `None`, or not finite."""
    if cell is None:
        return True
    if isinstance(cell, str):
        return cell.strip().casefold() in MISSING
    # pandas' own mark for nothing is not equal to itself either, and compares to something without a truth value.
    return type(cell).__name__ in ("NAType", "NaTType") or (isinstance(cell, Real) and not isfinite(float(cell)))


def figure(cell: object) -> tuple[float | None, bool]:
    """Reads a figure.

    A comma is taken for the decimal sign of most of Europe.

    Returns:
        The number, None where the cell says that there is none; and whether a per cent sign followed it.

    Raises:
        ValueError: it is something else.

    Example:
        >>> figure("0,923"), figure("92.3 %"), figure("nan")
        ((0.923, False), (92.3, True), (None, False))
    """
    if is_missing(cell):
        return None, False
    if isinstance(cell, str):
        text = cell.strip().lstrip("'")  # an apostrophe keeps a spreadsheet from taking the text for a formula
        signed = text.endswith("%")
        text = text.removesuffix("%").strip()
        return _finite(text.replace(",", ".") if _DECIMAL_COMMA.fullmatch(text) else text), signed
    return _number(cell), False


def images(cell: object) -> int | None:
    """Reads a number of images.

    Raises:
        ValueError: it is not a whole number above zero.

    Example:
        >>> images("9,984"), images(10000.0), images("")
        (9984, 10000, None)
    """
    if is_missing(cell):
        return None
    if isinstance(cell, str):
        text = cell.strip()
        cell = float(re.sub(r"\D", "", text)) if _THOUSANDS.fullmatch(text) else _finite(text)
    value = _number(cell)
    if value < 1 or value != int(value):
        raise ValueError(cell)
    return int(value)


def name(cell: object) -> str | None:
    """Reads a name; a whole number written as 3.0, as data frames with gaps do, is 3.

    Example:
        >>> name(3.0), name("3.0"), name(" adam "), name(0.001), name(float("nan"))
        ('3', '3', 'adam', '0.001', None)
    """
    if cell is None or type(cell).__name__ in ("NAType", "NaTType"):
        return None
    if isinstance(cell, Real) and not isinstance(cell, bool):
        value = float(cell)
        return None if isnan(value) else str(int(value)) if isfinite(value) and value == int(value) else f"{value:.15g}"
    text = " ".join(str(cell).split())
    whole = re.fullmatch(r"([+-]?\d+)\.0+", text)
    return (whole.group(1) if whole else text) or None


def shown(cell: object, *, most: int = 40) -> str:
    """A cell for a sentence, short."""
    text = str(cell)
    return repr(text if len(text) <= most else text[:most] + "...")


def _number(cell: object) -> float:
    if isinstance(cell, bool) or not isinstance(cell, Real | Decimal):
        raise ValueError(cell)  # noqa: TRY004  (the cell's content is wrong, whatever its type)
    return float(cell)


def _finite(text: str) -> float:
    if "_" in text:  # Python reads 1_000, nobody else does
        raise ValueError(text)
    return float(text)
