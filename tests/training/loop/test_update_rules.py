from __future__ import annotations

import pytest

from classlab.records.optimizers import SGD, Adagrad, Adam, AdamW, Nadam, RMSprop
from classlab.training.loop.update_rules import limits_of, slots_of


@pytest.mark.parametrize(
    ("rule", "slots"),
    [
        (SGD(), {}),
        (SGD(nesterov=True), {}),
        (SGD(momentum=0.5, nesterov=True), {"velocity": 0.0}),
        (Adam(), {"momentum": 0.0, "velocity": 0.0}),
        (AdamW(), {"momentum": 0.0, "velocity": 0.0}),
        (Nadam(), {"momentum": 0.0, "velocity": 0.0}),
        (RMSprop(epsilon=1e-3), {"velocity": 1e-3}),
        (RMSprop(momentum=0.5), {"velocity": 0.0, "momentum": 0.0}),
        (RMSprop(centered=True), {"velocity": 0.0, "average": 0.0}),
        (Adagrad(initial_accumulator_value=0.2), {"accumulator": 0.2}),
    ],
    ids=repr,
)
def test_every_rule_keeps_its_own_state_under_names_that_checkpoints_have(rule, slots):
    assert slots_of(rule) == slots


def test_limits_are_those_of_values_of_each_array_and_of_all_together():
    assert limits_of(SGD()) == (None, None, None)
    assert limits_of(Adam(global_clipnorm=2.0)) == (None, None, 2.0)
    assert limits_of(Adam(clipnorm=3.0)) == (None, 3.0, None)
    assert limits_of(Adam(clipvalue=4.0)) == (4.0, None, None)
