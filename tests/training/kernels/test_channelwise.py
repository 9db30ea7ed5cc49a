"""What stands between two convolutions, in one pass of the kernels, against PyTorch's autograd in float64."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - the name PyTorch's own documentation uses

from classlab.models.weights import WeightSpec
from classlab.records import layers as specs
from classlab.records.layers import ZEROS
from classlab.training.kernels import library
from classlab.training.kernels.library import kernels
from classlab.training.loop.randomness import SeedGroups
from classlab.training.tensor.layers.batch_normalization import BatchNormalization
from classlab.training.tensor.layers.channelwise import Channelwise
from classlab.training.tensor.layers.dropout import Dropout, dropped, kept_factors
from classlab.training.tensor.parameters import Parameter
from classlab.training.tensor.passes import Pass

pytestmark = pytest.mark.skipif(
    kernels() is None, reason="the compiled kernels are not installed, switched off, or not for this processor"
)
# The one for any processor rounds products and sums one by one, and has bits of its own.
OPENED = [each.name.decode() for each in library._opened()] if kernels() is not None else []
NAMES = [name for name in OPENED if name != "DEFAULT"]
CPU = torch.device("cpu")
POSITION = 3
TRAINING = Pass(SeedGroups((0,)), slice(0, 1), training=True, epoch=1, step=2)
PROBING = replace(TRAINING, probing=True)
EVALUATING = replace(TRAINING, training=False)
# Of the largest value: a float32 holds 24 bits, and a value passes some ten roundings.
FLOAT32 = 2e-6
# Half of the last of 8 bits, and the roundings before it.
ROUNDED = 2**-8 + FLOAT32


@dataclass(frozen=True, kw_only=True)
class Case:
    """What follows a convolution.

    Args:
        shape: `(images, rows, columns, channels)`.
        normalize: whether there is a normalization.
        center: whether it has a beta.
        scale: whether it has a gamma.
        shortcut: whether something is added.
        relu: whether ReLU follows.
        pool: whether pooling follows.
        rate: of dropout; 0 for none.
        epsilon: of the normalization.
        dtype: of the values.
    """

    shape: tuple[int, int, int, int] = (5, 6, 7, 20)
    normalize: bool = True
    center: bool = True
    scale: bool = True
    shortcut: bool = False
    relu: bool = True
    pool: bool = False
    rate: float = 0.0
    epsilon: float = 1e-3
    dtype: torch.dtype = torch.float32

    @property
    def outgoing(self) -> tuple[int, ...]:
        images, rows, columns, channels = self.shape
        return (images, rows // 2, columns // 2, channels) if self.pool else self.shape


@dataclass
class Values:
    """What enters, and what comes back."""

    x: torch.Tensor
    other: torch.Tensor
    gradient: torch.Tensor
    weights: dict[str, torch.Tensor]


def drawn(case, *, seed=0):
    """Numbers that bfloat16 holds: then roundings on the way in are none of the difference."""
    random = torch.Generator().manual_seed(seed)

    def normal(*shape):
        return torch.randn(*shape, generator=random).bfloat16().float()

    channels = case.shape[-1]
    weights = {
        "gamma": normal(channels),
        "beta": normal(channels),
        "moving_mean": normal(channels) + 0.001,  # no value of x, whose place would be on the edge of ReLU
        "moving_variance": normal(channels).square() + 0.5,
    }
    if not case.scale:
        del weights["gamma"]
    if not case.center:
        del weights["beta"]
    middle = 3 * normal(channels)
    x = (normal(*case.shape) * 2 + middle).bfloat16().float()
    return Values(x, normal(*case.shape), normal(*case.outgoing), weights)


def built(case, values, name=None):
    """The layer, and its parameters by name."""
    parameters = {
        key: Parameter(
            WeightSpec(layer=POSITION, name=key, shape=tuple(value.shape), initializer=ZEROS),
            [value.numpy()],
            device=CPU,
            dtype=torch.float32,
        )
        for key, value in values.weights.items()
    }
    spec = specs.BatchNormalization(momentum=0.9, epsilon=case.epsilon, center=case.center, scale=case.scale)
    layer = Channelwise(
        kernels(name),
        normalization=BatchNormalization(spec, parameters) if case.normalize else None,
        relu=case.relu,
        pool=case.pool,
        dropout=Dropout(case.rate, POSITION) if case.rate else None,
    )
    return layer, parameters


def in_kernels(case, values, *, run=TRAINING, name=None):
    """Values, gradients and moving statistics, by name."""
    layer, parameters = built(case, values, name)
    with torch.inference_mode():
        entering = [values.x, values.other] if case.shortcut else [values.x]
        y = layer.forward([each[None].to(case.dtype) for each in entering], run)
        assert y.dtype == case.dtype
        found = {"y": y[0]}
        if run.training:
            back = layer.backward(values.gradient[None].to(case.dtype), run)
            assert {each.dtype for each in back} == {case.dtype}
            found |= dict(zip(("x", "other"), (each[0] for each in back), strict=False))
    if case.normalize:
        found |= {key: parameters[key].value[0] for key in ("moving_mean", "moving_variance")}
        if run.training:
            found |= {key: parameters[key].gradient[0] for key in ("gamma", "beta") if key in parameters}
    return found


def in_float64(case, values, *, run=TRAINING):
    """The same by PyTorch's own functions and its autograd."""
    torch.set_grad_enabled(True)
    x, other = (each.double().requires_grad_() for each in (values.x, values.other))
    weights = {key: value.double().requires_grad_() for key, value in values.weights.items()}
    moving = [weights[key].detach().clone() for key in ("moving_mean", "moving_variance")]
    value, found = x.permute(0, 3, 1, 2), {}
    if case.normalize:
        gamma, beta = weights.get("gamma"), weights.get("beta")
        value = F.batch_norm(value, *moving, gamma, beta, training=run.drops, momentum=0.0, eps=case.epsilon)
        found["moving_mean"], found["moving_variance"] = moving
        if run.drops:  # Keras's variance is that of the batch itself, where PyTorch's own is an estimate
            found["moving_mean"] = 0.9 * moving[0] + 0.1 * x.detach().mean((0, 1, 2))
            found["moving_variance"] = 0.9 * moving[1] + 0.1 * x.detach().var((0, 1, 2), correction=0)
    if case.shortcut:
        value = value + other.permute(0, 3, 1, 2)
    if case.relu:
        value = torch.relu(value)
    if case.pool:
        value = F.max_pool2d(value, 2)
    y = value.permute(0, 2, 3, 1)
    if case.rate and run.drops:
        (seed,) = run.dropout_seeds(POSITION)
        y = y * kept_factors(y.numel(), dropped(case.rate, seed), device=CPU).double().view(y.shape)
    found["y"] = y.detach()
    if run.training:
        sources = {"x": x} | ({"other": other} if case.shortcut else {})
        if case.normalize:
            sources |= {key: weights[key] for key in ("gamma", "beta") if key in weights}
        found |= dict(
            zip(sources, torch.autograd.grad(y, list(sources.values()), values.gradient.double()), strict=True)
        )
    return found


