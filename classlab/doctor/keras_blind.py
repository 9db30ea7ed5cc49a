"""Which rules cannot be trusted with what is known of a Keras training, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.keras_data import finite
from classlab.doctor.symptoms import SYMPTOMS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from classlab.doctor.layer_facts import LayerFacts
    from classlab.measures.keras_layers import KerasLayer
    from classlab.measures.keras_probe import HandedSplit

NO_IMAGES = "no images were handed to Doctor(x, y)"
UNFIT = "the model cannot be asked about the images that were handed over"
_NO_SPLITS = "validation_data and test_data were not both handed to Doctor"
_NO_WIRING = "the order of the model's layers cannot be read from outside"
_NO_ENTRANCE = "what the model does to images before its first layer with weights cannot be read from outside"
_LOOKED_UP = "the first layer with weights looks up numbers in a table, so their size says nothing"
_NOT_FINITE = "the images that were handed over hold values that are not finite"
_OTHER_TASK = "the model does not name one class per image, as far as its loss and labels say"
# What holds of any model, whatever its task.
_ANY_TASK = ("A3", "A8", "C1", "C3", "C5", "C8", "I2", "I4")
# What is read from the values of images, or from the network's answers to them.
_BY_VALUES = ("A1", "A2", "A3", "A6", "B7", "I2", "I5", "I6", "I7", "I9")


def blind_rules(
    found: Sequence[KerasLayer],
    layers: Sequence[LayerFacts],
    *,
    names_classes: bool,
    read: bool,
    met: bool,
    handed: Mapping[str, HandedSplit],
    missing: str,
) -> dict[str, str]:
    """Rules that would give an answer, but not one to be trusted.

    Args:
        found: the model's layers.
        layers: the same as far as their order and functions are known.
        names_classes: whether the model names one class per image.
        read: whether values within the network can be read.
        met: whether it is known what reaches the first layer with weights.
        handed: the splits that were handed over, by name.
        missing: why there is no training split, where there is none.

    Returns:
        The reason by the rule's identifier.
    """
    blind: dict[str, str] = {}
    if "validation" not in handed or "test" not in handed:
        blind["C3"] = _NO_SPLITS
    if "train" not in handed:
        blind |= dict.fromkeys(("I5", "I9"), missing)
    elif not met:
        blind |= dict.fromkeys(("A1", "A2"), _NO_ENTRANCE)
    if "train" in handed and not read:
        blind["I5"] = _NO_WIRING
    if layers and len(layers) != len(found):
        blind |= dict.fromkeys(("I5", "I6", "I7", "I10"), _NO_WIRING)
    if looks_up(found):
        blind |= dict.fromkeys(("A1", "A2", "A3", "A6"), _LOOKED_UP)
    if not all(finite(split) for split in handed.values()):
        blind |= dict.fromkeys(_BY_VALUES, _NOT_FINITE)
    if not names_classes:
        rules = (symptom.RULE for symptom in SYMPTOMS)
        blind |= dict.fromkeys((rule for rule in rules if rule not in _ANY_TASK), _OTHER_TASK)
    return blind


def looks_up(layers: Sequence[KerasLayer]) -> bool:
    """Whether the first layer with weights takes its input for places in a table, as words are given to networks."""
    first = next((found for found in layers if found.layer.weights), None)
    return first is not None and first.kind == "Embedding"
