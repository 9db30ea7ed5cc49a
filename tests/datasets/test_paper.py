from __future__ import annotations

import numpy as np
import pytest

from classlab.datasets.paper import ink_amounts, ink_is_dark, lacking_light


def paper(*, ink: float = 0.3) -> np.ndarray:
    """A bar of ink on paper with a slope of light and the edge of a shadow across it."""
    light = np.linspace(120, 240, 200)[None] * np.where(np.arange(160) < 90, 1.0, 0.6)[:, None]
    light[40:120, 95:103] *= ink
    return light


def test_ink_lacks_the_same_share_in_light_and_shadow():
    lacking = lacking_light(paper())
    np.testing.assert_allclose(lacking[45:115, 97:101], 0.7, atol=0.02)
    lacking[40:120, 95:103] = 0
    assert lacking.max() < 0.02


def test_the_closing_is_that_of_scipy():
    ndimage = pytest.importorskip("scipy.ndimage")
    grey = np.random.default_rng(0).uniform(1, 255, (37, 50))
    around = np.pad(grey, 12, mode="edge")
    expected = ndimage.grey_closing(around, size=13)[12:-12, 12:-12]
    np.testing.assert_allclose(lacking_light(grey), 1 - grey / expected)


def test_polarity_is_found_in_uneven_light():
    assert ink_is_dark(paper())
    assert not ink_is_dark(255 - paper())


@pytest.mark.parametrize("dark", [True, False])
def test_on_a_flat_ground_strokes_may_be_of_any_width(dark):
    grey = np.full((100, 100), 255.0 if dark else 0.0)
    grey[10:90, 10:90] = 255 - grey[0, 0]
    grey[45:55, 45:55] = grey[0, 0]
    amounts = ink_amounts(grey)
    assert amounts[20, 20] == 1
    assert amounts[50, 50] == amounts[2, 2] == 0
    np.testing.assert_allclose(ink_amounts(grey, dark=not dark), -amounts)
