"""The arrays in a `.keras` file's `model.weights.h5`: written as Keras does, checked before anyone reads them."""

from __future__ import annotations

import io
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.errors import SpecError
from classlab.models.keras_archive import refused
from classlab.models.keras_layers import Unsupported

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from classlab.models.keras_walk import Path as LayerPath

_OBJECTS = 20_000  # groups and arrays in one file: far above any network's, far below what takes long to walk
_CELL = "cell"  # what a recurrent layer keeps its arrays in
_ELSEWHERE = "its weights are not where Keras 3 keeps them"


@dataclass(frozen=True, kw_only=True, eq=False)
class StoredLayer:
    """A layer's group.

    Args:
        name: the layer's own name.
        arrays: its weights, in the order of Keras's `get_weights`.
        cell: the name of the cell that has them, "" where the layer itself does.
    """

    name: str
    arrays: tuple[NDArray[np.float32], ...] = ()
    cell: str = ""


def write_arrays(layers: Mapping[str, StoredLayer], *, name: str) -> bytes:
    """The HDF5 file of a model's weights.

    Args:
        layers: what stands in it, by group.
        name: the model's.
    """
    import h5py

    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        file.create_group("vars").attrs["name"] = name
        for group, layer in layers.items():
            holder = file.create_group(f"{group}/vars")
            holder.attrs["name"] = layer.name
            if layer.cell:
                holder = file.create_group(f"{group}/{_CELL}/vars")
                holder.attrs["name"] = layer.cell
            for place, array in enumerate(layer.arrays):
                holder[str(place)] = array
    return content.getvalue()


def read_arrays(
    path: Path, content: bytes, groups: Mapping[LayerPath, str]
) -> dict[LayerPath, tuple[NDArray[Any], ...]]:
    """The arrays of every layer, of a file that `weight_shapes` has let pass.

    Args:
        path: the file, for the error's sentence.
        content: its weights.
        groups: the group of every layer, by the layer's path.

    Raises:
        Unsupported: the groups are others, or belong to other layers.
        SpecError: the file is damaged.
    """
    import h5py

    try:
        with h5py.File(io.BytesIO(content), "r") as file:
            return {place: _layer_arrays(file, group, place[-1]) for place, group in groups.items()}
    except KeyError:
        raise Unsupported(_ELSEWHERE) from None
    except (OSError, RuntimeError, ValueError, TypeError, AttributeError) as damage:
        raise refused(path, f"its weights are not a whole HDF5 file ({damage})") from None


def _layer_arrays(file: Any, group: str, name: str) -> tuple[NDArray[Any], ...]:
    own = file.get(group)
    if own is None or "vars" not in own:  # earlier versions of Keras write no group for a layer without weights
        return ()
    if str(own["vars"].attrs.get("name", name)) != name:
        raise Unsupported(_ELSEWHERE)
    holder = own[_CELL]["vars"] if _CELL in own else own["vars"]
    return tuple(np.asarray(holder[str(place)]) for place in range(len(holder)))


def weight_shapes(path: Path, content: bytes) -> dict[str, tuple[int, ...]]:
    """Shapes of all arrays in a weights file, by name; the arrays themselves are not read.

    Only what Keras writes passes: plain numbers, stored whole in this file, reached by hard links. That leaves
    no way to another file (external links, external and virtual data) and none to claim more than is there.

    Raises:
        SpecError: anything else is in the file.
    """
    import h5py

    try:
        with h5py.File(io.BytesIO(content), "r") as file:
            return dict(_arrays(path, file))
    except (OSError, KeyError, RuntimeError, ValueError, TypeError) as damage:
        if isinstance(damage, SpecError):
            raise
        raise refused(path, f"its weights are not a whole HDF5 file ({damage})") from None


def _arrays(path: Path, file: Any) -> Iterator[tuple[str, tuple[int, ...]]]:
    import h5py

    waiting = [("", file)]
    seen = 0
    while waiting:
        prefix, group = waiting.pop()
        for name in group:
            seen += 1
            place = f"{prefix}/{name}"
            if seen > _OBJECTS or place.count("/") > 64:  # also ends hard links that run in a circle
                raise refused(path, "its weights hold more arrays, or nest them deeper, than a network needs")
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise refused(path, f"its weights hold a link, {place!r}, to another place or file")
            found = group[name]
            if isinstance(found, h5py.Group):
                waiting.append((place, found))
            else:
                _check_array(path, place, found)
                yield place, tuple(found.shape)


def _check_array(path: Path, place: str, found: Any) -> None:
    import h5py

    if not isinstance(found, h5py.Dataset) or found.shape is None or found.dtype.kind not in "fiu":
        raise refused(path, f"its weights hold {place!r}, which is not an array of numbers")
    if found.external or found.is_virtual:
        raise refused(path, f"its weights take {place!r} from another file")
    if found.chunks is not None or found.id.get_create_plist().get_nfilters():
        raise refused(path, f"its weights hold {place!r} in pieces or compressed, which Keras does not write")
    if found.id.get_storage_size() != prod(found.shape) * found.dtype.itemsize:
        raise refused(path, f"its weights announce {found.shape} values for {place!r} that are not in the file")
