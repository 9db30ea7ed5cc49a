"""Fetches the files of a published dataset from its mirrors: a file gets its final name only once it is the right one.

Waiting is bounded for the dataset as a whole: 60 seconds, plus the time a transfer takes that moves at 64 KiB per
second or more. A dead, silent or dripping server costs no more than that, and a slow but honest line is not cut off.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from classlab.datasets.idx_folder import check_identity
from classlab.datasets.safe_read.idx import read_idx
from classlab.errors import DataError, DownloadError, StorageError, is_full

if TYPE_CHECKING:
    from collections.abc import Callable

    from classlab.datasets.known import Published

WAIT = 60.0  # seconds, for all files and mirrors together
STALL = 10.0  # seconds without a byte after which a mirror is left
CONNECT = 5.0  # seconds until a server must have answered the call
SLOWEST = 64 * 2**10  # bytes per second; a transfer at this rate or above uses up no waiting time
_PIECE = 2**16


class _Budget:
    """Seconds that may still be spent waiting."""

    def __init__(self, wait: float) -> None:
        self._end = time.monotonic() + wait

    def received(self, count: int) -> None:
        self._end += count / SLOWEST

    def left(self) -> float:
        return self._end - time.monotonic()


class _GaveUpError(Exception):
    """A mirror did not give a file; the text says why."""


def download(
    known: Published, folder: Path, *, say: Callable[[str], None], wait: float = WAIT, stall: float = STALL
) -> str:
    """Fetches every file that is not in the folder yet.

    Args:
        known: the dataset, with its mirrors and digests.
        folder: where the files go.
        say: takes progress as sentences.
        wait: seconds of waiting for the dataset as a whole.
        stall: seconds without a byte after which a mirror is left.

    Returns:
        The address of the mirror that gave the last file.

    Raises:
        DownloadError: no mirror gave the right files in time.
        StorageError: the folder cannot be written.
    """
    budget = _Budget(wait)
    missing = [file for file in known.files if not _in_place(known, folder / file)]
    refusals: list[str] = []
    for mirror in known.mirrors:
        try:
            while missing:
                say(f"Downloading {mirror}{missing[0]}")
                _fetch(known, f"{mirror}{missing[0]}", folder / missing[0], budget=budget, stall=stall)
                del missing[0]
        except _GaveUpError as reason:
            refusals.append(f"{mirror} ({reason})")
            say(f"{mirror} did not give {missing[0]}: {reason}.")
        else:
            return mirror
    raise DownloadError(
        f"{known.name} must come from one of its mirrors, but none gave it: {'; '.join(refusals)}. Put the files "
        f"{', '.join(known.files)} into a folder {known.name!r} within a folder that you name in CLASSLAB_DATA, try "
        "again later, or use mnist5k or digits, which need no network."
    )


def _in_place(known: Published, path: Path) -> bool:
    if not path.is_file():
        return False
    try:
        _check(known, path)
    except (DataError, StorageError):
        return False
    return True


def _check(known: Published, path: Path) -> None:
    """Refuses a file that is not the official one, by the digest of the file or of its content."""
    from classlab.datasets.safe_read.digest import file_digest

    content = path.name.removesuffix(".gz")
    if path.name in known.packed:
        check_identity(path, file_digest(path), known.packed[path.name], known)
    else:
        _, digest = read_idx(path, kind="images" if "images" in content else "labels")
        check_identity(path, digest, known.content[content], known)


def _fetch(known: Published, url: str, target: Path, *, budget: _Budget, stall: float) -> None:
    from requests import HTTPError, RequestException
    from urllib3.exceptions import HTTPError as TransferError

    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".download-") as scratch:
            fetched = Path(scratch) / target.name
            _transfer(url, fetched, budget=budget, stall=stall, largest=known.largest)
            _check(known, fetched)
            fetched.replace(target)
    except HTTPError as problem:
        status = problem.response.status_code if problem.response is not None else "unknown"
        raise _GaveUpError(f"it answered with status {status}") from None
    except (RequestException, TransferError, TimeoutError) as problem:
        raise _GaveUpError("no answer in time" if _late(problem) else "no connection, or it broke off") from None
    except DataError:
        raise _GaveUpError("it sent something other than the official file") from None
    except OSError as problem:
        raise StorageError(
            f"{target.parent} must be writable to keep {known.name}, but is not ({problem.strerror or problem}). "
            f"{'Free some space, or name' if is_full(problem) else 'Name'} another folder in CLASSLAB_CACHE."
        ) from None


def _late(problem: Exception) -> bool:
    return isinstance(problem, TimeoutError) or "timed out" in str(problem).lower()


def _transfer(url: str, target: Path, *, budget: _Budget, stall: float, largest: int) -> None:
    """Writes what an address sends to a file, within the limits on waiting and size.

    Raises:
        TimeoutError: waiting took too long.
        DataError: it is more than the official file.
    """
    import requests

    left = budget.left()
    if left <= 0:
        raise TimeoutError
    limits = (min(CONNECT, left), min(stall, left))
    whole = {"Accept-Encoding": "identity"}  # the file itself, not packed once more for the way
    received = 0
    with requests.get(url, stream=True, timeout=limits, headers=whole) as response, target.open("wb") as out:
        response.raise_for_status()
        # Not iter_content: that waits for a full piece, so a server that drips would hold it for hours.
        while piece := response.raw.read1(_PIECE):
            out.write(piece)
            received += len(piece)
            budget.received(len(piece))
            if budget.left() <= 0:
                raise TimeoutError
            if received > largest:
                raise DataError(f"{url} sends more than {largest:,} bytes. It is not the official file.")
