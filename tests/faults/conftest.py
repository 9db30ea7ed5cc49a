"""The library that stands before the disk, and the processes that run commands."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.faults.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Commands before whose disk `disk.c` stands."""
    compiler = shutil.which("cc")
    if sys.platform != "linux" or compiler is None:
        pytest.skip("needs Linux and a C compiler")
    library = tmp_path_factory.mktemp("disk") / "disk.so"
    subprocess.run([compiler, "-O1", "-shared", "-fPIC", Path(__file__).parent / "disk.c", "-o", library], check=True)
    with Server(library) as server:
        yield server


@pytest.fixture(scope="session")
def commands() -> Iterator[Server]:
    """Commands as they are."""
    with Server() as server:
        yield server
