"""Where this machine keeps what can be had again: downloads, features, pixels of large pictures."""

from __future__ import annotations

import os
from pathlib import Path

CACHE_VARIABLE = "CLASSLAB_CACHE"


def cache_folder(given: Path | None = None) -> Path:
    """Our own cache: the folder given, else the one named by CLASSLAB_CACHE, else the user's cache folder."""
    if given is not None:
        return given
    if named := os.environ.get(CACHE_VARIABLE):
        return Path(named)
    from platformdirs import user_cache_path

    return user_cache_path("classlab")
