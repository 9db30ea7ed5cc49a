"""How the command line writes JSON documents, narration and text of foreign origin."""

from __future__ import annotations

import sys
from typing import Any


def print_json(document: Any) -> None:
    """Prints one JSON document on standard output; figures that are not finite become strings, as in records."""
    import json

    print(json.dumps(_finite(document), indent=1, ensure_ascii=False, allow_nan=False))


def narrate(sentence: str, *, quiet: bool) -> None:
    """Says something on standard error, unless silence is asked for."""
    if not quiet:
        print(sentence, file=sys.stderr, flush=True)


def printable(text: str) -> str:
    """Text from a record or a file name for a terminal, which must not obey the control characters in it."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def file_stem(name: str) -> str:
    """A study's name as a file name that any system takes."""
    plain = "".join(letter if letter.isalnum() or letter in "._" else "-" for letter in name).strip("-.")
    return plain[:50] or "report"  # file names end at 255 bytes, and a letter may take four


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    if isinstance(value, float) and value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    return value
