"""Lets the tests of this folder share `made_studies` and `made_judgements`; importlib mode adds no folder by itself."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from classlab.datasets import Dataset, load

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def digits() -> Dataset:
    return load("digits")
