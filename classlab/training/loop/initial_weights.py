"""Initial weights by Keras's initializers, as a function of seed and place, so that equal seeds start alike.

Two architectures that share a layer's position and shape start it with the same underlying draws: the arms of a
study are then compared in pairs. The distributions are Keras's; the draws themselves are NumPy's, because Keras's
depend on its backend.

References:
    Glorot & Bengio (2010); He et al. (2015); LeCun et al. (1998), as written in `keras.initializers`.
"""

from __future__ import annotations

from math import prod, sqrt
from typing import TYPE_CHECKING

import numpy as np

from classlab.errors import SpecError
from classlab.models.weights import WeightSpec, weight_specs
from classlab.training.loop.randomness import generator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlab.records.architecture import Architecture
    from classlab.records.layers import Initializer
    from classlab.training.backend import Weights

# Standard deviation of a standard normal cut off at two standard deviations; variance scaling divides by it so that
# the cut-off draws have the variance that was asked for.
_TRUNCATED_STDDEV = 0.87962566103423978

# (factor, which fan) of the variance-scaling initializers: variance = factor / fan.
_SCALING = {"glorot": (1.0, "average"), "he": (2.0, "in"), "lecun": (1.0, "in")}


def initial_weights(architecture: Architecture, seed: int) -> Weights:
    """Draws every weight of one run.

    Returns:
        float32 arrays by `WeightSpec.key`, in Keras's shapes.
    """
    return {
        spec.key: _draw(spec, generator(seed, "initial weights", place)).astype(np.float32)
        for place, spec in enumerate(weight_specs(architecture))
    }


def first_weights(architecture: Architecture, given: Weights | None, *, seed: int) -> Weights:
    """What a run starts from: the weights that are given, or those that its seed draws.

    Raises:
        SpecError: the given weights have other shapes than the architecture's.
    """
    if given is None:
        return initial_weights(architecture, seed)
    expected = {spec.key: spec.shape for spec in weight_specs(architecture)}
    found = {key: array.shape for key, array in given.items()}
    if expected != found:
        wrong = sorted(k for k in expected.keys() | found.keys() if expected.get(k) != found.get(k))
        raise SpecError(
            f"initial weights of {architecture.name!r} must have the architecture's shapes, but {wrong[0]} has "
            f"{found.get(wrong[0])} instead of {expected.get(wrong[0])}. Take them from the same architecture."
        )
    return given


def _draw(spec: WeightSpec, rng: np.random.Generator) -> NDArray[np.float64]:
    if spec.ones is None:
        return _drawn(spec.initializer, spec.shape, rng)
    (length,), (start, stop) = spec.shape, spec.ones
    before, behind = (_drawn(spec.initializer, (part,), rng) for part in (start, length - stop))
    return np.concatenate([before, np.ones(stop - start), behind])  # drawn part by part, as Keras does


def _drawn(start: Initializer, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float64]:
    match start.name:
        case "zeros":
            return np.zeros(shape)
        case "ones":
            return np.ones(shape)
        case "constant":
            return np.full(shape, start.value)
        case "random_normal":
            return rng.normal(start.mean, start.stddev, shape)
        case "random_uniform":
            return rng.uniform(start.minval, start.maxval, shape)
        case "truncated_normal":
            return start.mean + start.stddev * _truncated_normal(shape, rng)
        case "orthogonal":
            return _orthogonal(shape, rng)
        case _:
            return _variance_scaling(start.name, shape, rng)


def _orthogonal(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float64]:
    """Rows or columns that stand at right angles, whichever are fewer (Saxe et al., 2014)."""
    rows, columns = prod(shape[:-1]), shape[-1]
    normal = rng.standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(normal)
    q = q * np.sign(np.diag(r))  # every rotation becomes equally likely
    return (q if rows >= columns else q.T).reshape(shape)


def _variance_scaling(name: str, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float64]:
    family, distribution = name.split("_")
    factor, fan = _SCALING[family]
    fan_in, fan_out = _fans(shape)
    variance = factor / max(1.0, fan_in if fan == "in" else (fan_in + fan_out) / 2)
    if distribution == "uniform":
        limit = sqrt(3.0 * variance)
        return rng.uniform(-limit, limit, shape)
    return sqrt(variance) / _TRUNCATED_STDDEV * _truncated_normal(shape, rng)


def _fans(shape: tuple[int, ...]) -> tuple[float, float]:
    """Inputs and outputs of one unit; a convolution kernel's window multiplies both."""
    if len(shape) == 1:
        return shape[0], shape[0]
    window = prod(shape[:-2])
    return shape[-2] * window, shape[-1] * window


def _truncated_normal(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float64]:
    """Standard normal draws, those beyond two standard deviations drawn again."""
    values = rng.standard_normal(shape)
    while (outside := np.abs(values) > 2).any():
        values[outside] = rng.standard_normal(int(outside.sum()))
    return values
