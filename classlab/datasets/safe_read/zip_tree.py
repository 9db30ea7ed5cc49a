"""A zip archive of pictures as a tree of files: names first, then one member at a time, nothing written to disk."""

from __future__ import annotations

import zipfile
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING

from classlab.datasets.file_tree import MAX_FILES, FileFolder, FileTree, inside, is_rubbish, too_many_files
from classlab.datasets.safe_read.limits import check_growth, open_data, read_exactly
from classlab.errors import DataError
from classlab.files.zip_damage import zip_damage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ENCRYPTED = 0x1  # of a member's flags, as the format (APPNOTE 4.4.4) has them
_UTF8 = 0x800


@contextmanager
def zip_tree(path: Path) -> Iterator[FileTree]:
    """Opens an archive for as long as its pictures are read.

    Raises:
        DataError: not a zip archive, protected by a password, with names that lead out of it, or made to swell.
        StorageError: it cannot be read.
    """
    with open_data(path) as raw, _archive(path, raw) as archive:
        members = _members(path, archive)

        def named(file: str) -> str:
            return f"{file} in {path}"

        yield FileTree(
            where=str(path),
            clause=f"the zip archive {path}",
            top=_folder("", members, _empty_folders(archive)),
            read=lambda file, limit: _read(path, archive, members[file], named(file), limit),
            named=named,
        )


def _archive(path: Path, raw: IO[bytes]) -> zipfile.ZipFile:
    with zip_damage(path, lambda _: DataError(f"{path} is not a zip archive, or it is damaged. Get it again.")):
        return zipfile.ZipFile(raw)


def _members(path: Path, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Members that are files, by their names inside the archive."""
    entries = archive.infolist()
    if len(entries) > MAX_FILES:
        raise too_many_files(str(path))
    members = {}
    for entry in entries:
        name = _name(entry)
        parts = name.split("/")
        if name.startswith("/") or ".." in parts or parts[0].endswith(":"):
            raise DataError(
                f"names in a zip archive must lie inside it, but {path} holds {name!r}. "
                "Make the archive again, of the folder of pictures."
            )
        if entry.is_dir() or any(map(is_rubbish, parts)):
            continue
        if entry.flag_bits & _ENCRYPTED:
            raise DataError(f"{path} is protected by a password. Unpack it, and give the folder.")
        members[name] = entry
    check_growth(
        str(path), sum(one.file_size for one in members.values()), sum(one.compress_size for one in members.values())
    )
    return members


def _name(entry: zipfile.ZipInfo) -> str:
    """A member's name; many programs write UTF-8 without saying so, which would be read as code page 437."""
    name = entry.filename
    if not entry.flag_bits & _UTF8:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/").removeprefix("./")


def _empty_folders(archive: zipfile.ZipFile) -> list[str]:
    names = (_name(entry).rstrip("/") for entry in archive.infolist() if entry.is_dir())
    return [name for name in names if name and not any(map(is_rubbish, name.split("/")))]


def _folder(path: str, members: dict[str, zipfile.ZipInfo], empty: list[str]) -> FileFolder:
    tree: dict[str, set[str]] = {"": set()}
    files: dict[str, list[str]] = {}
    for name in members:
        folder, _, last = name.rpartition("/")
        files.setdefault(folder, []).append(last)
        _enter(tree, folder)
    for name in empty:
        _enter(tree, name)

    def built(at: str) -> FileFolder:
        inner = tuple(built(inside(at, name)) for name in sorted(tree.get(at, ())))
        return FileFolder(path=at, files=tuple(sorted(files.get(at, ()))), folders=inner)

    return built(path)


def _enter(tree: dict[str, set[str]], folder: str) -> None:
    while folder:
        above, _, name = folder.rpartition("/")
        inner = tree.setdefault(above, set())
        if name in inner:
            return
        inner.add(name)
        folder = above


def _read(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo, named: str, limit: int) -> bytes:
    if member.file_size > limit:
        raise DataError(
            f"{named} must not be larger than {limit:,} bytes, but it has {member.file_size:,}. Make it smaller."
        )
    check_growth(named, member.file_size, member.compress_size)
    said = f"{named} is damaged or packed in an unknown way. Make the archive again."
    with zip_damage(path, lambda _: DataError(said)), archive.open(member) as stream:
        content = read_exactly(stream, member.file_size)
        stream.read(1)  # reaching the end makes zipfile compare the checksum
    return bytes(content)
