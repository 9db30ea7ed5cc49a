"""A population in JAX by hand: members stacked, one compiled function per epoch, optimizers as pure functions.

`vmap` over arms inside `vmap` over seeds: arms of one seed share each batch, which the compiler makes one wide product
of in the first layer. Members are sorted by update rule, and each rule updates its own members only; computing every
rule for everyone and selecting is several times the optimizer's traffic for nothing.
"""

from __future__ import annotations

import os
import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from benchmarks.measure import EpochClock, Images, Job, read_images, read_job, report, versions
from benchmarks.workers.jax_rules import RULES, Rule

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.workloads import Arm

# Steps per turn of the scan: 4 took a sixth to a third less time than 1, 8 the same, and 16 doubled the compilation.
UNROLL = 4

Tree = Any  # arrays in lists and dictionaries


def main() -> None:
    job = read_job()
    os.environ["JAX_PLATFORMS"] = "cpu"
    import numpy as np

    images = read_images(job)
    x_train, x_test = (part.reshape(len(part), -1).astype(np.float32) / 255 for part in (images.x_train, images.x_test))
    epochs, total, accuracy, trained = [], 0.0, [], []
    for arms in job.by_activation():
        started = time.perf_counter()
        ordered, per_epoch, weights = _fit(job, arms, x_train, images)
        total += time.perf_counter() - started
        epochs.append(per_epoch)
        accuracy += _accuracy(weights, x_test, images, ordered[0].activation)
        trained += ordered
    report(
        job=job,
        epoch_seconds=epochs,
        training_seconds=total,
        accuracy=accuracy,
        arms=trained,
        versions=versions("jax", "jaxlib", "numpy"),
    )


def rectangle(arms: list[Arm]) -> tuple[list[int], list[Arm]]:
    """The seeds, and the arms that each seed has, sorted by rule.

    Raises:
        SystemExit: the seeds differ in their arms; stacked arrays would have holes.
    """
    seeds = sorted({arm.seed for arm in arms})
    each = [arm for arm in arms if arm.seed == seeds[0]]
    if {arm._replace(seed=seed) for arm in each for seed in seeds} != set(arms):
        raise SystemExit("every seed must have the same arms here")
    return seeds, sorted(each, key=lambda arm: arm.optimizer)


def _fit(job: Job, arms: list[Arm], x_train: Any, images: Images) -> tuple[list[Arm], list[float], Tree]:
    import jax.numpy as jnp
    import numpy as np

    clock = EpochClock()
    seeds, each = rectangle(arms)
    widths = [layer.width for layer in job.workload.layers if layer.kind == "dense"]
    weights = first_weights(seeds, len(each), [x_train.shape[1], *widths])
    slots = [RULES[rule].slots(_members(weights, span)) for rule, span in spans(each)]
    step = jnp.ones((), jnp.int32)
    x, y = jnp.asarray(x_train), jnp.asarray(images.y_train, jnp.int32)
    epoch = _epoch_function(each, batch_size=job.batch_size)
    streams = [np.random.default_rng(seed) for seed in seeds]
    for _ in range(job.epochs):
        orders = np.stack([stream.permutation(len(x_train)) for stream in streams]).astype(np.int32)
        weights, slots, step, figures = epoch(weights, slots, step, x, y, orders)
        _ = np.asarray(figures)  # an epoch's loss and accuracy, as `fit` returns them; waits until it is done
        clock.lap()
    return [arm._replace(seed=seed) for seed in seeds for arm in each], clock.epochs, weights


def spans(arms: list[Arm]) -> list[tuple[str, slice]]:
    """Each rule's consecutive members among arms that are sorted by rule."""
    found = []
    for rule in dict.fromkeys(arm.optimizer for arm in arms):
        places = [place for place, arm in enumerate(arms) if arm.optimizer == rule]
        found.append((rule, slice(places[0], places[-1] + 1)))
    return found


def first_weights(seeds: list[int], arms: int, widths: list[int]) -> Tree:
    """Glorot's uniform rule; arms of one seed begin alike: kernels `(seeds, arms, inputs, units)`, biases zero."""
    import jax.numpy as jnp
    import numpy as np

    streams = [np.random.default_rng((seed, 1)) for seed in seeds]
    layers = []
    for inputs, units in pairwise(widths):
        bound = (6 / (inputs + units)) ** 0.5
        drawn = np.stack([stream.uniform(-bound, bound, (1, inputs, units)) for stream in streams])
        kernel = np.repeat(drawn.astype(np.float32), arms, axis=1)
        layers.append({"kernel": jnp.asarray(kernel), "bias": jnp.zeros((len(seeds), arms, units), jnp.float32)})
    return layers


