"""Text that any page may hold: without control characters, and encodable."""

from __future__ import annotations

from unicodedata import category

_KEPT = "\n\t"
_REPLACEMENT = "\ufffd"


def clean_text(text: str) -> str:
    r"""Replaces control characters and halves of surrogate pairs, which HTML forbids and UTF-8 cannot encode.

    Args:
        text: anything, names from foreign files included.

    Example:
        >>> clean_text("a\x00b") == "a\ufffdb"
        True
    """
    if text.isprintable():
        return text
    return "".join(
        letter if letter in _KEPT or category(letter) not in ("Cc", "Cs") else _REPLACEMENT for letter in text
    )
