"""Layers one after the other: what a model's input goes through first, what it ends in, what stands between layers."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from classlab.doctor.audit.array_arithmetic import written
from classlab.doctor.audit.facts import Facts, Fitted, hidden, scaled, shifted, stepped
from classlab.doctor.audit.trainings import Model
from classlab.doctor.audit.values import (
    NONE,
    UNKNOWN,
    Array,
    CallResult,
    Const,
    Symbol,
    SymbolicTensor,
    Value,
    number_of,
    text_of,
    whole_of,
)

if TYPE_CHECKING:
    from classlab.doctor.audit.interpreter import Interpreter
    from classlab.doctor.audit.location import Location
    from classlab.doctor.audit.trainings import Network

PLAIN_WEIGHTS: Final = frozenset({"Dense", "Conv1D", "Conv2D", "Conv3D", "Convolution2D", "Conv2DTranspose"})
HAS_WEIGHTS: Final = PLAIN_WEIGHTS | {
    "SeparableConv2D", "DepthwiseConv2D", "SeparableConv1D", "LSTM", "GRU", "SimpleRNN", "Bidirectional", "ConvLSTM2D",
    "Embedding", "MultiHeadAttention", "EinsumDense", "TimeDistributed", "LocallyConnected2D",
}  # fmt: skip
# Layers that hand numbers on as they are, or move and average them.
NEUTRAL: Final = frozenset({
    "InputLayer", "Flatten", "Reshape", "Permute", "ZeroPadding2D", "Cropping2D", "Resizing", "CenterCrop",
    "RandomFlip",
    "RandomRotation", "RandomZoom", "RandomTranslation", "RandomCrop", "RandomHeight", "RandomWidth", "GaussianNoise",
    "Dropout", "SpatialDropout2D", "UpSampling2D", "RandomContrast", "RandomBrightness", "AveragePooling2D",
    "MaxPooling2D", "MaxPool2D", "GlobalAveragePooling2D", "Identity",
})  # fmt: skip
_ACTIVATION_LAYERS: Final = {
    "Softmax": "softmax", "ReLU": "relu", "LeakyReLU": "leaky_relu", "PReLU": "leaky_relu", "ELU": "elu",
    "softmax": "softmax", "log_softmax": "log_softmax", "sigmoid": "sigmoid", "relu": "relu", "tanh": "tanh",
    "elu": "elu",
    "selu": "selu", "gelu": "gelu", "leaky_relu": "leaky_relu", "swish": "silu", "silu": "silu", "softplus": "softplus",
    "relu6": "relu",
}  # fmt: skip
_PLACE_OF_ACTIVATION: Final = {"Dense": 1, "Conv2D": 7, "Conv1D": 7, "Convolution2D": 7, "Activation": 0}
# Networks of `keras.applications` whose weights were trained on images between -1 and 1.
MINUS_ONE_APPLICATIONS: Final = frozenset({
    "MobileNet", "MobileNetV2", "InceptionV3", "InceptionResNetV2", "Xception", "ResNet50V2", "ResNet101V2",
    "ResNet152V2", "NASNetMobile", "NASNetLarge",
})  # fmt: skip
# Networks of `keras.applications` that scale 0..255 themselves unless told not to.
SCALING_APPLICATIONS: Final = ("EfficientNet", "MobileNetV3", "ConvNeXt", "RegNet")


@dataclass(frozen=True)
class Head:
    """How a network ends.

    Args:
        activations: functions after the last layer with weights, first to last; empty where the output is linear.
        width: units of the last layer with weights; None where unknown.
        location: where that layer stands.
        last_spot: where the last activation stands.
    """

    activations: tuple[str, ...]
    width: int | None
    location: Location
    last_spot: Location

    @property
    def last(self) -> str:
        """The last activation, "linear" where there is none."""
        return self.activations[-1] if self.activations else "linear"


def activation_of(layer: CallResult) -> str | None:
    """The activation of a layer, "linear" where it has none, None where unknown."""
    if layer.kind in _ACTIVATION_LAYERS:
        return _ACTIVATION_LAYERS[layer.kind]
    if "?" in layer.kwargs:
        return None
    given = layer.argument("activation", _PLACE_OF_ACTIVATION.get(layer.kind))
    return activation_name(given)


def activation_name(given: Value | None) -> str | None:
    """The name of an activation, however it is given."""
    if given is None or given == NONE:
        return "linear"
    text = text_of(given)
    if text is not None:
        text = text.lower()
        return {"swish": "silu", "hard_silu": "silu"}.get(text, text)
    if isinstance(given, Symbol):
        word = given.name.rpartition(".")[2]
        return _ACTIVATION_LAYERS.get(word, word.lower()) if given.name.startswith(("keras.", "tensorflow.")) else None
    if isinstance(given, CallResult):
        return _ACTIVATION_LAYERS.get(given.kind)
    return None


def units_of(layer: CallResult) -> int | None:
    """How many outputs a layer has."""
    return whole_of(layer.argument("units" if layer.kind == "Dense" else "filters", 0))


def head_of(network: Network) -> Head | None:
    """How a network ends; None where that is not known."""
    if not network.certain:
        return None
    found: list[tuple[str, Location]] = []
    for layer in reversed(network.layers):
        if layer.kind in PLAIN_WEIGHTS and layer.name.startswith("keras.layers."):
            own = activation_of(layer)
            if own is None:
                return None
            found += [(own, layer.location)] if own != "linear" else []
            names = tuple(name for name, _ in reversed(found))
            last = found[0][1] if found else layer.location
            return Head(names, units_of(layer), layer.location, last)
        if layer.kind in ("Flatten", "Reshape", "Dropout", "ActivityRegularization", "Identity"):
            continue
        if layer.kind == "GlobalAveragePooling2D" and not found:
            continue
        name = activation_of(layer) if layer.kind == "Activation" or layer.kind in _ACTIVATION_LAYERS else None
        if name is None:
            return None
        found += [(name, layer.location)] if name != "linear" else []
    return None


def reaching(network: Network, facts: Facts) -> tuple[Facts, CallResult | None]:
    """What arrives at the first layer with weights, and that layer; None where it is not reached in sight."""
    if not network.certain:
        return hidden(facts), None
    for layer in network.layers:
        if layer.kind in HAS_WEIGHTS or layer.kind == "BatchNormalization":
            return facts, layer
        if layer.name.startswith("keras.applications."):
            return _into_application(facts, layer), layer
        facts = after_layer(facts, layer)
        if facts.opaque:
            return facts, None
    return facts, None


def after_layer(facts: Facts, layer: CallResult) -> Facts:
    """An array after a layer without weights."""
    if layer.kind == "Rescaling":
        return _rescaled(facts, layer)
    if layer.name == "operation.standardised":
        return stepped(facts, "standardise", layer.location, "preprocess_input", ends=(-128.0, 151.0))
    if layer.kind == "Normalization":
        fitted = layer.fields.get("fitted")
        known = {"mean", "variance"} & layer.kwargs.keys()
        ends = None if known else (-4.0, 4.0)  # fitted to what it gets, it gives mean 0 and variance 1
        after = stepped(facts, "standardise", layer.location, "Normalization()", ends=ends)
        return replace(after, fitted=(*facts.fitted, fitted)) if isinstance(fitted, Fitted) else after
    if layer.kind in NEUTRAL:
        return facts
    return hidden(facts)


def _rescaled(facts: Facts, layer: CallResult) -> Facts:
    scale = number_of(layer.argument("scale", 0))
    offset = number_of(layer.argument("offset", 1) or Const(0.0))
    if scale is None or offset is None or "?" in layer.kwargs:
        return hidden(facts)
    written = text_of(layer.kwargs.get("words"))
    words = written if written and layer.name == RESCALED else f"Rescaling({scale:.4g})"
    return shifted(scaled(facts, scale, layer.location, words), offset, layer.location, words)


def _into_application(facts: Facts, layer: CallResult) -> Facts:
    scales = layer.kind.startswith(SCALING_APPLICATIONS)
    preprocessing = layer.kwargs.get("include_preprocessing", Const(True))
    if scales and preprocessing == Const(True):
        return scaled(facts, 1 / 255, layer.location, f"the scaling inside {layer.kind}")
    return facts


# Names of what stands between layers without being one.
RESCALED = "operation.Rescaling"
MERGED = "operation.merge"
OBSCURE = "operation.unknown"
_MOST_LAYERS = 500


def extend(tensor: SymbolicTensor, *layers: CallResult) -> SymbolicTensor:
    """A tensor after some more layers; of very deep networks the beginning and the end are kept."""
    joined = (*tensor.layers, *layers)
    if len(joined) > _MOST_LAYERS:
        gap = operation(OBSCURE, {}, layers[-1].location)
        joined = (*joined[: _MOST_LAYERS // 2], gap, *joined[-_MOST_LAYERS // 2 :])
    return SymbolicTensor(joined, tensor.certain, tensor.start, tensor.model)


def operation(name: str, kwargs: dict[str, Value], location: Location) -> CallResult:
    """An operation as if it were a layer."""
    return CallResult(name, (), kwargs, location)


def obscured(tensor: SymbolicTensor, location: Location) -> SymbolicTensor:
    """A tensor after something that is not understood."""
    return extend(tensor, operation(OBSCURE, {}, location))


def merged(tensors: list[SymbolicTensor], location: Location) -> SymbolicTensor:
    """Several tensors added, concatenated or otherwise put together."""
    longest = max(tensors, key=lambda tensor: len(tensor.layers))
    seen = {id(layer) for layer in longest.layers}
    others = {id(layer): layer for tensor in tensors for layer in tensor.layers if id(layer) not in seen}
    certain = all(tensor.certain for tensor in tensors)
    whole = SymbolicTensor(longest.layers, certain, longest.start, longest.model)
    return extend(whole, *others.values(), operation(MERGED, {}, location))


def after_operation(
    interpreter: Interpreter, op: ast.operator, left: Value, right: Value, node: ast.AST
) -> SymbolicTensor:
    """What a symbolic tensor is after arithmetic: a scaling by a number counts as a Rescaling layer."""
    location = interpreter.at(node)
    if isinstance(left, SymbolicTensor) and isinstance(right, SymbolicTensor):
        return merged([left, right], location)
    tensor, other = (left, right) if isinstance(left, SymbolicTensor) else (right, left)
    assert isinstance(tensor, SymbolicTensor)  # noqa: S101  (the caller has looked)
    number = number_of(other)
    scale, offset = 1.0, 0.0
    if number is None or (tensor is right and isinstance(op, ast.Sub | ast.Div)):
        return obscured(tensor, location)
    if isinstance(op, ast.Div) and number:
        scale = 1 / number
    elif isinstance(op, ast.Mult):
        scale = number
    elif isinstance(op, ast.Add | ast.Sub):
        offset = number if isinstance(op, ast.Add) else -number
    else:
        return obscured(tensor, location)
    kwargs: dict[str, Value] = {"scale": Const(scale), "offset": Const(offset), "words": Const(written(node))}
    return extend(tensor, operation(RESCALED, kwargs, location))


def on_array(layer: CallResult | Model, array: Array) -> Value:
    """An array after a layer of preprocessing; after layers with weights it is a model's output."""
    if isinstance(layer, Model):
        layers, certain = layer.network.layers, layer.network.certain
        if not certain or any(
            each.kind in HAS_WEIGHTS or each.name.startswith("keras.applications") for each in layers
        ):
            return SymbolicTensor(layers, certain, None, layer)
    else:
        layers = (layer,)
    facts = array.facts
    for each in layers:
        if not each.name.startswith(("keras.layers.", "operation.")) or each.kind in HAS_WEIGHTS:
            return UNKNOWN
        facts = after_layer(facts, each)
        if each.kind.startswith("Random"):
            facts = replace(facts, augmented=(*facts.augmented, (each.kind, each.location)))
    return Array(facts)
