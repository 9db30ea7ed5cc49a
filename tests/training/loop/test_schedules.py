import pytest

from classlab.models.keras_runtime import keras
from classlab.records.schedules import Constant, Cosine, Step
from classlab.training.loop.schedules import factor

STEPS, EPOCHS, RATE = 20, 10, 0.3


def rates(schedule):
    at = factor(schedule, steps_per_epoch=STEPS, epochs=EPOCHS)
    return [RATE * at(step) for step in range(STEPS * EPOCHS)]


def in_keras(schedule):
    return [float(schedule(step)) for step in range(STEPS * EPOCHS)]


def test_step_is_keras_exponential_decay_with_a_staircase():
    oracle = keras().optimizers.schedules.ExponentialDecay(RATE, 3 * STEPS, 0.1, staircase=True)
    assert rates(Step(every_epochs=3, factor=0.1)) == pytest.approx(in_keras(oracle), rel=1e-5)


def test_cosine_is_keras_cosine_decay():
    oracle = keras().optimizers.schedules.CosineDecay(RATE, STEPS * EPOCHS, alpha=0.1)
    assert rates(Cosine(alpha=0.1)) == pytest.approx(in_keras(oracle), rel=1e-5, abs=1e-7)


def test_cosine_after_a_warm_up_is_keras_own():
    oracle = keras().optimizers.schedules.CosineDecay(
        0.0, STEPS * (EPOCHS - 2), alpha=0.0, warmup_target=RATE, warmup_steps=2 * STEPS
    )
    assert rates(Cosine(warmup_epochs=2)) == pytest.approx(in_keras(oracle), rel=1e-4, abs=1e-6)


def test_constant_is_constant_and_its_warm_up_linear():
    assert set(rates(Constant())) == {RATE}
    warm = rates(Constant(warmup_epochs=1))
    assert warm[:3] == pytest.approx([0, RATE / STEPS, 2 * RATE / STEPS])
    assert set(warm[STEPS:]) == {RATE}


def test_the_schedule_reaches_the_weights_and_the_history(bench):
    (outcome,) = bench.train(bench.spec(schedule=Step(every_epochs=1, factor=0.5)))
    assert outcome.history["learning_rate"] == pytest.approx((0.01, 0.005, 0.0025))
