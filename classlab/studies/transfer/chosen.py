"""From what a user calls a backbone to a network that is kept under its digest."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from classlab.errors import SpecError
from classlab.options.nearest import did_you_mean
from classlab.options.words import BACKBONE_NAMES
from classlab.studies.transfer.kept import keep

if TYPE_CHECKING:
    from classlab.models.backbones.network import BackboneNetwork
    from classlab.records.architecture import ImageShape

IMAGENET = "imagenet"


def chosen_backbone(word: str, *, image_shape: ImageShape, weights: str | None = None) -> BackboneNetwork:
    """Builds or reads a backbone for pictures of a shape, and keeps it in the cache.

    Args:
        word: a name of `keras.applications` in snake case, or the path of a `.keras` file.
        image_shape: `(height, width, channels)` of the pictures.
        weights: `imagenet`, `none` for random ones, or a file; None for `imagenet`. A `.keras` file has its own.

    Raises:
        SpecError: there is no such network, its weights are not to be had, or the file cannot be a backbone.
        MissingExtraError: Keras is needed and not installed.
        StorageError: the file cannot be read, or the cache cannot be written.
    """
    if word not in BACKBONE_NAMES and not word.endswith(".keras"):
        hint = f"{did_you_mean(word, BACKBONE_NAMES, otherwise='')} ".lstrip()
        raise SpecError(
            f"`backbone` must be a network of keras.applications or a .keras file, but got backbone={word!r}. "
            f"{hint}Known are {', '.join(BACKBONE_NAMES)}."
        )
    if word.endswith(".keras") and weights is not None:
        raise SpecError(
            f"`backbone_weights` must be left out for a .keras file, which has its own weights, but got "
            f"backbone_weights={weights!r}. Leave it out."
        )
    found = _found(word, image_shape, weights or IMAGENET, _changed(word), _changed(weights or ""))
    keep(found)
    return found


@lru_cache(maxsize=2)  # arms of one study that differ in their heads share it
def _found(word: str, image_shape: ImageShape, weights: str, *_files: int) -> BackboneNetwork:
    from classlab.models.backbones.applications import from_application
    from classlab.models.backbones.cut import from_file

    if word.endswith(".keras"):
        return from_file(Path(word), image_shape=image_shape)
    return from_application(word, image_shape=image_shape, weights=weights)


def _changed(name: str) -> int:
    """When a file was last written; 0 for what is none."""
    path = Path(name)
    return path.stat().st_mtime_ns if name and path.is_file() else 0
