"""What would tell, and the command that goes on."""

from __future__ import annotations

import pytest
from made_judgements import made_comparison, made_estimate, made_judgement

from classlab.analysis.judgement import advise, go_on
from classlab.statistics import WouldTell

COMMAND = "classlab sweep study.toml --store runs"


def ranking(*against, seeds: int = 5):
    estimates = {str(place): made_estimate(0.9, n=seeds) for place in range(len(against) + 1)}
    return made_judgement(estimates, against).ranking


def open_pair(*, n: int = 5, seeds=None, images=None, together=None):
    would = WouldTell(seeds=seeds, images=images, together=together)
    return made_comparison(0.01, (-0.02, 0.04), n=n, would_tell=would)


CLEAR = made_comparison(0.05, (0.03, 0.07))
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
    found = advise(ranking(CLEAR, EQUAL, open_pair(seeds=9), open_pair(seeds=7)))
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


@pytest.mark.parametrize("against", [(CLEAR,), (EQUAL,), (made_comparison(0.01, (-0.02, 0.04)),), ()])
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
