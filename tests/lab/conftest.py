"""The lab in small, run once: every step on a few images, one epoch or two."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from classlab.lab.lab import Lab, run_lab
from classlab.lab.setting import Images, Setting, find_images
from classlab.studies.store import open_store

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def small_images() -> Images:
    return find_images(embedded=True)


@pytest.fixture(scope="session")
def small_lab(small_images: Images, lab_store: Path) -> Lab:
    """Steps 1 to 6 of a rehearsal with two seeds."""
    with open_store(lab_store, write=True) as store:
        return run_lab(Setting(images=small_images, seeds=2, quick=True), store=store, only=(1, 2, 3, 4, 5, 6))
