"""Drawings as the board paints them, and a photo of one."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw


def in_javascript(picture):
    height, width, channels = picture.shape
    return {"height": height, "width": width, "channels": channels, "data": picture.ravel().tolist()}


def seven(*, size=(280, 280), at=(0.3, 0.2), tall=0.5, width=0.08, ink=255, paper=0):
    """A drawn seven as the board paints it: height x width x 1."""
    image = Image.new("L", (2 * size[1], 2 * size[0]), paper)
    side = 2 * min(size)
    points = [(at[0], at[1]), (at[0] + 0.7 * tall, at[1]), (at[0] + 0.3 * tall, at[1] + tall)]
    ImageDraw.Draw(image).line([(x * side, y * side) for x, y in points], ink, round(width * side), joint="curve")
    return np.asarray(image.resize((size[1], size[0])), np.uint8)[..., None]


def photo(seed=0):
    """A pencil's seven on lit and grainy paper, in colour and larger than it must be."""
    rng = np.random.default_rng(seed)
    drawn = seven(size=(620, 500), width=0.03, ink=60, paper=255)[..., 0] / 255.0
    light = np.linspace(200, 120, 500) * np.linspace(1, 0.8, 620)[:, None]
    grey = light * drawn + rng.normal(0, 3, drawn.shape)
    return np.clip(grey[..., None] + [4, 0, -6], 0, 255).astype(np.uint8)


DRAWINGS = {
    "in the middle": seven(),
    "in a corner": seven(at=(0.62, 0.6), tall=0.3),
    "dark on white": seven(ink=0, paper=255),
    "thin": seven(width=0.02),
    "thick and large": seven(at=(0.15, 0.12), tall=0.75, width=0.12),
    "small board": seven(size=(112, 112)),
}
