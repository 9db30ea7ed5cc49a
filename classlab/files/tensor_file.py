"""Arrays in a safetensors file that proves, when read, that it is whole and belongs to its record."""

from __future__ import annotations

import hashlib
import json
from math import prod
from typing import IO, TYPE_CHECKING, Any, TypeAlias

from classlab.errors import RecordError
from classlab.files.atomic_file import write_atomically
from classlab.files.read_file import open_file, read_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    Arrays = Mapping[str, NDArray[Any]]

Shapes: TypeAlias = "dict[str, tuple[int, ...]]"

LIMIT = 8 * 2**30  # bytes of a whole file: two billion weights in float32
_HEADER_LIMIT = 64 * 2**20  # bytes: the figures of 10 members over 100,000 epochs
_DIGEST = "digest"  # over the arrays
_SEAL = "seal"  # over the arrays and the facts; files of version 0.1.0 have none


def write_arrays(path: Path, arrays: Arrays, facts: Mapping[str, str]) -> None:
    """Writes named arrays with facts about them in the file's header.

    safetensors checks shapes and lengths but not the values; digests of them and of the facts travel along, so that
    a flipped bit is an error and not a slightly different network.

    Raises:
        StorageError: the file cannot be written.
    """
    from numpy import asarray
    from safetensors.numpy import save

    whole = {name: asarray(array, order="C") for name, array in arrays.items()}  # a single number keeps its shape ()
    own = digest(whole)
    write_atomically(path, save(whole, metadata={**facts, _DIGEST: own, _SEAL: _seal(own, facts)}))


def read_arrays(
    path: Path, *, limit: int = LIMIT, proven: bool = True
) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """Reads arrays and facts back.

    Args:
        path: the file.
        limit: the largest size that such a file can have, in bytes.
        proven: whether the file must carry a digest.

    Raises:
        StorageError: the file is missing, unreadable or too large.
        RecordError: the file is damaged.
    """
    from safetensors.numpy import load

    content = read_file(path, limit=limit)
    try:
        arrays: dict[str, NDArray[Any]] = load(content)
    except Exception as damage:
        raise _damaged(path, str(damage)) from damage
    facts = read_facts(path)
    seal, own = facts.pop(_SEAL, None), facts.pop(_DIGEST, None)
    if own is None and seal is None and not proven:
        return arrays, facts
    found = digest(arrays)
    if own != found or seal not in (None, _seal(found, facts)):
        raise _damaged(path, "its values do not match its own digest")
    return arrays, facts


def read_facts(path: Path) -> dict[str, str]:
    """Reads only the facts of the header, without the arrays.

    Raises:
        StorageError: the file is missing or unreadable.
        RecordError: the header is damaged.
    """
    facts = _header(path).get("__metadata__") or {}
    if not isinstance(facts, dict) or not all(isinstance(value, str) for value in facts.values()):
        raise _damaged(path, "its header is not that of a safetensors file")
    return dict(facts)


def read_shapes(path: Path) -> Shapes:
    """Reads only the shapes of the arrays, by name.

    Raises:
        StorageError: the file is missing or unreadable.
        RecordError: the header is damaged.
    """
    try:
        found = {name: tuple(array["shape"]) for name, array in _header(path).items() if name != "__metadata__"}
    except (TypeError, KeyError) as damage:
        raise _damaged(path, "its header is not that of a safetensors file") from damage
    return found


def size_limit(shapes: Shapes) -> int:
    """The largest size in bytes of a file with arrays of these shapes, whatever their type."""
    return _HEADER_LIMIT + 8 * sum(prod(shape) for shape in shapes.values())


def digest(arrays: Arrays) -> str:
    """SHA-256 over names, types, shapes and values, independent of the order of the names."""
    total = hashlib.sha256()
    for name in sorted(arrays):
        array = arrays[name]
        total.update(f"{name}:{array.dtype.str}:{array.shape};".encode())
        total.update(array.tobytes())
    return total.hexdigest()


def _seal(own: str, facts: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps([own, dict(facts)], sort_keys=True).encode()).hexdigest()


def _header(path: Path) -> dict[str, Any]:
    """What stands before the values: a length of eight bytes, then JSON (https://huggingface.co/docs/safetensors)."""
    with open_file(path, limit=LIMIT) as file:
        content = _read_header(path, file)
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as damage:
        raise _damaged(path, "its header is not JSON") from damage
    if not isinstance(found, dict):
        raise _damaged(path, "its header is not that of a safetensors file")
    return found


def _read_header(path: Path, file: IO[bytes]) -> bytes:
    length = int.from_bytes(file.read(8), "little")
    if not 2 <= length <= _HEADER_LIMIT:
        raise _damaged(path, "its header is not that of a safetensors file")
    return file.read(length)


def _damaged(path: Path, how: str) -> RecordError:
    return RecordError(f"{path} is damaged: {how}. Restore the file or train the run again.")
