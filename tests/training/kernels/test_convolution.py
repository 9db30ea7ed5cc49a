"""Convolutions of the kernels against sums in float64, and which convolutions they are given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - the name PyTorch's own documentation uses

from classlab.models.weights import weight_specs
from classlab.records.architecture import Architecture
from classlab.records.layers import (
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Flatten,
    MaxPooling2D,
    ReLU,
)
from classlab.records.optimizers import SGD, Adam
from classlab.records.run import Loss
from classlab.training import route
from classlab.training.kernels.library import kernels
from classlab.training.loop.randomness import SeedGroups
from classlab.training.tensor.layers.build import build_nodes
from classlab.training.tensor.layers.compiled_convolution import CompiledConvolution, with_compiled_convolutions
from classlab.training.tensor.layers.convolution import Conv2D as EngineConv2D
from classlab.training.tensor.parameters import Parameter
from classlab.training.tensor.passes import Pass, Shared

pytestmark = pytest.mark.skipif(
    kernels() is None, reason="the compiled kernels are not installed, switched off, or not for this processor"
)
CPU = torch.device("cpu")
FLOAT32 = torch.float32
# Of the largest value: sums of up to 2,000 float32 products, which filtering rounds twice as much as plain sums.
TOLERANCE = 1e-5


@pytest.fixture(autouse=True)
def avx2(monkeypatch):
    """Processors with wider vectors leave convolutions to the library; what the kernels compute is tested on all."""
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX2")


def built(layers, shape, weights):
    """The engine's layers with each member's weights, by key, and the parameters."""
    network = Architecture(name="net", input_shape=shape, layers=layers)
    parameters = {
        spec.key: Parameter(spec, [each[spec.key] for each in weights], device=CPU, dtype=FLOAT32)
        for spec in weight_specs(network)
    }
    plain = build_nodes(network, parameters, device=CPU, dtype=FLOAT32)
    nodes = with_compiled_convolutions(plain, device=CPU, dtype=FLOAT32)
    return [node.layer for node in nodes], parameters


@dataclass
class Case:
    """A convolution with what follows it.

    Args:
        shape: of one image, `(height, width, channels)`.
        filters: of the convolution.
        side: of its kernels.
        pool: whether 2 x 2 max-pooling follows.
        relu: whether ReLU follows.
    """

    shape: tuple[int, int, int]
    filters: int
    side: int = 3
    pool: bool = False
    relu: bool = False

    @property
    def layers(self):
        convolution = Conv2D(
            filters=self.filters, kernel_size=(self.side, self.side), activation="relu" if self.relu else "linear"
        )
        return (convolution, MaxPooling2D()) if self.pool else (convolution,)

    def weights(self, seed):
        rng = np.random.default_rng(seed)
        kernel = rng.normal(0, 0.3, (self.side, self.side, self.shape[2], self.filters))
        return {"0.kernel": kernel.astype(np.float32), "0.bias": rng.normal(0, 0.3, self.filters).astype(np.float32)}

    def images(self, seed, count):
        return torch.from_numpy(np.random.default_rng(seed).normal(0, 1, (count, *self.shape)).astype(np.float32))

    def compiled(self, *weights):
        """The one layer that all of it becomes, and its parameters."""
        layers, parameters = built(self.layers, self.shape, weights)
        assert [type(layer) for layer in layers] == [CompiledConvolution]
        return layers[0], parameters

    def exact(self, images, weights, gradient=None):
        """Outputs and gradients (of images, kernel and bias) by autograd in float64; equal values stay equal."""
        x = images.double().permute(0, 3, 1, 2).requires_grad_()
        kernel = torch.from_numpy(weights["0.kernel"]).double().permute(3, 2, 0, 1).requires_grad_()
        bias = torch.from_numpy(weights["0.bias"]).double().requires_grad_()
        out = F.conv2d(x, kernel, bias)
        # Float64 sums of the same numbers in another order differ in their last digits, which decide nothing here.
        out = out + (out.detach().mul(2.0**36).round().div(2.0**36) - out.detach())
        if self.pool:
            out = F.max_pool2d(out, 2)
        if self.relu:
            out = F.relu(out)
        out = out.permute(0, 2, 3, 1)
        if gradient is None:
            return out.detach()
        out.backward(gradient.double())
        return (
            out.detach(),
            x.grad.permute(0, 2, 3, 1),
            kernel.grad.permute(0, 2, 3, 1),
            bias.grad,
        )


def near(found, wanted, *, tolerance=TOLERANCE):
    """Within a share of the largest value."""
    assert found.shape == wanted.shape
    assert (found.double() - wanted).abs().max() <= tolerance * wanted.abs().max()


def run_of(members, *, training=True):
    return Pass(SeedGroups(tuple(range(members))), slice(0, members), training=training)


def both_ways(layer, parameters, images, gradient, *, wanted):
    """Outputs and gradients of one pass over `(members, batch, height, width, channels)`."""
    run = run_of(len(images))
    out = layer.forward(images, run)
    to_images = layer.backward(gradient, run, wanted=wanted)
    return out, to_images, parameters["0.kernel"].gradient, parameters["0.bias"].gradient


SIZES = [(3, 3), (4, 5), (6, 6), (7, 9), (8, 13), (10, 6), (14, 14), (26, 26), (11, 4)]
ENDINGS = [(False, False), (False, True), (True, False), (True, True)]
ENDING_NAMES = ["bare", "relu", "pool", "pool and relu"]


@pytest.mark.parametrize(("pool", "relu"), ENDINGS, ids=ENDING_NAMES)
@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize(("channels", "filters"), [(8, 8), (16, 24), (24, 8)])
def test_minimal_filtering_gives_the_sums_and_gradients_of_float64(size, channels, filters, pool, relu):
    if pool and min(size) < 4:
        size = (size[0] + 1, size[1] + 1)
    case = Case((*size, channels), filters, pool=pool, relu=relu)
    weights, images = case.weights(1), case.images(2, 3)
    layer, parameters = case.compiled(weights)
    gradient = torch.randn(case.exact(images, weights).shape, generator=torch.Generator().manual_seed(3))
    found = both_ways(layer, parameters, images[None], gradient[None], wanted=True)
    for one, other in zip(found, case.exact(images, weights, gradient), strict=True):
        near(one[0], other)


FIRST = [
    ((9, 8, 1), 8, 3),
    ((28, 28, 1), 32, 3),
    ((9, 10, 3), 16, 3),
    ((11, 9, 1), 40, 5),
    ((6, 7, 2), 8, 4),
    ((5, 5, 8), 24, 2),
    ((5, 4, 32), 8, 1),
    ((5, 5, 1), 56, 5),
]


@pytest.mark.parametrize(("pool", "relu"), ENDINGS, ids=ENDING_NAMES)
@pytest.mark.parametrize(("shape", "filters", "side"), FIRST, ids=str)
def test_plain_sums_of_a_first_layer_give_those_of_float64(shape, filters, side, pool, relu):
    pool = pool and min(shape[:2]) > side
    case = Case(shape, filters, side, pool=pool, relu=relu)
    weights, images = case.weights(1), case.images(2, 3)
    layer, parameters = case.compiled(weights)
    gradient = torch.randn(case.exact(images, weights).shape, generator=torch.Generator().manual_seed(3))
    out, nothing, kernel, bias = both_ways(layer, parameters, images[None], gradient[None], wanted=False)
    assert nothing is None
    wanted = case.exact(images, weights, gradient)
    near(out[0], wanted[0])
    near(kernel[0], wanted[2])
    near(bias[0], wanted[3])


FILTERING = Case((9, 11, 8), 16, pool=True, relu=True)
PLAIN = Case((9, 11, 1), 16, pool=True, relu=True)


@pytest.mark.parametrize("case", [FILTERING, PLAIN], ids=["filtering", "plain"])
@pytest.mark.parametrize("batch", [1, 2, 5, 37])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_any_batch_on_any_number_of_threads_gives_the_same(threads, case, batch, count):
    threads(count)
    weights, images = case.weights(4), case.images(5, batch)
    layer, parameters = case.compiled(weights)
    gradient = torch.randn(case.exact(images, weights).shape, generator=torch.Generator().manual_seed(6))
    out, to_images, kernel, bias = both_ways(layer, parameters, images[None], gradient[None], wanted=case is FILTERING)
    wanted = case.exact(images, weights, gradient)
    near(out[0], wanted[0])
    near(kernel[0], wanted[2])
    near(bias[0], wanted[3])
    if to_images is not None:
        near(to_images[0], wanted[1])


@pytest.mark.parametrize("case", [FILTERING, PLAIN], ids=["filtering", "plain"])
def test_each_member_has_its_own_weights_images_and_gradients(case):
    weights = [case.weights(seed) for seed in (1, 2, 3)]
    images = torch.stack([case.images(seed, 4) for seed in (4, 5, 6)])
    layer, parameters = case.compiled(*weights)
    shape = case.exact(images[0], weights[0]).shape
    gradient = torch.randn(3, *shape, generator=torch.Generator().manual_seed(7))
    out, to_images, kernel, bias = both_ways(layer, parameters, images, gradient, wanted=case is FILTERING)
    for member in range(3):
        wanted = case.exact(images[member], weights[member], gradient[member])
        near(out[member], wanted[0])
        near(kernel[member], wanted[2])
        near(bias[member], wanted[3])
        if to_images is not None:
            near(to_images[member], wanted[1])


@pytest.mark.parametrize("case", [FILTERING, PLAIN], ids=["filtering", "plain"])
def test_one_member_of_a_population_is_reached_by_itself(case):
    """Convolutions of a population run member by member; the others' gradients stay what they were."""
    weights = [case.weights(seed) for seed in (1, 2, 3)]
    images = case.images(4, 4)
    layer, parameters = case.compiled(*weights)
    run = Pass(SeedGroups((1,)), slice(1, 2), training=True)
    out = layer.forward(images[None], run)
    gradient = torch.randn(out.shape, generator=torch.Generator().manual_seed(7))
    layer.backward(gradient, run, wanted=False)
    wanted = case.exact(images, weights[1], gradient[0])
    near(out[0], wanted[0])
    near(parameters["0.kernel"].gradient[1], wanted[2])
    near(parameters["0.bias"].gradient[1], wanted[3])
    assert not parameters["0.kernel"].gradient[[0, 2]].any()
    assert not parameters["0.bias"].gradient[[0, 2]].any()


