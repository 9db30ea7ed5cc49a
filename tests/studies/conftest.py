"""A small trained run and its dataset, shared by the tests of this folder."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from classlab.datasets import Dataset, load
from classlab.studies.fit import fit

if TYPE_CHECKING:
    from classlab.studies.runs.run import Run

# lets the tests of this folder share `study_records`; pytest's importlib mode adds no folder by itself
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def digits() -> Dataset:
    return load("digits")


@pytest.fixture(scope="session")
def trained(digits: Dataset) -> Run:
    return fit(digits, "linear", epochs=3, seed=1)
