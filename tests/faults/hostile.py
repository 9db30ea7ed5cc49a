"""Hostile files, made here: what lies about its size, asks for memory, or is of another kind than its name."""

from __future__ import annotations

import io
import itertools
import json
import os
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

import numpy as np

from tests.faults.readers import IMAGES, LABELS, READERS, changed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Case = tuple[str, list[str]]  # what it is, and the command line that reads it

_HUGE = ("(1099511627776, 8, 8)", "(1180591620717411303424, 8, 8)", "(-5, 8, 8)", "(1099511627776, 0, 8)",
         "(60, 0, 8)", "(0, 8, 8)", "(12.0, 4, 4)", "(True, 4, 4)", "'12'", "()",
         "(4,) * 10**8", "(12, 4, 4" + ", 1" * 5000 + ")")  # fmt: skip
_TYPES = ("|O", "<f16", "|S0", "|V1", "<M8[s]", "<c16", "u" * 5000, "|u1", ">i8", "<f2")


def _npy(shape: str, kind: str = "|u1", data: bytes = b"") -> bytes:
    head = f"{{'descr': {kind!r}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    head += b" " * (-(len(head) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(head) % 65536) + head + data


def _saved(array: object) -> bytes:
    content = io.BytesIO()
    np.save(content, array)  # type: ignore[arg-type]
    return content.getvalue()


