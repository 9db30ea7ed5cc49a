from __future__ import annotations

import gzip
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest

import classlab.datasets

resource = pytest.importorskip("resource", reason="memory is measured by the resource module, which is POSIX only")

ZEROS = bytes(300 * 2**20)
_MEASURE = """
import resource, sys, time
from classlab.datasets import load, read_picture
from classlab.errors import ClasslabError
import numpy, PIL.Image, PIL.PngImagePlugin

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

before, start = peak(), time.monotonic()
try:
    read_picture(__import__("pathlib").Path(sys.argv[1])) if sys.argv[1].endswith("png") else load(sys.argv[1])
except ClasslabError as refusal:
    print("refused", end=" ")
print(peak() - before, time.monotonic() - start)
"""


def _png(width, height):
    def chunk(kind, data):
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x06\0\0\0"
    packed = zlib.compress(bytes((4 * width + 1) * height), 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def _idx(folder):
    header = struct.pack(">HBBIII", 0, 8, 3, 300, 1024, 1024)
    (folder / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(header + ZEROS, 1))
    return folder


def _npz(folder):
    header = b"{'descr': '|u1', 'fortran_order': False, 'shape': (300, 1024, 1024), }"
    with zipfile.ZipFile(folder / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("images", "labels"):
            archive.writestr(f"{name}.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + ZEROS)
    return folder / "a.npz"


def _huge_claim(folder):
    (folder / "train-images-idx3-ubyte").write_bytes(struct.pack(">HBBIII", 0, 8, 3, 3000, 1024, 1024) + b"x")
    return folder


def _large_picture(folder):
    (folder / "a.png").write_bytes(_png(7000, 7000))
    return folder / "a.png"


def _too_large_picture(folder):
    (folder / "a.png").write_bytes(_png(8000, 8000))
    return folder / "a.png"


@pytest.mark.parametrize("make", [_idx, _npz, _huge_claim, _large_picture, _too_large_picture])
def test_hostile_files_cost_little_memory(tmp_path, make):
    root = Path(classlab.datasets.__file__).parents[2]
    command = [sys.executable, "-c", _MEASURE, str(make(tmp_path))]
    said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root).stdout.split()
    refused, mebibytes = said[0] == "refused", said[-2]  # the last word is the time, which no test may depend on
    assert refused == (make is not _large_picture)
    assert int(mebibytes) < (480 if make is _large_picture else 64)
