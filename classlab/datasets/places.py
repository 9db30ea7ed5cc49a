"""Where the files of a published dataset may already be, in the order in which they are looked for."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.datasets.known import Published

DATA_VARIABLE = "CLASSLAB_DATA"
CACHE_VARIABLE = "CLASSLAB_CACHE"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A file or folder that may hold a dataset.

    Args:
        path: the file or folder.
        owner: whose it is, as a clause for people.
        chosen: whether the user named it, so that a wrong file there is an error and not passed over.
    """

    path: Path
    owner: str
    chosen: bool = False

    @property
    def clause(self) -> str:
        """Owner and path, for `Dataset.source`."""
        return f"{self.owner}: {self.path}"


def places(known: Published, *, cache: Path) -> Iterator[Place]:
    """Lists where to look before any download.

    Args:
        known: the dataset.
        cache: classlab's own cache.

    Yields:
        The folder named by CLASSLAB_DATA, Keras's cache, torchvision's folders, our own cache.
    """
    data = os.environ.get(DATA_VARIABLE)
    if data:
        owner = f"the folder named by {DATA_VARIABLE}"
        for folder in (known.name, f"{known.elsewhere}/raw") if known.elsewhere else (known.name,):
            yield Place(path=Path(data, folder), owner=owner, chosen=True)
    if known.keras and (keras := _home("KERAS_HOME", ".keras")):
        yield Place(path=keras / "datasets" / known.keras, owner="Keras's cache")
    if known.elsewhere:
        roots = [Path("data"), _home("TORCH_HOME", ".cache/torch")]
        for root in roots:
            if root:
                yield Place(path=root / known.elsewhere / "raw", owner="torchvision's folder")
    yield Place(path=cache / known.name, owner="classlab's cache")


def cache_folder(given: Path | None = None) -> Path:
    """Our own cache: the folder given, else the one named by CLASSLAB_CACHE, else the user's cache folder."""
    if given is not None:
        return given
    if named := os.environ.get(CACHE_VARIABLE):
        return Path(named)
    from platformdirs import user_cache_path

    return user_cache_path("classlab")


def _home(variable: str, default: str) -> Path | None:
    if named := os.environ.get(variable):
        return Path(named)
    try:
        return Path.home() / default
    except RuntimeError:  # no home folder is known
        return None
