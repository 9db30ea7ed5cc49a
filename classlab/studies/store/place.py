"""Where a store lies, and where things lie within it."""

from __future__ import annotations

import os
import re
from hashlib import sha256
from pathlib import Path

from classlab.errors import RecordError, SpecError

DATABASE_FILE = "store.sqlite"
LEDGER_FILE = "ledger.jsonl"
RUNS_FOLDER = "runs"
STUDIES_FOLDER = "studies"
SEARCHES_FOLDER = "searches"
WORK_FOLDER = "work"
STANDING_FOLDER = "standing"
ASKED_FOLDER = "asked"
VARIABLE = "CLASSLAB_STORE"
_DEFAULT = "classlab-store"

_IDENTITY = re.compile(r"[0-9a-f]{8,64}")
_KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")


def store_folder(option: Path | None) -> Path:
    """The folder of the store: the option, else the environment's `CLASSLAB_STORE`, else `classlab-store` here.

    Args:
        option: what the user gave, or None.
    """
    return option or Path(os.environ.get(VARIABLE) or _DEFAULT)


def run_place(store: Path, identity: str, slot: int) -> Path:
    """The folder of a run.

    A run that is trained again goes into the slot that the database does not point to, so that the old files stay
    whole until the new ones are on record.

    Args:
        store: the store's folder.
        identity: the run's identity; it becomes part of a path, and a database may come from anybody.
        slot: 0 or 1.

    Raises:
        RecordError: the identity is not one.
    """
    if not _IDENTITY.fullmatch(identity):
        raise RecordError(
            f"a run's identity must be 8 to 64 hexadecimal digits, but got identity={identity[:80]!r}. "
            "Train the run again."
        )
    return store / RUNS_FOLDER / (f"{identity}.{slot}" if slot else identity)


def study_place(store: Path, name: str) -> Path:
    """The file of a study; a study may have any name, so its digest names the file."""
    return store / STUDIES_FOLDER / f"{sha256(name.encode('utf-8', 'replace')).hexdigest()[:16]}.json"


def work_place(store: Path, key: str) -> Path:
    """The folder of an unfinished population.

    Raises:
        SpecError: the key cannot be the name of a folder.
    """
    if not _KEY.fullmatch(key):
        raise SpecError(
            "a work folder's key must be 1 to 100 letters, digits, dots, dashes or underscores and not start with a "
            f"dot or dash, but got key={key[:120]!r}. Use a digest."
        )
    return store / WORK_FOLDER / key


def standing_place(store: Path, name: str) -> Path:
    """The folder in which a study that trains says where it stands."""
    return store / STANDING_FOLDER / study_place(store, name).stem


def asked_place(store: Path, name: str) -> Path:
    """The study file of a study that was started without one."""
    return store / ASKED_FOLDER / f"{study_place(store, name).stem}.toml"


def search_place(store: Path, name: str) -> Path:
    """The file of a search, named as that of a study is."""
    return store / SEARCHES_FOLDER / study_place(store, name).name
