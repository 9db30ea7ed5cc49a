"""Which values dropout drops: the same in the kernels and on PyTorch, and as independent as a random number's bits."""

import numpy as np
import pytest
import torch

from classlab.training.kernels.dropped import dropped
from classlab.training.kernels.library import VARIABLE, kernels
from classlab.training.loop.randomness import SeedGroups
from classlab.training.tensor.layers.dropout import Dropout, kept_factors
from classlab.training.tensor.passes import Pass

CPU = torch.device("cpu")
COUNT = 200_000
in_kernels = pytest.mark.skipif(
    kernels() is None, reason="the compiled kernels are not installed, switched off, or not for this processor"
)


def run_of(*seeds, **where):
    return Pass(SeedGroups(seeds), slice(0, len(seeds)), training=True, **where)


def kept(rate, seed, count=COUNT):
    return (kept_factors(count, dropped(rate, seed), device=CPU) != 0).numpy()


@in_kernels
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("count", [1, 7, 8, 15, 16, 17, 33, 1000, 2**14 - 1, 2**14, 2**14 + 1, 40_001])
@pytest.mark.parametrize("rate", [0.0, 0.3, 0.5, 0.999])
def test_the_kernels_drop_what_pytorch_drops(monkeypatch, threads, rate, count, dtype):
    x = torch.randn(1, 1, count, generator=torch.Generator().manual_seed(count)).to(dtype)
    found = []
    for setting, number in (("", 1), ("", 2), ("off", 1)):
        monkeypatch.setenv(VARIABLE, setting)
        threads(number)
        layer, run = Dropout(rate, 2), run_of(5, epoch=1, step=7)
        y = layer.forward(x, run)
        assert y.dtype == dtype
        found.append(torch.stack([y, layer.backward(x, run, wanted=True)]))
    assert torch.equal(found[0], found[1])
    assert torch.equal(found[0], found[2])


@pytest.mark.parametrize("setting", ["", "off"])
def test_the_way_back_drops_the_same_values(monkeypatch, setting):
    monkeypatch.setenv(VARIABLE, setting)
    layer, run = Dropout(0.4, 2), run_of(5, step=3)
    ones = torch.ones(1, 6, 5, 4, 3)
    y = layer.forward(ones, run)
    assert torch.equal(y, layer.backward(ones, run, wanted=True))
    assert y.unique().tolist() == [0.0, pytest.approx(1 / 0.6)]
    assert layer.backward(ones, run, wanted=False) is None


@pytest.mark.parametrize("rate", [0.01, 0.25, 0.5, 0.9])
@pytest.mark.parametrize("seed", [0, 1, 2**62 + 12345])
def test_as_large_a_share_is_dropped_as_was_asked_for(rate, seed):
    error = (rate * (1 - rate) / COUNT) ** 0.5
    assert abs((1 - kept(rate, seed).mean()) - rate) <= 5 * error
    assert kept_factors(COUNT, dropped(rate, seed), device=CPU).mean() == pytest.approx(1, abs=5 * error / (1 - rate))


@pytest.mark.parametrize("rate", [1 - 2**-34, 1 - 2**-52])
def test_nearly_everything_is_dropped_where_the_rate_is_nearly_one(rate):
    assert not kept(rate, 3).any()


def test_nothing_is_dropped_at_rate_zero_nor_outside_of_training():
    x = torch.randn(2, 3, 4)
    assert torch.equal(Dropout(0.0, 1).forward(x, run_of(0, 0)), x)
    for still in (
        Pass(SeedGroups((0, 0)), slice(0, 2), training=False),
        Pass(SeedGroups((0, 0)), slice(0, 2), training=True, probing=True),
    ):
        layer = Dropout(0.5, 1)
        assert layer.forward(x, still) is x
        assert layer.backward(x, still, wanted=True) is x


def correlation(one, other):
    """In standard errors of a correlation of independent values."""
    return np.corrcoef(one, other)[0, 1] * len(one) ** 0.5


@pytest.mark.parametrize("rate", [0.1, 0.5])
@pytest.mark.parametrize("distance", [1, 2, 3, 8, 16, 31, 32, 64, 256, 1024, 4096, 65536])
def test_values_beside_one_another_are_dropped_independently(distance, rate):
    found = kept(rate, 77)
    assert abs(correlation(found[:-distance], found[distance:])) <= 5


@pytest.mark.parametrize("rate", [0.1, 0.5])
@pytest.mark.parametrize("apart", [1, 2, 256, 65536, 2**31])
def test_seeds_beside_one_another_drop_independently(apart, rate):
    first, second = kept(rate, 1234), kept(rate, 1234 + apart)
    assert (first != second).any()
    assert abs(correlation(first, second)) <= 5


def test_all_patterns_of_eight_neighbors_are_equally_frequent():
    """A chi-square of 255 degrees of freedom, whose deviation is sqrt(2 * 255)."""
    weights = 2 ** np.arange(8)
    for seed in range(5):
        patterns = kept(0.5, seed, 8 * 50_000).reshape(-1, 8) @ weights
        counts, expected = np.bincount(patterns, minlength=256), len(patterns) / 256
        assert abs(((counts - expected) ** 2 / expected).sum() - 255) <= 5 * (2 * 255) ** 0.5


def test_seed_epoch_step_and_layer_draw_for_themselves():
    x = torch.ones(1, COUNT)

    def mask(seed=0, layer=2, **where):
        return (Dropout(0.5, layer).forward(x, run_of(seed, **where))[0] != 0).numpy()

    others = [mask(seed=1), mask(layer=3), mask(epoch=1), mask(step=1), mask(step=2)]
    for place, one in enumerate(others):
        assert all(abs(correlation(one, other)) <= 5 for other in [mask(), *others[:place]])
    assert (mask() == mask()).all()


@pytest.mark.parametrize("setting", ["", "off"])
def test_members_of_one_seed_drop_alike_and_as_they_do_alone(monkeypatch, setting):
    monkeypatch.setenv(VARIABLE, setting)
    x = torch.randn(3, 4, 5, 3)
    together = Dropout(0.5, 1).forward(x, run_of(8, 8, 9))
    for member, seed in enumerate((8, 8, 9)):
        alone = Dropout(0.5, 1).forward(x[member : member + 1], run_of(seed))
        assert torch.equal(together[member], alone[0])
    shared = Dropout(0.5, 1).forward(x[:2], run_of(8, 8, 9))  # a row for each seed, before layers with weights
    assert torch.equal(shared[0], together[0])
    assert torch.equal(shared[1], Dropout(0.5, 1).forward(x[1:2], run_of(9))[0])
