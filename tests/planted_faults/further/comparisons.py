"""Studies of the further set: faults of comparisons, and sound ones."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from classlab.records import EarlyStopping
from classlab.records.optimizers import OPTIMIZERS
from tests.planted_faults.case import Case
from tests.planted_faults.comparisons import study
from tests.planted_faults.further.planted import setup_on

if TYPE_CHECKING:
    from collections.abc import Callable

    from classlab.records import StudyRecord
    from tests.planted_faults.setup import Setup


def _optimizers(setup: Setup, *kinds: str) -> dict[str, Setup]:
    return {kind: setup.options(optimizer=OPTIMIZERS[kind]()) for kind in kinds}  # type: ignore[index]


def _by(name: str, values: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {arm: {name: value} for arm, value in values.items()}


def _called_sgd() -> StudyRecord:
    arms = _optimizers(setup_on("mlp tinted"), "adam", "nadam")
    return study({"adam": arms["adam"], "plain SGD": arms["nadam"]}, settings=_by("arm", {"adam": 1, "plain SGD": 2}))


def _three_names() -> StudyRecord:
    setup = setup_on("linear half", epochs=2)
    return study({"first": setup, "second": setup, "third": setup})


def _said_but_not_done() -> StudyRecord:
    setup = setup_on("mlp five", epochs=2)
    return study(
        {"little dropout": setup, "much dropout": setup},
        settings=_by("dropout", {"little dropout": 0.1, "much dropout": 0.5}),
    )


def _rates_on_test() -> StudyRecord:
    setup = setup_on("linear inverted", epochs=2, validation="test")
    rates = {f"rate {rate:g}": rate for rate in (0.0003, 0.001, 0.003, 0.01)}
    arms = {name: setup.options(optimizer=OPTIMIZERS["adam"](learning_rate=rate)) for name, rate in rates.items()}
    return study(arms, settings=_by("learning_rate", rates))


def _six_arms_one_seed() -> StudyRecord:
    kinds = sorted(OPTIMIZERS)
    arms = _optimizers(setup_on("linear tinted", epochs=4), *kinds)
    return study(arms, seeds=(3,), settings=_by("optimizer", {kind: kind for kind in kinds}))


def _unequal_batches() -> StudyRecord:
    arms = _optimizers(setup_on("mlp tinted"), "adam", "rmsprop")
    arms["rmsprop"] = arms["rmsprop"].options(batch_size=256)
    return study(arms, settings=_by("optimizer", {"adam": "adam", "rmsprop": "rmsprop"}))


def _unequal_images() -> StudyRecord:
    arms = _optimizers(setup_on("linear mixture"), "adam", "rmsprop")
    arms["rmsprop"] = arms["rmsprop"].data(limit=600)
    return study(arms, settings=_by("optimizer", {"adam": "adam", "rmsprop": "rmsprop"}))


def _best_against_last() -> StudyRecord:
    arms = _optimizers(setup_on("mlp half"), "adam", "rmsprop")
    arms["adam"] = arms["adam"].options(early_stopping=EarlyStopping(patience=2))
    settings: dict[str, dict[str, Any]] = {
        "adam": {"optimizer": "adam", "early_stopping": 2},
        "rmsprop": {"optimizer": "rmsprop"},
    }
    return study(arms, settings=settings)


def _rates() -> StudyRecord:
    setup = setup_on("mlp tinted")
    rates = {f"rate {rate:g}": rate for rate in (0.001, 0.003)}
    arms = {name: setup.options(optimizer=OPTIMIZERS["nadam"](learning_rate=rate)) for name, rate in rates.items()}
    return study(arms, seeds=(0, 1, 2, 3, 4), settings=_by("learning_rate", rates))


def _lengths() -> StudyRecord:
    setup = setup_on("linear tinted")
    lengths = {"short": 10, "long": 20}
    arms = {name: setup.options(epochs=epochs) for name, epochs in lengths.items()}
    return study(arms, seeds=(0, 1, 2, 3, 4), settings=_by("epochs", lengths))


def _functions() -> StudyRecord:
    functions = {name: name for name in ("relu", "tanh", "gelu")}
    arms = {name: setup_on("mlp half", activation=name) for name in functions}
    return study(arms, seeds=(0, 1, 2), settings=_by("activation", functions))


_FAULTS: tuple[tuple[str, str, tuple[str, ...], Callable[[], StudyRecord]], ...] = (
    ("arm called after SGD, trained with nadam", "mlp, tinted", ("C1",), _called_sgd),
    ("one configuration under three names", "linear, half", ("C2",), _three_names),
    ("dropout that was named but not passed on", "mlp, five", ("C2",), _said_but_not_done),
    ("four rates, chosen on the test images", "linear, inverted", ("C4",), _rates_on_test),
    ("six arms of one seed", "linear, tinted", ("C6",), _six_arms_one_seed),
    ("batches of unequal size, nothing said", "mlp, tinted", ("C7", "C2"), _unequal_batches),
    ("unequal numbers of images, nothing said", "linear, mixture", ("C7", "C2"), _unequal_images),
    ("best epoch of one arm, last of the other", "mlp, half", ("C9",), _best_against_last),
)
_SOUND: tuple[tuple[str, str, Callable[[], StudyRecord]], ...] = (
    ("two rates of one optimizer", "mlp, tinted", _rates),
    ("lengths of training, the study's question", "linear, tinted", _lengths),
    ("three functions", "mlp, half", _functions),
)


def faulty_studies() -> list[Case]:
    """Every fault of a comparison."""
    return [
        Case(name=name, ground=where, kind="fact", expected=rules, make=cache(make))
        for name, where, rules, make in _FAULTS
    ]


def sound_studies() -> list[Case]:
    """Every comparison with which nothing is wrong."""
    return [Case(name=name, ground=where, kind="healthy", make=cache(make)) for name, where, make in _SOUND]
