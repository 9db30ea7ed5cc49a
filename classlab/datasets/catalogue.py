"""Datasets by name or path."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from classlab.datasets import embedded
from classlab.datasets.arrays import read_npz
from classlab.datasets.assembly import assemble
from classlab.datasets.idx_folder import is_idx_folder, read_idx_folder
from classlab.datasets.known import NAMES, PUBLISHED
from classlab.datasets.published import cache_folder, find_published, read_published
from classlab.errors import DataError, DatasetNotFoundError
from classlab.options.nearest import nearest

if TYPE_CHECKING:
    from collections.abc import Callable

    from classlab.datasets.dataset import Dataset

__all__ = ["NAMES", "find", "load"]


def load(
    name_or_path: str,
    *,
    cache: Path | None = None,
    size: tuple[int, int] | None = None,
    say: Callable[[str], None] | None = None,
) -> Dataset:
    """Loads a dataset.

    Args:
        name_or_path: one of `NAMES`; or the path of a folder of pictures (`root/<class>/*`, or `root/train/<class>/*`
            beside `root/test/<class>/*`), of an `.npz` file, or of a folder with the four IDX files of MNIST's
            format. A path that is spelled like a name is reached as `./name`.
        cache: folder for downloads; the user's cache folder, or CLASSLAB_CACHE, where left out.
        size: `(height, width)` to bring the pictures of a folder to.
        say: takes what is found and fetched, as sentences; silent where left out.

    Raises:
        DatasetNotFoundError: the name is unknown and no such path exists.
        DataError: what is there is damaged or cannot be used.
        DownloadError: a published dataset could not be fetched.
        StorageError: a file cannot be read or written.

    Example:
        >>> dataset = load("digits")
        >>> len(dataset.train), len(dataset.test), dataset.image_shape
        (1438, 359, (8, 8, 1))
    """
    say = say or _say_nothing
    if not name_or_path:
        raise DatasetNotFoundError("data must have a name, but got an empty one. Give for example mnist5k, or a path.")
    name = name_or_path.lower().replace("-", "_")
    if name in NAMES:
        if size is not None:
            raise DataError(f"`size` is for folders of pictures, but {name} has images of one size. Leave it out.")
        return _named(name, cache=cache, say=say)
    path = Path(name_or_path)
    try:
        exists = path.exists()
    except (OSError, ValueError):
        exists = False
    if not exists:
        raise _not_found(name_or_path, name)
    return _from_path(path, size=size, say=say)


def find(
    name: Literal["mnist", "fashion_mnist", "kmnist", "cifar10"],
    *,
    cache: Path | None = None,
    say: Callable[[str], None] | None = None,
) -> Dataset | None:
    """Loads a published dataset if it is on this machine already; never downloads.

    Args:
        name: a published dataset.
        cache: folder of earlier downloads; the user's cache folder, or CLASSLAB_CACHE, where left out.
        say: takes what is found, as sentences; silent where left out.

    Raises:
        DataError: the folder named by CLASSLAB_DATA holds a wrong or damaged file.
        StorageError: a file there cannot be read.
    """
    content = find_published(PUBLISHED[name], cache=cache_folder(cache), say=say or _say_nothing)
    return None if content is None else assemble(name, content)


def _named(name: str, *, cache: Path | None, say: Callable[[str], None]) -> Dataset:
    if name in PUBLISHED:
        return assemble(name, read_published(PUBLISHED[name], cache=cache_folder(cache), say=say))
    return assemble(name, embedded.mnist5k() if name == "mnist5k" else embedded.digits())


def _from_path(path: Path, *, size: tuple[int, int] | None, say: Callable[[str], None]) -> Dataset:
    from classlab.datasets.folder import read_folder, read_zip  # brings records along, which names do without

    name = str(path)
    is_folder_of_pictures = path.is_dir() and not is_idx_folder(path)
    is_zip = path.suffix.lower() == ".zip" and not path.is_dir()
    if size is not None and not (is_folder_of_pictures or is_zip):
        raise DataError(f"`size` is for folders of pictures, but {path} is not one. Leave it out.")
    if is_folder_of_pictures:
        return assemble(name, read_folder(path, size=size, say=say))
    if is_zip:
        return assemble(name, read_zip(path, size=size, say=say))
    if path.is_dir():
        return assemble(name, read_idx_folder(path, known=None, source=f"the IDX files in {path}"))
    if path.suffix.lower() == ".npz":
        return read_npz(path, name=name)
    raise DataError(
        f"a dataset must be a folder of pictures, a folder of IDX files or an .npz file, but {path} is none of these. "
        "Give the folder that it is in, or save the arrays with numpy.savez_compressed."
    )


def _not_found(given: str, name: str) -> DatasetNotFoundError:
    near = nearest(name, NAMES)
    hint = f"Did you mean {near}? " if near else ""
    return DatasetNotFoundError(
        f"a dataset must be one of {', '.join(NAMES)} or an existing path, but got {given!r}. {hint}"
        "Check the spelling, or give a folder of pictures, an .npz file or a folder of IDX files."
    )


def _say_nothing(_sentence: str) -> None:
    pass
