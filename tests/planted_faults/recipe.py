"""From a recipe, a small change to a healthy run, to cases on several grounds."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Literal

from tests.planted_faults.case import Case, Dial
from tests.planted_faults.grounds import Ground, ground
from tests.planted_faults.setup import Setup, trained

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from classlab.records import RunRecord, StudyRecord
    from tests.planted_faults.case import Kind

Part = Literal["published", "held out", "further"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Recipe:
    """A fault, and where it is planted.

    Args:
        name: the fault in words.
        expected: identifiers of the rules of which one is right.
        kind: fact or symptom.
        change: takes the healthy run and a dial, and gives the sick one.
        on: grounds of the published set, as in "mlp mnist5k".
        held_out: grounds of the held-out set; those on Fashion-MNIST use another slice of it.
        settings: options of the healthy run beside the ground's own.
        without: rules that are switched off.
        mild: whether a finding of severity INFO is enough.
    """

    name: str
    expected: tuple[str, ...]
    kind: Kind
    change: Callable[[Setup, Dial], Setup]
    on: tuple[str, ...]
    held_out: tuple[str, ...] = ()
    settings: dict[str, Any] | None = None
    without: tuple[str, ...] = ()
    mild: bool = False

    def cases(self, part: Part, seed: int) -> list[Case]:
        """The recipe on its grounds.

        Args:
            part: which set.
            seed: decides the numbers of the held-out set.
        """
        words = self.on if part == "published" else self.held_out
        found = []
        for place in words:
            dial, where = dialled(part, seed, self.name, place)
            found.append(self._case(where, dial))
        return found

    def _case(self, where: Ground, dial: Dial) -> Case:
        def make() -> RunRecord:
            return trained(self.change(where.setup(dial, **(self.settings or {})), dial))[0]

        return Case(
            name=self.name,
            ground=where.label,
            kind=self.kind,
            expected=self.expected,
            make=cache(make),
            without=self.without,
            mild=self.mild,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class StudyRecipe:
    """A fault of a comparison.

    Args:
        name: the fault in words.
        expected: identifiers of the rules of which one is right.
        make: trains the study on a ground.
        on: grounds of the published set.
        held_out: grounds of the held-out set.
        kind: fact, or healthy for a control.
    """

    name: str
    expected: tuple[str, ...]
    make: Callable[[Ground, Dial], StudyRecord]
    on: tuple[str, ...]
    held_out: tuple[str, ...] = ()
    kind: Kind = "fact"

    def cases(self, part: Part, seed: int) -> list[Case]:
        """The recipe on its grounds."""
        words = self.on if part == "published" else self.held_out
        found = []
        for place in words:
            dial, where = dialled(part, seed, self.name, place)
            found.append(
                Case(
                    name=self.name,
                    ground=where.label,
                    kind=self.kind,
                    expected=self.expected,
                    make=cache(partial(self.make, where, dial)),
                )
            )
        return found


def dialled(part: Part, seed: int, name: str, place: str) -> tuple[Dial, Ground]:
    """The numbers and the ground of one case, a function of its name: no case moves another's draws."""
    if part == "published":
        return Dial(), ground(place)
    rng = random.Random(f"{seed} {name} {place}")  # noqa: S311 - numbers of experiments, not secrets
    return Dial(rng=rng), ground(place, part=1 if place.endswith("fashion") else 0)


def all_cases(recipes: Sequence[Recipe | StudyRecipe], part: Part, seed: int) -> list[Case]:
    """Every recipe on every ground of a set."""
    return [case for recipe in recipes for case in recipe.cases(part, seed)]
