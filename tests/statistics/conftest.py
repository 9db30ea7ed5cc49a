"""Normal tails over seeds, for comparison with tests that take seeds for normally distributed."""

from __future__ import annotations

from importlib import import_module

import pytest


@pytest.fixture
def normal_tails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes the figures of seeds for normally distributed, as Student's and Welch's tests do."""
    monkeypatch.setattr(import_module("classlab.statistics.reference"), "expected_root", lambda _: 1.0)
