"""Arms judged by a figure: who comes first, who may be the best, who is the rival."""

from __future__ import annotations

import numpy as np
import pytest
from made_judgements import made_comparison, made_estimate, made_judgement

from classlab.analysis import Judgement, judge_arms
from classlab.analysis.judgement import advise, go_on
from classlab.errors import SpecError
from classlab.records import from_json, to_json
from classlab.statistics import WouldTell, compare, estimate, sample

GOOD, FAIR, POOR = [0.90, 0.91, 0.92, 0.91], [0.905, 0.90, 0.93, 0.90], [0.50, 0.52, 0.51, 0.50]
CLEAR, OPEN = made_comparison(0.05, (0.03, 0.07)), made_comparison(0.01, (-0.02, 0.04))


def judged(arms, **options) -> Judgement:
    kind = options.pop("kind", "accuracy")
    return judge_arms(list(arms), [sample(figures, kind=kind) for figures in arms.values()], **options)


def test_figures_and_comparisons_are_those_of_the_statistics():
    found = judged({"poor": POOR, "good": GOOD}, confidence=0.9, margin=0.01)
    assert (found.first, found.candidates, found.names[found.first]) == (1, (1,), "good")
    assert found.score == estimate(sample(GOOD), confidence=0.9)
    assert found.against(0) == compare(sample(GOOD), sample(POOR), confidence=0.9, margin=0.01)
    assert found.against_first() == [(0, found.against(0))]
    assert found.sentences[0].startswith("'good' is better than 'poor' by 40.25 points (90 % interval ")


@pytest.mark.parametrize(
    ("against", "rival"),
    [
        ((CLEAR, CLEAR), 1),  # where none may be the best, the next
        ((OPEN, CLEAR), 1),
        ((CLEAR, OPEN), 2),  # one that may be the best, though another comes between
        ((), None),
    ],
)
def test_the_rival_is_the_next_that_may_be_the_best(against, rival):
    names = "abc"[: len(against) + 1]
    assert made_judgement({name: made_estimate(0.9) for name in names}, against).rival == rival


def test_an_arm_without_a_figure_is_nobodys_rival():
    found = judged({"a": GOOD, "b": [None] * 4})
    assert (found.rival, found.candidates, found.against_first()) == (None, (0,), [])


@pytest.mark.parametrize(
    ("figures", "order"),
    [
        ({"a": [0.5, 0.6], "b": [0.9, 0.8]}, (1, 0)),
        ({"a": [0.9, None], "b": [0.5, 0.6]}, (1, 0)),
        ({"a": [None, None], "b": [0.5, None], "c": [0.6, None]}, (2, 1, 0)),
        ({"a": [0.5, 0.5], "b": [0.5, 0.5]}, (0, 1)),
    ],
)
def test_an_arm_with_a_bad_run_does_not_come_first(figures, order):
    assert judged(figures).ranking.order == order
    losses = {name: [None if each is None else 1 - each for each in values] for name, values in figures.items()}
    assert judged(losses, kind="loss", figure="validation loss").ranking.order == order


@pytest.mark.parametrize(("kind", "first"), [("loss", 0), ("score", 1), ("accuracy", 1)])
def test_less_of_a_loss_is_better_and_more_of_anything_else(kind, first):
    low, high = [0.10, 0.11, 0.10, 0.11], [0.101, 0.111, 0.101, 0.1111]
    found = judged({"low": low, "high": high}, kind=kind, margin=0.5)
    assert (found.kind, found.first, found.against(1 - first).verdict) == (kind, first, "practically equal")
    assert judged({"low": low, "high": high}, kind=kind).against(1 - first).verdict != "practically equal"


def test_the_luck_of_one_candidate_is_none_and_several_have_some():
    assert judged({"good": GOOD, "poor": POOR}).luck == 0
    assert judged({"good": GOOD, "fair": FAIR}).luck > 0


def test_a_seed_list_or_nothing_leaves_no_command():
    arms = {"a": [0.9, 0.95, 0.91, 0.93], "b": [0.89, 0.93, 0.92, 0.90]}
    with_command = judged(arms, command="classlab sweep s.toml").advice
    assert with_command.command == f"classlab sweep s.toml --seeds {with_command.seeds}"
    assert judged(arms).advice.command == ""


def test_arms_without_common_seeds_may_have_different_numbers_of_them():
    found = judge_arms(["a", "b"], [sample(GOOD), sample(POOR[:2])], paired=False)
    assert found.against(1).verdict == "better"
    assert any("compared without pairs" in sentence for sentence in found.sentences)
    with pytest.raises(SpecError):
        judge_arms(["a", "b"], [sample(GOOD), sample(POOR[:2])])


def test_without_arms_there_is_nothing_to_judge():
    with pytest.raises(SpecError) as refusal:
        judge_arms([], [])
    assert str(refusal.value) == "`samples` must have at least one arm, but got none. Give one per arm."


def test_every_family_names_the_same_first_arm():
    arms = {"a": GOOD, "b": FAIR, "c": POOR}
    best, pairs = judged(arms), judged(arms, family="all pairs")
    assert best.ranking.order == pairs.ranking.order
    assert len(pairs.ranking.pairs) == 3
    assert pairs.against(1).difference == best.against(1).difference


def test_a_judgement_makes_the_trip_to_json_and_back():
    source = np.random.default_rng(0)
    right = source.random((2, 3, 40)) < 0.8  # (arms, seeds, images)
    found = judge_arms(["a", "b"], [sample(each.mean(axis=1), by_image=each) for each in right])
    assert from_json(Judgement, to_json(found), where="here") == found


