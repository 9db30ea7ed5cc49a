"""Building Keras models in each of Keras's ways, and what functions of tensors do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from classlab.doctor.audit.facts import hidden, scaled, shifted
from classlab.doctor.audit.library.arrays import OPERATORS
from classlab.doctor.audit.library.request import table
from classlab.doctor.audit.naming import named
from classlab.doctor.audit.network import OBSCURE, RESCALED, after_operation, extend, merged, obscured, operation
from classlab.doctor.audit.scopes import Function, Instance
from classlab.doctor.audit.trace import LossCall
from classlab.doctor.audit.trainings import Model, Network
from classlab.doctor.audit.values import NONE, UNKNOWN, Array, CallResult, Const, Items, SymbolicTensor, Value, text_of

if TYPE_CHECKING:
    from classlab.doctor.audit.interpreter import Interpreter
    from classlab.doctor.audit.library.request import Request, Table
    from classlab.doctor.audit.location import Location


def layers_of(interpreter: Interpreter, value: Value, location: Location) -> tuple[tuple[CallResult, ...], bool]:
    """The layers that a value stands for as part of a model, and whether that is all of it."""
    if isinstance(value, Model):
        return value.network.layers, value.network.certain
    if isinstance(value, Instance):
        tensor = traced(interpreter, value)
        return (tensor.layers, tensor.certain) if tensor else ((operation(OBSCURE, {}, location),), True)
    if isinstance(value, CallResult):
        inside = through_lambda(interpreter, value, SymbolicTensor((), start=value))
        return (inside.layers, inside.certain) if inside is not None else ((value,), True)
    return (operation(OBSCURE, {}, location),), True


def traced(interpreter: Interpreter, instance: Instance) -> SymbolicTensor | None:
    """What a subclassed model does to its input: its `call` is followed with a symbolic tensor."""
    method = instance.of.find("call")
    if not isinstance(method, Function):
        return None
    result = interpreter.call(
        method, (instance, SymbolicTensor((), start=instance)), {"training": UNKNOWN}, method.node
    )
    return result if isinstance(result, SymbolicTensor) else None


def through_lambda(interpreter: Interpreter, layer: CallResult, tensor: SymbolicTensor) -> SymbolicTensor | None:
    """A `Lambda` layer is what its function does; None for other layers, and where the function is not known."""
    function = layer.argument("function", 0) if layer.name == "keras.layers.Lambda" else None
    if not isinstance(function, Function):
        return None
    result = interpreter.call(function, (tensor,), {}, function.node)
    return result if isinstance(result, SymbolicTensor) else None


def sequential(request: Request) -> Value:
    """`keras.Sequential([...])`."""
    name = text_of(request.get(1, "name")) or ""
    model = Model(Network((), True), request.location, name)
    given = request.get(0, "layers")
    if isinstance(given, Items):
        for item in given.items:
            add(request.interpreter, model, item, request.location)
        if given.open:
            add(request.interpreter, model, UNKNOWN, request.location)
    elif isinstance(given, CallResult | Model):
        add(request.interpreter, model, given, request.location)
    elif given is not None and given != NONE:
        model.network = Network((), False)
    named(request.interpreter, name, "the model's name", model, request.location)
    if name:
        model.names = ((name, request.location, "the model's name"),)
    return model


def add(interpreter: Interpreter, model: Model, value: Value, location: Location) -> None:
    """Puts a layer at the end of a sequential model."""
    if isinstance(value, SymbolicTensor):  # an Input
        new, certain = value.layers, value.certain
    else:
        new, certain = layers_of(interpreter, value, location)
    network = model.network
    if len(network.layers) > 400:
        interpreter.put(model, "network", Network(network.layers, False))
        return
    interpreter.put(model, "network", Network((*network.layers, *new), network.certain and certain))


def functional(request: Request) -> Value:
    """`keras.Model(inputs, outputs)`."""
    name = text_of(request.get(2, "name")) or ""
    inputs, outputs = request.get(0, "inputs", "input"), request.get(1, "outputs", "output")
    network = Network((), False)
    if isinstance(outputs, Items) and len(outputs.items) == 1:
        outputs = outputs.items[0]
    if isinstance(outputs, SymbolicTensor):
        start = inputs.layers if isinstance(inputs, SymbolicTensor) else ()
        inside = outputs.layers[: len(start)] == start
        network = Network(outputs.layers[len(start) :] if inside else outputs.layers, outputs.certain)
    model = Model(network, request.location, name)
    request.interpreter.trace.models.append((model, inputs.start if isinstance(inputs, SymbolicTensor) else None))
    if name:
        named(request.interpreter, name, "the model's name", model, request.location)
        model.names = ((name, request.location, "the model's name"),)
    return model


def input_tensor(request: Request) -> Value:
    """`keras.Input(...)`."""
    tensor = request.kwargs.get("tensor")
    if isinstance(tensor, SymbolicTensor):
        return tensor
    layer = CallResult("keras.layers.InputLayer", request.args, request.kwargs, request.location)
    return SymbolicTensor((layer,), start=layer)


def application(request: Request) -> Value:
    """A network of `keras.applications`, or one of its functions that prepare images."""
    if request.kind == "preprocess_input":
        return prepared(request)
    if not request.kind[:1].isupper():
        return UNKNOWN
    layer = CallResult(request.name, request.args, request.kwargs, request.location)
    model = Model(Network((layer,), True), request.location, text_of(request.kwargs.get("name")) or "")
    tensor = request.kwargs.get("input_tensor")
    if isinstance(tensor, SymbolicTensor):
        model.network = Network((*tensor.layers, layer), tensor.certain)
    return model


def prepared(request: Request) -> Value:
    """`preprocess_input`: maps 0..255 to -1..1 for some networks, to nothing for others."""
    from dataclasses import replace

    value, family = request.first(), request.name.split(".")[2]
    to_one = family in _TO_ONE
    if isinstance(value, Array):
        if to_one:
            words = request.words()
            return Array(
                shifted(scaled(value.facts, 1 / 127.5, request.location, words), -1.0, request.location, words)
            )
        return Array(replace(value.facts) if family in _UNCHANGED else hidden(value.facts))
    if isinstance(value, SymbolicTensor):
        if family in _UNCHANGED:
            return value
        if not to_one:
            return extend(value, operation("operation.standardised", {}, request.location))
        kwargs: dict[str, Value] = {"scale": Const(1 / 127.5), "offset": Const(-1.0), "words": Const(request.words())}
        return extend(value, operation(RESCALED, kwargs, request.location))
    return UNKNOWN


def _cloned(request: Request) -> Value:
    """A copy of the layers with weights of its own."""
    value = request.get(0, "model")
    if not isinstance(value, Model):
        return UNKNOWN
    if len(request.args) > 1 or len(request.kwargs) > (0 if request.args else 1):
        return Model(Network((), False), request.location)
    copies = tuple(CallResult(layer.name, layer.args, layer.kwargs, layer.location) for layer in value.network.layers)
    return Model(Network(copies, value.network.certain), request.location)


def _loaded_model(request: Request) -> Value:
    model = Model(Network((), False), request.location)
    model.fresh = False
    return model


_TO_ONE = ("mobilenet", "mobilenet_v2", "inception_v3", "inception_resnet_v2", "xception", "resnet_v2", "nasnet")
_UNCHANGED = ("efficientnet", "efficientnet_v2", "convnext", "mobilenet_v3")

NAMES: Table = table(
    (sequential, "keras.Sequential"),
    (functional, "keras.Model"),
    (input_tensor, "keras.Input"),
    (_cloned, "keras.models.clone_model"),
    (_loaded_model, "keras.models.load_model keras.saving.load_model keras.models.model_from_json"),
)


_ACTIVATIONS: Final = (
    "softmax", "sigmoid", "relu", "tanh", "elu", "selu", "gelu", "leaky_relu", "swish", "silu", "softplus",
    "log_softmax", "relu6",
)  # fmt: skip
_SAME: Final = (
    "cast", "identity", "reshape", "flatten", "squeeze", "expand_dims", "stop_gradient", "convert_to_tensor", "dropout",
    "asarray", "array", "copy", "ensure_shape",
)  # fmt: skip


def tensors_in(value: Value) -> list[SymbolicTensor]:
    """The symbolic tensors that a value is or holds."""
    inside = value.items if isinstance(value, Items) else (value,)
    return [each for each in inside if isinstance(each, SymbolicTensor)]


def on_tensors(request: Request, tensors: list[SymbolicTensor]) -> Value:
    """What a library function of symbolic tensors gives."""
    if request.name.startswith("keras.losses."):
        return _loss(request)
    if request.kind in OPERATORS and len(request.args) == 2:
        return after_operation(request.interpreter, OPERATORS[request.kind](), *request.args, request.node)
    if request.kind in _ACTIVATIONS:
        return extend(tensors[0], operation(f"operation.{request.kind}", {}, request.location))
    if len(tensors) == 1:
        return tensors[0] if request.kind in _SAME else obscured(tensors[0], request.location)
    return merged(tensors, request.location)


def _loss(request: Request) -> Value:
    """`keras.losses.sparse_categorical_crossentropy(y, p, from_logits=True)` inside a function of the author's."""
    predicted, labels = request.get(1, "y_pred"), request.get(0, "y_true")
    settings = {name: value for name, value in request.kwargs.items() if name.startswith("from")}
    loss = CallResult(request.name, (), settings, request.location)
    if isinstance(predicted, SymbolicTensor):
        facts = labels.facts if isinstance(labels, Array) else None
        applied = LossCall(loss, predicted.layers, predicted.certain, facts, request.location)
        request.interpreter.trace.losses.append(applied)
    return loss