@pytest.mark.parametrize("case", [FILTERING, PLAIN], ids=["filtering", "plain"])
def test_members_of_one_seed_share_their_images(case):
    weights = [case.weights(seed) for seed in (1, 2, 3)]
    images = torch.stack([case.images(seed, 4) for seed in (4, 5)])
    layer, _ = case.compiled(*weights)
    seed_groups = SeedGroups((8, 8, 9))
    out = layer.forward(Shared(images, seed_groups), Pass(seed_groups, slice(0, 3), training=True))
    for member, group in enumerate((0, 0, 1)):
        near(out[member], case.exact(images[group], weights[member]))


@pytest.mark.parametrize("case", [FILTERING, PLAIN], ids=["filtering", "plain"])
def test_values_that_are_not_contiguous_are_read_from_their_place(case):
    weights, whole = case.weights(1), case.images(2, 6)
    layer, parameters = case.compiled(weights)
    images = whole.transpose(1, 2).contiguous().transpose(1, 2)[::2]
    assert not images.is_contiguous()
    shape = case.exact(images, weights).shape
    gradient = torch.randn(*shape[:3], 2 * shape[3], generator=torch.Generator().manual_seed(3))[..., ::2]
    out, _, kernel, bias = both_ways(layer, parameters, images[None], gradient[None], wanted=False)
    wanted = case.exact(images, weights, gradient)
    near(out[0], wanted[0])
    near(kernel[0], wanted[2])
    near(bias[0], wanted[3])


