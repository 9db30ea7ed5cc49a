"""Class weights as a user gives them, for the classes of a dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from classlab.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from classlab.records.run import ClassWeights

_SHOWN = 10  # names of classes in a sentence


def weights_by_position(
    chosen: str | Sequence[float] | Mapping[str | int, float] | None, class_names: Sequence[str]
) -> ClassWeights | None:
    """Weights for the classes in label order; None where every image counts alike.

    Args:
        chosen: what the option takes: a word, one number for each class, or numbers by class. A text names a class,
            or counts it from 0 where no class has this name; a number counts it, as in Keras's `class_weight`. Classes
            that are left out have weight 1, as in Keras.
        class_names: in label order.

    Raises:
        SpecError: a class that is not there, is named twice or leaves no weight above 0, or too few or many numbers.

    Example:
        >>> weights_by_position({"dog": 5.0}, ("cat", "dog")), weights_by_position({1: 5.0}, ("cat", "dog"))
        ((1.0, 5.0), (1.0, 5.0))
    """
    if chosen is None or chosen == "none":
        return None
    if isinstance(chosen, str):
        return _balanced(chosen)
    if not hasattr(chosen, "items"):
        found = tuple(float(each) for each in chosen)
        if len(found) != len(class_names):
            raise SpecError(
                f"`class_weights` must have one number for each of the {len(class_names)} classes, but got "
                f"{len(found)}. Give as many, or name classes as in {class_names[0]}:2."
            )
    else:
        weights = [1.0] * len(class_names)
        named: set[int] = set()
        for name, weight in chosen.items():
            place = _place(name, class_names)
            if place in named:
                raise SpecError(
                    f"`class_weights` must name each class once, but got {class_names[place]!r} twice. Keep one."
                )
            named.add(place)
            weights[place] = float(weight)
        found = tuple(weights)
    if not any(found):
        raise SpecError("`class_weights` must leave a class with a weight above 0, but all are 0. Give larger ones.")
    return None if set(found) == {1.0} else found


def _balanced(word: str) -> Literal["balanced"]:
    assert word == "balanced"  # noqa: S101 - the table of options takes no other
    return "balanced"


def _place(name: str | int, class_names: Sequence[str]) -> int:
    if isinstance(name, str) and name in class_names:
        return class_names.index(name)
    if str(name).isdecimal() and int(name) < len(class_names):
        return int(name)
    shown = ", ".join(class_names[:_SHOWN]) + (", ..." if len(class_names) > _SHOWN else "")
    raise SpecError(
        f"`class_weights` must name classes of the data, but got {name!r}. They are {shown}; a number counts them "
        "from 0."
    )
