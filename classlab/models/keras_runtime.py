"""Keras, imported where it is first needed."""

from __future__ import annotations

import os
import sys
from typing import Any

from classlab.errors import SpecError


def keras() -> Any:
    """Imports Keras on the PyTorch backend, unless the user has chosen another or Keras is imported already.

    PyTorch is what classlab installs. The choice is taken from the variable `KERAS_BACKEND` alone: the file
    `keras.json` is written by Keras itself on first use, so what it names is no one's choice.

    Returns:
        The module `keras`; it ships no types, hence `Any`.

    Raises:
        SpecError: the backend that was chosen is not there.
    """
    if "keras" not in sys.modules:
        os.environ.setdefault("KERAS_BACKEND", "torch")
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # TensorFlow, where chosen, narrates its start otherwise
    try:
        import keras
    except (ImportError, ValueError) as problem:  # the latter of a backend that Keras does not know
        raise SpecError(
            f"Keras must be importable on the backend {os.environ.get('KERAS_BACKEND')!r}, but it says: "
            f"{str(problem).rstrip('.')}. Unset KERAS_BACKEND, or install what it names."
        ) from None
    return keras
