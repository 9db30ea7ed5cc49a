"""The ids in addresses: identities of runs, and digests of names that the store lists; never a path."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException

from classlab.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from classlab.records import RunRecord
    from classlab.studies.store import Store

_IDENTITY = re.compile(r"[0-9a-f]{8,64}")


def opaque_id(name: str) -> str:
    """What stands for the name of a study or of a dataset in an address.

    Example:
        >>> opaque_id("../../etc/passwd")
        '3754d6cb3a38e118'
    """
    return sha256(name.encode("utf-8", "replace")).hexdigest()[:16]


def named(identifier: str, names: Iterable[str]) -> str:
    """The name that an id stands for.

    Args:
        identifier: from an address.
        names: those that there are.

    Raises:
        HTTPException: it stands for none of them: a page that is not there.
    """
    found = next((name for name in names if opaque_id(name) == identifier), None)
    if found is None:
        raise HTTPException(404)
    return found


def recorded_run(store: Store, identifier: str) -> RunRecord:
    """The record of the run with this identity.

    Raises:
        HTTPException: the store has none: a page that is not there.
    """
    record = store.record(identifier) if _IDENTITY.fullmatch(identifier) else None
    if record is None:
        raise HTTPException(404)
    return record


def run_begun_with(store: Store, identifier: str) -> str:
    """The identity that begins as lists print it.

    Raises:
        HTTPException: none does: a page that is not there.
        SpecError: several do.
    """
    try:
        return store.find(identifier if _IDENTITY.fullmatch(identifier) else "")
    except StorageError:
        raise HTTPException(404) from None


def arm_word(study: str, arm: int) -> str:
    """What stands for an arm in an address."""
    return f"{opaque_id(study)}-{arm}"
