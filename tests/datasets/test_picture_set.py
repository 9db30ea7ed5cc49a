from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from classlab.datasets import load, read_picture
from classlab.datasets.folder import read_folder
from classlab.records.picture_reading import PictureReading
from tests.datasets.drawn_folders import draw, draw_classes

EIGHT = np.arange(20, dtype=np.uint8).reshape(4, 5) * 13


def _save(root, pixels, name="png"):
    """Four pictures of each of two classes, made of one array each."""
    for number, one in enumerate(pixels):
        path = root / "ab"[number % 2] / f"{number}.{name}"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(one).save(path)


def _all(dataset):
    """Every image by its file."""
    splits = (dataset.train, dataset.test)
    return {file: image[..., 0] for split in splits for file, image in zip(split.files, split.images, strict=True)}


@pytest.mark.parametrize(("bits", "factor"), [(9, 2), (10, 4), (12, 16), (14, 64), (15, 128)])
@pytest.mark.parametrize("name", ["png", "tif"])
def test_the_bits_in_use_are_found_over_all_pictures(tmp_path, bits, factor, name):
    dark = EIGHT.astype(np.uint16) * factor // 8  # by itself this picture uses three bits fewer
    bright = EIGHT.astype(np.uint16) * factor
    _save(tmp_path, [bright, dark] * 4, name)
    dataset = load(str(tmp_path))
    assert dataset.reading == PictureReading(bits=bits)
    assert (_all(dataset)[f"a/0.{name}"] == EIGHT).all()
    assert (_all(dataset)[f"b/1.{name}"] == EIGHT // 8).all()
    assert dataset.notes[0] == (
        f"8 pictures hold more than 8 bits, of which {bits} were taken to be in use, because none is above "
        f"{247 * factor:,}: the values were divided by {factor} to give 0 to 255."
    )


@pytest.mark.parametrize(
    ("factor", "bits", "how"), [(257, 16, "divided by 257 and rounded"), (1, 8, "left as they are")]
)
def test_all_bits_and_eight_bits_in_sixteen_are_read_as_they_were_stored(tmp_path, factor, bits, how):
    _save(tmp_path, [EIGHT.astype(np.uint16) * factor] * 8)
    dataset = load(str(tmp_path))
    assert dataset.reading.bits == bits
    assert all((image == EIGHT).all() for image in _all(dataset).values())
    assert dataset.notes[0].endswith(f"the values were {how} to give 0 to 255.")


def test_a_later_picture_is_read_as_the_training_pictures_were(tmp_path):
    _save(tmp_path, [EIGHT.astype(np.uint16) * 16] * 8)
    reading = load(str(tmp_path)).reading
    late = np.array([[0, 160, 4095, 60_000]], np.uint16)
    Image.fromarray(late).save(tmp_path / "late.png")
    assert read_picture(tmp_path / "late.png", reading=reading)[..., 0].tolist() == [[0, 10, 255, 255]]
    assert read_picture(tmp_path / "late.png")[..., 0].tolist() == [[0, 1, 16, 233]]  # alone it uses all sixteen bits


def test_a_folder_can_be_read_as_another_was(tmp_path):
    _save(tmp_path, [EIGHT.astype(np.uint16) * 16] * 8)
    given = PictureReading(bits=16, paper="black")
    content = read_folder(tmp_path, reading=given)
    assert content.reading == given
    assert content.train.images.max() == 15
    assert content.notes == (
        "8 pictures hold more than 8 bits, of which 16 were taken to be in use, as in the training: the values were "
        "divided by 257 and rounded to give 0 to 255.",
    )


def _ink(value, opacity=EIGHT):
    colour = np.full((4, 5, 3), value, np.uint8)
    return np.concatenate([colour, opacity[..., None]], axis=2)


@pytest.mark.parametrize(("ink", "paper"), [(0, "white"), (255, "black"), (100, "white"), (160, "black")])
def test_ink_is_laid_on_the_paper_that_it_stands_out_from(tmp_path, ink, paper):
    _save(tmp_path, [_ink(ink)] * 8)
    dataset = load(str(tmp_path))
    assert dataset.reading == PictureReading(paper=paper)
    ground = 255 if paper == "white" else 0
    expected = ground + (ink - ground) * (EIGHT / 255)
    assert all(np.abs(image - expected).max() <= 1 for image in _all(dataset).values())
    assert dataset.notes[0] == (
        f"8 pictures have transparent pixels, which were laid on {paper}, because what is drawn on them has a mean "
        f"brightness of {ink} of 255."
    )


def test_one_paper_holds_for_all_and_what_is_lost_on_it_is_named(tmp_path):
    _save(tmp_path, [_ink(0)] * 6 + [_ink(255)] * 2)
    dataset = load(str(tmp_path))
    assert dataset.reading == PictureReading(paper="white")
    assert dataset.notes[1] == "2 of these pictures are of one flat colour as read: a/6.png, b/7.png."
    assert (_all(dataset)["a/6.png"] == 255).all()


def test_a_picture_of_one_flat_colour_is_named_in_the_singular(tmp_path):
    _save(tmp_path, [_ink(0)] * 7 + [_ink(9, np.zeros((4, 5), np.uint8))])
    assert load(str(tmp_path)).notes[1] == "1 of these pictures is of one flat colour as read: b/7.png."


def test_pictures_without_any_drawing_are_laid_on_white(tmp_path):
    _save(tmp_path, [_ink(255, np.zeros((4, 5), np.uint8))] * 8)
    dataset = load(str(tmp_path))
    assert dataset.notes[0] == "8 pictures have transparent pixels, which were laid on white."
    assert dataset.train.images.min() == 255


def test_opaque_pictures_with_an_opacity_need_no_paper(tmp_path):
    opaque = np.full((4, 5), 255, np.uint8)
    _save(tmp_path, [_ink(255, opaque)] * 8)
    dataset = load(str(tmp_path))
    assert (dataset.reading, len(dataset.notes)) == (PictureReading(), 1)


@pytest.mark.parametrize("mode", ["LA", "P"])
def test_grey_and_palettes_with_transparency_are_laid_on_paper_too(tmp_path, mode):
    for number in range(8):
        path = tmp_path / "ab"[number % 2] / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        opacity = np.where(EIGHT > 100, 255, 0).astype(np.uint8)
        Image.fromarray(_ink(255, opacity)).convert(mode).save(path)
    dataset = load(str(tmp_path))
    assert dataset.reading == PictureReading(paper="black")
    assert (dataset.train.images[0, ..., 0] == np.where(EIGHT > 100, 255, 0)).all()


def test_pages_after_the_first_are_not_read_and_said(tmp_path):
    draw_classes(tmp_path)
    pages = [Image.fromarray(EIGHT), Image.fromarray(255 - EIGHT)]
    for path in (tmp_path / "a" / "x.tif", tmp_path / "b" / "y.gif"):
        pages[0].save(path, save_all=True, append_images=pages[1:])
    dataset = load(str(tmp_path))
    assert (_all(dataset)["a/x.tif"] == EIGHT).all()
    assert dataset.notes[0] == (
        "2 pictures have several pages or frames, of which the first was read: a/x.tif, b/y.gif."
    )


def _sixteen_bit_png(path, pixels):
    """Writes what Pillow cannot: 16 bits for each of three colours."""
    import struct
    import zlib

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    head = struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], 16, 2, 0, 0, 0)
    content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("factor", "more"),
    [(257, ""), (16, " They reach 15 of 255, so that much may be lost: save them with 8 bits for each colour.")],
)
def test_sixteen_bits_for_each_colour_keep_the_upper_eight(tmp_path, factor, more):
    pixels = np.random.default_rng(0).integers(0, 256, (4, 5, 3)).astype(np.uint16)
    pixels[0, 0] = 255
    for number in range(8):
        _sixteen_bit_png(tmp_path / "ab"[number % 2] / f"{number}.png", pixels * factor)
    dataset = load(str(tmp_path))
    assert (dataset.train.images[0] == pixels * factor // 256).all()
    assert dataset.notes[0] == f"8 pictures hold 16 bits for each colour, of which the upper 8 were read.{more}"


@pytest.mark.parametrize("kind", ["BMP", "GIF", "TIFF", "WEBP", "AVIF", "PNG"])
def test_a_wrong_ending_does_not_matter(tmp_path, kind):
    draw_classes(tmp_path)
    draw(tmp_path / "a" / "other.jpg", 200, format=kind)
    dataset = load(str(tmp_path))
    assert dataset.left_out == ()
    assert abs(int(_all(dataset)["a/other.jpg"][3, 4]) - 200) < 4


def test_a_camera_that_writes_broken_exif_loses_no_picture(tmp_path):
    draw_classes(tmp_path)
    draw(tmp_path / "a" / "x.jpg", 90, exif=b"Exif\0\0II*\0\xff\xff\xff\xff broken")
    dataset = load(str(tmp_path))
    assert dataset.left_out == ()
    assert len(dataset.train) + len(dataset.test) == 9
