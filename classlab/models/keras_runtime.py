"""Keras, which is optional: imported where it is first needed, and missed in one sentence."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from typing import Any

from classlab.errors import SpecError

INSTALL = 'pip install "classlab[keras]"'


def keras(what: str = "this", *, because: str = "") -> Any:
    """Imports Keras on the PyTorch backend, unless the user has chosen another or Keras is imported already.

    PyTorch is what classlab installs. The choice is taken from the variable `KERAS_BACKEND` alone: the file
    `keras.json` is written by Keras itself on first use, so what it names is no one's choice.

    Args:
        what: what it is needed for, as the subject of the sentence that misses it.
        because: why, as a clause.

    Returns:
        The module `keras`; it ships no types, hence `Any`.

    Raises:
        SpecError: Keras is not installed, or the backend that was chosen is not there.
    """
    if "keras" not in sys.modules:
        os.environ.setdefault("KERAS_BACKEND", "torch")
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # TensorFlow, where chosen, narrates its start otherwise
    try:
        import keras
    except (ImportError, ValueError) as problem:  # the latter of a backend that Keras does not know
        if not has_keras():
            reason = f": {because}" if because else ""
            raise SpecError(f"{what} needs Keras, which is not installed{reason}. Install it with: {INSTALL}") from None
        raise SpecError(
            f"Keras must be importable on the backend {os.environ.get('KERAS_BACKEND')!r}, but it says: "
            f"{str(problem).rstrip('.')}. Unset KERAS_BACKEND, or install what it names."
        ) from None
    return keras


def has_keras() -> bool:
    """Whether Keras is installed; it is not imported for that."""
    try:
        return find_spec("keras") is not None
    except (ImportError, ValueError):  # the latter of a module that was put in its place without a specification
        return sys.modules.get("keras") is not None
