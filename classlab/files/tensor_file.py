"""Arrays in a safetensors file that proves, when read, that it is whole and belongs to its record."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from classlab.errors import RecordError, StorageError
from classlab.files.atomic_file import write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    Arrays = Mapping[str, NDArray[Any]]

_DIGEST = "digest"


def write_arrays(path: Path, arrays: Arrays, facts: Mapping[str, str]) -> None:
    """Writes named arrays with facts about them in the file's header.

    safetensors checks shapes and lengths but not the values; a digest of them travels along, so that a flipped
    bit is an error and not a slightly different network.

    Raises:
        StorageError: the file cannot be written.
    """
    from numpy import ascontiguousarray
    from safetensors.numpy import save

    whole = {name: ascontiguousarray(array) for name, array in arrays.items()}
    write_atomically(path, save(whole, metadata={**facts, _DIGEST: digest(whole)}))


def read_arrays(path: Path) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """Reads arrays and facts back.

    Raises:
        StorageError: the file is missing or unreadable.
        RecordError: the file is damaged.
    """
    with _opened(path) as file:
        facts = dict(file.metadata() or {})
        try:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (not a dict)
        except Exception as damage:
            raise _damaged(path, str(damage)) from damage
    if facts.pop(_DIGEST, None) != digest(arrays):
        raise _damaged(path, "its values do not match its own digest")
    return arrays, facts


def read_facts(path: Path) -> dict[str, str]:
    """Reads only the facts of the header, without the arrays.

    Raises:
        StorageError: the file is missing or unreadable.
        RecordError: the header is damaged.
    """
    with _opened(path) as file:
        return dict(file.metadata() or {})


def digest(arrays: Arrays) -> str:
    """SHA-256 over names, types, shapes and values, independent of the order of the names."""
    total = hashlib.sha256()
    for name in sorted(arrays):
        array = arrays[name]
        total.update(f"{name}:{array.dtype.str}:{array.shape};".encode())
        total.update(array.tobytes())
    return total.hexdigest()


def _opened(path: Path) -> Any:
    from safetensors import SafetensorError, safe_open

    try:
        return safe_open(path, framework="np")
    except SafetensorError as damage:
        raise _damaged(path, str(damage)) from damage
    except OSError as refusal:
        raise StorageError(
            f"{path} must be readable, but the system says: {refusal.strerror or refusal}. "
            "Restore the file or train the run again."
        ) from refusal


def _damaged(path: Path, how: str) -> RecordError:
    return RecordError(f"{path} is damaged: {how}. Restore the file or train the run again.")
