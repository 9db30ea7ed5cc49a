"""I6, I7 and I10: layers that make learning hard whatever the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at
from classlab.doctor.audit.draft import Draft
from classlab.doctor.audit.network import NEUTRAL, PLAIN_WEIGHTS, activation_of
from classlab.doctor.audit.objective import CROSS_ENTROPIES, loss_of, optimizer_of
from classlab.doctor.audit.values import CallResult, Symbol, Value, number_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.doctor.audit.trainings import Fit, Trace
    from classlab.records.finding import Severity

RULES = ("I6", "I7", "I10")
_LINEAR_BETWEEN = NEUTRAL - {"MaxPooling2D", "MaxPool2D"} | {"BatchNormalization"}


def check(trace: Trace) -> Iterator[Draft]:
    """Looks at the layers of every classifier that is trained and whose layers are all known."""
    for fit in trace.fits:
        loss = loss_of(fit.compiled.loss) if fit.compiled is not None else None
        if not fit.network.certain or loss is None or loss.name not in CROSS_ENTROPIES:
            continue
        weights = [layer for layer in fit.network.layers if layer.kind in PLAIN_WEIGHTS]
        yield from _saturating(fit, weights[:-1])
        yield from _equal_units(fit, weights[:-1])
        yield from _hidden_softmax(fit, weights[:-1])
        yield from _heavy_dropout(fit)
        yield from _linear(fit)


def _saturating(fit: Fit, hidden: list[CallResult]) -> Iterator[Draft]:
    names = [activation_of(layer) for layer in hidden]
    optimizer = optimizer_of(fit.compiled.optimizer) if fit.compiled is not None else None
    if names.count("sigmoid") >= at.SATURATING_LAYERS and optimizer == "SGD":
        yield Draft(
            rule="I6",
            name="vanishing-gradients",
            severity="INFO",
            text=f"{names.count('sigmoid')} hidden layers with sigmoid are trained with SGD.",
            location=hidden[0].location,
            also=(fit.location,),
            cause="Every sigmoid on the way back multiplies the gradient by at most 1/4, and a step of SGD with it.",
            remedy="Take relu, batch normalisation, or an optimizer such as Adam that divides by the gradient's size.",
        )


def _equal_units(fit: Fit, hidden: list[CallResult]) -> Iterator[Draft]:
    for layer in hidden:
        start = layer.kwargs.get("kernel_initializer")
        problem = _bad_start(start) if start is not None else None
        if problem is not None:
            yield Draft(
                rule="I7",
                name="bad-initial-weights",
                severity="WARN",
                text=f"A hidden layer starts with {problem}.",
                location=layer.location,
                also=(fit.location,),
                cause="Units that start equal stay equal, and weights far too large saturate or explode.",
                remedy="Leave the initializer out; Keras's own fits the layer's size.",
            )
            return


def _hidden_softmax(fit: Fit, hidden: list[CallResult]) -> Iterator[Draft]:
    """Softmax between the layers of a plain stack; in a network with branches it may weigh parts on purpose."""
    squeezed = next((layer for layer in hidden if activation_of(layer) == "softmax"), None)
    if squeezed is None or any(layer.name.startswith("operation.") for layer in fit.network.layers):
        return
    yield Draft(
        rule="B2",
        name="double-softmax",
        severity="WARN",
        text=f"A hidden {squeezed.kind} layer ends in softmax, so that its units compete for a sum of 1.",
        location=squeezed.location,
        also=(fit.location,),
        cause="Behind a hidden softmax the network has little left to tell images apart by.",
        remedy="Give hidden layers relu, and keep softmax for the last one.",
    )


def _bad_start(value: Value) -> str | None:
    word = (text_of(value) or (value.name.rpartition(".")[2] if isinstance(value, CallResult | Symbol) else "")).lower()
    if word in ("zeros", "zero", "ones", "one"):
        return f"all its weights the same ({word})"
    if isinstance(value, CallResult) and word == "constant":
        return "all its weights the same (Constant)"
    if isinstance(value, CallResult) and word in ("randomnormal", "random_normal", "truncatednormal"):
        deviation = number_of(value.argument("stddev", 1))
        if deviation is not None and deviation == 0:
            return "all its weights the same (a deviation of 0)"
        return (
            f"random weights with a deviation of {deviation:g}"
            if deviation is not None and deviation >= at.WIDE_START
            else None
        )
    return None


def _heavy_dropout(fit: Fit) -> Iterator[Draft]:
    layers = [layer for layer in fit.network.layers if layer.kind in ("Dropout", "SpatialDropout2D")]
    rates = [number_of(layer.argument("rate", 0)) for layer in layers]
    if rates and all(rate is not None and rate >= at.DROPOUT_HIGH for rate in rates):
        yield Draft(
            rule="I10",
            name="no-capacity",
            severity="WARN",
            text=f"Every dropout of the model drops {min(rate or 0.0 for rate in rates):.0%} of the units or more.",
            location=layers[0].location,
            also=(fit.location,),
            evidence=(("lowest rate of dropout", min(rate or 0.0 for rate in rates), f"below {at.DROPOUT_HIGH}"),),
            cause="Too little of the signal is left to learn from.",
            remedy="Begin with 0.2 to 0.5.",
        )


def _linear(fit: Fit) -> Iterator[Draft]:
    """A layer without activation followed by another, with nothing but linear layers between them."""
    waiting: CallResult | None = None
    for layer in fit.network.layers:
        if layer.kind in ("Dense", "Conv2D") and layer.name.startswith("keras.layers."):
            if waiting is not None:
                yield _linear_draft(fit, waiting, severity="WARN" if _wholly_linear(fit) else "INFO")
                return
            waiting = layer if activation_of(layer) == "linear" else None
        elif layer.kind not in _LINEAR_BETWEEN:
            if layer.name in ("operation.merge", "operation.unknown"):
                return
            waiting = None


def _wholly_linear(fit: Fit) -> bool:
    """Whether there is no activation before the last layer at all; one pair of linear layers is a matter of taste."""
    weights = [layer for layer in fit.network.layers if layer.kind in PLAIN_WEIGHTS]
    others = [layer for layer in fit.network.layers if layer.kind not in PLAIN_WEIGHTS | _LINEAR_BETWEEN]
    names = {activation_of(layer) for layer in weights[:-1]} | {activation_of(layer) for layer in others}
    return names <= {"linear", "softmax"} and all(
        layer.kind in ("Activation", "Softmax", "softmax") for layer in others
    )


def _linear_draft(fit: Fit, layer: CallResult, *, severity: Severity) -> Draft:
    return Draft(
        rule="I10",
        name="no-capacity",
        severity=severity,
        text=f"A hidden {layer.kind} layer has no activation, so that it and the next are one linear layer.",
        location=layer.location,
        also=(fit.location,),
        evidence=(("activation", "linear", "relu or another"),),
        cause="Layers without an activation between them can do no more than a single one.",
        remedy="Give the hidden layer an activation, as in activation='relu'.",
    )
