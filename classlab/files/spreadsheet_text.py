"""Text in a CSV file that a spreadsheet would take for a formula, and back."""

from __future__ import annotations

# Spreadsheets take a cell that begins so for a formula (https://owasp.org/www-community/attacks/CSV_Injection),
# their full-width forms included.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def inert(text: str) -> str:
    """The text, behind an apostrophe where a spreadsheet would take it for a formula.

    Example:
        >>> inert("=1+1"), inert("cat")
        ("'=1+1", 'cat')
    """
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA_STARTS) else text


def as_meant(text: str) -> str:
    """The text without the apostrophe that `inert` has put there.

    Example:
        >>> as_meant("'=1+1"), as_meant("'quoted'")
        ('=1+1', "'quoted'")
    """
    return text[1:] if text[:1] == "'" and text[1:].lstrip(" ").startswith(_FORMULA_STARTS) else text
