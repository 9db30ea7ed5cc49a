"""The packages that come only when asked for: which extra brings each, and the sentence where one is missing.

The core trains, compares and explains without PyTorch and Keras. Whatever needs them says so through this module before
it imports them, so that every place says it in the same words.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Literal

from classlab.errors import MissingExtraError

Extra = Literal["torch", "keras", "pandas", "parquet", "heic", "onnx", "tensorboard", "mlflow", "ray", "search", "web"]

_NAMES: dict[Extra, str] = {
    "torch": "PyTorch", "keras": "Keras", "pandas": "pandas", "parquet": "pyarrow", "heic": "pillow-heif",
    "onnx": "onnx with onnxruntime",
    "tensorboard": "tensorboard", "mlflow": "mlflow", "ray": "Ray", "search": "Optuna", "web": "Starlette",
}  # fmt: skip
# Of the extras that are not called as their package is, or have two.
_PACKAGES: dict[str, tuple[str, ...]] = {
    "parquet": ("pyarrow",), "heic": ("pillow_heif",), "onnx": ("onnx", "onnxruntime"), "search": ("optuna",),
    "web": ("starlette",),
}  # fmt: skip
_FOUND: set[str] = set()  # a search takes as long as a small network's answer; what is missing may yet be installed
BACKENDS = ("torch", "tensorflow", "jax")  # what Keras computes on


def installed(package: str) -> bool:
    """Whether a package is there to be imported, without importing it."""
    if package in sys.modules:
        return sys.modules[package] is not None
    if package not in _FOUND and find_spec(package) is not None:
        _FOUND.add(package)
    return package in _FOUND


def command(extra: Extra) -> str:
    """What brings an extra.

    Example:
        >>> command("parquet")
        'pip install "classlab[parquet]"'
    """
    return f'pip install "classlab[{extra}]"'


def need(extra: Extra, asked: str, *, because: str = "", instead: str = "") -> None:
    """Goes on only where a package is installed.

    Args:
        extra: what brings it.
        asked: what was asked for, as the beginning of a sentence.
        because: why that needs it, where it does not go without saying.
        instead: what would do without it, as in "use device=cpu".

    Raises:
        MissingExtraError: it is not installed.
    """
    if not all(installed(package) for package in _PACKAGES.get(extra, (extra,))):
        raise missing(extra, asked, because=because, instead=instead)


def missing(extra: Extra, asked: str, *, because: str = "", instead: str = "") -> MissingExtraError:
    """The error for a package that is not installed; see `need`.

    Example:
        >>> str(missing("torch", "`device` cuda", because="it computes on the GPU"))
        '`device` cuda needs PyTorch, because it computes on the GPU, but it is not installed. Install it with `pip install "classlab[torch]"`.'
    """  # noqa: E501  (the sentence is one line)
    lack = f"because {because}, but it is not installed" if because else "which is not installed"
    choice = f", or {instead}" if instead else ""
    return MissingExtraError(f"{asked} needs {_NAMES[extra]}, {lack}. Install it with `{command(extra)}`{choice}.")
