"""How the command line writes JSON documents, narration and text of foreign origin."""

from __future__ import annotations

import json
import sys
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from classlab.records.plain import finite

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def print_json(document: Any) -> None:
    """Prints one JSON document on standard output; figures that are not finite become strings, as in records."""
    print(json_text(document))


def json_list_pieces(lists: Mapping[str, Iterable[Any]]) -> Iterator[str]:
    """The document of these lists, each entry as it comes: all of them together may not fit into memory.

    Args:
        lists: dicts by the name of the list; only the entries of one list after the other are asked for.
    """
    between = "{\n"
    for name, entries in lists.items():
        yield f"{between} {_one_line(name)}: ["
        before = "\n"
        for entry in entries:
            yield f"{before}  {_written(finite(entry), '  ')}"
            before = ",\n"
        yield "]" if before == "\n" else "\n ]"
        between = ",\n"
    yield "\n}\n"


def json_text(document: Any) -> str:
    """A document as JSON for people and programs."""
    return _written(finite(document))


def narrate(sentence: str, *, quiet: bool) -> None:
    """Says something on standard error, unless silence is asked for."""
    if not quiet:
        print("\n".join(map(printable, sentence.split("\n"))), file=sys.stderr, flush=True)


def printable(text: str) -> str:
    """Text from a record or a file name for a terminal, which must not obey the control characters in it."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def file_stem(name: str) -> str:
    """A study's name as a file name that any system takes, with a digest of the name where letters had to change."""
    plain = "".join(letter if letter.isalnum() or letter in "._" else "-" for letter in name).strip("-.")
    plain = plain[:50]  # file names end at 255 bytes, and a letter may take four
    if plain == name:
        return plain
    own = sha256(name.encode("utf-8", "replace")).hexdigest()[:8]  # `a b` and `a-b` must not overwrite each other
    return f"{plain or 'report'}-{own}"


def _written(value: Any, margin: str = "") -> str:
    """JSON indented by one blank, each list of figures or words in one line: a study may have hundreds of seeds."""
    inner = margin + " "
    if isinstance(value, dict) and value:
        parts = [f"{inner}{_one_line(str(key))}: {_written(each, inner)}" for key, each in value.items()]
        return "{\n" + ",\n".join(parts) + f"\n{margin}}}"
    if isinstance(value, list) and any(isinstance(each, dict | list) for each in value):
        return "[\n" + ",\n".join(inner + _written(each, inner) for each in value) + f"\n{margin}]"
    return _one_line(value)


def _one_line(value: Any) -> str:
    return _encode(value)
