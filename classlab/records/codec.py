"""Records to JSON and back, checked on the way in; and the identity of a specification."""

from __future__ import annotations

import hashlib
import json
import threading
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json as to_indented

from classlab.errors import RecordError
from classlab.records.run import SCHEMA_VERSION, RunSpec

T = TypeVar("T")

_DIGEST = "digest"
_SEALED_SINCE = 3  # the layout that brought digests into the files of studies and of unfinished trainings


_adapters: dict[type[Any], TypeAdapter[Any]] = {}
_building = threading.Lock()


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    # Building an adapter walks the whole record; a study reads and writes hundreds of records of one kind.
    if kind not in _adapters:
        with _building:  # threads that write runs side by side would each build one, 50 ms of a run's record
            if kind not in _adapters:
                _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


def to_plain(record: Any) -> Any:
    """Turns a record into dicts, lists, strings and numbers that `json.dumps` takes as they are."""
    return json.loads(_adapter(type(record)).dump_json(record))


def from_plain(kind: type[T], plain: Any) -> T:
    """Reads back what `to_plain` gave; for parts of a file whose whole has been checked."""
    record: T = _adapter(kind).validate_python(plain)
    return record


def to_json(record: Any) -> str:
    """Writes a record as indented JSON, its fields in the order of its class."""
    return f"{_adapter(type(record)).dump_json(record, indent=1).decode()}\n"


def to_sealed_json(record: Any) -> str:
    """The same with a digest of all of it, for a file that no other file's digest covers."""
    plain = to_plain(record)
    # pydantic's writer: Python's own takes ten times as long for indented text.
    return f"{to_indented({**plain, _DIGEST: _digest(plain)}, indent=1, inf_nan_mode='constants').decode()}\n"


def from_sealed_json(kind: type[T], text: str | bytes, *, where: str) -> T:
    """Reads back what `to_sealed_json` wrote; the files of layouts 1 and 2 have no digest and are taken without.

    Raises:
        RecordError: as `from_json`, or the digest is not that of the content.
    """
    plain = _parsed(text, where=where)
    found = plain.pop(_DIGEST, None) if isinstance(plain, dict) else None
    version = plain.get("version") if isinstance(plain, dict) else None
    older = found is None and isinstance(version, int) and version < _SEALED_SINCE
    if not older and isinstance(plain, dict) and found != _digest(plain):
        raise RecordError(f"{where} is damaged: its content does not match its own digest. Restore the file.")
    return _record(kind, plain, where=where)


def from_json(kind: type[T], text: str | bytes, *, where: str) -> T:
    """Reads a record back.

    Args:
        kind: the record's class.
        text: what `to_json` wrote.
        where: the file's name, for the error's sentence.

    Raises:
        RecordError: the text is damaged, or its layout is newer than this version of classlab.
    """
    return _record(kind, _parsed(text, where=where), where=where)


def _parsed(text: str | bytes, *, where: str) -> Any:
    try:
        plain = json.loads(text)
    except (ValueError, RecursionError) as damage:
        raise RecordError(f"{where} is not valid JSON ({damage}). Restore the file or train the run again.") from None
    version = plain.get("version") if isinstance(plain, dict) else None
    if not isinstance(version, int | None):
        raise RecordError(f"{where} is damaged at version: it must be a whole number. Restore the file.")
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise RecordError(
            f"{where} was written by a newer classlab (layout {version}, this one reads up to {SCHEMA_VERSION}). "
            "Upgrade classlab."
        )
    return plain


def _record(kind: type[T], plain: Any, *, where: str) -> T:
    try:
        record: T = _adapter(kind).validate_python(plain)
    except ValidationError as problem:
        first = problem.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the top level"
        message = first["msg"].removeprefix("Value error, ").rstrip(".")
        raise RecordError(f"{where} is damaged at {place}: {message}. Restore the file.") from None
    return record


def _digest(plain: Any) -> str:
    return hashlib.sha256(json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


# Where a field is that came after runs had been named, and the value that every run had before: with it, runs keep
# the names they have.
_ADDED: tuple[tuple[tuple[str, ...], Any], ...] = (
    (("architecture", "kept_weights"), None),
    (("architecture", "inputs"), None),
    (("augmentation",), None),
    (("class_weights",), None),
    (("fine_tuning",), None),
    (("data", "backbone"), None),
    (("data", "folds"), None),
    (("data", "fold"), None),
    (("data", "leave_out"), []),
)


def identity(spec: RunSpec) -> str:
    """Names a run by what determines it: SHA-256 of the canonical specification, first 16 hexadecimal digits."""
    plain = to_plain(spec)
    for (*way, name), before in _ADDED:
        holder = plain
        for part in way:
            holder = holder[part]
        if holder.get(name, before) == before:
            holder.pop(name, None)
    if "backbone" in plain["data"]:
        for name in ("name", "weights"):  # a file that is renamed is the same backbone; its digest says which
            del plain["data"]["backbone"][name]
    return _digest(plain)[:16]
