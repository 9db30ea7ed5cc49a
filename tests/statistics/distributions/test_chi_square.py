from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from classlab.statistics.distributions.chi_square import gamma_below


@pytest.mark.parametrize("shape", [0.5, 0.9, 3.3, 49.9, 50.0, 700.0])
def test_probabilities_are_scipys(shape):
    values = shape * np.geomspace(1e-3, 10, 200)
    wanted = special.gammainc(shape, values)
    assert [gamma_below(shape, x).value for x in values.tolist()] == pytest.approx(wanted, rel=1e-12, abs=1e-30)
