import numpy as np
import torch

from classlab.records.layers import SpatialDropout2D
from classlab.training.loop.randomness import SeedGroups
from classlab.training.tensor.passes import Pass

SPEC = SpatialDropout2D(rate=0.25)
SHAPE = (200, 3, 4, 16)  # one member's batch, height, width, channels


def kept(oracle, seeds, *, epoch=0, step=0, probing=False):
    """Values and gradients for ones, `(members, ...)`, of members with these seeds."""
    ones = np.ones((len(seeds), *SHAPE), np.float32)
    run = Pass(SeedGroups(tuple(seeds)), slice(0, len(seeds)), training=True, epoch=epoch, step=step, probing=probing)
    return oracle.in_engine(SPEC, ones, [], ones, run=run)


def test_channels_are_kept_or_dropped_whole_with_the_mean_unchanged(oracle):
    found = kept(oracle, [1])
    channels = found.y[0, :, 0, 0]
    assert (found.y[0] == channels[:, None, None]).all()
    assert set(np.unique(channels)) == {np.float32(0), np.float32(1 / 0.75)}
    # 3,200 draws: five standard errors of a share of 1/4.
    assert abs((channels == 0).mean() - 0.25) < 5 * np.sqrt(0.25 * 0.75 / channels.size)
    assert (channels != channels[0]).any(0).all()  # each channel is dropped in some images and kept in others


def test_the_gradient_passes_where_the_value_did(oracle):
    found = kept(oracle, [1, 1, 2])
    assert found.to_input.tobytes() == found.y.tobytes()


def test_equal_seeds_drop_alike_and_others_otherwise(oracle):
    first, second, third = kept(oracle, [1, 1, 2]).y
    assert (first == second).all()
    assert (first != third).any()
    assert (kept(oracle, [2]).y[0] == third).all()


def test_epochs_and_steps_drop_otherwise(oracle):
    basis = kept(oracle, [1]).y
    assert (kept(oracle, [1], epoch=1).y != basis).any()
    assert (kept(oracle, [1], step=1).y != basis).any()
    assert (kept(oracle, [1]).y == basis).all()


def test_nothing_is_dropped_outside_of_training(oracle):
    x = oracle.drawn(1, 4, 3, 3, 5)
    assert oracle.evaluated(SPEC, x, []).tobytes() == x.tobytes()
    probed = kept(oracle, [1], probing=True)
    assert (probed.y == 1).all()
    assert (probed.to_input == 1).all()


def test_groups_that_share_values_have_a_mask_each(oracle):
    ones = np.ones((2, *SHAPE), np.float32)
    found = oracle.in_engine(SPEC, ones, [], ones, groups=SeedGroups((1, 1, 2)))
    apart = kept(oracle, [1, 2])
    assert found.y.tobytes() == apart.y.tobytes()


def test_bfloat16_stays_bfloat16(oracle):
    ones = np.ones((1, *SHAPE), np.float32)
    found = oracle.in_engine(SPEC, ones, [], ones, enters=torch.bfloat16)
    assert set(np.unique(found.y)) == {0.0, float(torch.tensor(1 / 0.75).bfloat16())}
