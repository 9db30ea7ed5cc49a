"""What is said of the loss of a Keras model: how it was told whether the network gives raw scores or probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.studies.asked.spec_options import last_activation

if TYPE_CHECKING:
    from classlab.records import RunSpec

_PROBABILITIES = ("softmax", "sigmoid")


def loss_word(spec: RunSpec, *, compiled: bool) -> str | None:
    """One sentence where the loss was read off the last layer, or contradicts it; None where all is as written.

    Args:
        spec: a run of a Keras model.
        compiled: whether the loss is the one that the model was compiled with.
    """
    loss, last = spec.loss, last_activation(spec.architecture)
    if "crossentropy" not in loss.name:
        return None
    if not compiled:
        return (
            "The network ends in a layer without an activation, so the loss takes its output as raw scores "
            "(from_logits=True)."
            if loss.from_logits and last == "linear"
            else None
        )
    if last == "linear" and not loss.from_logits:
        return (
            "The model was compiled with a loss of probabilities (from_logits=False), but it ends in a layer without "
            "an activation, which gives raw scores; it trains as it was compiled. Compile it with from_logits=True, or "
            "let it end in softmax."
        )
    if last in _PROBABILITIES and loss.from_logits:
        return (
            f"The model was compiled with a loss of raw scores (from_logits=True), but it ends in {last}, which gives "
            "probabilities; it trains as it was compiled. Compile it without from_logits, or let it end in a layer "
            "without an activation."
        )
    return None
