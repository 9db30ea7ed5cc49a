from __future__ import annotations

import pytest

from classlab.analysis.numbers import counted, decimal, duration, listed, percent, points


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (percent(0.92364), "92.36 %"),
        (percent(None), "\u2013"),
        (percent(float("nan")), "\u2013"),
        (percent(1.0, digits=0), "100 %"),
        (points(-0.0011), "\u22120.11"),
        (points(0.0011, sign=True), "+0.11"),
        (points(-0.00001), "0.00"),
        (points(None), "\u2013"),
        (decimal(-1.25, digits=1), "\u22121.2"),
        (decimal(float("inf")), "\u2013"),
        (decimal(999999.5), "999999.5000"),
        (decimal(1e6), "1.00e6"),
        (decimal(-55191570079681953792.0), "\u22125.52e19"),
        (counted(1, "seed"), "1 seed"),
        (counted(1200, "image"), "1,200 images"),
        (counted(2, "index", "indices"), "2 indices"),
        (listed([]), ""),
        (listed(["a"]), "a"),
        (listed(["a", "b"]), "a and b"),
        (duration(9.96), "10.0 s"),
        (duration(59.6), "1 min 0 s"),
        (duration(3599.7), "1 h 0 min"),
    ],
)
def test_numbers_are_written_one_way(written, expected):
    assert written == expected
