"""What lies in a folder or an archive: names of files and folders, without what systems and tools leave behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.errors import DataError, unreadable
from classlab.files.read_file import read_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MAX_FILES = 2_000_000  # ImageNet has 1.3 million pictures; a whole disk has more files
# Left by macOS, Windows, Python, NAS boxes and file systems; hidden files begin with a dot and are passed over too.
_RUBBISH = frozenset(
    (
        *("__macosx", "__pycache__", "thumbs.db", "ehthumbs.db", "desktop.ini", "@eadir", "lost+found", "icon\r"),
        *("$recycle.bin", "system volume information"),
    )
)


@dataclass(frozen=True, kw_only=True)
class FileFolder:
    """A folder.

    Args:
        path: relative to the dataset, with `/`; "" for the dataset itself.
        files: names of its files, sorted.
        folders: its folders, sorted by name.
    """

    path: str
    files: tuple[str, ...]
    folders: tuple[FileFolder, ...]

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2]

    def own_files(self) -> list[str]:
        """Paths of the files directly in it, relative to the dataset."""
        return [inside(self.path, name) for name in self.files]

    def all_files(self) -> Iterator[str]:
        """Paths of its files and those of all folders in it, relative to the dataset: its own first."""
        yield from self.own_files()
        for folder in self.folders:
            yield from folder.all_files()

    def holds_files(self) -> bool:
        """Whether there is a file in it, however deep."""
        return next(self.all_files(), None) is not None


@dataclass(frozen=True, kw_only=True)
class FileTree:
    """A folder or an archive with a way to read its files.

    Args:
        where: its path, as the user gave it.
        clause: what it is, for people.
        top: what lies in it.
        read: gives a file's content; the argument is its path relative to the dataset, then the most bytes it may
            have. Its errors begin with what `named` gives.
        named: how sentences call a file.
        holders: what its pictures lie in, for sentences.
    """

    where: str
    clause: str
    top: FileFolder
    read: Callable[[str, int], bytes]
    named: Callable[[str], str]
    holders: str = "class folders"


def is_rubbish(name: str) -> bool:
    """Whether a file or folder of this name is hidden, or left behind by a system or a tool."""
    return name.startswith(".") or name.casefold() in _RUBBISH


def inside(folder: str, name: str) -> str:
    """The path of what lies in a folder, relative to the dataset."""
    return f"{folder}/{name}" if folder else name


def folder_tree(root: Path) -> FileTree:
    """Lists a folder on disk. A link to a folder that it lies in is passed over.

    Raises:
        DataError: it holds more than two million files.
        StorageError: a folder in it cannot be listed.
    """
    lister = _Lister(root)
    return FileTree(
        where=str(root),
        clause=f"the folder {root}",
        top=lister.listed(root, "", (root.resolve(),)),
        read=lambda file, limit: read_file(root / file, limit=limit, error=DataError, step="Make it smaller."),
        named=lambda file: str(root / file),
    )


class _Lister:
    """Lists folders and counts what it found."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._found = 0

    def listed(self, folder: Path, path: str, above: tuple[Path, ...]) -> FileFolder:
        files, folders = [], []
        for entry in _entries(folder):
            if not entry.is_dir():
                files.append(entry.name)
                continue
            target = _target(entry, above)
            if target is not None:
                folders.append(self.listed(entry, inside(path, entry.name), (*above, target)))
        self._found += len(files)
        if self._found > MAX_FILES:
            raise too_many_files(str(self._root))
        return FileFolder(path=path, files=tuple(files), folders=tuple(folders))


def too_many_files(where: str) -> DataError:
    """The error for a folder or archive that cannot be meant."""
    return DataError(
        f"a dataset must not hold more than {MAX_FILES:,} files, but {where} does. Give the folder of its pictures."
    )


def _entries(folder: Path) -> list[Path]:
    try:
        entries = [path for path in folder.iterdir() if not is_rubbish(path.name)]
    except OSError as problem:
        raise unreadable(folder, problem) from None
    return sorted(entries, key=lambda path: path.name)


def _target(entry: Path, above: tuple[Path, ...]) -> Path | None:
    """Where a folder really lies; None for a link that leads back to a folder that it lies in."""
    if not entry.is_symlink():
        return above[-1] / entry.name
    try:
        target = entry.resolve()
    except (OSError, RuntimeError):
        return None
    return None if any(one.is_relative_to(target) for one in above) else target
