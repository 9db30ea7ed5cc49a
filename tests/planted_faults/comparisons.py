"""Faults of comparisons: studies whose figures cannot mean what their reader will take them to mean."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from classlab.records import Arm, StudySpec
from classlab.records.optimizers import OPTIMIZERS
from classlab.studies.work.memory_store import MemoryStore
from classlab.studies.work.sweep import run_study
from tests.planted_faults.recipe import StudyRecipe
from tests.planted_faults.setup import trained

if TYPE_CHECKING:
    from collections.abc import Mapping

    from classlab.records import StudyRecord
    from tests.planted_faults.case import Dial
    from tests.planted_faults.grounds import Ground
    from tests.planted_faults.setup import Setup

_RATES = {"sgd": 0.05, "adam": 0.003, "rmsprop": 0.003, "nadam": 0.003}


def study(
    arms: Mapping[str, Setup], *, seeds: tuple[int, ...] = (0, 1, 2), settings: Mapping[str, Any] | None = None
) -> StudyRecord:
    """Trains a study of setups that share their images.

    Args:
        arms: setups by the arm's name.
        seeds: of every arm.
        settings: what differs between arms, by the arm's name.
    """
    first = next(iter(arms.values()))
    spec = StudySpec(
        name="comparison",
        arms=tuple(
            Arm(name=name, settings=(settings or {}).get(name, {"arm": name}), spec=replace(setup.spec, seed=0))
            for name, setup in arms.items()
        ),
        seeds=seeds,
    )
    initial = {str(each.spec.initial_weights): each.initial for each in arms.values() if each.initial is not None}
    return run_study(spec, first.dataset, store=MemoryStore(), initial=initial, device="cpu", command="planted")


def optimizer_arms(setup: Setup, *names: str) -> dict[str, Setup]:
    """One arm per optimizer, named for it."""
    return {name: setup.options(optimizer=OPTIMIZERS[name](learning_rate=_RATES[name])) for name in names}  # type: ignore[index]


def _settings(arms: Mapping[str, Setup]) -> dict[str, dict[str, Any]]:
    return {name: {"optimizer": setup.spec.optimizer.kind} for name, setup in arms.items()}


def _sound(ground: Ground, dial: Dial) -> StudyRecord:
    arms = optimizer_arms(ground.setup(dial), "sgd", "adam", "rmsprop")
    return study(arms, seeds=(0, 1, 2, 3, 4), settings=_settings(arms))


def _wrong_name(ground: Ground, dial: Dial) -> StudyRecord:
    setup = ground.setup(dial)
    arms = optimizer_arms(setup, "sgd", "adam")
    other = setup.options(optimizer=OPTIMIZERS["adam"](learning_rate=0.01))
    arms["RMSprop, longer" if dial.rng is None else "rmsprop"] = other
    return study(arms, settings=_settings(arms))


def _same_twice(ground: Ground, dial: Dial) -> StudyRecord:
    arms = optimizer_arms(ground.setup(dial), "sgd", "adam")
    arms["tuned"] = arms["adam"]
    return study(arms, settings={name: {"arm": name} for name in arms})


def _same_layers_twice(ground: Ground, dial: Dial) -> StudyRecord:
    setup = ground.setup(dial)
    renamed = setup.options(architecture=replace(setup.architecture, name="improved"))
    return study({"first network": setup, "improved network": renamed})


def _chosen_on_test(ground: Ground, dial: Dial) -> StudyRecord:
    arms = optimizer_arms(ground.setup(dial, validation="test"), "sgd", "adam", "rmsprop")
    return study(arms, settings=_settings(arms))


def _one_seed(ground: Ground, dial: Dial) -> StudyRecord:
    arms = optimizer_arms(ground.setup(dial), "sgd", "adam")
    return study(arms, seeds=(dial.seed(),), settings=_settings(arms))


def _unequal_epochs(ground: Ground, dial: Dial) -> StudyRecord:
    arms = optimizer_arms(ground.setup(dial), "sgd", "adam")
    longer = arms["adam"].spec.epochs * dial.whole(3, 2, 4)
    arms["adam"] = arms["adam"].options(epochs=longer)
    return study(arms, settings=_settings(arms))


def _two_changes(ground: Ground, dial: Dial) -> StudyRecord:
    """The arms differ in their batch size as well, which nothing in their description says."""
    arms = optimizer_arms(ground.setup(dial), "sgd", "adam")
    arms["adam"] = arms["adam"].options(batch_size=dial.whole(128, 100, 200)).data(preprocessing="symmetric")
    return study(arms, settings=_settings(arms))


def _one_arm_goes_on(ground: Ground, dial: Dial) -> StudyRecord:
    """The second arm goes on with the first one's weights, as where a model is fitted again without being rebuilt."""
    arms = optimizer_arms(ground.setup(dial), "sgd", "adam")
    arms["adam"] = arms["adam"].starting_from(trained(arms["sgd"])[1])
    return study(arms, settings=_settings(arms))


RECIPES = (
    StudyRecipe(
        name="arm that goes on with another arm's weights",
        expected=("C8",),
        make=_one_arm_goes_on,
        on=("linear digits", "mlp digits"),
        held_out=("mlp fashion",),
    ),
    StudyRecipe(
        name="arm called after an optimizer that it does not use",
        expected=("C1",),
        make=_wrong_name,
        on=("linear digits", "mlp digits"),
        held_out=("linear mnist5k",),
    ),
    StudyRecipe(
        name="one configuration under two names",
        expected=("C2",),
        make=_same_twice,
        on=("linear digits",),
        held_out=("mlp digits",),
    ),
    StudyRecipe(
        name="the same layers under two names",
        expected=("C2",),
        make=_same_layers_twice,
        on=("mlp digits",),
        held_out=("linear digits",),
    ),
    StudyRecipe(
        name="arms that differ in more than is said",
        expected=("C2",),
        make=_two_changes,
        on=("linear digits",),
        held_out=("mlp digits",),
    ),
    StudyRecipe(
        name="best arm chosen on the test images",
        expected=("C4",),
        make=_chosen_on_test,
        on=("linear digits", "mlp digits"),
        held_out=("linear fashion",),
    ),
    StudyRecipe(
        name="arms compared by one seed",
        expected=("C6",),
        make=_one_seed,
        on=("linear mnist5k",),
        held_out=("mlp digits",),
    ),
    StudyRecipe(
        name="arms trained for unequal times",
        expected=("C7",),
        make=_unequal_epochs,
        on=("linear digits",),
        held_out=("linear mnist5k",),
    ),
)
CONTROLS = (
    StudyRecipe(
        name="three optimizers, five seeds, chosen on validation images",
        expected=(),
        make=_sound,
        on=("linear digits", "mlp digits"),
        held_out=("linear mnist5k",),
        kind="healthy",
    ),
)
