from __future__ import annotations

import numpy as np
import pytest

from classlab.datasets.connected_parts import connected_parts, strokes


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("share", [0.0, 0.2, 0.45, 1.0])
def test_parts_are_those_of_scipy(seed, share):
    ndimage = pytest.importorskip("scipy.ndimage")
    mask = np.random.default_rng(seed).random((23, 31)) < share
    expected, count = ndimage.label(mask, np.ones((3, 3)))
    found = connected_parts(mask)
    assert found.max() == count
    pairs = set(zip(found[mask].tolist(), expected[mask].tolist(), strict=True))
    assert len(pairs) == count
    assert (found[~mask] == 0).all()


def test_a_winding_stroke_is_one_part():
    mask = np.zeros((41, 41), bool)
    mask[::2] = True
    mask[1::4, 0] = mask[3::4, -1] = True
    assert connected_parts(mask).max() == 1


def test_strokes_are_no_specks_and_come_from_within():
    mask = np.zeros((40, 40), bool)
    mask[10:30, 10:12] = True  # a stroke
    mask[5:7, 10:12] = True  # its dot
    mask[35, 35] = True  # a speck
    mask[0:8, 30:40] = True  # the table behind the paper
    kept = strokes(mask, mask)
    assert kept.sum() == 44
    assert kept[10:30, 10:12].all()
    assert kept[5:7, 10:12].all()
    faint = mask.copy()
    faint[10:30] = False
    assert not strokes(mask, faint)[10:30].any()


def test_a_stroke_that_leaves_the_paper_is_kept_where_it_is_alone():
    mask = np.zeros((40, 40), bool)
    mask[0:30, 10:12] = True
    assert strokes(mask, mask).sum() == 60
    beside = np.zeros((40, 40), bool)
    beside[:, :20] = True
    assert not strokes(beside, beside).any()
