"""From the runs of a study to populations: what trains together, and how much work each of them is.

The plan follows from the study alone, never from what happens to be finished already: a study that was interrupted
has the same populations when it goes on, and so the same figures to the last bit.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING

from classlab.models.shapes import output_shapes
from classlab.models.weights import multiply_adds, parameter_count
from classlab.records import Architecture, RunSpec, identity, to_plain
from classlab.records.layers import GRU, LSTM, Conv2D, DepthwiseConv2D, SeparableConv2D

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from classlab.records import Arm, KerasArchitecture

MOST_MEMBERS = 64  # of one population; beyond it a step gains nothing more, and a crash would cost more
MEMORY_BUDGET = 2**30  # bytes for weights, gradients, optimizer state and one batch's values of a population
_HEAVY = (Conv2D, DepthwiseConv2D, SeparableConv2D, LSTM, GRU)  # a step of theirs is arithmetic, shared or not
_MOST_HEAVY = 12
_COPIES = 5  # a weight, its gradient and up to three arrays of optimizer state
_LEAST_WORK = 50_000  # multiply-adds per image below which calls into PyTorch, not arithmetic, take the time
_FOREIGN_WORK = 2_000_000  # multiply-adds per image assumed of a Keras model that the engine does not know


@dataclass(frozen=True, kw_only=True)
class PlannedPopulation:
    """Runs that are trained together.

    Args:
        specs: the runs, equal seeds adjacent.
        beside: of a run of the general path, how many the whole plan has, itself included: they may train side by side.
    """

    specs: tuple[RunSpec, ...]
    beside: int = 1

    @cached_property  # asked for at every epoch's end
    def identities(self) -> tuple[str, ...]:
        """The runs' identities, in order."""
        return tuple(identity(spec) for spec in self.specs)

    @property
    def key(self) -> str:
        """Names the population by its runs, for the folder of its checkpoint."""
        return hashlib.sha256(" ".join(self.identities).encode()).hexdigest()[:16]

    @property
    def is_general(self) -> bool:
        """Whether it is a run of the general path: through Keras's layers, not in the engine's own."""
        return not isinstance(self.specs[0].architecture, Architecture)

    def without(self, done: set[str]) -> PlannedPopulation:
        """The population of the runs that are not done yet."""
        pairs = zip(self.specs, self.identities, strict=True)
        return replace(self, specs=tuple(spec for spec, name in pairs if name not in done))


def plan_runs(arms: Sequence[Arm], seeds: Sequence[int]) -> list[PlannedPopulation]:
    """Divides every arm's runs over populations.

    Runs that share data, the fold that validates, preprocessing, network, loss, class weights, batch size, top-k and
    precision train in lock-step. Of dense networks up to 64 do, as far as memory allows: their steps cost little more
    together than alone, and members of one seed share each batch of images. Convolutions and recurrent layers gain
    nothing from a common step, but on a processor each core trains members of its own: a dozen go evenly on 2, 3, 4, 6
    or 12 cores, and no more, so that finished runs are safe early. Runs of the general path are populations by
    themselves, which may train side by side. The same configuration under two names is trained once.

    Args:
        arms: what is compared.
        seeds: one run of every arm with each.

    Returns:
        Populations in the order of training.
    """
    populations = []
    for alike in _grouped(arms):
        for fold in range(alike[0].spec.data.folds or 1):
            wanted = [arm.run_spec(seed, fold) for seed in seeds for arm in alike]
            together = plan_specs(list({identity(spec): spec for spec in wanted}.values()))
            populations += [PlannedPopulation(specs=tuple(specs)) for specs in together]
    general = [population for population in populations if population.is_general]
    return [replace(each, beside=len(general)) if each.is_general else each for each in populations]


def plan_specs(specs: Sequence[RunSpec]) -> list[Sequence[RunSpec]]:
    """Divides runs that may train together into as few groups of equal size as memory allows."""
    parts = -(-len(specs) // members_that_fit(specs[0]))
    bounds = [len(specs) * part // parts for part in range(parts + 1)]
    return [specs[start:stop] for start, stop in pairwise(bounds)]


def members_that_fit(spec: RunSpec) -> int:
    """How many runs like this one train together: at most 64, or a dozen, and no more than a gibibyte holds.

    A run of the general path is by itself: what ends its process, or never ends, costs no other.
    """
    architecture = spec.architecture
    if not isinstance(architecture, Architecture):
        return 1
    most = MOST_MEMBERS if trains_in_lock_step(architecture) else _MOST_HEAVY
    values = sum(prod(shape) for shape in output_shapes(architecture))
    one = 4 * (_COPIES * parameter_count(architecture) + 2 * spec.batch_size * values)  # bytes, float32
    return max(1, min(most, MEMORY_BUDGET // one))


def work_of(spec: RunSpec, images: int) -> float:
    """How much work a run is, in multiply-adds: good for shares of a study's time, not for seconds.

    Args:
        spec: the run.
        images: training images of an epoch.
    """
    stage = spec.fine_tuning  # which goes through the whole backbone
    head = spec.epochs * max(_LEAST_WORK, _work_per_image(spec.architecture))
    return float(images * (head + (0 if stage is None else stage.epochs * _FOREIGN_WORK)))


def _grouped(arms: Iterable[Arm]) -> list[list[Arm]]:
    """Arms whose runs may sit in one population, in the order of their first arm."""
    groups: dict[str, list[Arm]] = {}
    for position, arm in enumerate(arms):
        spec = arm.spec
        shared = [spec.data, spec.architecture, spec.loss, *([spec.fine_tuning] if spec.fine_tuning else [])]
        words = [spec.batch_size, spec.top_k, spec.precision, spec.class_weights, *(to_plain(each) for each in shared)]
        if not isinstance(spec.architecture, Architecture):
            words.append(position)  # each of its runs is a population by itself
        groups.setdefault(json.dumps(words, sort_keys=True), []).append(arm)
    return list(groups.values())


def trains_in_lock_step(architecture: Architecture | KerasArchitecture) -> bool:
    """Whether members of this network gain from being stepped together: those of dense layers alone do."""
    if not isinstance(architecture, Architecture):
        return False
    return not any(isinstance(layer, _HEAVY) for layer in architecture.layers)


def _work_per_image(architecture: Architecture | KerasArchitecture) -> int:
    return multiply_adds(architecture) if isinstance(architecture, Architecture) else _FOREIGN_WORK
