"""I10: a network that cannot do better: linear throughout, or held back by dropout or penalties."""

from __future__ import annotations

from math import log2, prod
from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at
from classlab.doctor.catalogue import NAMES
from classlab.doctor.learning import learning_of
from classlab.doctor.symptoms.learning_rate_too_high import growth
from classlab.doctor.wording import measured
from classlab.records.finding import Cause, Finding, Severity, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case
    from classlab.doctor.layer_facts import LayerFacts

RULE = "I10"
NAME = NAMES[RULE]
# Layers whose output is no linear function of their input, whatever their activation.
_BENDING = ("MaxPooling", "GlobalMax", "LSTM", "GRU", "Attention", "ReLU", "Softmax", "Normalization")


def check(case: Case) -> Finding | Unchecked | None:
    """Reads the layers, and the measurements where something holds the network back."""
    if not case.layers:
        return Unchecked(rule=RULE, reason="the network's layers are not known")
    found = (_linear(case), _dropout(case), _penalty(case), _bottleneck(case))
    return min((each for each in found if each is not None), key=_gravity, default=None)


def _gravity(finding: Finding) -> int:
    return ("INVALID", "FAIL", "WARN", "INFO").index(finding.severity)


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
    """One layer that drops nearly everything, or several in a row that keep little together."""
    rates = [layer.rate for layer in case.layers if layer.rate]
    highest, kept = max(rates, default=0.0), prod(1 - rate for rate in rates)
    if highest < at.DROPOUT_HIGH and (kept >= at.DROPOUT_KEPT or len(rates) < 2):
        return None
    one = highest >= at.DROPOUT_HIGH
    return _finding(
        case,
        _severity(case),
        f"Dropout throws away {highest:.0%} of the values at each step."
        if one
        else f"{len(rates)} dropouts in a row let {kept:.1%} of the paths through the network stand at each step.",
        ("share of values dropped", highest, f"below {at.DROPOUT_HIGH:g}")
        if one
        else ("product of the shares that the dropouts keep", kept, f"above {at.DROPOUT_KEPT:g}"),
        Cause(
            rule=RULE,
            text="Too little of a layer is left at each step to learn from."
            if one
            else "Each dropout by itself is usual, but they stand one behind the other.",
            remedy="Drop less: 0.2 to 0.5 is usual."
            if one
            else "Leave dropout to the last one or two hidden layers, or drop less: 0.1 to 0.2.",
            change={"dropout": 0.2 if one else 0.1},
        ),
        "symptom",
    )


def _penalty(case: Case) -> Finding | None:
    """A penalty above the loss itself, or one that has shrunk the weights to less than half of their start."""
    recent = case.later_probes[-at.PENALTY_EPOCHS :]
    penalised = any(layer.penalty for layer in case.layers)
    if not recent or not (penalised or case.weight_decay):
        return None
    above = penalised and all(probe.penalty > probe.loss for probe in recent)
    shrunk = _shrunk(case)
    if not above and (shrunk is None or shrunk >= at.SHRUNK):
        return None
    last = recent[-1]
    return _finding(
        case,
        _severity(case),
        f"The penalty on the weights ({last.penalty:.3g}) is larger than the loss on the images ({last.loss:.3g})."
        if above
        else f"{'The penalty' if penalised else 'Weight decay'} has shrunk the weights of a layer to {shrunk:.0%} of "
        "their start.",
        ("penalty over loss", last.penalty / max(last.loss, 1e-12), "below 1")
        if above
        else ("weights over their start", shrunk or 0.0, f"above {at.SHRUNK:g}"),
        Cause(
            rule=RULE,
            text="Training keeps the weights small rather than fitting the images.",
            remedy="Leave the regularizers out, or divide their factor by ten."
            if penalised
            else "Lower the weight decay: 0.004 is AdamW's default.",
            change={"remove_regularizers": True} if penalised else {"weight_decay": 0.004},
        ),
        "symptom",
    )


def _shrunk(case: Case) -> float | None:
    """Smallest norm of a held layer's kernel over its norm before the first step; weight decay holds every layer.

    None where another layer has grown as only steps that are too large let it grow: decay goes by the learning rate,
    and a kernel that dead units leave without gradients shrinks by it, whatever its factor.
    """
    start, grown = case.first_probe, growth(case)
    if start is None or (grown is not None and grown > at.WEIGHT_GROWTH):
        return None
    held = {layer.position for layer in case.layers if layer.penalty or case.weight_decay}
    before = {layer.layer: layer.weight_norm for layer in start.layers if layer.layer in held}
    now = case.later_probes[-1].layers
    return min((x.weight_norm / before[x.layer] for x in now if before.get(x.layer)), default=None)


def _bottleneck(case: Case) -> Finding | None:
    """A hidden Dense layer with fewer units than it takes on/off switches to tell the classes apart, log2 K."""
    narrow = min((layer for layer in case.hidden if layer.kind == "Dense" and layer.width), key=_width, default=None)
    if narrow is None or _width(narrow) >= log2(max(2, case.classes)):
        return None
    severity = _severity(case)
    if severity == "INFO":
        return None
    return _finding(
        case,
        severity,
        f"Everything that tells {case.classes} classes apart has to pass {_width(narrow)} "
        f"unit{'' if _width(narrow) == 1 else 's'} of layer {narrow.position}.",
        ("units of the narrowest hidden layer", _width(narrow), f"{case.classes} and more"),
        Cause(
            rule=RULE,
            text="A hidden layer is too narrow for the classes.",
            remedy=f"Give every hidden layer more units than there are classes ({case.classes}).",
        ),
        "symptom",
    )


def _width(layer: LayerFacts) -> int:
    return layer.width or 0


def _severity(case: Case) -> Severity:
    """What holds a network back is a fault where it learns nothing, or less than a rule without training knows."""
    learning = learning_of(case)
    return "FAIL" if learning.fails else "WARN" if learning.behind else "INFO"


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
