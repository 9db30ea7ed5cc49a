from __future__ import annotations

import contextlib
import io
import os
import sys
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from classlab.datasets import read_picture
from classlab.errors import DataError, StorageError

GREY = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20
COLOUR = np.random.default_rng(2).integers(0, 256, (3, 4, 3), np.uint8)


def _saved(path, image, **options):
    image.save(path, **options)
    return path


@pytest.mark.parametrize("ending", ["png", "bmp", "gif", "tif"])
def test_lossless_grey_comes_back_with_one_channel(tmp_path, ending):
    back = read_picture(_saved(tmp_path / f"a.{ending}", Image.fromarray(GREY)))
    assert back.shape == (3, 4, 1)
    assert (back[..., 0] == GREY).all()


@pytest.mark.parametrize(("ending", "options"), [("png", {}), ("bmp", {}), ("webp", {"lossless": True}), ("tiff", {})])
def test_lossless_colour_comes_back_with_three_channels(tmp_path, ending, options):
    assert (read_picture(_saved(tmp_path / f"a.{ending}", Image.fromarray(COLOUR), **options)) == COLOUR).all()


def test_jpeg_is_read(tmp_path):
    smooth = np.full((16, 16, 3), (200, 40, 90), np.uint8)
    back = read_picture(_saved(tmp_path / "a.jpg", Image.fromarray(smooth), quality=95))
    assert np.abs(back.astype(int) - smooth).max() < 6


def test_grey_stored_as_colour_counts_as_grey(tmp_path):
    assert read_picture(_saved(tmp_path / "a.png", Image.fromarray(GREY).convert("RGB"))).shape == (3, 4, 1)


def test_a_palette_becomes_its_colours(tmp_path):
    image = Image.fromarray(COLOUR).quantize(12)
    back = read_picture(_saved(tmp_path / "a.png", image))
    assert (back == np.asarray(image.convert("RGB"))).all()


def test_cmyk_becomes_rgb(tmp_path):
    image = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    back = read_picture(_saved(tmp_path / "a.jpg", image, quality=95))
    assert back.shape == (16, 16, 3)
    assert np.abs(back[8, 8].astype(int) - (255, 0, 0)).max() < 8


def test_sixteen_bits_are_rounded_to_eight(tmp_path):
    deep = np.array([[0, 128, 129, 257], [65535, 65406, 65407, 32768]], np.uint16)
    back = read_picture(_saved(tmp_path / "a.png", Image.fromarray(deep)))
    assert back[..., 0].tolist() == [[0, 0, 1, 1], [255, 254, 255, 128]]


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparent_pixels_are_laid_on_white(tmp_path, mode):
    image = Image.new("RGBA", (2, 1), (0, 0, 0, 255))
    image.putpixel((1, 0), (0, 0, 0, 0))
    back = read_picture(_saved(tmp_path / "a.png", image.convert(mode)))
    assert back[0, :, 0].tolist() == [0, 255]


def test_half_transparent_pixels_are_mixed_with_white(tmp_path):
    back = read_picture(_saved(tmp_path / "a.png", Image.new("RGBA", (1, 1), (255, 0, 0, 128))))
    assert np.abs(back[0, 0].astype(int) - (255, 127, 127)).max() <= 1


def test_black_and_white_is_0_and_255(tmp_path):
    bits = Image.fromarray(np.array([[0, 255]], np.uint8)).convert("1")
    assert read_picture(_saved(tmp_path / "a.png", bits))[0, :, 0].tolist() == [0, 255]