def assert_agree(case, found, expected):
    """Every value within what its rounding explains, of the largest one; a gradient of x may be rounded twice."""
    assert found.keys() == expected.keys()
    for key, wanted in expected.items():
        share = FLOAT32
        if case.dtype == torch.bfloat16 and key in ("y", "x", "other"):
            share = 2 * ROUNDED if key == "x" and case.shortcut else ROUNDED
        if key in ("gamma", "beta"):  # sums whose parts cancel: as large as the sum of sizes, not as the sum
            share *= 10
        apart = (found[key].double() - wanted).abs().max()
        assert apart <= share * wanted.abs().max(), f"{key} is {apart:.2e} apart, of {wanted.abs().max():.2e}"


CASES = {
    "normalization": Case(relu=False),
    "normalization and relu": Case(),
    "bare normalization": Case(center=False, scale=False),
    "without beta": Case(center=False, relu=False),
    "without gamma": Case(scale=False, pool=True),
    "relu": Case(normalize=False),
    "pooling": Case(normalize=False, relu=False, pool=True),
    "relu and pooling": Case(normalize=False, pool=True),
    "sum": Case(normalize=False, relu=False, shortcut=True),
    "sum and relu": Case(normalize=False, shortcut=True),
    "residual block": Case(shortcut=True),
    "normalization and sum": Case(shortcut=True, relu=False),
    "pooled": Case(pool=True),
    "pooled without relu": Case(pool=True, relu=False),
    "dropped": Case(rate=0.3),
    "dropped without relu": Case(rate=0.3, relu=False),
    "pooled and dropped": Case(rate=0.5, pool=True),
    "pooled and dropped without relu": Case(rate=0.5, pool=True, relu=False),
    "residual block, dropped": Case(rate=0.3, shortcut=True),
    "residual block, dropped without relu": Case(rate=0.3, shortcut=True, relu=False),
    "sum, dropped": Case(rate=0.3, shortcut=True, normalize=False),
    "relu, dropped": Case(rate=0.3, normalize=False),
}
FORMS = [
    *((5, 6, 7, channels) for channels in (1, 3, 16, 20, 33)),
    (1, 5, 3, 20),
    (1, 2, 2, 3),
    (16, 4, 4, 8),
    (37, 3, 5, 33),
]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_values_and_gradients_are_those_of_float64(case, dtype):
    case = replace(case, dtype=dtype)
    values = drawn(case)
    assert_agree(case, in_kernels(case, values), in_float64(case, values))


