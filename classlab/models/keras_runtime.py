"""Keras, which is optional: imported where it is first needed, and missed in one sentence."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from classlab.errors import SpecError
from classlab.extras import BACKENDS, installed, missing, need

if TYPE_CHECKING:
    from classlab.records.architecture import KerasArchitecture


def keras(what: str = "a model in Keras's own layers", *, because: str = "") -> Any:
    """Imports Keras on the PyTorch backend, unless the user has chosen another or Keras is imported already.

    The extra `keras` brings PyTorch; where it is not there, another backend that is takes its place. The user's choice
    is taken from the variable `KERAS_BACKEND` alone: the file `keras.json` is written by Keras itself on first use, so
    what it names is no one's choice.

    Args:
        what: what it is needed for, as the subject of the sentence that misses it.
        because: why, as a clause.

    Returns:
        The module `keras`; it ships no types, hence `Any`.

    Raises:
        MissingExtraError: Keras is not installed, or nothing that it could compute on.
        SpecError: the backend that was chosen is not there.
    """
    if sys.modules.get("keras") is None:
        need("keras", what, because=because)
        if "KERAS_BACKEND" not in os.environ:
            os.environ["KERAS_BACKEND"] = _backend(what)
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # TensorFlow, where chosen, narrates its start otherwise
    try:
        import keras
    except (ImportError, ValueError) as problem:  # the latter of a backend that Keras does not know
        raise SpecError(
            f"Keras must be importable on the backend {os.environ.get('KERAS_BACKEND')!r}, but it says: "
            f"{str(problem).rstrip('.')}. Unset KERAS_BACKEND, or install what it names."
        ) from None
    return keras


def need_keras(architecture: KerasArchitecture) -> None:
    """Goes on only where Keras is installed, which a model of the general path needs; imports nothing.

    Raises:
        MissingExtraError: it is not.
    """
    need("keras", f"the model {architecture.name!r}", because=architecture.reason)


def _backend(what: str) -> str:
    """The first backend that is installed."""
    for name in BACKENDS:
        if installed(name):
            return name
    raise missing("torch", what, because="Keras computes on it")
