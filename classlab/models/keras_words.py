"""Where the records' words and Keras's differ: names of layers and initialisers."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

    from classlab.records.layers import InitializerName, Layer

Config: TypeAlias = dict[str, Any]  # a layer or model as Keras writes it in JSON; its keys depend on the class
INITIALIZERS: dict[InitializerName, tuple[str, tuple[str, ...]]] = {
    "zeros": ("Zeros", ()),
    "ones": ("Ones", ()),
    "constant": ("Constant", ("value",)),
    "random_normal": ("RandomNormal", ("mean", "stddev")),
    "random_uniform": ("RandomUniform", ("minval", "maxval")),
    "truncated_normal": ("TruncatedNormal", ("mean", "stddev")),
    "glorot_uniform": ("GlorotUniform", ()),
    "glorot_normal": ("GlorotNormal", ()),
    "he_uniform": ("HeUniform", ()),
    "he_normal": ("HeNormal", ()),
    "lecun_uniform": ("LecunUniform", ()),
    "lecun_normal": ("LecunNormal", ()),
    "orthogonal": ("Orthogonal", ()),
}
"""Keras's class of each initialiser, and the arguments that it takes."""


def layer_names(layers: Iterable[Layer]) -> tuple[str, ...]:
    """Names the layers as Keras does in a fresh session: `dense`, `dense_1`, `max_pooling2d`.

    Example:
        >>> from classlab.records.layers import Dense, ReLU
        >>> layer_names([Dense(units=2), ReLU(), Dense(units=2)])
        ('dense', 're_lu', 'dense_1')
    """
    seen: Counter[str] = Counter()
    names = []
    for layer in layers:
        name = snake_case(layer.kind)
        names.append(f"{name}_{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return tuple(names)


def snake_case(kind: str) -> str:
    """A class's name as Keras makes names of it: `max_pooling2d`."""
    words = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", kind)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()
