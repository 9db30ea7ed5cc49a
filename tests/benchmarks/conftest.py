"""The measuring commands are no part of the package, so their folder's parent is put on the path here."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[2]))


@pytest.fixture
def machine() -> dict[str, object]:
    """Where measurements that nobody took were taken."""
    return {
        "processor": "a processor",
        "cores": 2,
        "threads": 2,
        "platform": "a system",
        "load_before": 0.0,
        "measured": "2026-01-02T00:00:00",
    }