@pytest.mark.parametrize("case", [FILTERING, PLAIN], ids=["filtering", "plain"])
def test_outputs_are_the_same_bits_in_training_and_outside(case):
    layer, _ = case.compiled(case.weights(1))
    images = case.images(2, 4)[None]
    assert torch.equal(layer.forward(images, run_of(1)), layer.forward(images, run_of(1, training=False)))


@pytest.mark.parametrize("case", [FILTERING, PLAIN], ids=["filtering", "plain"])
def test_the_same_call_gives_the_same_bits(case):
    layer, parameters = case.compiled(case.weights(1))
    images = case.images(2, 4)[None]
    gradient = torch.ones(1, *case.exact(images[0], case.weights(1)).shape)
    first = [each.clone() for each in both_ways(layer, parameters, images, gradient, wanted=False) if each is not None]
    again = [each for each in both_ways(layer, parameters, images, gradient, wanted=False) if each is not None]
    assert all(map(torch.equal, first, again))


def on_a_background(case, *, colour):
    """Images that are one colour but for a spot."""
    images = torch.full((2, *case.shape), colour)
    spot = torch.rand(2, 4, 3, case.shape[2], generator=torch.Generator().manual_seed(1))
    images[:, 3:7, 5:8] = spot
    return images


@pytest.mark.parametrize("colour", [0.0, 0.7, 1.0, -0.3])
@pytest.mark.parametrize("relu", [False, True], ids=["", "relu"])
@pytest.mark.parametrize(
    "case", [Case((14, 15, 8), 16), Case((14, 15, 32), 8), Case((14, 15, 1), 16)], ids=["filtering", "many", "plain"]
)
def test_of_equal_values_the_first_of_a_window_is_taken_as_in_keras(case, relu, colour):
    """Over a background of one colour every window is a tie, which rounding must not decide."""
    case = Case(case.shape, case.filters, pool=True, relu=relu)
    weights, images = case.weights(8), on_a_background(case, colour=colour)
    layer, parameters = case.compiled(weights)
    gradient = torch.randn(case.exact(images, weights).shape, generator=torch.Generator().manual_seed(3))
    filtering = case.shape[2] > 1
    out, to_images, kernel, bias = both_ways(layer, parameters, images[None], gradient[None], wanted=filtering)
    wanted = case.exact(images, weights, gradient)
    near(out[0], wanted[0])
    near(kernel[0], wanted[2])
    near(bias[0], wanted[3])
    if filtering:
        near(to_images[0], wanted[1])


