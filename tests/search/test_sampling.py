"""What is drawn next, and what the figures say of settings: against spaces whose answer is known."""

from dataclasses import replace
from math import log10

import pytest

from classlab.records.search import Budget, Candidate, SearchSpec
from classlab.search.sampling import as_optuna_study, draw_population, importances
from classlab.search.space import Range, Space, Table

SPACE = Space(
    [
        Table(
            name="",
            options={
                "units": [[8], [16], [32]],
                "learning_rate": Range(low=1e-5, high=1.0, log=True),
                "weight_decay": Range(low=1e-5, high=1.0, log=True),
            },
        )
    ]
)
SPEC = SearchSpec(
    name="s",
    data="d",
    digest="0" * 64,
    dimensions=tuple(SPACE.dimensions.values()),
    rungs=(1,),
    budget=Budget(runs=100),
)


def with_figures(spec=SPEC, *, populations=6):
    """Candidates whose accuracy falls with the distance of their rate from 0.001, and nothing else."""
    found = []
    for number in range(populations):
        for point in draw_population(SPACE, spec, found, number=number, seats=12):
            accuracy = 1 - abs(log10(point.drawn["learning_rate"]) + 3) / 5
            found.append(
                Candidate(
                    number=len(found),
                    population=number,
                    drawn=point.drawn,
                    settings={},
                    parameters=100,
                    history={"val_accuracy": (accuracy,), "val_loss": (1 - accuracy,)},
                    state="finished",
                    seconds=1.0,
                )
            )
    return found


def distance(candidates):
    return sum(abs(log10(each.drawn["learning_rate"]) + 3) for each in candidates) / len(candidates)


@pytest.fixture(scope="module")
def by_tpe():
    return with_figures()


def test_candidates_drawn_by_tpe_come_nearer_to_what_was_good_and_random_ones_do_not(by_tpe):
    at_random = with_figures(replace(SPEC, sampler="random"))
    assert distance(by_tpe[-24:]) < 0.6 * distance(by_tpe[:48])
    assert distance(at_random[-24:]) > 0.8 * distance(at_random[:48])


def test_with_losses_the_lowest_are_sought():
    found = with_figures(replace(SPEC, objective="val_loss"))
    assert distance(found[-24:]) < 0.6 * distance(found[:48])


def test_the_same_record_gives_the_same_population_however_many_seats_are_asked_for(by_tpe):
    few = draw_population(SPACE, SPEC, by_tpe, number=6, seats=3)
    assert few == draw_population(SPACE, SPEC, by_tpe, number=6, seats=12)[:3]


def test_the_setting_that_decides_has_nearly_all_of_the_importance(by_tpe):
    shares = {each.name: each.share for each in importances(SPACE, SPEC, by_tpe)}
    assert shares["learning_rate"] > 0.6
    assert sum(shares.values()) == pytest.approx(1)


def test_few_candidates_say_nothing_of_importance(by_tpe):
    assert importances(SPACE, SPEC, by_tpe[:19]) == ()


def test_two_objectives_are_drawn_for_and_told(by_tpe):
    both = replace(SPEC, second="parameters")
    assert len(draw_population(SPACE, both, by_tpe, number=6, seats=4)) == 4
    diverged = replace(by_tpe[0], state="diverged")
    record = type("Record", (), {"spec": both, "candidates": (diverged, by_tpe[1])})
    assert [each.values for each in as_optuna_study(record).trials] == [
        [0.0, 100.0],
        [by_tpe[1].history["val_accuracy"][0], 100.0],
    ]


def test_a_space_of_structure_alone_gives_one_point_at_a_time_without_further_draws(monkeypatch):
    asked = []
    space = Space([Table(name="", options={"units": [[each] for each in range(8, 200)]})])
    spec = replace(SPEC, dimensions=tuple(space.dimensions.values()))
    draw = space.draw
    monkeypatch.setattr(space, "draw", lambda value: asked.append(1) or draw(value))
    assert len(draw_population(space, spec, [], number=0, seats=12)) == len(asked) == 1
