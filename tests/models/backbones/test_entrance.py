"""What brings pictures to a backbone's shape."""

from __future__ import annotations

import pytest

from classlab.models.backbones.entrance import entrance
from classlab.models.shapes import output_shapes


@pytest.mark.parametrize(
    ("pictures", "wanted", "note"),
    [
        ((8, 8, 1), (28, 28, 1), "The pictures are enlarged 3 times, framed with zeros."),
        ((28, 28, 1), (8, 8, 1), "The pictures are averaged over windows of 4 x 4 pixels, framed with zeros."),
        ((32, 32, 3), (32, 32, 1), "The pictures are turned to grey."),
        ((32, 32, 1), (32, 32, 3), "The pictures are given three equal channels."),
        ((30, 10, 3), (32, 32, 3), "The pictures are framed with zeros."),
        ((100, 10, 3), (32, 32, 3), "The pictures are averaged over windows of 4 x 4 pixels, framed with zeros."),
    ],
)
def test_every_shape_is_brought_to_the_wanted_one(pictures, wanted, note):
    found = entrance(pictures, wanted)
    assert output_shapes(found.architecture)[-1] == wanted
    assert found.note == note


def test_pictures_of_the_right_shape_are_left_alone():
    assert entrance((8, 8, 1), (8, 8, 1)).architecture is None