@pytest.mark.parametrize("colour", [0.0, 0.75, 1.0])
@pytest.mark.parametrize("pool", [False, True], ids=["", "pool"])
def test_no_gradient_passes_where_relu_meets_sums_of_exactly_zero(pool, colour):
    """Kernels whose taps sum to 0, on one colour without a bias.

    All numbers are multiples of 1/256, so that sums of them are exact in any order.
    """
    case = Case((14, 13, 1), 16, pool=pool, relu=True)
    weights = {key: np.round(array * 64) / np.float32(64) for key, array in case.weights(9).items()}
    weights["0.kernel"] = weights["0.kernel"] - weights["0.kernel"][::-1, ::-1]
    weights["0.bias"] = np.zeros_like(weights["0.bias"])
    images = torch.full((2, *case.shape), colour)
    layer, parameters = case.compiled(weights)
    gradient = torch.ones(case.exact(images, weights).shape)
    out, _, kernel, bias = both_ways(layer, parameters, images[None], gradient[None], wanted=False)
    assert out.eq(0).all()
    assert not kernel.any()
    assert not bias.any()


@pytest.mark.parametrize("pool", [False, True], ids=["", "pool"])
@pytest.mark.parametrize("channels", [1, 8, 32], ids=["plain", "filtering", "many"])
def test_over_black_relu_meets_exactly_zero_also_beside_what_is_not_black(channels, pool):
    """Before its first step a network has no biases: a window of zeros gives 0, whose gradient is 0."""
    case = Case((14, 15, channels), 16, pool=pool, relu=True)
    weights, images = case.weights(8), on_a_background(case, colour=0.0)
    weights["0.bias"] = np.zeros_like(weights["0.bias"])
    layer, parameters = case.compiled(weights)
    gradient = torch.ones(case.exact(images, weights).shape)
    out, _, _, bias = both_ways(layer, parameters, images[None], gradient[None], wanted=False)
    near(out[0], case.exact(images, weights))
    field, step = (4, 2) if pool else (3, 1)
    lit = F.max_pool2d(images.abs().amax(3)[:, None], field, step)[:, 0]
    assert (lit == 0).float().mean() > 0.3
    assert (lit > 0).float().mean() > 0.1
    # What rounding may be is known by its usual size only: filtering leaves a trace at one place in some thousands.
    traces = out[0][lit == 0].ne(0).float().mean()
    assert traces == 0 if channels == 1 else traces < 1e-3
    assert torch.equal(bias[0], out[0].gt(0).float().sum((0, 1, 2)))


