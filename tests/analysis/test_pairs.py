"""Every two arms, beside the verdict."""

from __future__ import annotations

from itertools import combinations

import pytest
from made_studies import made_study

from classlab.analysis import judge_study
from classlab.analysis.pairs import HEADER, all_pairs, pair_rows, pairs_note, plain_pairs
from classlab.analysis.samples import ranking_sample
from classlab.errors import SpecError
from classlab.records import to_plain
from classlab.statistics import compare

ARMS = {
    "poor": (0.50, 0.52, 0.51, 0.50),
    "good": (0.90, 0.91, 0.92, 0.91),
    "fair": (0.905, 0.90, 0.93, 0.895),
    "none": (None, None, None, None),
}


def test_every_two_arms_with_a_figure_are_compared_with_all_of_them_in_mind():
    study = made_study(ARMS)
    found = all_pairs(study)
    assert [(found.names[pair.first], found.names[pair.second]) for pair in found.pairs] == [
        ("good", "fair"),
        ("good", "poor"),
        ("fair", "poor"),
    ]
    for pair in found.pairs:
        samples = [ranking_sample(study.runs_of(place), "val_accuracy") for place in (pair.first, pair.second)]
        assert pair.comparison == compare(*samples, comparisons=3, margin=study.spec.margin)


def test_the_order_is_that_of_the_verdict():
    study = made_study(ARMS)
    order = judge_study(study).ranking.order
    assert [(pair.first, pair.second) for pair in all_pairs(study).pairs] == list(combinations(order[:3], 2))


def test_rows_say_how_far_the_first_is_ahead():
    found = all_pairs(made_study(ARMS))
    rows = pair_rows(found)
    assert [row[:3] for row in rows] == [("good", "fair", "0.25"), ("good", "poor", "40.25"), ("fair", "poor", "40.00")]
    assert [row[4] for row in rows] == ["not told apart", "better", "better"]
    assert len(HEADER) == len(rows[0])
    losses = pair_rows(all_pairs(made_study(ARMS, select="val_loss")))
    assert losses[1][:3] == ("good", "poor", "0.4025")
    assert losses[1][4] == "better"
    one = pair_rows(all_pairs(made_study({"a": (0.9,), "b": (0.5,)})))
    assert one[0][4] == "better (these networks)"


@pytest.mark.parametrize(
    ("options", "note"),
    [
        (
            {},
            "How far the first is ahead of the second, in percentage points. The intervals hold for all pairs at once "
            "at "
            "95 %, corrected for 3 comparisons, for other seeds and other images; those of the verdict, which compares "
            "with the first arm alone, may be narrower.",
        ),
        (
            {"select": "val_loss", "confidence": 0.9, "outcomes": False},
            "How far the first is ahead of the second, in loss per image. The intervals hold for all pairs at once at "
            "90 "
            "%, corrected for 3 comparisons, for other seeds on these very images; those of the verdict, which "
            "compares "
            "with the first arm alone, may be narrower.",
        ),
    ],
)
def test_the_note_says_what_the_intervals_hold_for(options, note):
    assert pairs_note(all_pairs(made_study(ARMS, **options))) == note


def test_fewer_than_two_arms_make_no_pair():
    found = all_pairs(made_study({"a": (0.9, 0.8), "b": (None, None)}))
    assert (pair_rows(found), plain_pairs(found)) == ([], [])
    assert pairs_note(found) == "Fewer than two arms have a figure, so there is no pair."


def test_pairs_that_nobody_reads_are_refused():
    study = made_study({f"arm {place}": (0.9, 0.8) for place in range(61)})
    with pytest.raises(SpecError) as refused:
        all_pairs(study)
    assert str(refused.value) == "all pairs can be shown of 60 arms at most, but there are 61. Choose pairs='best'."


def test_pairs_are_plain_for_programs():
    found = all_pairs(made_study(ARMS))
    assert plain_pairs(found)[0] == {"first": "good", "second": "fair", **to_plain(found.pairs[0].comparison)}