COMMAND = "classlab sweep study.toml --store runs"


def ranking(*against, seeds: int = 5):
    estimates = {str(place): made_estimate(0.9, n=seeds) for place in range(len(against) + 1)}
    return made_judgement(estimates, against).ranking


def open_pair(*, n: int = 5, seeds=None, images=None, together=None):
    would = WouldTell(seeds=seeds, images=images, together=together)
    return made_comparison(0.01, (-0.02, 0.04), n=n, would_tell=would)


ADVICE_CLEAR = made_comparison(0.05, (0.03, 0.07))
EQUAL = made_comparison(0.0, (-0.001, 0.001), margin=0.002)


@pytest.mark.parametrize(
    ("would", "cheaper", "command"),
    [
        ({"seeds": 12}, "seeds", f"{COMMAND} --seeds 12"),
        ({"seeds": 10, "images": 900}, "seeds", f"{COMMAND} --seeds 10"),  # twice the seeds trains only what is new
        ({"seeds": 11, "images": 900}, "images", ""),  # more images train everything anew, once
        ({"images": 900}, "images", ""),
        ({"together": (12, 1200)}, None, ""),
        ({}, None, ""),
    ],
)
def test_the_cheaper_of_seeds_and_images_is_advised(would, cheaper, command):
    found = advise(ranking(open_pair(**would)), command=COMMAND)
    assert (found.cheaper, found.command) == (cheaper, command)
    assert (found.seeds, found.images, found.together) == tuple(map(would.get, ("seeds", "images", "together")))
    assert (found.rival, found.present_seeds, found.present_images) == (1, 5, 500)


def test_no_more_images_are_advised_than_there_are():
    """Half of what there is may be set aside; with less to train on the arms would be others."""
    fits = advise(ranking(open_pair(images=900)), divisible=5000)
    assert (fits.images, fits.too_many_images, fits.share, fits.cheaper) == (900, None, 0.18, "images")
    exceeds = advise(ranking(open_pair(seeds=40, images=2501)), command=COMMAND, divisible=5000)
    assert (exceeds.images, exceeds.too_many_images) == (None, 2501)
    assert (exceeds.share, exceeds.cheaper) == (None, "seeds")
    both = open_pair(together=(12, 1200))
    assert advise(ranking(both), divisible=5000).together == (12, 1200)
    assert advise(ranking(both), divisible=2000).together is None
    assert advise(ranking(open_pair(images=900)), divisible=0).images is None  # test images cannot be added to


def test_a_share_is_rounded_up_so_that_there_are_enough():
    assert advise(ranking(open_pair(images=901)), divisible=5000).share == 0.19


def test_the_first_candidate_that_is_open_is_the_rival():
    found = advise(ranking(ADVICE_CLEAR, EQUAL, open_pair(seeds=9), open_pair(seeds=7)))
    assert (found.rival, found.seeds) == (3, 9)


def test_a_rival_without_a_difference_that_nothing_would_show_gives_way_to_the_next():
    """Two arms that do the same on every image: there are not so many images that they could be shown to be equal."""
    twin = made_comparison(0.0, (-0.07, 0.07), would_tell=WouldTell(seeds=None, images=5900, together=None, equal=True))
    assert advise(ranking(twin, open_pair(seeds=12)), divisible=1438).rival == 2
    assert advise(ranking(twin), divisible=1438) is None
    assert advise(ranking(twin, open_pair(seeds=12)), divisible=60_000).rival == 1
    apart = made_comparison(0.01, (-0.07, 0.09), would_tell=WouldTell(seeds=None, images=5900, together=None))
    assert (
        advise(ranking(apart, open_pair(seeds=12)), divisible=1438).rival == 1
    )  # that nothing would tell is worth saying


@pytest.mark.parametrize("against", [(ADVICE_CLEAR,), (EQUAL,), (made_comparison(0.01, (-0.02, 0.04)),), ()])
def test_where_nothing_is_open_or_known_there_is_no_advice(against):
    assert advise(ranking(*against), command=COMMAND) is None


def test_one_seed_is_advised_to_become_five():
    found = advise(ranking(open_pair(n=1, images=900), seeds=1), command=COMMAND)
    assert (found.cheaper, found.command) == ("images", f"{COMMAND} --seeds 5")
    common = advise(ranking(open_pair(n=1, images=900), seeds=3), command=COMMAND)
    assert common.command == ""  # there are more seeds; they failed


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("classlab sweep study.toml", "classlab sweep study.toml --seeds 12"),
        ("classlab sweep study.toml --seeds 5", "classlab sweep study.toml --seeds 12"),
        ("classlab sweep --seeds=5 study.toml --again", "classlab sweep study.toml --seeds 12"),
        (
            "classlab sweep --data digits --model linear,mlp --seeds 5 --name 'a b' --store 'my runs' --confirm 3",
            "classlab sweep --data digits --model linear,mlp --name 'a b' --store 'my runs' --confirm 3 --seeds 12",
        ),
        ("classlab train --data digits", ""),
        ("classlab.Study('rates', ...).run() from Python", ""),
        ("""classlab.Study('it\\'s "so"', ...).run() from Python""", ""),  # no shell could read this
        ("", ""),
    ],
)
def test_a_sweep_is_told_how_to_go_on_and_nothing_else_is(command, expected):
    assert go_on(command, seeds=12) == expected
