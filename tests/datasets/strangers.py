"""Pictures that are no digits: letters, photographs, and patterns like those of nature. Drawn from a seed."""

from __future__ import annotations

import string
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

# As handwriting has them they are digits: no network of digits can tell an O from a 0.
_ALIKE = frozenset("OoIlSsZzBbqgQDiTj")
LETTERS = tuple(letter for letter in string.ascii_letters if letter not in _ALIKE)
_FONTS = ("Sans", "Serif", "SansMono", "Sans-Bold", "Sans-Oblique", "Serif-Italic")


def letters(count: int, *, seed: int) -> list[Image.Image]:
    """Black letters on white, in six faces of DejaVu, which come with Matplotlib."""
    import matplotlib

    random = np.random.default_rng([seed, 0])
    place = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    found = []
    for number in range(count):
        face = f"DejaVu{_FONTS[int(random.integers(len(_FONTS)))]}.ttf"
        font = ImageFont.truetype(str(place / face), int(random.integers(90, 180)))
        picture = Image.new("L", (240, 240), 255)
        middle = tuple(int(120 + away) for away in random.integers(-20, 20, 2))
        ImageDraw.Draw(picture).text(middle, LETTERS[number % len(LETTERS)], font=font, fill=0, anchor="mm")
        found.append(picture)
    return found


def photographs(count: int, *, seed: int) -> list[Image.Image]:
    """A temple, a flower and a portrait, which come with scikit-learn and Matplotlib, and squares cut from them."""
    import matplotlib
    import sklearn

    images = Path(sklearn.__file__).parent / "datasets" / "images"
    files = [images / "china.jpg", images / "flower.jpg"]
    files.append(Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg")
    whole = [Image.open(file).convert("RGB") for file in files]
    random = np.random.default_rng([seed, 1])
    found = whole[:count]
    while len(found) < count:
        source = whole[len(found) % len(whole)]
        side = int(random.integers(100, int(0.95 * min(source.size))))
        left, top = (int(random.integers(0, length - side)) for length in source.size)
        found.append(source.crop((left, top, left + side, top + side)))
    return found


def patterns(count: int, *, seed: int) -> list[Image.Image]:
    """Noise whose power falls with the frequency, as that of natural images does; some with shapes on it."""
    random = np.random.default_rng([seed, 2])
    found = []
    for number in range(count):
        height, width = (int(length) for length in random.integers(100, 400, 2))
        frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)[None])
        frequency[0, 0] = 1
        spectrum = np.fft.fft2(random.normal(size=(height, width))) / frequency ** random.uniform(0.8, 1.6)
        values = np.real(np.fft.ifft2(spectrum))
        picture = Image.fromarray(((values - values.min()) / np.ptp(values) * 255).astype(np.uint8))
        if number % 3 == 0:
            brush = ImageDraw.Draw(picture)
            for _ in range(int(random.integers(1, 6))):
                x, y, side = int(random.integers(width)), int(random.integers(height)), int(random.integers(10, 80))
                box = (x, y, x + side, y + side)
                (brush.ellipse if random.integers(2) else brush.rectangle)(box, fill=int(random.integers(256)))
        found.append(picture)
    return found
