"""A population's state as a checkpoint, and a population back from it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.errors import RecordError
from classlab.records.codec import from_plain, identity, to_plain
from classlab.records.diagnostics import Probe
from classlab.training.loop.checkpoint import State
from classlab.training.loop.member import Member, Stopper

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from classlab.records.run import RunSpec
    from classlab.training.backend import Population, Weights

_OF_MEMBERS = ("best/", "final/")  # how the names of arrays begin that members keep themselves


def to_state(
    population: Population | None, active: Sequence[Member], members: Sequence[Member], *, epoch: int, seconds: float
) -> State:
    """Everything that the next epoch depends on, and what the ended members have to hand back.

    Args:
        population: whoever is in training now, or None where all of them have ended.
        active: members that have not ended: those of the population in the order of their slots, then those who wait.
        members: all of them.
        epoch: epochs done by the population.
        seconds: training time so far, in seconds.
    """
    arrays: dict[str, NDArray[Any]] = {} if population is None else population.state()
    for member in members:
        arrays |= _member_arrays(member)
    facts = {
        "epoch": epoch,
        "seconds": seconds,
        "active": [m.index for m in active],
        "members": [_member_facts(m) for m in members],
    }
    return State(facts=facts, arrays={name: np.ascontiguousarray(array) for name, array in arrays.items()})


def population_arrays(state: State) -> dict[str, NDArray[Any]]:
    """What a population gave as its state; empty where all of its members had ended."""
    return {name: array for name, array in state.arrays.items() if not name.startswith(_OF_MEMBERS)}


def members_from(state: State, specs: Sequence[RunSpec], *, path: Path) -> list[Member]:
    """All members as they were, in the order of `specs`.

    Raises:
        RecordError: the checkpoint belongs to other runs.
    """
    found = state.facts["members"]
    if [m["identity"] for m in found] != [identity(spec) for spec in specs]:
        raise RecordError(
            f"the checkpoint {path} belongs to other runs than the ones asked for. "
            "Resume with the settings it was begun with, or choose another folder."
        )
    members = []
    for facts, spec in zip(found, specs, strict=True):
        member = Member(index=facts["index"], spec=spec, history=facts["history"])
        member.state, member.reason, member.seconds = facts["state"], facts["reason"], facts["seconds"]
        if facts["stopper"] is not None and spec.early_stopping is not None:
            member.stopper = Stopper(spec.early_stopping, **facts["stopper"])
        # Checkpoints of earlier versions have none of these.
        member.probes = [from_plain(Probe, probe) for probe in facts.get("probes", ())]
        member.bad_step = facts.get("bad_step", -1)
        member.notes = tuple(dict.fromkeys((*facts.get("notes", ()), *state.notes)))
        member.best = _weights(state, f"best/{member.index}/")
        member.final = _weights(state, f"final/{member.index}/")
        members.append(member)
    return members


def _member_arrays(member: Member) -> dict[str, NDArray[np.float32]]:
    """The weights that a member keeps: those of its best epoch, and the final ones once it has ended."""
    return {
        f"{kind}/{member.index}/{key}": array
        for kind, weights in (("best", member.best), ("final", member.final))
        for key, array in (weights or {}).items()
    }


def _member_facts(member: Member) -> dict[str, Any]:
    """What a checkpoint says of a member in plain values."""
    stopper = None
    if member.stopper is not None:
        stopper = asdict(member.stopper)
        del stopper["rule"]
    return {
        "index": member.index,
        "identity": identity(member.spec),
        "history": member.history,
        "state": member.state,
        "reason": member.reason,
        "seconds": member.seconds,
        "stopper": stopper,
        "probes": [to_plain(probe) for probe in member.probes],
        "bad_step": member.bad_step,
        "notes": member.notes,
    }


def _weights(state: State, prefix: str) -> Weights | None:
    found = {name.removeprefix(prefix): array for name, array in state.arrays.items() if name.startswith(prefix)}
    return found or None
