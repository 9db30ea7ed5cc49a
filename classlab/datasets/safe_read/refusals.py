"""For files that are not read: why, and the one thing that works instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def refusal_of(path: Path, kind: str) -> str:
    """Why something is not read, and what works instead.

    Args:
        path: the file or folder.
        kind: of `file_kind`, or "objects" for a folder of Python's.
    """
    if kind in ("pickle", "objects"):
        known = next(
            (name for name in ("fashion_mnist", "kmnist", "mnist", "cifar10") if name[:5] in path.name.lower()), ""
        )
        instead = f"Give the name {known}, or save" if known else "Where you trust it, load it and save"
        return (
            f"{path} holds Python objects (pickle), and reading those could run foreign code. {instead} its arrays by "
            "numpy.savez_compressed('data.npz', x_train=..., y_train=...)."
        )
    if kind in ("zip", "tar"):
        return (
            f"{path} is an archive that holds no arrays of NumPy. Unpack it, and give the folder or file that you get."
        )
    if kind == "picture":
        return (
            f"{path} is a single picture, and a dataset needs pictures of every class. Put them into one folder per "
            "class, and give the folder around these."
        )
    if kind == "empty":
        return f"{path} must hold images and labels, but it is empty. Get the file again."
    return (
        f"{path} is of no kind that is read: a folder of pictures, .npz, .npy, IDX, HDF5, MATLAB's .mat, CSV or "
        "Parquet. Save its arrays by numpy.savez_compressed('data.npz', x_train=..., y_train=...)."
    )
