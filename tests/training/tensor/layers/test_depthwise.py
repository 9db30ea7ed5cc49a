import numpy as np
import pytest
import torch

from classlab.records.layers import DepthwiseConv2D, SeparableConv2D
from classlab.training.process import processor

BATCH = 4
# Odd and even sides, strides that leave cells over, windows that are padded unevenly, one channel, several filters.
CASES = [
    ((7, 7, 5), {"kernel_size": (3, 3)}),
    ((7, 8, 5), {"kernel_size": (3, 3), "padding": "same"}),
    ((8, 8, 4), {"kernel_size": (3, 3), "padding": "same", "strides": (2, 2)}),
    ((7, 9, 4), {"kernel_size": (3, 3), "padding": "same", "strides": (2, 2)}),
    ((9, 7, 3), {"kernel_size": (2, 4), "padding": "same"}),
    ((8, 9, 3), {"kernel_size": (3, 3), "strides": (2, 2), "use_bias": False}),
    ((7, 8, 3), {"kernel_size": (3, 3), "depth_multiplier": 2}),
    ((8, 8, 3), {"kernel_size": (3, 3), "depth_multiplier": 3, "padding": "same", "strides": (2, 2)}),
    ((7, 7, 1), {"kernel_size": (3, 3), "depth_multiplier": 4, "padding": "same"}),
]


def depthwise(settings, channels, *, members, grain=False, draw=None):
    multiplier = settings.get("depth_multiplier", 1)
    found = []
    for member in range(members):
        own = {
            "depthwise_kernel": draw(*settings["kernel_size"], channels, multiplier, seed=10 + member, grain=grain),
            "bias": draw(channels * multiplier, seed=20 + member, grain=grain),
        }
        if not settings.get("use_bias", True):
            del own["bias"]
        found.append(own)
    return found


def separable(settings, channels, *, members, grain=False, draw=None):
    found = []
    for member, own in enumerate(depthwise(settings, channels, members=members, grain=grain, draw=draw)):
        between = channels * settings.get("depth_multiplier", 1)
        weights = {
            "depthwise_kernel": own["depthwise_kernel"],
            "pointwise_kernel": draw(1, 1, between, 6, seed=30 + member, grain=grain),
        }
        if "bias" in own:
            weights["bias"] = draw(6, seed=40 + member, grain=grain)
        found.append(weights)
    return found


KINDS = [(DepthwiseConv2D, {}, depthwise), (SeparableConv2D, {"filters": 6}, separable)]


@pytest.mark.parametrize(("kind", "more", "weights"), KINDS)
@pytest.mark.parametrize(("shape", "settings"), CASES)
def test_values_and_gradients_are_those_of_keras(oracle, kind, more, weights, shape, settings):
    x = oracle.drawn(2, BATCH, *shape)
    own = weights(settings, shape[-1], members=2, draw=oracle.drawn)
    oracle.assert_members_as_keras(kind(**more, **settings), x, own)


@pytest.mark.parametrize("flags", [{"amx_bf16"}, {"avx2"}])
# One rounding is half of 2 ** -8 of a value at most; the values between two convolutions are rounded as well.
@pytest.mark.parametrize(("kind", "more", "weights", "share"), [(*KINDS[0], 2**-8), (*KINDS[1], 2**-7)])
@pytest.mark.parametrize(("shape", "settings"), CASES)
def test_bfloat16_differs_by_its_roundings(oracle, monkeypatch, flags, kind, more, weights, share, shape, settings):
    if "amx_bf16" in flags and not processor.multiplies_bfloat16():
        pytest.skip("this processor has no units for bfloat16, without which PyTorch adds gradients in it")
    monkeypatch.setattr(processor, "_flags", lambda: flags)
    x = oracle.drawn(1, BATCH, *shape, grain=True)
    own = weights(settings, shape[-1], members=1, grain=True, draw=oracle.drawn)
    oracle.assert_members_as_keras(kind(**more, **settings), x, own, share=share, dtype=torch.bfloat16, grain=True)


@pytest.mark.parametrize(("kind", "more", "weights"), KINDS)
def test_the_activation_follows(oracle, kind, more, weights):
    x = oracle.drawn(1, BATCH, 6, 6, 4)
    settings = {"kernel_size": (3, 3), "activation": "relu"}
    own = weights(settings, 4, members=1, draw=oracle.drawn)
    oracle.assert_members_as_keras(kind(**more, **settings), x, own)


@pytest.mark.parametrize(("kind", "more", "weights"), KINDS)
@pytest.mark.parametrize("multiplier", [1, 2])
def test_members_do_not_touch_each_other(oracle, kind, more, weights, multiplier):
    settings = {"kernel_size": (3, 3), "padding": "same", "strides": (2, 2), "depth_multiplier": multiplier}
    own = weights(settings, 3, members=3, draw=oracle.drawn)
    spec = kind(**more, **settings)
    oracle.assert_together_as_alone(spec, oracle.drawn(2, BATCH, 6, 7, 3), own[:2])
    oracle.assert_shared_as_own(spec, oracle.drawn(2, BATCH, 6, 7, 3), own)


def test_gradients_come_back_in_the_arithmetic_of_the_values(oracle):
    x, gradient = oracle.drawn(1, BATCH, 6, 6, 3), oracle.drawn(1, BATCH, 4, 4, 3)
    own = depthwise({"kernel_size": (3, 3)}, 3, members=1, draw=oracle.drawn)
    for enters in (torch.float32, torch.bfloat16):
        found = oracle.in_engine(
            DepthwiseConv2D(kernel_size=(3, 3)), x, own, gradient, dtype=torch.bfloat16, enters=enters
        )
        assert np.isfinite(found.to_input).all()
