from __future__ import annotations

import numpy as np
import pytest

from classlab.records.optimizers import SGD, Adagrad, Adam, AdamW, Nadam, RMSprop
from classlab.records.run import DataSpec, RunSpec
from classlab.records.schedules import Constant, Cosine, Step
from classlab.training.kernels.rules import known, settings_of, step_numbers, step_rates
from classlab.training.loop.schedules import factor
from classlab.training.loop.update_rules import step_size

PER_EPOCH, EPOCHS = 7, 5
SCHEDULES = [
    Constant(),
    Constant(warmup_epochs=1.5),
    Step(every_epochs=2, factor=0.3),
    Cosine(alpha=0.1, warmup_epochs=1),
]
RULES = [
    SGD(learning_rate=0.3),
    SGD(learning_rate=0.3, momentum=0.9, weight_decay=0.1),
    RMSprop(learning_rate=0.002, weight_decay=0.05),
    Adam(learning_rate=0.01),
    Adam(learning_rate=0.01, beta_1=0.5, beta_2=0.9, weight_decay=0.2),
    AdamW(learning_rate=0.004),
]


def run(architecture, rule, schedule=None):
    return RunSpec(
        data=DataSpec(name="none"),
        architecture=architecture,
        optimizer=rule,
        schedule=schedule or Constant(),
        epochs=EPOCHS,
    )


@pytest.fixture
def network(bench):
    return bench.mlp


@pytest.mark.parametrize("schedule", SCHEDULES, ids=repr)
@pytest.mark.parametrize("first", [0, PER_EPOCH, 3 * PER_EPOCH])
def test_every_step_has_the_scalar_formulas_rate_and_decay(network, schedule, first):
    runs = [run(network, rule, schedule) for rule in RULES]
    sizes, keeps = step_rates(runs, first=first, count=PER_EPOCH, steps_per_epoch=PER_EPOCH)
    assert sizes.shape == keeps.shape == (PER_EPOCH, len(RULES))
    at = factor(schedule, steps_per_epoch=PER_EPOCH, epochs=EPOCHS)
    for place in range(PER_EPOCH):
        for slot, rule in enumerate(RULES):
            rate = rule.learning_rate * at(first + place)
            by_adam = isinstance(rule, Adam | AdamW)
            size = step_size(rule, rate, first + place + 1, np.float32) if by_adam else rate
            assert sizes[place, slot] == pytest.approx(size, rel=1e-6)
            assert keeps[place, slot] == pytest.approx(1 - rate * (rule.weight_decay or 0), rel=1e-6)


def test_adam_steps_are_corrected_for_the_bias_of_running_means(network):
    """By Kingma & Ba's formula; in float32, as Keras computes it, 1 - 0.999 has lost three digits."""
    sizes, _ = step_rates([run(network, Adam(learning_rate=0.01))], first=0, count=200, steps_per_epoch=200)
    steps = np.arange(1, 201)
    np.testing.assert_allclose(sizes[:, 0], 0.01 * np.sqrt(1 - 0.999**steps) / (1 - 0.9**steps), rtol=1e-4)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (SGD(), True),
        (SGD(momentum=0.9, nesterov=True, weight_decay=0.1), True),
        (Adam(), True),
        (AdamW(), True),
        (RMSprop(weight_decay=0.1), True),
        (RMSprop(momentum=0.1), False),
        (RMSprop(centered=True), False),
        (RMSprop(rho=0.0), False),
        (Adagrad(), False),
        (Nadam(), False),
        (SGD(clipnorm=1.0), False),
        (Adam(clipvalue=1.0), False),
        (AdamW(global_clipnorm=1.0), False),
    ],
    ids=repr,
)
def test_which_rules_fused_members_have(rule, expected):
    assert known(rule) == expected


def test_neighbours_that_differ_in_rate_decay_and_schedule_alone_are_moved_together(network):
    rules = [
        SGD(learning_rate=0.1),
        SGD(learning_rate=0.2, weight_decay=0.1),
        SGD(momentum=0.9),
        SGD(momentum=0.8),
        Adam(),
        Adam(weight_decay=0.1),
        Adam(epsilon=1e-3),
        SGD(),
    ]
    found = settings_of([run(network, rule, Cosine() if place % 2 else None) for place, rule in enumerate(rules)])
    spans = [(each.first_member, each.last_member) for each in found]
    assert spans == [(0, 2), (2, 3), (3, 4), (4, 6), (6, 7), (7, 8)]
    assert len({each.rule for each in found}) == 3


def test_nadam_is_told_of_its_momentum_schedule(network):
    """By Keras's formula, written out step by step; an epoch later the products go on."""
    rule = Nadam(learning_rate=0.01, beta_1=0.8, beta_2=0.99)
    found = [
        step_numbers(run(network, rule), first=first, count=PER_EPOCH, steps_per_epoch=PER_EPOCH)
        for first in (0, PER_EPOCH)
    ]
    product = 1.0
    for step, (size, kept, gradient, correction) in enumerate(np.concatenate(found).tolist(), 1):
        u, following = (0.8 * (1 - 0.5 * 0.96**place) for place in (step, step + 1))
        product *= u
        assert size == pytest.approx(0.01 * following / (1 - product * following), rel=1e-6)
        assert gradient == pytest.approx(0.01 * (1 - u) / (1 - product), rel=1e-6)
        assert correction == pytest.approx(1 / (1 - 0.99**step), rel=1e-6)
        assert kept == 1
