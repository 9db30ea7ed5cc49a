from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from classlab.measures.softmax import softmax


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_it_is_scipys_and_leaves_the_scores_alone(dtype):
    scores = (100 * np.random.default_rng(0).standard_normal((3, 7, 10))).astype(dtype)
    given = scores.copy()
    found = softmax(scores)
    assert found.dtype == dtype
    assert np.array_equal(scores, given)
    np.testing.assert_allclose(found, special.softmax(scores, axis=-1), rtol=4 * np.finfo(dtype).eps)
