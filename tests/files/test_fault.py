from __future__ import annotations

import pytest

from classlab.files import fault
from classlab.files.fault import at


@pytest.fixture(autouse=True)
def own_acts(monkeypatch):
    monkeypatch.setattr(fault, "_acts", {})


@pytest.mark.parametrize(
    ("moment", "passage", "reached"),
    [("after-add", 2, [2]), ("after-add", 1, [1]), ("after-add", 4, []), ("before-add", 1, [])],
)
def test_the_act_happens_once_at_the_named_passage_and_at_no_other(moment, passage, reached):
    passed, acted = [], []
    at(moment, lambda: acted.append(len(passed)), passage=passage)
    for number in range(1, 4):
        passed.append(number)
        fault.fault("after-add")
    assert acted == reached


def test_nothing_happens_where_nobody_asks_for_it(monkeypatch):
    monkeypatch.setenv("CLASSLAB_FAULT", "after-add:1")  # of no meaning in a user's process
    fault.fault("after-add")
