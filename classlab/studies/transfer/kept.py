"""Where backbones are kept: one copy by digest in the cache, and one beside each run, which so opens anywhere."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING

from classlab.errors import RecordError, StorageError
from classlab.files.atomic_file import link_or_copy, make_folder
from classlab.files.cache_folder import cache_folder

if TYPE_CHECKING:
    from pathlib import Path

    from classlab.models.backbones.network import BackboneNetwork
    from classlab.records.backbone import Backbone

BACKBONE_FILE = "backbone.safetensors"

_placed: dict[str, Path] = {}  # the latest run folder that holds a backbone, by its digest: of one disk, most often


def keep(network: BackboneNetwork) -> None:
    """Keeps a backbone in the cache, from which trainings of this machine take it.

    Raises:
        StorageError: the cache cannot be written.
    """
    from classlab.models.backbones.backbone_file import write_backbone

    path = _cached(network.record)
    if path.is_file():
        with suppress(RecordError):  # a damaged file is written again
            kept_backbone(network.record)
            return
    make_folder(path.parent)
    write_backbone(path, network)


def keep_beside(folder: Path, record: Backbone) -> None:
    """Puts a backbone into a run's folder, as another name of the same file where the system allows.

    Raises:
        StorageError: it is not in the cache, or the folder cannot be written.
    """
    own = folder / BACKBONE_FILE
    sources = [path for path in (_placed.get(record.digest), _cached(record)) if path is not None and path.is_file()]
    if not own.is_file() or not sources:
        if not sources:
            raise _lost(record, folder)
        link_or_copy(sources, own)
    _placed[record.digest] = own


def offer_beside(folder: Path, record: Backbone) -> None:
    """Lets further runs have the backbone of a run's folder, which may come from another machine.

    Raises:
        StorageError: it is neither in the folder nor in the cache.
        RecordError: its file is damaged or of another backbone.
    """
    if record.digest not in _placed:
        kept_backbone(record, folder)
        if (folder / BACKBONE_FILE).is_file():
            _placed[record.digest] = folder / BACKBONE_FILE


def kept_backbone(record: Backbone, folder: Path | None = None) -> BackboneNetwork:
    """The backbone of a run, from the run's folder or the cache.

    Args:
        record: which one.
        folder: of the run; None for a run in memory.

    Raises:
        StorageError: it is in neither.
        RecordError: its file is damaged or of another backbone.
    """
    places = [_cached(record)] if folder is None else [folder / BACKBONE_FILE, _cached(record)]
    path = next((path for path in places if path.is_file()), None)
    if path is None:
        raise _lost(record, folder)
    return _read(path, record, path.stat().st_mtime_ns)


@lru_cache(maxsize=2)  # networks of some ten to a hundred megabytes
def _read(path: Path, record: Backbone, _changed: int) -> BackboneNetwork:
    from classlab.models.backbones.backbone_file import read_backbone

    return read_backbone(path, record)


def _cached(record: Backbone) -> Path:
    return cache_folder() / "backbones" / f"{record.digest[:32]}.safetensors"


def _lost(record: Backbone, folder: Path | None) -> StorageError:
    beside = "" if folder is None else f"{folder / BACKBONE_FILE} and not in "
    return StorageError(
        f"the backbone {record.name!r} must be at hand, but it is not in {beside}{cache_folder() / 'backbones'}. "
        "Restore the file, or train the run again with the backbone given."
    )
