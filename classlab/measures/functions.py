"""The function behind a layer with weights, and where that layer's outputs are to be measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

FUNCTION_LAYERS: Final = {
    "ReLU": "relu",
    "LeakyReLU": "leaky_relu",
    "Softmax": "softmax",
    "ELU": "elu",
    "PReLU": "prelu",
}
"""Functions that Keras has as layers of their own, by the layer's class."""
_POOLING = ("MaxPooling1D", "MaxPooling2D", "MaxPooling3D")
# What may stand between a sum and its function. Normalization moves and stretches the sums, and the largest of a window
# is one of them.
_BETWEEN = ("BatchNormalization", "LayerNormalization", *_POOLING)


def function_behind(own: str, following: Iterable[tuple[str, str]]) -> tuple[str, int]:
    """Finds a layer's function and counts the layers up to the place where its outputs are measured.

    A softmax is left out: its shares hide how large the scores were, and it is the scores that initializers keep
    near the size of what came in. A max-pooling behind a relu belongs to it: the two may change places without
    changing a value, and what goes on to the next layer is what stands behind both.

    Args:
        own: the function that the layer applies by itself, by Keras's name; "linear" for none.
        following: class and function of each layer behind it, in order, as far as each alone reads the one before.

    Returns:
        The function's name, "linear" where there is none; how many of the following layers are passed through before
        the outputs are measured.

    Example:
        >>> function_behind("linear", [("BatchNormalization", "linear"), ("Activation", "tanh")])
        ('tanh', 2)
        >>> function_behind("relu", [("MaxPooling2D", "linear"), ("Flatten", "linear")])
        ('relu', 1)
        >>> function_behind("linear", [("Softmax", "softmax")])
        ('softmax', 0)
    """
    function, passed = own, 0
    behind = list(following)
    if function == "linear":
        for count, (kind, its) in enumerate(behind, 1):
            if its != "linear" and (kind == "Activation" or kind in FUNCTION_LAYERS):
                function, passed = its, count
                break
            if kind not in _BETWEEN:
                break
    if function == "softmax":
        return function, 0
    if function == "relu":
        while passed < len(behind) and behind[passed][0] in _POOLING:
            passed += 1
    return function, passed