def test_exif_orientation_is_applied(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera lay on its side: turn right
    back = read_picture(_saved(tmp_path / "a.png", Image.fromarray(GREY), exif=exif))
    assert (back[..., 0] == np.rot90(GREY, -1)).all()


def test_the_orientation_of_a_tiff_is_applied_once(tmp_path):
    path = _saved(tmp_path / "a.tif", Image.fromarray(GREY), tiffinfo={0x0112: 6})
    assert (read_picture(path)[..., 0] == np.rot90(GREY, -1)).all()


def test_the_first_frame_of_an_animation_counts(tmp_path):
    frames = [Image.new("L", (2, 2), value) for value in (10, 200)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert (read_picture(tmp_path / "a.gif") == 10).all()


def _png(width, height, body=b""):
    def chunk(kind, data):
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\0\0\0\0"
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")


def _encoded(kind, image=None):
    buffer = io.BytesIO()
    (image or Image.fromarray(COLOUR)).save(buffer, format=kind)
    return buffer.getvalue()


_GENERAL = "cannot be read as a PNG, JPEG, BMP, GIF, WebP, TIFF or AVIF picture. It is damaged or of another kind."
_SHORT = "is cut short: it begins as a picture, and its pixels end early. Get it again."


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"not a picture", _GENERAL),
        (b"SIMPLE  =                    T" + b" " * 3000, _GENERAL),  # FITS under a false name
        (_encoded("PPM"), _GENERAL),
        (_encoded("PNG").replace(b"IDAT", b"IDAX"), _GENERAL),
        (_png(0, 5), _GENERAL),
        (b"", "is empty. Get it again."),
        (_encoded("PNG")[:-30], _SHORT),
        (_encoded("JPEG", Image.effect_noise((64, 64), 90))[:400], _SHORT),
        (_encoded("TIFF", Image.effect_noise((64, 64), 90))[:400], _SHORT),
        (_png(100_000, 100_000), "has more pixels than the 50,000,000 allowed. Make it smaller."),
        (b"\xef\xbb\xbf\n<!DOCTYPE HTML><p>404", "is a web page (HTML) and no picture. Get the picture again."),
        (b"<html>", "is a web page (HTML) and no picture. Get the picture again."),
        (b'<?xml version="1.0"?>', "is text (XML) and no picture. Get the picture again."),
        (b"<svg xmlns=''>", "is a drawing (SVG) and no picture of pixels. Save it as PNG."),
        (b"%PDF-1.7", "is a PDF and no picture. Save its page as PNG."),
        (b"PK\x03\x04", "is a zip archive and no picture. Unpack it."),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:0",
            "is a pointer of Git LFS and no picture. Get the files with `git lfs pull`.",
        ),
        (
            _encoded("TIFF", Image.fromarray(np.full((3, 3), 0.5, np.float32))),
            "holds fractions instead of whole pixel values. Save it with 8 or 16 bits.",
        ),
        (
            _encoded("TIFF", Image.fromarray(np.array([[-3, 70_000]], np.int32))),
            "holds pixel values from -3 to 70,000, but 16 bits hold 0 to 65,535. Save it with 8 or 16 bits.",
        ),
    ],
    ids=range(19),
)
def test_what_cannot_be_read_is_refused_in_one_sentence(tmp_path, content, sentence):
    path = tmp_path / "a.png"
    path.write_bytes(content)
    with pytest.raises(DataError) as refusal:
        read_picture(path)
    assert str(refusal.value) == f"{path} {sentence}"


def test_too_many_pixels_are_refused_unread(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(_png(8000, 8000))
    with pytest.raises(DataError) as refusal:
        read_picture(path)
    assert str(refusal.value) == (
        f"{path} has 8,000 x 8,000 pixels, more than the 50,000,000 allowed. Make it smaller."
    )


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(DataError) as refusal:
        read_picture(tmp_path / "a.png")
    assert str(refusal.value) == (
        f"{tmp_path / 'a.png'} must be a regular file, but it is a pipe. Give the name of a file."
    )


def test_a_link_to_itself_is_refused(tmp_path):
    (tmp_path / "a.png").symlink_to(tmp_path / "a.png")
    with pytest.raises(StorageError, match="Too many levels of symbolic links"):
        read_picture(tmp_path / "a.png")


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "AVIF"]),
    st.binary(min_size=1, max_size=8),
    st.floats(0, 1),
)
def test_any_bytes_give_a_picture_or_one_sentence(tmp_path, kind, noise, place):
    content = bytearray(_encoded(kind))
    start = int(place * len(content))
    content[start : start + len(noise)] = noise
    path = tmp_path / "fuzz"
    path.write_bytes(content)
    with contextlib.suppress(DataError):
        assert read_picture(path).dtype == np.uint8


def test_heic_is_read_where_its_package_is_installed(tmp_path):
    heif = pytest.importorskip("pillow_heif")
    heif.from_pillow(Image.fromarray(np.full((64, 80, 3), (200, 60, 10), np.uint8))).save(tmp_path / "a.heic")
    back = read_picture(tmp_path / "a.heic")
    assert back.shape == (64, 80, 3)
    assert np.abs(back.astype(int) - (200, 60, 10)).max() < 12  # the format's own loss


def test_heic_is_refused_with_what_installs_its_package(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    (tmp_path / "a.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    with pytest.raises(DataError) as refusal:
        read_picture(tmp_path / "a.heic")
    assert str(refusal.value) == (
        f"{tmp_path / 'a.heic'} is an HEIC picture, and pillow-heif, which reads it, is not installed. Install it with "
        '`pip install "classlab[heic]"`, or save the picture as JPEG or PNG.'
    )
