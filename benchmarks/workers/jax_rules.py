"""Keras's update rules as pure functions over stacked members, for the population in JAX."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

Tree = Any  # arrays in lists and dictionaries; leaves `(seeds, arms, ...)`

# Keras's constants.
BETA_1, BETA_2, RHO, EPSILON = 0.9, 0.999, 0.9, 1e-7


class Rule(NamedTuple):
    """One update rule.

    Args:
        slots: the state before the first step, from the weights.
        step: weights and slots after one step, from weights, gradient, slots, rates `(arms,)` and the step's number,
            which begins at 1.
    """

    slots: Callable[[Tree], Tree]
    step: Callable[[Tree, Tree, Tree, Any, Any], tuple[Tree, Tree]]


def _zeros(weights: Tree) -> Tree:
    import jax
    import jax.numpy as jnp

    return jax.tree.map(jnp.zeros_like, weights)


def _map(function: Callable[..., Any], *trees: Tree) -> Tree:
    import jax

    return jax.tree.map(function, *trees)


def _beside(rates: Any, leaf: Any) -> Any:
    """Rates `(arms,)` in a shape that multiplies a leaf `(seeds, arms, ...)`."""
    return rates.reshape((1, -1) + (1,) * (leaf.ndim - 2))


def _sgd(weights: Tree, gradient: Tree, slots: Tree, rates: Any, step: Any) -> tuple[Tree, Tree]:  # noqa: ARG001
    return _map(lambda w, g: w - _beside(rates, w) * g, weights, gradient), slots


def _rmsprop(weights: Tree, gradient: Tree, slots: Tree, rates: Any, step: Any) -> tuple[Tree, Tree]:  # noqa: ARG001
    import jax.numpy as jnp

    squares = _map(lambda v, g: RHO * v + (1 - RHO) * g * g, slots, gradient)
    moved = _map(lambda w, g, v: w - _beside(rates, w) * g / jnp.sqrt(v + EPSILON), weights, gradient, squares)
    return moved, squares


def _adam(weights: Tree, gradient: Tree, slots: Tree, rates: Any, step: Any) -> tuple[Tree, Tree]:
    import jax.numpy as jnp

    means, squares = slots
    means = _map(lambda m, g: m + (1 - BETA_1) * (g - m), means, gradient)
    squares = _map(lambda v, g: v + (1 - BETA_2) * (g * g - v), squares, gradient)
    taken = step.astype(jnp.float32)
    scaled = rates * jnp.sqrt(1 - BETA_2**taken) / (1 - BETA_1**taken)
    moved = _map(lambda w, m, v: w - _beside(scaled, w) * m / (jnp.sqrt(v) + EPSILON), weights, means, squares)
    return moved, (means, squares)


RULES: dict[str, Rule] = {
    "sgd": Rule(slots=lambda weights: (), step=_sgd),  # noqa: ARG005 - it remembers nothing
    "rmsprop": Rule(slots=_zeros, step=_rmsprop),
    "adam": Rule(slots=lambda weights: (_zeros(weights), _zeros(weights)), step=_adam),
}
