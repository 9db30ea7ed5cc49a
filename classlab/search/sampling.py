"""Optuna between the record of a search and its next candidates.

The record is the one truth. An Optuna study is made of it anew, in memory, for every population, and its sampler's seed
follows from the search's seed and the population's number: a search that goes on draws what one that was never stopped
would have drawn.
"""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal

from classlab.extras import need
from classlab.records.search import Importance
from classlab.records.study import direction
from classlab.search.space import key_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import optuna

    from classlab.records.search import Candidate, Dimension, SearchRecord, SearchSpec
    from classlab.search.space import Point, Space

_STARTUP = 4  # populations, each of one structure, that are drawn at random before earlier figures count
# Draws in a row that give nothing new before a structure counts as used up, and the space after so many for each seat.
_TRIES = 20
_FEWEST = 20  # candidates below which importances are noise: the best tenth of them would be one


def need_optuna() -> None:
    """Goes on only where Optuna is installed.

    Raises:
        MissingExtraError: it is not.
    """
    need("search", "a search")


def draw_population(
    space: Space, spec: SearchSpec, candidates: Sequence[Candidate], *, number: int, seats: int
) -> list[Point]:
    """New points that share one structure, so that they can train in lock-step.

    The first is drawn freely; the others take its network, batches and images, and draw the rest.

    Args:
        space: what may be drawn.
        spec: the search.
        candidates: all that were drawn before.
        number: of the population, from 0.
        seats: how many points are wanted.

    Returns:
        Fewer than `seats`, or none, where the space has no more points that are new.
    """
    import optuna

    seen = {_name(each.drawn) for each in candidates}
    found: list[Point] = []
    with _quiet():
        study = _study(space, spec, candidates, number=number)
        misses = 0
        while len(found) < seats and misses < (_TRIES if found else _TRIES * seats):
            if found:
                shared = {key: value for key, value in found[0].drawn.items() if key in space.structure}
                if len(shared) == len(found[0].drawn):  # nothing is left in which another point could differ
                    break
                study.enqueue_trial({key: _value(space.dimensions[key], value) for key, value in shared.items()})
            trial = study.ask()
            point = space.draw(lambda key, dimension, trial=trial: _suggest(trial, key, dimension))  # type: ignore[misc]
            if _name(point.drawn) in seen:
                study.tell(trial, state=optuna.trial.TrialState.FAIL)
                misses += 1
                continue
            misses = 0
            seen.add(_name(point.drawn))
            found.append(point)
    return found


def importances(space: Space, spec: SearchSpec, candidates: Sequence[Candidate]) -> tuple[Importance, ...]:
    """How much of the differences between candidates goes with each setting, by PED-ANOVA, the largest first.

    All are compared after the epochs of the first rung, which is where all of them were. A setting that only some have
    is judged among those, beside all others that they have.

    References:
        Watanabe, Bansal & Hutter, PED-ANOVA: efficiently quantifying hyperparameter importance in arbitrary subspaces
        (2023).
    """
    epochs = spec.rungs[0]
    known = [each for each in candidates if each.figure(spec.objective, epochs) is not None]
    groups: dict[tuple[int, ...], list[str]] = {}
    for key in space.dimensions:
        groups.setdefault(tuple(place for place, each in enumerate(known) if key in each.drawn), []).append(key)
    found = []
    for places, keys in groups.items():
        if len(places) < _FEWEST:
            continue
        among = [known[place] for place in places]
        everywhere = [key for key in space.dimensions if all(key in each.drawn for each in among)]
        varying = [key for key in everywhere if len({each.drawn[key] for each in among}) > 1]
        shares = _shares(space, spec, among, varying)
        for key in keys:
            dimension = space.dimensions[key]
            found.append(
                Importance(
                    name=dimension.name,
                    arm=dimension.arm,
                    share=shares.get(key, 0.0),
                    candidates=len(among),
                    draws=len({(each.population, each.drawn[key]) for each in among}),
                    epochs=epochs,
                )
            )
    return tuple(sorted(found, key=lambda each: -each.share))


def _shares(space: Space, spec: SearchSpec, among: Sequence[Candidate], keys: Sequence[str]) -> dict[str, float]:
    import optuna

    if not keys:
        return {}
    with _quiet():
        study = optuna.create_study(direction=_direction(spec))
        for each in among:
            figure = each.figure(spec.objective, spec.rungs[0])
            params, distributions = _params(space.dimensions, {key: each.drawn[key] for key in keys})
            study.add_trial(optuna.trial.create_trial(params=params, distributions=distributions, value=figure))
        evaluator = optuna.importance.PedAnovaImportanceEvaluator()
        shares = optuna.importance.get_param_importances(study, evaluator=evaluator)
    return {key: min(1.0, max(0.0, float(share))) for key, share in shares.items()}