def _zip(path: Path, members: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(width: int, height: int, data: bytes = b"", extra: bytes = b"") -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = _chunk(b"IDAT", zlib.compress(data, 9))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + extra + body + _chunk(b"IEND", b"")


def arrays(folder: Path) -> Iterator[Case]:
    """`.npz` and `.npy` whose headers lie."""
    for number, (shape, kind) in enumerate(
        [*((each, "|u1") for each in _HUGE), *(("(12, 4, 4)", each) for each in _TYPES)]
    ):
        path = folder / f"array-{number}.npz"
        _zip(path, {"images.npy": _npy(shape, kind, IMAGES.tobytes()), "labels.npy": _saved(LABELS)})
        yield f"images of {shape[:40]} {kind[:8]}", ["data", str(path), "--no-tile"]
        path = folder / f"label-{number}.npz"
        _zip(path, {"images.npy": _saved(IMAGES), "labels.npy": _npy(shape, kind, LABELS.tobytes())})
        yield f"labels of {shape[:40]} {kind[:8]}", ["data", str(path), "--no-tile"]
    _zip(folder / "many.npz", {f"{number}.npy": b"" for number in range(10_001)})
    yield "an archive of 10,001 arrays", ["data", str(folder / "many.npz"), "--no-tile"]


def idx(folder: Path) -> Iterator[Case]:
    """IDX files whose headers lie."""
    heads = {
        "another magic": b"\0\0\x08\x04", "float": struct.pack(">IIII", 0xD03, 12, 4, 4),
        "all bits": struct.pack(">IIII", 0x803, *(2**32 - 1,) * 3), "no rows": struct.pack(">IIII", 0x803, 12, 0, 0),
        "rows without columns": struct.pack(">IIII", 0x803, 2**32 - 1, 0, 5), "255 axes": b"\0\0\x08\xff" + bytes(1000),
        "4 GiB": struct.pack(">IIII", 0x803, 2**20, 64, 64), "empty": b"", "one byte": b"\0",
    }  # fmt: skip
    for number, (what, head) in enumerate(heads.items()):
        for packed, name in itertools.product((False, True), ("images-idx3", "labels-idx1")):
            place = folder / f"idx-{number}-{packed}-{name}"
            place.mkdir()
            READERS["IDX"].whole(place)
            content = head + IMAGES.tobytes()
            path = place / f"train-{name}-ubyte"
            path.unlink()
            (path.with_name(path.name + ".gz") if packed else path).write_bytes(
                zlib.compress(content, wbits=31) if packed else content
            )
            yield f"IDX {name}, packed {packed}: {what}", ["data", str(place), "--no-tile"]


def pictures(folder: Path) -> Iterator[Case]:
    """Pictures that are bombs, or no pictures."""
    kinds = {
        "60,000 x 60,000": _png(60_000, 60_000),
        "2^31": _png(2**31 - 1, 2**31 - 1), "0 x 0": _png(0, 0), "FITS": b"SIMPLE  =" + b" " * 2871,
        "PSD": b"8BPS\0\x01" + bytes(40), "EPS": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n",
        "SVG": b"<svg xmlns='http://www.w3.org/2000/svg'/>", "HTML": b"<html>", "empty": b"",
        "pickle": b"\x80\x04cos\nsystem\n(S'id'\ntR.", "JPEG of noise": b"\xff\xd8\xff\xe0" + os.urandom(500),
        "GIF of 65,000 x 65,000": b"GIF89a" + struct.pack("<HH", 65000, 65000) + b"\xf0\0\0" + bytes(6) + b",",
        "WebP of 2^24": b"RIFF" + struct.pack("<I", 100) + b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + b"\xff" * 6,
    }  # fmt: skip
    for what, content in kinds.items():
        yield f"a picture: {what}", _beside_pictures(folder / f"pictures-{len(list(folder.iterdir()))}", content)


def _beside_pictures(place: Path, content: bytes) -> list[str]:
    """A folder of pictures with a file that calls itself one, and the command that reads it."""
    for name in ("cat", "dog"):
        (place / name).mkdir(parents=True)
        for each in range(4):
            (place / name / f"{each}.png").write_bytes(_png(4, 4, bytes(20)))
    (place / "cat" / "z.png").write_bytes(content)
    return ["data", str(place), "--no-tile", "--size", "8x8"]


def texts(folder: Path) -> Iterator[Case]:
    """Study files, tables, scripts and notebooks."""
    deep = "[" * 100_000
    studies = (
        f"epochs = {'9' * 5000}", f"{'.'.join('a' * 100_000)} = 1", f"epochs = {deep}", "epochs = inf", "\0", "\ufeff",
        f"name = '{'n' * 10**6}'", "x = {" * 50_000, "[[arms]]\n" * 100_000, "a.b = 1\n" * 10_000,
    )  # fmt: skip
    for number, content in enumerate(studies):
        for command in ("sweep", "search"):
            path = folder / f"study-{number}.toml"
            path.write_text(f'name = "s"\ndata = "digits"\n{content}\n', encoding="utf-8")
            yield f"{command} of {content[:30]!r}", [command, str(path), "--store", str(folder / "store")]
    tables = (
        "arm,seed,accuracy\n" + "a,0," + "9" * 10**6, ",".join("c" * 100_000), "\0" * 1000, '"' * 100_001,
        "a\n" * 500_000,
        "arm,seed,accuracy\n=cmd|' /C calc'!A0,0,1\n", "arm,accuracy\na,nan\nb,inf\n", "{" * 10**5,
        deep, "\ufeff\ufeff",
    )  # fmt: skip
    for number, content in enumerate(tables):
        for ending in ("csv", "jsonl", "json"):
            path = folder / f"table-{number}.{ending}"
            path.write_text(content, encoding="utf-8")
            yield f"judge {ending} of {content[:30]!r}", ["judge", str(path)]
        path = folder / f"pixels-{number}.csv"
        path.write_text(content, encoding="utf-8")
        yield f"pixels of {content[:30]!r}", ["data", str(path), "--no-tile"]
    programs = (
        "x = " + "(" * 50_000, "x = " + "-" * 100_000 + "1", "x = 10**10**9", "'a' * 10**11", "x = [0] * 10**10", "\0",
        "for i in range(10**12): x = i", "x = " + "a." * 100_000 + "b", "x = '%s' % ('y' * 10**9)", "f'{1:{10**9}}'",
        "while True: pass", "def f(x): return f(f(x))\nf(1)", "x = 1 << 10**9", "x = int('9' * 5000)", "@" * 1000,
        "lambda: " * 5000 + "0", "x = " + "{" * 3000, "import keras\n" * 50_000, "x = y = " * 5000 + "1",
        "# coding: x\n", "x\n" * 190_000, "m.fit(x, y)\n" * 30_000, "x;" * 4_000_000,
    )  # fmt: skip
    for number, content in enumerate(programs):
        script, notebook = folder / f"program-{number}.py", folder / f"program-{number}.ipynb"
        script.write_text(content, encoding="utf-8")
        notebook.write_text(json.dumps({"cells": [{"cell_type": "code", "source": content}]}), encoding="utf-8")
        yield f"audit of {content[:30]!r}", ["audit", str(script)]
        yield f"audit of a notebook of {content[:30]!r}", ["audit", str(notebook)]


def special(folder: Path) -> Iterator[Case]:
    """Names that lead to no file, for every reader; and sparse files."""
    for ending, words in {
        "npz": ["data", "--no-tile"], "keras": ["model"], "toml": ["sweep"], "csv": ["judge"], "py": ["audit"],
        "ipynb": ["audit"], "h5": ["data", "--no-tile"], "parquet": ["data", "--no-tile"], "mat": ["data", "--no-tile"],
    }.items():  # fmt: skip
        zero, pipe, sparse = (folder / f"{kind}.{ending}" for kind in ("zero", "pipe", "sparse"))
        zero.symlink_to("/dev/zero")
        os.mkfifo(pipe)
        with sparse.open("wb") as file:
            file.truncate(8 * 2**30)
        for path in (zero, pipe, sparse, folder):
            yield f"{words[0]} of {path.name}", [*words, str(path)]


def models(folder: Path) -> Iterator[Case]:
    """`.keras` files with other descriptions, weights and archives."""
    whole = READERS["keras"].whole(folder)["m.keras"]
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    config = members["config.json"].decode()
    layer = '{"module": "keras.layers", "class_name": "Dropout", "config": {"name": "d", "rate": 0.5}},'
    configs = (
        "[" * 200_000, "null", "[]", config.replace('"units": ', '"units": 1' + "0" * 5000), "\ufeff", "{}",
        "9" * 10**6, config.replace("Dense", "Lambda"), config.replace("keras.layers", "os"),
        config.replace("Sequential", "TFSMLayer"),
        config.replace('"layers": [', '"layers": [' + layer * 20_000), config.replace("8", "1048576"), config[:-9],
    )  # fmt: skip
    for number, text in enumerate(configs):
        path = folder / f"config-{number}.keras"
        _zip(path, {**members, "config.json": text.encode("utf-8", "replace")})
        yield f"a model of {text[:30]!r}, {len(text)} letters", ["model", str(path)]
    for number, weights in enumerate((b"", members["model.weights.h5"][:500], b"\x89HDF\r\n\x1a\n")):
        path = folder / f"weights-{number}.keras"
        _zip(path, {**members, "model.weights.h5": weights})
        yield f"a model with weights of {len(weights)} bytes", ["model", str(path)]
    for number in range(60):
        path = folder / f"changed-{number}.keras"
        path.write_bytes(changed(whole, [(number % 6, number * 7919, number), ((number + 1) % 6, number * 104729, 3)]))
        yield f"a changed model {number}", ["model", str(path)]


def bombs(folder: Path) -> Iterator[Case]:
    """What grows to hundreds of MB when it is unpacked; making them takes seconds."""
    zeros = _npy("(3276800, 8, 8)", data=bytes(200 * 2**20))
    _zip(folder / "bomb.npz", {"images.npy": zeros, "labels.npy": _saved(LABELS)})
    yield "200 MiB of zeros in 200 kB", ["data", str(folder / "bomb.npz"), "--no-tile"]
    whole = READERS["keras"].whole(folder)["m.keras"]
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for size in (255, 300):
        _zip(folder / f"{size}.keras", {**members, "model.weights.h5": bytes(size * 2**20)})
        yield f"weights of {size} MiB of zeros", ["model", str(folder / f"{size}.keras")]
    packed = zlib.compress(bytes(80_000_000))
    for kind, pixels in (
        ("a note of 80 MB", _png(8, 8, bytes(72), _chunk(b"zTXt", b"k\0\0" + packed))),
        ("a profile of 80 MB", _png(8, 8, bytes(72), _chunk(b"iCCP", b"k\0\0" + packed))),
        ("7,000 x 7,000", _png(7000, 7000, bytes(7000 * 7001))),
    ):
        yield f"a picture: {kind}", _beside_pictures(folder / kind, pixels)


def cases(folder: Path, *, large: bool) -> list[Case]:
    """All of them, each with the command that reads it; `large` for the bombs as well."""
    made: list[Case] = []
    for make in (arrays, idx, pictures, texts, special, models, *((bombs,) if large else ())):
        place = folder / make.__name__
        place.mkdir()
        made += make(place)
    return made