@pytest.mark.parametrize(("pool", "relu"), ENDINGS, ids=ENDING_NAMES)
@pytest.mark.parametrize("shape", [(9, 8, 1), (9, 8, 8)], ids=["plain", "filtering"])
def test_weights_that_are_no_numbers_show_in_the_outputs(shape, pool, relu):
    """A training that has diverged must be seen."""
    case = Case(shape, 16, pool=pool, relu=relu)
    weights = case.weights(1)
    weights["0.kernel"][1, 1, 0, 5] = np.nan
    layer, _ = case.compiled(weights)
    out = layer.forward(case.images(2, 2)[None], run_of(1))
    assert out[..., 5].isnan().all()
    assert out[..., :5].isfinite().all()


CONV = Conv2D(filters=8)
WIDE = Conv2D(filters=16)
HEAD = (Flatten(), Dense(units=10))
NOT_FIRST = {
    "5x5": Conv2D(filters=8, kernel_size=(5, 5)),
    "1x1": Conv2D(filters=8, kernel_size=(1, 1)),
    "3x1": Conv2D(filters=8, kernel_size=(3, 1)),
}


@pytest.mark.parametrize(
    ("shape", "layers", "expected"),
    [
        ((12, 12, 1), (CONV,), [True]),
        ((12, 12, 3), (CONV,), [True]),
        ((12, 12, 4), (CONV,), [False]),
        ((12, 12, 8), (CONV,), [True]),
        ((12, 12, 1), (CONV, WIDE), [True, True]),
        ((12, 12, 1), (CONV, MaxPooling2D(), WIDE), [True, True]),
        ((12, 12, 1), (Conv2D(filters=12), WIDE), [False, False]),
        ((12, 12, 1), (CONV, Conv2D(filters=12), WIDE), [True, False, False]),
        ((12, 12, 1), (Conv2D(filters=8, kernel_size=(5, 5)),), [True]),
        ((12, 12, 3), (Conv2D(filters=8, kernel_size=(5, 5)),), [False]),
        ((12, 12, 1), (Conv2D(filters=8, kernel_size=(3, 2)),), [False]),
        ((12, 12, 1), (MaxPooling2D(), CONV), [True]),
        ((12, 12, 1), (BatchNormalization(), CONV), [False]),
        ((12, 12, 8), (BatchNormalization(), CONV), [True]),
        *(((12, 12, 1), (CONV, layer), [True, False]) for layer in NOT_FIRST.values()),
        ((12, 12, 8), (Conv2D(filters=8, strides=(2, 2)),), [False]),
        ((12, 12, 8), (Conv2D(filters=8, padding="same"),), [False]),
        ((12, 12, 8), (Conv2D(filters=8, use_bias=False),), [False]),
    ],
)
def test_which_convolutions_the_kernels_take(shape, layers, expected):
    found, _ = built((*layers, *HEAD), shape, [weights_of((*layers, *HEAD), shape)])
    taken = [isinstance(layer, CompiledConvolution) for layer in found if isinstance(layer, both_kinds())]
    assert taken == expected


def both_kinds():
    return (CompiledConvolution, EngineConv2D)


