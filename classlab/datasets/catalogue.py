"""Datasets by name or path."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from classlab.datasets import embedded
from classlab.datasets.array_files import ARRAYS, ArrayFile
from classlab.datasets.assembly import assemble
from classlab.datasets.containers import read_array_folder, read_container
from classlab.datasets.idx_folder import read_own_idx_folder
from classlab.datasets.known import NAMES, PUBLISHED, spelled
from classlab.datasets.published import find_published, read_published
from classlab.datasets.safe_read.file_kind import file_kind
from classlab.datasets.safe_read.parquet_pictures import holds_pictures
from classlab.datasets.safe_read.pixel_table import is_pixel_table
from classlab.datasets.safe_read.refusals import refusal_of
from classlab.datasets.selection import Selection, exists, parse_selection, path_of
from classlab.datasets.source_kind import folder_kind, table_in
from classlab.datasets.tables import read_parquet, read_table
from classlab.errors import DataError, DatasetNotFoundError, OptionError
from classlab.files.cache_folder import cache_folder
from classlab.options import check
from classlab.options.nearest import nearest

if TYPE_CHECKING:
    from collections.abc import Callable

    from classlab.datasets.dataset import Dataset
    from classlab.datasets.safe_read.file_kind import FileKind
    from classlab.datasets.source_kind import FolderKind
    from classlab.options.words import Fit
    from classlab.records.picture_reading import PictureReading
    from classlab.records.preparation import Preparation

__all__ = ["NAMES", "find", "load"]


def load(
    name_or_path: str,
    *,
    cache: Path | None = None,
    size: tuple[int, int] | None = None,
    fit: Fit | None = None,
    preparation: Preparation | None = None,
    reading: PictureReading | None = None,
    to_measure: bool = False,
    say: Callable[[str], None] | None = None,
) -> Dataset:
    """Loads a dataset.

    Args:
        name_or_path: one of `NAMES`; or the path of a folder of pictures (`root/<class>/*`, or `root/train/<class>/*`
            beside `root/test/<class>/*`), of a zip archive of
            such a folder, of a file with arrays (`.npz`, `.npy`, IDX, HDF5, MATLAB's) or with a table of pixels (CSV,
            Parquet) or of the names of pictures beside it, or of a folder with such files. `FILE#images=X,labels=y`
            says which arrays are meant. A path that is spelled like a name is reached as `./name`.
        cache: folder for downloads; the user's cache folder, or CLASSLAB_CACHE, where left out.
        size: `(height, width)` to bring the pictures of a folder to.
        fit: what is done to pictures of other proportions: `stretch` (where left out) distorts them, `crop` cuts
            their longer side, `pad` adds to their shorter one.
        preparation: of a folder of pictures, in place of `size` and `fit`: what was done to a run's training pictures;
            other data come in one size and are left as they are.
        reading: of a folder of pictures: how deep and transparent ones are read, as those of a run's training were;
            found from the pictures where left out.
        to_measure: whether the images are for measuring a network alone, so that one class or one image of a class is
            enough.
        say: takes what is found and fetched, as sentences; silent where left out.

    Raises:
        DatasetNotFoundError: the name is unknown and no such path exists.
        OptionError: `fit` was given without `size`, or a size that no images have.
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
    if fit is not None and size is None:
        raise OptionError(f"`fit` has no effect without `size`, but got fit={fit!r}. Give a size, or leave it out.")
    name = spelled(name_or_path)
    if name in NAMES:
        if size is not None:
            raise DataError(f"`size` is for folders of pictures, but {name} has images of one size. Leave it out.")
        return _named(name, cache=cache, say=say)
    check_found(name_or_path)
    path, selection = _parted(name_or_path)
    if size is not None:
        check("size", size)  # before any picture is read
    kind = folder_kind(path) if path.is_dir() else file_kind(path)
    if kind == "tables":
        path = table_in(path) or path
        kind = file_kind(path)
    names_pictures = kind == "table" and not is_pixel_table(path)
    if kind in ("pictures", "zip") or names_pictures:
        from classlab.datasets.folder import read_folder  # brings records along, which other data do without

        content = read_folder(
            path.parent if names_pictures else path,
            table=path.name if names_pictures else None,
            size=size,
            fit=fit or "stretch",
            preparation=preparation,
            reading=reading,
            labels=selection.column(path),
            say=say,
        )
        return assemble(name_or_path, content, to_measure=to_measure)
    if kind == "parquet" and holds_pictures(path, selection.arrays):
        from classlab.datasets.encoded_rows import read_encoded_rows

        content = read_encoded_rows(
            path, selection, size=size, fit=fit or "stretch", preparation=preparation, reading=reading, say=say
        )
        return assemble(name_or_path, content, to_measure=to_measure)
    if size is not None:
        raise DataError(f"`size` is for folders of pictures, but {path} is not one. Leave it out.")
    return _from_path(path, kind, selection=replace(selection, to_measure=to_measure), name=name_or_path)


def check_found(name_or_path: str) -> None:
    """Refuses a dataset that has no known name and is no path, without a look into what is there.

    Args:
        name_or_path: as in `load`.

    Raises:
        DatasetNotFoundError: the name is unknown and no such path exists.
    """
    name = spelled(name_or_path)
    if name not in NAMES and not exists(path_of(name_or_path)):
        raise _not_found(name_or_path, name)


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


def _parted(name: str) -> tuple[Path, Selection]:
    """A path, and what is said of it behind #."""
    path = path_of(name)
    return path, Selection() if path == Path(name) else parse_selection(name.rpartition("#")[2])


def _from_path(path: Path, kind: FolderKind | FileKind, *, selection: Selection, name: str) -> Dataset:
    if kind == "mnist":
        return read_own_idx_folder(path, name=name)
    if kind == "arrays":
        return read_array_folder(path, name=name, selection=selection)
    if kind == "parquet":
        return read_parquet(path, name=name, selection=selection)
    if kind == "table":
        return read_table(path, name=name, selection=selection)
    if kind in ARRAYS:
        return read_container(ArrayFile(path, kind), name=name, selection=selection)
    raise DataError(refusal_of(path, kind))


def _not_found(given: str, name: str) -> DatasetNotFoundError:
    near = nearest(name, NAMES)
    hint = f"Did you mean {near}? " if near else ""
    return DatasetNotFoundError(
        f"a dataset must be one of {', '.join(NAMES)} or an existing path, but got {given!r}. {hint}"
        "Check the spelling, or give the path of a folder of pictures or of a file with arrays or a table."
    )


def _say_nothing(_sentence: str) -> None:
    pass
