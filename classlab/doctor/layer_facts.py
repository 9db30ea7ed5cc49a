"""A layer as the doctor looks at it, whether it comes from our own architecture or from a Keras configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any

from classlab.measures.layers import FUNCTION_LAYERS
from classlab.records.base import Record

if TYPE_CHECKING:
    from classlab.records.architecture import Architecture, KerasArchitecture

# Keras's layers without weights that leave an image's numbers as they are.
PASSING = frozenset(
    {"InputLayer", "Flatten", "Reshape", "Permute", "Identity", "ZeroPadding2D", "Cropping2D", "UpSampling2D"}
)
SCALING = frozenset({"Rescaling", "Normalization"})
WEIGHTED = frozenset(
    {"Dense", "Conv1D", "Conv2D", "Conv3D", "DepthwiseConv2D", "SeparableConv2D", "Embedding", "LSTM", "GRU"}
)
_KERNELS = ("kernel", "depthwise", "pointwise", "recurrent")  # what initializers and regularizers are named for


@dataclass(frozen=True, kw_only=True)
class LayerFacts(Record):
    """What can be said of a layer before it has seen an image.

    Args:
        position: its place in the model, from 0.
        kind: its Keras class, as in "Dense".
        activation: the function behind it by Keras's name, "linear" where there is none.
        width: units of a Dense or recurrent layer, filters of a convolution; None elsewhere.
        initializer: how its kernel starts, by Keras's name in small letters (`random_normal`); "" where it has none.
        initializer_spread: deviation of a random normal or uniform start, or the constant of a constant one, or the
            scale of a variance scaling; None elsewhere.
        bias_value: the constant its biases start from; 0.0 for zeros.
        rate: share of values that a Dropout layer drops; None elsewhere.
        penalty: largest factor of its regularizers, l1 or l2.
        scale: factor of a Rescaling; None elsewhere or where there is one per channel.
        momentum: share of its statistics that a BatchNormalization keeps at each step; None elsewhere.
        half: whether it computes in half precision.
    """

    position: int
    kind: str
    activation: str = "linear"
    width: int | None = None
    initializer: str = ""
    initializer_spread: float | None = None
    bias_value: float = 0.0
    rate: float | None = None
    penalty: float = 0.0
    scale: float | None = None
    momentum: float | None = None
    half: bool = False

    @property
    def weighted(self) -> bool:
        """Whether it multiplies its input by weights."""
        return self.kind in WEIGHTED


def facts_of(architecture: Architecture | KerasArchitecture) -> tuple[LayerFacts, ...]:
    """Every layer of a network, in order."""
    if architecture.kind == "layers":
        plain = [
            (layer.kind, {"activation": getattr(layer, "activation", None), **vars(layer)})
            for layer in architecture.layers
        ]
        return tuple(layer_facts(kind, config, position=place) for place, (kind, config) in enumerate(plain))
    found = enumerate(architecture.described())
    return tuple(layer_facts(kind, config, position=place) for place, (kind, config) in found)


def layer_facts(kind: str, config: Mapping[str, Any], *, position: int) -> LayerFacts:
    """One layer from its class name and its settings.

    Args:
        kind: the class name.
        config: what `layer.get_config()` gives, or our own specification's fields.
        position: its place in the model, from 0.

    Example:
        >>> layer_facts("Dense", {"units": 10, "activation": "softmax"}, position=2).width
        10
    """
    start, spread = _initializer(config.get("kernel_initializer") or config.get("depthwise_initializer"))
    _, bias = _initializer(config.get("bias_initializer"))
    scale = config.get("scale") if kind == "Rescaling" else None
    return LayerFacts(
        position=position,
        kind=kind,
        activation=FUNCTION_LAYERS.get(kind) or _activation(config.get("activation")),
        width=config.get("units") or config.get("filters"),
        initializer=start,
        initializer_spread=spread,
        bias_value=bias or 0.0,
        rate=config.get("rate") if "Dropout" in kind else None,
        penalty=max(_penalty(config.get(f"{name}_regularizer")) for name in (*_KERNELS, "bias")),
        scale=float(scale) if isinstance(scale, int | float) else None,
        momentum=config.get("momentum") if kind == "BatchNormalization" else None,
        half=_precision(config.get("dtype")).endswith("float16"),
    )


def _precision(found: Any) -> str:
    """The name of a policy, as in "mixed_bfloat16"; "" where there is none."""
    return (
        str(found["config"].get("name", "")) if isinstance(found, Mapping) and "config" in found else str(found or "")
    )


def _activation(found: Any) -> str:
    if isinstance(found, Mapping):
        name = found.get("config") or found.get("class_name")
        return str(name if isinstance(name, str) else found.get("class_name", "linear")).lower()
    return found if isinstance(found, str) else "linear"


def _initializer(found: Any) -> tuple[str, float | None]:
    """Its name in small letters joined by underscores, and the number that matters."""
    if found is None:
        return "", None
    if isinstance(found, str):
        return found, None
    if isinstance(found, Mapping):
        name, settings = str(found.get("class_name", "")), dict(found.get("config") or {})
    else:
        name, settings = str(found.name), vars(found)
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
    snake = {"uniform": "random_uniform", "normal": "random_normal"}.get(snake, snake)
    if snake in ("random_normal", "truncated_normal"):
        return snake, float(settings.get("stddev", 0.05))
    if snake == "random_uniform":
        low, high = float(settings.get("minval", -0.05)), float(settings.get("maxval", 0.05))
        return snake, (high - low) / sqrt(12)
    if snake == "constant":
        return snake, float(settings.get("value", 0.0))
    if snake == "variance_scaling":
        return snake, float(settings.get("scale", 1.0))
    return snake, 1.0 if snake == "ones" else None


def _penalty(found: Any) -> float:
    if found is None:
        return 0.0
    settings = dict(found.get("config") or {}) if isinstance(found, Mapping) else vars(found)
    return max((float(settings.get(name) or 0.0) for name in ("l1", "l2")), default=0.0)
