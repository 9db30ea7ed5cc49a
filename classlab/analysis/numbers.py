"""How numbers are written in reports: accuracies in per cent, differences in percentage points, nothing as a dash."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MISSING = "\u2013"
_MINUS = "\u2212"
LARGE = 1e6  # from here on digits are counted in powers of ten, as of the loss of a run that diverges
_DIGITS = 6  # after the point, at most: less than that is rounding


def percent(share: float | None, *, digits: int = 2) -> str:
    """A share as per cent.

    Args:
        share: 0 to 1; None or not finite where there is none.
        digits: after the point.

    Example:
        >>> percent(0.9236)
        '92.36 %'
    """
    return MISSING if share is None or not isfinite(share) else f"{100 * share:.{digits}f} %"


def points(difference: float | None, *, digits: int = 2, sign: bool = False) -> str:
    """A difference of two shares in percentage points, without the unit.

    Args:
        difference: a difference of shares, from -1 to 1.
        digits: after the point.
        sign: write a plus before what is above zero.

    Example:
        >>> points(0.0011), points(0.0021, sign=True)
        ('0.11', '+0.21')
    """
    return decimal(None if difference is None else 100 * difference, digits=digits, sign=sign)


def decimal(value: float | None, *, digits: int = 4, sign: bool = False) -> str:
    """A plain number with a true minus sign; one that rounds to zero has no sign."""
    if value is None or not isfinite(value):
        return MISSING
    text = figure(abs(value), digits=digits)
    if float(text) == 0:
        return text
    return (_MINUS if value < 0 else "+" if sign else "") + text


def figure(value: float, *, digits: int = 4) -> str:
    """A loss or a score as tables of a terminal write it; a large one with three digits and a power of ten.

    Example:
        >>> figure(2.302585), figure(5.5191e19), figure(float("nan"))
        ('2.3026', '5.52e19', 'nan')
    """
    if not isfinite(value) or abs(value) < LARGE:
        return f"{value:.{digits}f}"
    mantissa, power = f"{value:.2e}".split("e")
    return f"{mantissa}e{int(power)}"


def ends(interval: tuple[float, float], write: Callable[..., str], **options: bool) -> tuple[str, str]:
    """Both ends of an interval for a difference, with as many digits as it takes to see on which side of zero they lie.

    Args:
        interval: lower end, upper end.
        write: `points` or `decimal`.
        options: of `write`.

    Example:
        >>> ends((0.00002, 0.003), points), ends((0.0, 0.003), points)
        (('0.002', '0.300'), ('0.00', '0.30'))
    """
    low, high = (write(end, **options) for end in interval)
    for digits in range(len(low.partition(".")[2]), _DIGITS + 1):
        written = [write(end, digits=digits, **options) for end in interval]
        # Of an end that is all zeros nothing is left: it needs another digit, unless it is zero.
        if all(end == 0 or text.strip("+0.") for end, text in zip(interval, written, strict=True)):
            return written[0], written[1]
    return low, high


def count(number: int) -> str:
    """A count with separators.

    Example:
        >>> count(60000)
        '60,000'
    """
    return f"{number:,}"


def counted(number: int, one: str, many: str | None = None) -> str:
    """A count and its noun.

    Example:
        >>> counted(1, "seed"), counted(5, "seed")
        ('1 seed', '5 seeds')
    """
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def listed(names: Sequence[str]) -> str:
    """Names as a list in a sentence.

    Example:
        >>> listed(["a", "b", "c"])
        'a, b and c'
    """
    if len(names) < 2:
        return "".join(names)
    return ", ".join(names[:-1]) + " and " + names[-1]


def duration(seconds: float) -> str:
    """A length of time.

    Example:
        >>> duration(3.2), duration(75), duration(3700)
        ('3.2 s', '1 min 15 s', '1 h 1 min')
    """
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"
