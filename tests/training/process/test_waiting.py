import os

import pytest

from classlab.training.process.threads import limit_spinning


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"GOMP_SPINCOUNT": "20000"}),
        ({"GOMP_SPINCOUNT": "7"}, {"GOMP_SPINCOUNT": "7"}),
        ({"OMP_WAIT_POLICY": "ACTIVE"}, {"OMP_WAIT_POLICY": "ACTIVE"}),
    ],
)
def test_spinning_is_limited_unless_the_user_decided_it(monkeypatch, before, after):
    monkeypatch.setattr(os, "environ", dict(before))
    limit_spinning()
    assert os.environ == after