def weights_of(layers, shape):
    rng = np.random.default_rng(0)
    network = Architecture(name="net", input_shape=shape, layers=layers)
    return {spec.key: rng.normal(0, 0.3, spec.shape).astype(np.float32) for spec in weight_specs(network)}


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ((Conv2D(filters=8, activation="relu"), MaxPooling2D()), ["CompiledConvolution"]),
        ((CONV, MaxPooling2D(), ReLU()), ["CompiledConvolution"]),
        ((Conv2D(filters=8, activation="relu"),), ["CompiledConvolution"]),
        ((Conv2D(filters=8, activation="tanh"), MaxPooling2D()), ["CompiledConvolution", "InPlace", "MaxPooling"]),
        ((CONV, MaxPooling2D(pool_size=(3, 3))), ["CompiledConvolution", "MaxPooling"]),
        ((CONV, MaxPooling2D(pool_size=(2, 2), strides=(1, 1))), ["CompiledConvolution", "MaxPooling"]),
        ((CONV, MaxPooling2D(padding="same")), ["CompiledConvolution", "Differentiated"]),
        ((CONV, AveragePooling2D()), ["CompiledConvolution", "Differentiated"]),
        ((CONV, BatchNormalization(), ReLU()), ["CompiledConvolution", "BatchNormalization", "InPlace"]),
        ((Conv2D(filters=8, activation="relu"), ReLU()), ["CompiledConvolution", "InPlace"]),
        ((CONV, MaxPooling2D(), MaxPooling2D()), ["CompiledConvolution", "MaxPooling"]),
    ],
)
def test_what_follows_a_convolution_goes_with_it_where_the_kernels_know_it(layers, expected):
    shape = (14, 14, 8)
    layers = (*layers, *HEAD)
    found, _ = built(layers, shape, [weights_of(layers, shape)])
    assert [type(layer).__name__ for layer in found] == [*expected, "Flatten", "Dense"]


def test_other_arithmetic_processors_and_the_switch_leave_everything_to_the_library(monkeypatch):
    shape, layers = (12, 12, 8), (CONV, *HEAD)
    network = Architecture(name="net", input_shape=shape, layers=layers)
    weights = weights_of(layers, shape)
    parameters = {
        spec.key: Parameter(spec, [weights[spec.key]], device=CPU, dtype=FLOAT32) for spec in weight_specs(network)
    }
    plain = build_nodes(network, parameters, device=CPU, dtype=FLOAT32)
    assert with_compiled_convolutions(plain, device=CPU, dtype=FLOAT32) != plain
    assert with_compiled_convolutions(plain, device=CPU, dtype=torch.float64) == plain
    assert with_compiled_convolutions(plain, device=CPU, dtype=torch.bfloat16) == plain
    assert with_compiled_convolutions(plain, device=torch.device("cuda"), dtype=FLOAT32) == plain
    with monkeypatch.context() as patch:
        patch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX512")
        assert with_compiled_convolutions(plain, device=CPU, dtype=FLOAT32) == plain
    monkeypatch.setenv("CLASSLAB_KERNELS", "off")
    assert with_compiled_convolutions(plain, device=CPU, dtype=FLOAT32) == plain


SMOOTH = (
    Conv2D(filters=8, activation="tanh"),
    Conv2D(filters=16, activation="tanh"),
    AveragePooling2D(),
    Flatten(),
    Dense(units=10, activation="softmax"),
)


def test_a_smooth_network_trains_as_on_the_library(workbench, monkeypatch):
    """Figures, weights and what is noted for the doctor, of several members and seeds."""
    network = Architecture(name="smooth", input_shape=(11, 10, 1), layers=SMOOTH)
    specs = [
        workbench.spec(network, optimizer=rule, seed=seed, epochs=2, loss=Loss())
        for seed in (0, 1)
        for rule in (SGD(learning_rate=0.05), Adam())
    ]
    division = workbench.division((11, 10, 1), lit=0.6)
    calls = []
    original = CompiledConvolution.backward

    def noted(self, *args, **options):
        calls.append(self)
        return original(self, *args, **options)

    monkeypatch.setattr(CompiledConvolution, "backward", noted)
    monkeypatch.setattr(route, "method_for_training", lambda *_: None)  # as a chain it would train without PyTorch
    options = {"diagnostics": True}
    found = workbench.train(specs, division, **options)
    assert len({id(layer) for layer in calls}) == 2
    before = len(calls)
    wanted = workbench.on_pytorch(specs, division, **options)
    assert len(calls) == before
    workbench.assert_alike(found, wanted)
    workbench.assert_probed_alike(found, wanted)