def _members(tree: Tree, span: slice) -> Tree:
    import jax

    return jax.tree.map(lambda leaf: leaf[:, span], tree)


def scores_of(layers: Tree, x: Any, activation: str) -> Any:
    """One member's scores `(batch, classes)` before the softmax."""
    import jax

    hidden = jax.nn.relu if activation == "relu" else jax.nn.sigmoid
    for layer in layers[:-1]:
        x = hidden(x @ layer["kernel"] + layer["bias"])
    return x @ layers[-1]["kernel"] + layers[-1]["bias"]


def _epoch_function(arms: list[Arm], *, batch_size: int) -> Callable[..., Any]:
    """One compiled epoch; `orders` is `(seeds, images)`, figures are `(2, seeds, arms)`: mean loss, accuracy."""
    import jax
    import jax.numpy as jnp

    gradients = _gradients(arms[0].activation)
    update = updates(arms)

    def epoch(weights: Tree, slots: Tree, step: Any, x: Any, y: Any, orders: Any) -> Any:
        def train(carry: Any, places: Any) -> Any:
            weights, slots, step, figures = carry
            (_, found), gradient = gradients(weights, x[places], y[places])
            weights, slots = update(weights, slots, gradient, step)
            return (weights, slots, step + 1, figures + jnp.stack(found)), None

        count = orders.shape[1]
        whole = count // batch_size
        batches = orders[:, : whole * batch_size].reshape(len(orders), whole, batch_size).swapaxes(0, 1)
        carry = (weights, slots, step, jnp.zeros((2, len(orders), len(arms))))
        carry, _ = jax.lax.scan(train, carry, batches, unroll=UNROLL)
        if count % batch_size:  # the last batch is smaller, a step of its own
            carry, _ = train(carry, orders[:, whole * batch_size :])
        weights, slots, step, figures = carry
        return weights, slots, step, figures / count

    return jax.jit(epoch, donate_argnums=(0, 1))


def _gradients(activation: str) -> Callable[..., Any]:
    """Summed loss and right answers, and the gradient of the mean loss, of every member."""
    import jax
    import jax.numpy as jnp

    def loss(layers: Tree, x: Any, y: Any) -> Any:
        logs = jax.nn.log_softmax(scores_of(layers, x, activation))
        losses = -jnp.take_along_axis(logs, y[:, None], axis=1)[:, 0]
        right = (logs.argmax(axis=1) == y).sum().astype(jnp.float32)
        return losses.mean(), (losses.sum(), right)

    one = jax.value_and_grad(loss, has_aux=True)
    return jax.vmap(jax.vmap(one, in_axes=(0, None, None)))


def updates(arms: list[Arm]) -> Callable[[Tree, Tree, Tree, Any], tuple[Tree, Tree]]:
    """One step of every member by its own rule and rate; arms must be sorted by rule."""
    import jax
    import jax.numpy as jnp

    parts: list[tuple[Rule, slice, Any]] = [
        (RULES[rule], span, jnp.asarray([arm.learning_rate for arm in arms[span]], jnp.float32))
        for rule, span in spans(arms)
    ]

    def update(weights: Tree, slots: Tree, gradient: Tree, step: Any) -> tuple[Tree, Tree]:
        changed = [
            rule.step(_members(weights, span), _members(gradient, span), slot, rates, step)
            for (rule, span, rates), slot in zip(parts, slots, strict=True)
        ]
        if len(changed) == 1:
            return changed[0][0], [changed[0][1]]
        joined = jax.tree.map(lambda *leaves: jnp.concatenate(leaves, axis=1), *(values for values, _ in changed))
        return joined, [slot for _, slot in changed]

    return update


def _accuracy(weights: Tree, x_test: Any, images: Images, activation: str) -> list[float]:
    """Per member, seed after seed."""
    import jax
    import numpy as np

    one = jax.vmap(
        jax.vmap(lambda layers: (scores_of(layers, x_test, activation).argmax(axis=1) == images.y_test).mean())
    )
    return [float(share) for share in np.asarray(one(weights)).ravel()]


if __name__ == "__main__":
    main()
