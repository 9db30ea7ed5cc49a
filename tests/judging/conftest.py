"""Files of results, written as a user or another program would write them.

The tests of this folder share `judged_words`; importlib mode adds no folder by itself.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Writes a file in the current folder and gives its name."""
    monkeypatch.chdir(tmp_path)

    def call(name: str, content: str | bytes) -> Path:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return call


@pytest.fixture
def save(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Writes which images each run got right in the current folder and gives the file's name."""
    monkeypatch.chdir(tmp_path)

    def call(**arrays: NDArray[Any]) -> str:
        np.savez_compressed("right.npz", **arrays)
        return "right.npz"

    return call
