"""One thread of arithmetic for each test process, and a test-set ledger of its own for each test.

The suite runs one process per core; PyTorch's own threads on top of that would wait for each other. The setting must
stand before torch is imported, and subprocesses of the tests inherit it. Trainings enter the ledger of a store: that of
the tests lies in a temporary folder, and what one test measures is not counted for another.
"""

from __future__ import annotations

import atexit
import itertools
import os
import shutil
import tempfile
from pathlib import Path

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")

_STORES = Path(tempfile.mkdtemp(prefix="classlab-tests-"))
_NUMBERS = itertools.count()
os.environ["CLASSLAB_STORE"] = str(_STORES / "fixtures")  # of fixtures that outlive a test
atexit.register(shutil.rmtree, _STORES, ignore_errors=True)


@pytest.fixture(scope="session")
def lab_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of every rehearsed lab with two seeds: none of its runs is trained twice in this process."""
    return tmp_path_factory.mktemp("lab-store")


@pytest.fixture(autouse=True)
def own_store(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this test's trainings enter their openings; the folder is made with the first one."""
    place = _STORES / str(next(_NUMBERS))
    monkeypatch.setenv("CLASSLAB_STORE", str(place))
    monkeypatch.setattr("classlab.studies.store.openings._in_memory", [])  # what another test measured without a store
    return place