@pytest.mark.parametrize("shape", FORMS, ids=str)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize(
    "name", ["normalization and relu", "residual block, dropped", "pooled and dropped", "relu and pooling"]
)
def test_every_number_of_images_rows_columns_and_channels(name, dtype, shape):
    case = replace(CASES[name], dtype=dtype, shape=shape)
    values = drawn(case, seed=1)
    assert_agree(case, in_kernels(case, values), in_float64(case, values))


@pytest.mark.parametrize("run", [PROBING, EVALUATING], ids=["probing", "evaluating"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_outside_of_training_moving_statistics_count_and_nothing_is_dropped(case, run):
    values = drawn(case)
    found = in_kernels(case, values, run=run)
    assert_agree(case, found, in_float64(case, values, run=run))
    for key in ("moving_mean", "moving_variance") if case.normalize else ():
        assert torch.equal(found[key], values.weights[key])


@pytest.mark.parametrize("pool", [False, True])
def test_a_small_spread_around_a_large_mean_is_normalized_as_exactly_as_any(pool):
    case = Case(shape=(20, 9, 9, 20), epsilon=1e-7, pool=pool)
    values = drawn(case)
    values.x = 1000 + 0.01 * values.x.sub(values.x.mean((0, 1, 2)))
    found, expected = in_kernels(case, values), in_float64(case, values)
    # What is left of a spread of 0.02 in float32 near 1000 are nine bits, from which both begin.
    assert_agree(case, found, expected)


@pytest.mark.parametrize("case", [CASES["normalization"], CASES["pooled"], CASES["residual block"]], ids=str)
@pytest.mark.parametrize("value", [0.0, 0.1, -1234.567])
def test_equal_values_have_no_variance_and_become_beta(case, value):
    case = replace(case, shape=(18, 9, 8, 20))
    values = drawn(case)
    values.x = torch.full(case.shape, value)
    values.weights["moving_variance"].zero_()
    found = in_kernels(case, values)
    assert not found["moving_variance"].any()
    expected = values.weights["beta"].expand(case.outgoing) + (values.other if case.shortcut else 0)
    assert torch.equal(found["y"], expected.relu() if case.relu else expected)
    assert not found["gamma"].any()


@pytest.mark.parametrize("place", [0, 50])
def test_one_value_far_off_from_many_equal_ones_leaves_a_variance_that_is_right(place):
    case = Case(shape=(32, 64, 64, 3), relu=False)
    values = drawn(case)
    values.x = torch.full(case.shape, 0.1)
    values.x[0, 0, place] = 100.0  # the first one is what distances are taken from
    values.weights["moving_variance"].zero_()
    found, expected = in_kernels(case, values), in_float64(case, values)
    # A row adds up 64 squares of distances of 100 in float32; the moving variance takes a tenth.
    apart = (found["moving_variance"].double() - expected["moving_variance"]).abs().max()
    assert apart <= 0.1 * 100**2 * 2**-18
    assert found["y"].isfinite().all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("relu", [False, True])
def test_of_equal_values_the_first_of_a_window_gets_the_gradient(dtype, relu):
    case = Case(normalize=False, relu=relu, pool=True, dtype=dtype)
    values = drawn(case)
    values.x = values.x.sign() + 2  # 1 or 3
    assert_agree(case, in_kernels(case, values), in_float64(case, values))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("name", ["relu", "relu and pooling", "pooling", "sum and relu", "relu, dropped"])
def test_what_is_no_finite_number_goes_on_and_stays_in_its_place(name, place, bad, dtype):
    case = replace(CASES[name], dtype=dtype)
    values = drawn(case)
    values.x[1, 2 + place // 2, 4 + place % 2, ::3] = bad
    found, expected = in_kernels(case, values)["y"], in_float64(case, values)["y"]
    assert torch.equal(found.isnan(), expected.isnan())
    assert torch.equal(found.isinf(), expected.isinf())
    assert not name.startswith(("sum", "relu")) or bad < 0 or not found.isfinite().all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
@pytest.mark.parametrize("place", [0, 17])
@pytest.mark.parametrize("name", ["normalization", "residual block", "pooled", "residual block, dropped"])
def test_a_channel_with_a_value_that_is_no_finite_number_has_no_numbers_at_all(name, place, bad, dtype):
    case = replace(CASES[name], dtype=dtype)
    values = drawn(case)
    values.x[1].view(-1, 20)[place, 5] = bad
    found = in_kernels(case, values)
    assert found["y"][..., 5].isnan().all()
    assert found["moving_variance"][5].isnan()
    assert found["y"][..., :5].isfinite().all()
    assert found["y"][..., 6:].isfinite().all()


def bits(found):
    return {key: value.contiguous().view(torch.uint8).numpy().tobytes() for key, value in found.items()}


@pytest.mark.skipif(len(NAMES) < 2, reason="this processor has one kind of vectors")
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("channels", [1, 3, 16, 20, 33])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_every_instruction_set_gives_the_same_bits(case, channels, dtype):
    case = replace(case, shape=(17, 5, 7, channels), dtype=dtype)
    values = drawn(case)
    first, *others = (bits(in_kernels(case, values, name=name)) for name in NAMES)
    assert all(other == first for other in others)


@pytest.mark.parametrize("images", [1, 2, 17])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_every_number_of_threads_gives_the_same_bits(threads, case, images):
    case = replace(case, shape=(images, 7, 5, 20))
    values = drawn(case)
    found = []
    for count in (1, 2, 3):
        threads(count)
        found.append(bits(in_kernels(case, values)))
    assert found[1:] == found[:1] * 2


FEWER = """
import torch
from classlab.training.kernels.library import kernels
from classlab.training.loop.randomness import SeedGroups
from classlab.training.tensor.layers.channelwise import Channelwise
from classlab.training.tensor.passes import Pass

torch.set_num_threads(4)
layer = Channelwise(kernels(), normalization=None, relu=True, pool=False, dropout=None)
run = Pass(SeedGroups((0,)), slice(0, 1), training=False)
x = torch.randn(1, 32, 8, 8, 16)
assert all(torch.equal(layer.forward([x], run), x.relu()) for _ in range(5))
"""


def test_nothing_is_left_out_where_fewer_threads_come_than_were_asked_for():
    """OpenMP gives as many as its own limits allow."""
    environment = os.environ | {
        "OMP_THREAD_LIMIT": "1",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    subprocess.run([sys.executable, "-P", "-c", FEWER], env=environment, check=True)


def test_neither_values_nor_gradients_are_written_to():
    for case in CASES.values():
        values = drawn(case)
        before = [each.clone() for each in (values.x, values.other, values.gradient)]
        in_kernels(case, values)
        assert all(map(torch.equal, before, (values.x, values.other, values.gradient)))


def test_the_mask_of_dropout_is_that_of_the_layer_alone():
    case = Case(normalize=False, rate=0.3)
    values = drawn(case)
    values.x = values.x.abs() + 1
    alone = Dropout(case.rate, POSITION).forward(values.x[None], TRAINING)[0]
    np.testing.assert_array_equal(in_kernels(case, values)["y"], alone)