def _study(space: Space, spec: SearchSpec, candidates: Sequence[Candidate], *, number: int) -> optuna.Study:
    import optuna

    seed = int.from_bytes(sha256(f"{spec.seed} {number}".encode()).digest()[:4], "big")
    startup = len(candidates) + 1 if number < _STARTUP else 1
    sampler: optuna.samplers.BaseSampler = optuna.samplers.RandomSampler(seed=seed)
    if spec.sampler == "tpe":
        sampler = optuna.samplers.TPESampler(
            seed=seed, n_startup_trials=startup, multivariate=True, group=True, constant_liar=True
        )
    study = optuna.create_study(directions=_directions(spec), sampler=sampler)
    study.add_trials([_trial(space.dimensions, spec, each) for each in candidates])
    return study


def as_optuna_study(record: SearchRecord, *, storage: Any = None) -> optuna.Study:
    """The candidates of a search as an Optuna study, for its own figures and its dashboard.

    Args:
        record: the search.
        storage: where Optuna keeps it, as in `optuna.create_study`; None for memory.

    Raises:
        MissingExtraError: Optuna is not installed.
    """
    need_optuna()
    import optuna

    dimensions = {key_of(each): each for each in record.spec.dimensions}
    with _quiet():
        study = optuna.create_study(study_name=record.spec.name, directions=_directions(record.spec), storage=storage)
        study.add_trials([_trial(dimensions, record.spec, each) for each in record.candidates])
    return study


def _trial(dimensions: Mapping[str, Dimension], spec: SearchSpec, candidate: Candidate) -> optuna.trial.FrozenTrial:
    """What Optuna is told of a candidate: of one that did not finish, how good it was at each rung."""
    import optuna

    states = optuna.trial.TrialState
    params, distributions = _params(dimensions, candidate.drawn)
    figure = candidate.figure(spec.objective)
    told: dict[str, Any]
    if spec.second is not None:  # there are no pruned trials of several objectives; the figure so far counts
        worst = 0.0 if spec.objective == "val_accuracy" else float("inf")
        told = {"state": states.COMPLETE, "values": [worst if figure is None else figure, candidate.parameters]}
    elif candidate.state in ("finished", "stopped_early") and figure is not None:
        told = {"state": states.COMPLETE, "value": figure}
    else:
        reached = {rung: value for rung in spec.rungs if (value := candidate.figure(spec.objective, rung)) is not None}
        told = {"state": states.PRUNED, "intermediate_values": {} if figure is None else reached}
    return optuna.trial.create_trial(params=params, distributions=distributions, **told)


def _params(dimensions: Mapping[str, Dimension], drawn: dict[str, float]) -> tuple[dict[str, Any], dict[str, Any]]:
    params = {key: _value(dimensions[key], value) for key, value in drawn.items()}
    return params, {key: _distribution(dimensions[key]) for key in drawn}


def _value(dimension: Dimension, value: float) -> float:
    return int(value) if dimension.choices or dimension.whole else value


def _distribution(dimension: Dimension) -> Any:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if dimension.low is None or dimension.high is None:
        return CategoricalDistribution(tuple(range(len(dimension.choices))))
    if dimension.whole:
        return IntDistribution(
            int(dimension.low), int(dimension.high), log=dimension.log, step=int(dimension.step or 1)
        )
    return FloatDistribution(dimension.low, dimension.high, log=dimension.log, step=dimension.step)


def _suggest(trial: optuna.Trial, key: str, dimension: Dimension) -> float:
    if dimension.low is None or dimension.high is None:
        return float(trial.suggest_categorical(key, tuple(range(len(dimension.choices)))))
    if dimension.whole:
        low, high = int(dimension.low), int(dimension.high)
        return float(trial.suggest_int(key, low, high, log=dimension.log, step=int(dimension.step or 1)))
    return trial.suggest_float(key, dimension.low, dimension.high, log=dimension.log, step=dimension.step)


def _direction(spec: SearchSpec) -> Literal["minimize", "maximize"]:
    return "maximize" if direction(spec.objective) > 0 else "minimize"


def _directions(spec: SearchSpec) -> list[Literal["minimize", "maximize"]]:
    second: list[Literal["minimize", "maximize"]] = [] if spec.second is None else ["minimize"]
    return [_direction(spec), *second]


def _name(drawn: dict[str, float]) -> tuple[tuple[str, float], ...]:
    return tuple(sorted(drawn.items()))


@contextmanager
def _quiet() -> Iterator[None]:
    """Optuna says nothing of studies that exist for a moment, and nothing of its own experiments."""
    import optuna

    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            yield
    finally:
        optuna.logging.set_verbosity(level)
