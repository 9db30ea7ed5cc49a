"""Digits as people draw them, from strokes and a seed: several hands, and the kinds of pictures that people have.

A stroke is a line through points, straight or smooth, in a box of height 1. A hand is a way of writing the ten digits.
Every drawing is jittered: its points, slant, proportions, pen, place and light.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

Kind = Literal["centred", "off-centre", "thick", "thin", "black on white", "photo with shadow", "small in a corner"]
KINDS: tuple[Kind, ...] = get_args(Kind)

Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Stroke:
    """A line through points `(x, y)`, x to the right and y downwards."""

    points: Points
    smooth: bool = True


def _line(*points: tuple[float, float]) -> Stroke:
    return Stroke(points, smooth=False)


def _curve(*points: tuple[float, float]) -> Stroke:
    return Stroke(points)


def _ring(x: float, y: float, width: float, height: float) -> Stroke:
    turns = np.linspace(0, 2 * np.pi, 13) - np.pi / 2
    return Stroke(tuple((x + width * float(np.cos(t)), y + height * float(np.sin(t))) for t in turns))


_PLAIN: dict[int, tuple[Stroke, ...]] = {
    0: (_ring(0.3, 0.5, 0.28, 0.5),),
    1: (_line((0.3, 0.0), (0.28, 1.0)),),
    2: (
        _curve((0.04, 0.22), (0.15, 0.04), (0.35, 0.0), (0.52, 0.1), (0.55, 0.28), (0.42, 0.5), (0.2, 0.75), (0.02, 1)),
        _line((0.02, 1.0), (0.6, 1.0)),
    ),
    3: (
        _curve((0.05, 0.12), (0.25, 0.0), (0.5, 0.1), (0.52, 0.3), (0.38, 0.45), (0.22, 0.48)),
        _curve((0.22, 0.48), (0.45, 0.55), (0.57, 0.73), (0.45, 0.95), (0.22, 1.0), (0.02, 0.88)),
    ),
    4: (_line((0.42, 0.0), (0.02, 0.62), (0.62, 0.62)), _line((0.45, 0.3), (0.45, 1.0))),
    5: (
        _line((0.54, 0.0), (0.12, 0.0), (0.08, 0.42)),
        _curve((0.08, 0.42), (0.3, 0.36), (0.52, 0.48), (0.56, 0.7), (0.42, 0.94), (0.2, 1.0), (0.02, 0.9)),
    ),
    6: (
        _curve(
            *((0.5, 0.02), (0.25, 0.18), (0.08, 0.45), (0.04, 0.75), (0.2, 0.98), (0.42, 0.97), (0.55, 0.78)),
            *((0.45, 0.56), (0.25, 0.55), (0.08, 0.7)),
        ),
    ),
    7: (_line((0.02, 0.0), (0.58, 0.0), (0.22, 1.0)),),
    8: (
        _curve(
            *((0.3, 0.47), (0.1, 0.3), (0.12, 0.08), (0.3, 0.0), (0.5, 0.08), (0.5, 0.28), (0.3, 0.47), (0.08, 0.68)),
            *((0.06, 0.9), (0.3, 1.0), (0.54, 0.9), (0.52, 0.68), (0.3, 0.47)),
        ),
    ),
    9: (
        _curve((0.52, 0.2), (0.35, 0.02), (0.12, 0.08), (0.05, 0.3), (0.2, 0.48), (0.42, 0.42), (0.53, 0.2)),
        _curve((0.53, 0.2), (0.52, 0.6), (0.44, 1.0)),
    ),
}
_SCHOOL: dict[int, tuple[Stroke, ...]] = {
    **_PLAIN,
    0: (_curve((0.4, 0.02), (0.15, 0.1), (0.02, 0.5), (0.2, 0.97), (0.45, 0.9), (0.58, 0.5), (0.5, 0.1), (0.36, 0.0)),),
    1: (_line((0.12, 0.22), (0.36, 0.0), (0.34, 1.0)),),
    2: (
        _curve((0.05, 0.2), (0.28, 0.0), (0.54, 0.15), (0.46, 0.45), (0.05, 0.95)),
        _curve((0.05, 0.95), (0.2, 0.86), (0.38, 0.98), (0.62, 0.94)),
    ),
    4: (_line((0.12, 0.0), (0.06, 0.5), (0.56, 0.48)), _line((0.5, 0.05), (0.46, 1.0))),
    5: (
        _line((0.15, 0.02), (0.1, 0.42)),
        _curve((0.1, 0.42), (0.36, 0.38), (0.54, 0.6), (0.4, 0.92), (0.04, 0.98)),
        _line((0.15, 0.02), (0.56, 0.0)),
    ),
    7: (_curve((0.02, 0.06), (0.3, 0.02), (0.58, 0.02), (0.4, 0.4), (0.24, 1.0)),),
    9: (
        _curve((0.5, 0.12), (0.25, 0.02), (0.06, 0.2), (0.14, 0.44), (0.4, 0.42), (0.52, 0.14)),
        _line((0.54, 0.1), (0.4, 1.0)),
    ),
}
# Kept apart: rules were never changed while looking at it.
_ROUND: dict[int, tuple[Stroke, ...]] = {
    0: (_ring(0.34, 0.5, 0.34, 0.5),),
    1: (_curve((0.34, 0.0), (0.31, 0.5), (0.3, 1.0)),),
    2: (
        _curve(
            *((0.06, 0.18), (0.3, 0.0), (0.56, 0.2), (0.36, 0.6), (0.06, 0.94), (0.1, 0.78), (0.24, 0.84)),
            *((0.44, 0.98), (0.64, 0.86)),
        ),
    ),
    3: (
        _curve(
            *((0.06, 0.08), (0.36, 0.0), (0.52, 0.2), (0.24, 0.44), (0.5, 0.56), (0.56, 0.8), (0.3, 1.0), (0.0, 0.9)),
        ),
    ),
    4: (_curve((0.3, 0.0), (0.12, 0.36), (0.04, 0.6), (0.34, 0.58), (0.64, 0.54)), _line((0.5, 0.36), (0.4, 1.0))),
    5: (_curve((0.56, 0.03), (0.2, 0.02), (0.14, 0.4), (0.42, 0.42), (0.54, 0.66), (0.36, 0.94), (0.04, 0.96)),),
    6: (_curve((0.42, 0.0), (0.14, 0.36), (0.06, 0.8), (0.3, 1.0), (0.5, 0.82), (0.36, 0.6), (0.1, 0.78)),),
    7: (_curve((0.0, 0.1), (0.06, 0.02), (0.56, 0.03), (0.36, 0.5), (0.28, 1.0)),),
    8: (
        _curve(
            *((0.52, 0.12), (0.28, 0.0), (0.12, 0.22), (0.34, 0.46), (0.52, 0.76), (0.28, 1.0), (0.08, 0.78)),
            *((0.3, 0.5), (0.52, 0.24), (0.5, 0.1)),
        ),
    ),
    9: (
        _curve(
            *((0.52, 0.16), (0.28, 0.0), (0.06, 0.24), (0.28, 0.46), (0.52, 0.2), (0.5, 0.66), (0.36, 0.96)),
            (0.1, 0.94),
        ),
    ),
}
HANDS = {"plain": _PLAIN, "school": _SCHOOL, "round": _ROUND}


@dataclass(frozen=True)
class Look:
    """How a kind of picture is made.

    Args:
        size: smallest and largest side, pixels.
        height: of the digit, as a share of the picture's shorter side, from and to.
        pen: its width, as a share of the digit's height, from and to.
        place: how far the digit's middle may lie from the picture's, as a share of what there is.
        dark: dark ink on bright paper, bright ink on dark ground, or either.
    """

    size: tuple[int, int]
    height: tuple[float, float]
    pen: tuple[float, float]
    place: float = 0.0
    dark: bool | None = None


_USUAL = (0.07, 0.13)
LOOKS: dict[Kind, Look] = {
    "centred": Look((200, 400), (0.62, 0.76), _USUAL),
    "off-centre": Look((200, 500), (0.4, 0.6), _USUAL, place=1.0),
    "thick": Look((200, 400), (0.5, 0.8), (0.17, 0.22), place=0.5),
    "thin": Look((200, 600), (0.5, 0.8), (0.015, 0.03), place=0.5),
    "black on white": Look((200, 400), (0.5, 0.85), _USUAL, place=0.5, dark=True),
    "photo with shadow": Look((400, 800), (0.3, 0.6), (0.04, 0.1), place=0.6, dark=True),
    "small in a corner": Look((300, 800), (0.12, 0.2), _USUAL, place=1.0),
}
_TIMES = 3  # drawn so much larger, and made smaller: smooth edges


def drawings(kind: Kind, *, seed: int, hands: tuple[str, ...] = ("plain", "school")) -> list[Image.Image]:
    """One picture of each digit, from 0 to 9."""
    random = np.random.default_rng([seed, KINDS.index(kind)])
    return [draw(digit, kind, random, hand=hands[int(random.integers(len(hands)))]) for digit in range(10)]


def draw(digit: int, kind: Kind, random: np.random.Generator, *, hand: str) -> Image.Image:
    """One picture of one digit."""
    look = LOOKS[kind]
    height, width = (int(random.integers(*look.size)) for _ in range(2))
    width = int(np.clip(width, 0.7 * height, 1.4 * height))
    tall = random.uniform(*look.height) * min(height, width)
    lines = _written(HANDS[hand][digit], random)
    box = np.concatenate(lines)
    pen = random.uniform(*look.pen) * tall
    middle = (box.max(0) + box.min(0)) / 2
    room = np.array([width, height]) / 2 - tall * (box.max(0) - box.min(0)) / 2 - pen
    shift = random.uniform(-1, 1, 2) * look.place * room
    if kind in ("off-centre", "small in a corner"):
        shift = random.choice([-1, 1], 2) * random.uniform(0.75, 0.98, 2) * room
    placed = [(line - middle) * tall + shift + np.array([width, height]) / 2 for line in lines]
    ink = _ink(placed, pen, (height, width))
    dark = bool(random.integers(2)) if look.dark is None else look.dark
    if kind == "photo with shadow":
        return _photo(ink, random)
    grey = 255 * (1 - ink if dark else ink)
    return Image.fromarray(np.rint(grey).astype(np.uint8))


def _written(strokes: tuple[Stroke, ...], random: np.random.Generator) -> list[np.ndarray]:
    """The strokes as dense lines `(points, 2)`, with what differs from one writing to the next."""
    turn, slant = np.deg2rad(random.normal(0, 4)), random.normal(0.08, 0.1)
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    bent = turned @ np.array([[random.uniform(0.85, 1.2), -slant], [0, 1]])
    moved: dict[tuple[float, float], np.ndarray] = {}  # strokes that meet stay together
    lines = []
    for stroke in strokes:
        for point in stroke.points:
            moved.setdefault(point, np.array(point) + random.normal(0, 0.015, 2))
        points = np.array([moved[point] for point in stroke.points])
        lines.append((_smooth(points) if stroke.smooth else _straight(points)) @ bent.T)
    return lines


def _straight(points: np.ndarray) -> np.ndarray:
    steps = np.linspace(0, 1, 80)[:, None]
    return np.concatenate([a + steps * (b - a) for a, b in pairwise(points)])


def _smooth(points: np.ndarray) -> np.ndarray:
    """A Catmull-Rom spline through the points."""
    closed = bool(np.allclose(points[0], points[-1]))
    before, after = (points[-2], points[1]) if closed else (2 * points[0] - points[1], 2 * points[-1] - points[-2])
    around = np.concatenate([[before], points, [after]])
    t = np.linspace(0, 1, 40)[:, None]
    parts = []
    for a, b, c, d in zip(around, around[1:], around[2:], around[3:], strict=False):
        parts.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - 3 * c + d - a) * t**3))
    return np.concatenate(parts)


def _ink(lines: list[np.ndarray], pen: float, size: tuple[int, int]) -> np.ndarray:
    """How much ink each pixel has, `(height, width)` in [0, 1]: a round pen along the lines."""
    height, width = size
    canvas = Image.new("L", (width * _TIMES, height * _TIMES), 0)
    brush = ImageDraw.Draw(canvas)
    for line in lines:
        points = [tuple(point) for point in (line * _TIMES).tolist()]
        brush.line(points, fill=255, width=max(1, round(pen * _TIMES)))
        radius = pen * _TIMES / 2
        for x, y in points:
            brush.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return np.asarray(canvas.resize((width, height), Image.Resampling.BOX), np.float64) / 255


def _photo(ink: np.ndarray, random: np.random.Generator) -> Image.Image:
    """Ink on paper under a lamp, with the shadow of a hand or a head, through a cheap lens, as a JPEG file has it."""
    height, width = ink.shape
    paper = random.uniform(190, 245) * np.array([1.0, random.uniform(0.95, 1.0), random.uniform(0.85, 1.0)])
    pigment = random.uniform(0.1, 0.45) * np.array([1.0, 1.0, random.uniform(1.0, 1.6)])
    light = _light(height, width, random) * _texture(height, width, random)
    picture = paper * light[..., None] * (1 - ink[..., None] * (1 - np.clip(pigment, 0, 1)))
    picture += random.normal(0, random.uniform(2, 6), picture.shape)
    photo = Image.fromarray(np.clip(np.rint(picture), 0, 255).astype(np.uint8))
    file = io.BytesIO()
    photo.filter(ImageFilter.GaussianBlur(random.uniform(0.4, 1.4))).save(file, format="JPEG", quality=80)
    with Image.open(file) as reread:
        return reread.convert("RGB")


def _light(height: int, width: int, random: np.random.Generator) -> np.ndarray:
    """A slope of light, and one shadow with a soft edge."""
    y, x = np.mgrid[0:height, 0:width] / max(height, width)
    angle = random.uniform(0, 2 * np.pi)
    slope = np.cos(angle) * (x - 0.5) + np.sin(angle) * (y - 0.5)
    edge = random.uniform(0, 2 * np.pi)
    distance = np.cos(edge) * (x - 0.5) + np.sin(edge) * (y - 0.5) - random.uniform(-0.2, 0.2)
    shade = 1 / (1 + np.exp(-distance / random.uniform(0.02, 0.08)))
    light: np.ndarray = (1 + random.uniform(0.2, 0.5) * slope) * (1 - random.uniform(0.25, 0.5) * shade)
    return light / light.max()


def _texture(height: int, width: int, random: np.random.Generator) -> np.ndarray:
    """The unevenness of paper, some pixels wide."""
    coarse = Image.fromarray(random.normal(0, 1, (height // 6 + 1, width // 6 + 1)).astype(np.float32))
    rough = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC), np.float64)
    return 1 + 0.012 * rough
