"""Where JAX is installed: the population by hand follows Keras's update rules."""

import numpy as np
import pytest

from benchmarks.workers.jax_population import rectangle, spans
from benchmarks.workloads import WORKLOADS, Arm

ARMS = WORKLOADS["linear"].arms(14)


def test_members_are_sorted_by_rule_and_seeds_must_have_the_same_arms() -> None:
    seeds, each = rectangle(ARMS)
    assert seeds == [0, 1]
    assert spans(each) == [("adam", slice(0, 2)), ("rmsprop", slice(2, 4)), ("sgd", slice(4, 7))]
    with pytest.raises(SystemExit, match=r"^every seed must have the same arms here$"):
        rectangle(ARMS[:8])


def test_every_member_is_updated_by_keras_formula_at_its_own_rate() -> None:
    jnp = pytest.importorskip("jax.numpy")
    from benchmarks.workers.jax_population import updates
    from benchmarks.workers.jax_rules import RULES

    arms = [Arm("adam", 0.01, 0), Arm("adam", 0.1, 0), Arm("rmsprop", 0.01, 0), Arm("sgd", 0.5, 0)]
    start, gradients = np.full((1, 4, 3), 2.0, np.float32), np.array([[1.0, -2.0, 0.5], [0.1, 3.0, -1.0]], np.float32)
    weights = [{"bias": jnp.asarray(start)}]
    slots = [RULES[rule].slots([{"bias": weights[0]["bias"][:, span]}]) for rule, span in spans(arms)]
    update = updates(arms)
    for step, gradient in enumerate(gradients, start=1):
        given = [{"bias": jnp.broadcast_to(gradient, (1, 4, 3))}]
        weights, slots = update(weights, slots, given, jnp.asarray(step))
    expected = [_adam(gradients, 0.01), _adam(gradients, 0.1), _rmsprop(gradients, 0.01), 2 - 0.5 * gradients.sum(0)]
    np.testing.assert_allclose(np.asarray(weights[0]["bias"])[0], expected, rtol=1e-5)


def _adam(gradients: np.ndarray, rate: float) -> np.ndarray:
    mean, square, value = np.zeros(3), np.zeros(3), np.full(3, 2.0)
    for step, gradient in enumerate(gradients.astype(float), start=1):
        mean, square = 0.9 * mean + 0.1 * gradient, 0.999 * square + 0.001 * gradient**2
        value = value - rate * np.sqrt(1 - 0.999**step) / (1 - 0.9**step) * mean / (np.sqrt(square) + 1e-7)
    return value


def _rmsprop(gradients: np.ndarray, rate: float) -> np.ndarray:
    square, value = np.zeros(3), np.full(3, 2.0)
    for gradient in gradients.astype(float):
        square = 0.9 * square + 0.1 * gradient**2
        value = value - rate * gradient / np.sqrt(square + 1e-7)
    return value
