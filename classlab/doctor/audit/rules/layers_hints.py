"""I6, I7 and I10, B2 within and B8: layers and rates that make learning hard whatever the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at
from classlab.doctor.audit.draft import Draft, found
from classlab.doctor.audit.network import NEUTRAL, PLAIN_WEIGHTS, activation_of
from classlab.doctor.audit.objective import CROSS_ENTROPIES
from classlab.doctor.audit.values import CallResult, Symbol, Value, number_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.doctor.audit.trace import Trace
    from classlab.doctor.audit.trainings import Fit
    from classlab.records.finding import Severity

RULES = ("B8", "I6", "I7", "I10")
_LINEAR_BETWEEN = NEUTRAL - {"MaxPooling2D", "MaxPool2D"} | {"BatchNormalization"}


def check(trace: Trace) -> Iterator[Draft]:
    """Looks at the optimizer's rate, and at the layers of every classifier whose layers are all known."""
    for fit in trace.fits:
        yield from _negative_rate(fit)
        if not fit.network.certain or fit.loss is None or fit.loss.name not in CROSS_ENTROPIES:
            continue
        hidden = [layer for layer in fit.network.layers if layer.kind in PLAIN_WEIGHTS][:-1]
        yield from _saturating(fit, hidden)
        yield from _equal_units(fit, hidden)
        yield from _hidden_softmax(fit, hidden)
        yield from _heavy_dropout(fit)
        yield from _linear(fit)


def _negative_rate(fit: Fit) -> Iterator[Draft]:
    optimizer = fit.compiled.optimizer if fit.compiled is not None else None
    if not isinstance(optimizer, CallResult) or not optimizer.name.startswith("keras.optimizers."):
        return
    rate = number_of(optimizer.argument("learning_rate", 0) or optimizer.argument("lr"))
    if rate is not None and rate < 0:
        text = f"The learning rate is {rate:g}: every step makes the loss larger."
        evidence = (("learning rate", rate, "above 0"),)
        yield found("B8", text, optimizer.location, (fit.location,), evidence=evidence, positive=-rate)


def _saturating(fit: Fit, hidden: list[CallResult]) -> Iterator[Draft]:
    count = [activation_of(layer) for layer in hidden].count("sigmoid")
    if count >= at.SATURATING_LAYERS and fit.optimizer == "SGD":
        text = f"{count} hidden layers with sigmoid are trained with SGD."
        yield found("I6", text, hidden[0].location, (fit.location,))


def _equal_units(fit: Fit, hidden: list[CallResult]) -> Iterator[Draft]:
    for layer in hidden:
        start = layer.kwargs.get("kernel_initializer")
        problem = _bad_start(start) if start is not None else None
        if problem is not None:
            yield found("I7", f"A hidden layer starts with {problem}.", layer.location, (fit.location,))
            return


def _hidden_softmax(fit: Fit, hidden: list[CallResult]) -> Iterator[Draft]:
    """Softmax between the layers of a plain stack; in a network with branches it may weigh parts on purpose."""
    squeezed = next((layer for layer in hidden if activation_of(layer) == "softmax"), None)
    if squeezed is not None and not any(layer.name.startswith("operation.") for layer in fit.network.layers):
        text = f"A hidden {squeezed.kind} layer ends in softmax, so that its units compete for a sum of 1."
        yield found("B2 hidden", text, squeezed.location, (fit.location,))


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
        wide = deviation is not None and deviation >= at.WIDE_START
        return f"random weights with a deviation of {deviation:g}" if wide else None
    return None


def _heavy_dropout(fit: Fit) -> Iterator[Draft]:
    layers = [layer for layer in fit.network.layers if layer.kind in ("Dropout", "SpatialDropout2D")]
    lowest = min((number_of(layer.argument("rate", 0)) or 0.0 for layer in layers), default=0.0)
    if lowest >= at.DROPOUT_HIGH:
        text = f"Every dropout of the model drops {lowest:.0%} of the units or more."
        evidence = (("lowest rate of dropout", lowest, f"below {at.DROPOUT_HIGH}"),)
        yield found("I10 dropout", text, layers[0].location, (fit.location,), evidence=evidence)


def _linear(fit: Fit) -> Iterator[Draft]:
    """A layer without activation followed by another, with nothing but linear layers between them."""
    waiting: CallResult | None = None
    for layer in fit.network.layers:
        if layer.kind in ("Dense", "Conv2D") and layer.name.startswith("keras.layers."):
            if waiting is not None:
                text = f"A hidden {waiting.kind} layer has no activation, so that it and the next are one linear layer."
                severity: Severity = "WARN" if _wholly_linear(fit) else "INFO"
                evidence = (("activation", "linear", "relu or another"),)
                yield found("I10", text, waiting.location, (fit.location,), severity=severity, evidence=evidence)
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
    names = {activation_of(layer) for layer in (*weights[:-1], *others)}
    plain = all(layer.kind in ("Activation", "Softmax", "softmax") for layer in others)
    return plain and names <= {"linear", "softmax"}
