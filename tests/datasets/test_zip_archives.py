from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from classlab.datasets import load
from classlab.datasets.safe_read import limits
from classlab.errors import DataError
from tests.datasets.drawn_folders import draw, draw_classes, refusal, values


def _zipped(root, path, *, prefix="", folders=True):
    """A zip archive of a folder."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in sorted(root.rglob("*")):
            if one.is_file() or folders:
                archive.write(one, prefix + str(one.relative_to(root)))
    return path


def _png(value=7, side=4):
    content = io.BytesIO()
    Image.fromarray(np.full((side, side), value, np.uint8)).save(content, "PNG")
    return content.getvalue()


def _written(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("folders", [True, False])
def test_an_archive_is_read_as_the_folder_is(tmp_path, folders):
    for split in ("training", "val", "test"):
        draw_classes(tmp_path / "set" / split, ("a", "b", "\u732b"))
    draw(tmp_path / "set" / "training" / "a" / "more" / "x.png", 99)
    (tmp_path / "set" / "training" / "a" / "bad.png").write_bytes(b"")
    folder = load(str(tmp_path / "set"))
    archive = load(str(_zipped(tmp_path / "set", tmp_path / "set.zip", folders=folders)))
    assert archive.digest == folder.digest
    assert archive.train.files == folder.train.files
    assert archive.left_out == folder.left_out
    assert archive.source == f"the zip archive {tmp_path / 'set.zip'}"
    assert archive.notes[1].endswith(f"`classlab data {tmp_path / 'set.zip'} --json` lists each with the reason.")


def test_an_archive_is_read_at_a_size_and_with_its_table(tmp_path):
    for number in range(8):
        draw(tmp_path / "set" / f"{number}.png", 10 + number)
    rows = "".join(f"{number}.png,{'ab'[number % 2]}\n" for number in range(8))
    (tmp_path / "set" / "labels.csv").write_text("file,label\n" + rows)
    dataset = load(str(_zipped(tmp_path / "set", tmp_path / "set.ZIP", prefix="set/")), size=(2, 2))
    assert (dataset.class_names, dataset.image_shape) == (("a", "b"), (2, 2, 1))


def test_what_macos_adds_to_an_archive_is_passed_over(tmp_path):
    members = {f"pets/{name}/{number}.png": _png(number) for name in "ab" for number in range(4)}
    members |= {f"__MACOSX/pets/a/._{number}.png": b"x" for number in range(4)} | {"pets/.DS_Store": b"x"}
    dataset = load(str(_written(tmp_path / "pets.zip", members)))
    assert dataset.class_names == ("a", "b")
    assert dataset.left_out == ()


def test_names_in_utf_8_that_are_not_declared_as_such_are_read(tmp_path):
    path = _written(tmp_path / "a.zip", {f"{name}/{n}.png": _png(n) for name in ("Kxxfer", "b") for n in range(4)})
    # macOS writes the bytes and leaves the flag out; here the two letters become the two bytes of one.
    path.write_bytes(path.read_bytes().replace(b"Kxxfer", "K\u00e4fer".encode()))
    assert load(str(path)).class_names == ("K\u00e4fer", "b")


def test_separators_of_windows_are_separators(tmp_path):
    path = _written(tmp_path / "a.zip", {f"{name}|{n}.png": _png(n) for name in "ab" for n in range(4)})
    path.write_bytes(path.read_bytes().replace(b"a|", b"a\\").replace(b"b|", b"b\\"))
    assert load(str(path)).class_names == ("a", "b")


@pytest.mark.parametrize("name", ["../evil.png", "/etc/evil.png", "a/../../evil.png", "C:/evil.png"])
def test_names_that_lead_out_of_an_archive_are_refused(tmp_path, name):
    members = {f"{one}/{n}.png": _png(n) for one in "ab" for n in range(4)}
    path = _written(tmp_path / "a.zip", {**members, name: _png()})
    assert refusal(path) == (
        f"names in a zip archive must lie inside it, but ROOT holds {name!r}. Make the archive again, of the folder of "
        "pictures."
    )


def test_an_archive_with_a_password_is_refused(tmp_path):
    path = _written(tmp_path / "a.zip", {f"{one}/{n}.png": _png(n) for one in "ab" for n in range(4)})
    content = bytearray(path.read_bytes())
    directory = content.index(b"PK\x01\x02")
    content[directory + 8] |= 1  # the general purpose flags of the first entry of the central directory
    path.write_bytes(content)
    assert refusal(path) == "ROOT is protected by a password. Unpack it, and give the folder."


@pytest.mark.parametrize(
    ("members", "held"),
    [({"part1.zip": b"PK", "part2.zip": b"PK"}, "part1.zip, part2.zip"), ({}, "no files")],
)
def test_an_archive_of_other_things_is_refused(tmp_path, members, held):
    assert refusal(_written(tmp_path / "a.zip", members)) == (
        f"a zip archive must hold pictures in class folders, but ROOT holds {held}. Unpack it, and give what holds the "
        "images."
    )


def test_an_archive_of_tables_or_arrays_is_refused_with_the_command_that_unpacks_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = "\n".join(",".join(map(str, (row % 2, *range(row, row + 9)))) for row in range(20))
    _written(tmp_path / "a.zip", {"data/train.csv": rows.encode(), "data/read me.txt": b"x"})
    assert refusal(Path("a.zip")) == (
        "a zip archive must hold pictures in class folders, but ROOT holds data/read me.txt, data/train.csv. Unpack it "
        "with `python -m zipfile -e ROOT a`, and give a/data."
    )
    with zipfile.ZipFile("a.zip") as archive:
        archive.extractall("a")
    assert len(load("a/data").everything) == 20
    assert refusal(Path("a.zip")).endswith("`python -m zipfile -e ROOT a-unpacked`, and give a-unpacked/data.")


def test_a_bomb_is_refused_before_it_is_read(tmp_path):
    zeros = bytes(limits.ALWAYS_BYTES + 1)
    path = _written(tmp_path / "a.zip", {"a/x.png": zeros, "b/y.png": _png()})
    assert refusal(path) == (
        "a compressed file must not grow more than 100 times, but ROOT claims to grow from "
        f"{limits.amount(_packed(path))} to 64 MiB. Get the file again, or store it without compression."
    )


def _packed(path):
    with zipfile.ZipFile(path) as archive:
        return sum(one.compress_size for one in archive.infolist())


def test_a_member_that_is_too_large_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr("classlab.datasets.picture_set.MAX_FILE", 5000)
    members = {f"{one}/{n}.png": _png(n) for one in "ab" for n in range(4)}
    dataset = load(str(_written(tmp_path / "a.zip", {**members, "a/x.png": bytes(5001)})))
    assert [(one.path, one.reason) for one in dataset.left_out] == [
        ("a/x.png", "must not be larger than 5,000 bytes, but it has 5,001. Make it smaller.")
    ]


def test_a_damaged_member_is_left_out(tmp_path):
    members = {f"{one}/{n}.png": _png(n, side=40) for one in "ab" for n in range(4)}
    path = _written(tmp_path / "a.zip", members)
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo("a/1.png").header_offset + 30 + len("a/1.png")
    content = bytearray(path.read_bytes())
    content[start + 20 : start + 40] = b"\xff" * 20
    path.write_bytes(content)
    dataset = load(str(path))
    assert [(one.path, one.reason) for one in dataset.left_out] == [
        ("a/1.png", "is damaged or packed in an unknown way. Make the archive again.")
    ]


@pytest.mark.parametrize("content", [b"PK\x03\x04 and nothing more", b"PK\x05\x06"])
def test_what_is_no_archive_is_refused(tmp_path, content):
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    assert refusal(path) == "ROOT is not a zip archive, or it is damaged. Get it again."


def test_too_many_files_are_refused(tmp_path, monkeypatch):
    path = _written(tmp_path / "a.zip", {f"{one}/{n}.png": _png(n) for one in "ab" for n in range(4)})
    monkeypatch.setattr("classlab.datasets.safe_read.zip_tree.MAX_FILES", 7)
    with pytest.raises(DataError) as problem:
        load(str(path))
    assert str(problem.value) == (
        f"a dataset must not hold more than 2,000,000 files, but {path} does. Give the folder of its pictures."
    )
    draw_classes(tmp_path / "set")
    monkeypatch.setattr("classlab.datasets.file_tree.MAX_FILES", 7)
    assert refusal(tmp_path / "set") == (
        "a dataset must not hold more than 7 files, but ROOT does. Give the folder of its pictures."
    )
    assert len(values(load("digits").train)) == 1438


def test_pictures_without_endings_are_read(tmp_path):
    path = _written(tmp_path / "a.zip", {f"{one}/{n}": _png(n) for one in "ab" for n in range(4)})
    assert load(str(path)).class_names == ("a", "b")
