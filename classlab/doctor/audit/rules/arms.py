"""Trainings that are compared with one another, and the configuration of each where all of it is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.doctor.audit.objective import loss_of, optimizer_of
from classlab.doctor.audit.trainings import Curve, Fit, History, Logs, Model, Score, Scores
from classlab.doctor.audit.values import CallResult, Const, Items, Symbol, Value

if TYPE_CHECKING:
    from classlab.doctor.audit.location import Location
    from classlab.doctor.audit.trace import Trace
    from classlab.doctor.audit.trainings import Fit
    from classlab.doctor.audit.values import Value


@dataclass(frozen=True)
class Member:
    """One training of a group, under the name that it has there."""

    fit: Fit
    key: object
    location: Location


def groups_of(trace: Trace, *, figures: bool = True) -> list[list[Member]]:
    """The groups of at least two trainings.

    Args:
        trace: what was met.
        figures: whether curves that are drawn into one figure are a group.
    """
    found: dict[object, list[Member]] = {}
    for kept in trace.kept:
        if isinstance(kept.container, tuple) and not figures:
            continue
        for fit in fits_of(kept.value)[-1:]:
            name = kept.container if isinstance(kept.container, tuple) else id(kept.container)
            found.setdefault(name, []).append(Member(fit, kept.key, kept.location))
    for place, choice in enumerate(trace.choices):
        members = [Member(fit, None, choice.location) for score in choice.scores for fit in score.fits[-1:]]
        found[("choice", place)] = members
    groups = []
    for members in found.values():
        unique = list({id(member.fit): member for member in reversed(members)}.values())
        if len(unique) > 1:
            groups.append(list(reversed(unique)))
    return groups


def fits_of(value: Value) -> tuple[Fit, ...]:
    """The trainings that a result comes from."""
    if isinstance(value, History | Logs | Curve):
        return (value.fit,)
    if isinstance(value, Score | Scores | Model):
        return value.fits
    return ()


def together(one: Fit, other: Fit) -> bool:
    """Whether two trainings can both happen: not in the two branches of one `if`."""
    taken = dict(one.path)
    return all(taken.get(place, branch) == branch for place, branch in other.path)


# Arguments that do not change what is trained.
_INERT = {"name", "input_shape", "metrics"}


class UnknownPartError(Exception):
    """Some part of a configuration is not known."""


def configuration_of(fit: Fit) -> tuple[object, ...] | None:
    """Everything but the seed and the epochs; None where a part is not known.

    Args:
        fit: the training.
    """
    compiled, images, labels = fit.compiled, fit.images, fit.labels
    if compiled is None or images is None or labels is None or not fit.network.certain or not fit.network.layers:
        return None
    loss, optimizer = loss_of(compiled.loss), optimizer_of(compiled.optimizer)
    if loss is None or optimizer is None or fit.batch_size is None or images.opaque or labels.opaque:
        return None
    try:
        layers = tuple(_described(layer) for layer in fit.network.layers)
        settings = _described(compiled.optimizer) if isinstance(compiled.optimizer, CallResult) else ()
        callbacks = tuple(_described(callback) for callback in fit.callbacks)
    except UnknownPartError:
        return None
    data = (images.rows, tuple((step.kind, step.factor) for step in images.steps), labels.rows, labels.one_hot)
    return (layers, optimizer, settings, loss, fit.batch_size, data, callbacks, len(fit.earlier))


def _described(value: Value) -> object:
    """A value as something that can be compared.

    Raises:
        UnknownPartError: a part of it is not known.
    """
    if isinstance(value, Const | Symbol):
        return value
    if isinstance(value, Items) and not value.open:
        return tuple(_described(item) for item in value.items)
    if isinstance(value, CallResult) and "?" not in value.kwargs and not value.name.endswith(".unknown"):
        kwargs = tuple(sorted((name, _described(each)) for name, each in value.kwargs.items() if name not in _INERT))
        trainable = value.fields.get("trainable")
        return (value.name, tuple(_described(each) for each in value.args), kwargs, trainable)
    raise UnknownPartError
