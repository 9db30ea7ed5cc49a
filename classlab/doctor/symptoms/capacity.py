"""I10: a network that cannot do better: linear throughout, or held back by dropout or penalties."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at
from classlab.doctor.learning import learning_of
from classlab.doctor.wording import measured
from classlab.records.finding import Cause, Finding, Severity, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case

RULE = "I10"
NAME = "held-back"
# Layers whose output is no linear function of their input, whatever their activation.
_BENDING = ("MaxPooling", "GlobalMax", "LSTM", "GRU", "Attention", "ReLU", "Softmax", "Normalization")


def check(case: Case) -> Finding | Unchecked | None:
    """Reads the layers, and the measurements where dropout or a penalty is large."""
    if not case.layers:
        return Unchecked(rule=RULE, reason="the network's layers are not known")
    return _linear(case) or _dropout(case) or _penalty(case)


def _linear(case: Case) -> Finding | None:
    """Hidden layers with nothing between them that is not linear are one linear layer."""
    hidden = [layer for layer in case.hidden if layer.width]
    before_head = case.layers[: case.layers.index(case.head)] if case.head else ()
    bent = any(layer.activation != "linear" or layer.kind.startswith(_BENDING) for layer in before_head)
    if not hidden or bent:
        return None
    return _finding(
        case,
        "WARN",
        f"None of the {len(hidden)} hidden layers has an activation, so together with the last one they are a linear "
        "classifier.",
        ("activations between the layers", 0, "one per hidden layer"),
        Cause(
            rule=RULE,
            text="Linear layers in a row can do no more than one of them.",
            remedy="Give the hidden layers an activation such as relu.",
            change={"activation": "relu"},
        ),
        "fact",
    )


def _dropout(case: Case) -> Finding | None:
    rate = max((layer.rate or 0.0 for layer in case.layers), default=0.0)
    if rate < at.DROPOUT_HIGH:
        return None
    shown = case.accuracies[-1] if case.accuracies else None
    held = shown is not None and case.fitted_accuracy is not None and case.fitted_accuracy - shown > at.MODE_GAP
    failing = learning_of(case).fails
    return _finding(
        case,
        "FAIL" if failing else "WARN" if held else "INFO",
        f"Dropout throws away {rate:.0%} of the values at each step.",
        ("share of values dropped", rate, f"below {at.DROPOUT_HIGH:g}"),
        Cause(
            rule=RULE,
            text="Too little of a layer is left at each step to learn from.",
            remedy="Drop less: 0.2 to 0.5 is usual.",
            change={"dropout": 0.2},
        ),
        "symptom",
    )


def _penalty(case: Case) -> Finding | None:
    """A penalty above the loss itself, or one that has shrunk the weights to less than half of their start."""
    recent = case.later_probes[-at.PENALTY_EPOCHS :]
    if not recent or not any(layer.penalty for layer in case.layers):
        return None
    above, shrunk = all(probe.penalty > probe.loss for probe in recent), _shrunk(case)
    if not above and (shrunk is None or shrunk >= at.SHRUNK):
        return None
    behind = case.baseline_accuracy is not None and recent[-1].accuracy < case.baseline_accuracy
    learning = learning_of(case)
    last = recent[-1]
    return _finding(
        case,
        "FAIL" if learning.fails else "WARN" if behind and learning.known else "INFO",
        f"The penalty on the weights ({last.penalty:.3g}) is larger than the loss on the images ({last.loss:.3g})."
        if above
        else f"The penalty has shrunk the weights of a layer to {shrunk:.0%} of their start.",
        ("penalty over loss", last.penalty / max(last.loss, 1e-12), "below 1")
        if above
        else ("weights over their start", shrunk or 0.0, f"above {at.SHRUNK:g}"),
        Cause(
            rule=RULE,
            text="Training keeps the weights small rather than fitting the images.",
            remedy="Leave the regularizers out, or divide their factor by ten.",
            change={"remove_regularizers": True},
        ),
        "symptom",
    )


def _shrunk(case: Case) -> float | None:
    """Smallest norm of a penalised layer's weights over its norm before the first step."""
    start = case.first_probe
    if start is None:
        return None
    penalised = {layer.position for layer in case.layers if layer.penalty}
    before = {layer.layer: layer.weight_norm for layer in start.layers if layer.layer in penalised}
    now = case.later_probes[-1].layers
    return min((x.weight_norm / before[x.layer] for x in now if before.get(x.layer)), default=None)


def _finding(
    case: Case, severity: Severity, text: str, evidence: tuple[str, float, str], cause: Cause, kind: str
) -> Finding:
    return Finding(
        rule=RULE,
        name=NAME,
        severity=severity,
        kind="fact" if kind == "fact" else "symptom",
        text=text,
        evidence=(measured(*evidence),),
        causes=(cause,),
        limits="A network may be meant to be held back.",
        place=case.place,
    )
