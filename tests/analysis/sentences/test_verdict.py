"""The verdict in whole sentences, from chosen figures: other figures, other sentences."""

from __future__ import annotations

import pytest
from made_judgements import made_comparison, made_estimate, made_judgement

from classlab.analysis.records import Advice
from classlab.analysis.sentences.verdict import verdict_sentences

MINUS = "\u2212"
HOLDS = "for other seeds and other images"
CLEAR = made_comparison(0.05, (0.03, 0.07))
OPEN = made_comparison(0.01, (-0.02, 0.04))
EQUAL = made_comparison(0.001, (-0.001, 0.0015), margin=0.002)
WORSE = made_comparison(-0.05, (-0.07, -0.03), n=4, excluded=1)
FAILED_ONE = {"n": 4, "excluded": 1}
A, B, C, D = (made_estimate(mean, (mean - 0.02, mean + 0.02)) for mean in (0.92, 0.91, 0.87, 0.8))
A_REACHES = (
    "'a' reaches a validation accuracy of 92.00 % with 5 seeds on 500 images "
    f"(95 % interval 90.00 to 94.00 %, {HOLDS})."
)
ONE_IMAGE_SET = {"n": 1, "holds_for": "images"}


def said(estimates, against=(), **changes) -> list[str]:
    return list(verdict_sentences(made_judgement(estimates, against, **changes)))


def advice(**changes) -> Advice:
    fields = {
        "rival": 1,
        "present_seeds": 5,
        "present_images": 500,
        "seeds": None,
        "images": None,
        "too_many_images": None,
        "together": None,
        "cheaper": None,
        "share": None,
        "command": "",
    }
    return Advice(**{"equal": False} | fields | changes)


def test_one_arm_has_a_figure_and_no_comparison():
    assert said({"a": A}) == [A_REACHES, "There is one arm, so there is nothing to compare it with."]


def test_one_arm_of_one_seed_is_one_network():
    alone = made_estimate(0.92, (0.9, 0.94), **ONE_IMAGE_SET)
    assert said({"a": alone})[0] == (
        "'a' reaches a validation accuracy of 92.00 % with 1 seed on 500 images (95 % interval 90.00 to 94.00 %, for "
        "other images and this very network)."
    )


def test_without_an_interval_none_is_written():
    assert said({"a": made_estimate(0.92, n=1, images=None)})[0] == (
        "'a' reaches a validation accuracy of 92.00 % with 1 seed."
    )


def test_where_nothing_ended_well_there_is_nothing_to_say():
    none = made_estimate(None)
    assert said({"a": none, "b": none}) == ["No run ended well, so there is nothing to compare."]
    assert said({"a": none}) == ["No run ended well, so there is no figure."]


def test_an_arm_that_is_alone_with_a_figure_wins_nothing():
    assert said({"a": A, "b": made_estimate(None)}) == [
        "'a' is the only arm with a figure, so it is compared with no other.",
        A_REACHES,
    ]


def test_of_two_arms_the_comparison_is_the_verdict():
    assert said({"a": A, "b": C}, [CLEAR]) == [
        f"'a' is better than 'b' by 5.00 points (95 % interval 3.00 to 7.00, {HOLDS}).",
        A_REACHES,
    ]
    assert said({"a": A, "b": B}, [EQUAL], margin=0.002)[0] == (
        f"'a' and 'b' are practically equal: 'a' is ahead by 0.10 points (95 % interval {MINUS}0.10 to 0.15, {HOLDS}), "
        "and up to 0.20 points do not matter."
    )


def test_the_best_is_named_where_every_other_is_worse():
    assert said({"a": A, "b": C, "c": D}, [CLEAR, CLEAR]) == [
        "'a' is the best of the 3 arms.",
        f"'a' is better than 'b' by 5.00 points (95 % interval 3.00 to 7.00, {HOLDS}).",
        A_REACHES,
    ]


def test_the_first_is_set_against_a_candidate_though_a_worse_one_comes_between():
    """A steady arm can be told from the first while a shaky one further down cannot."""
    assert said({"a": A, "steady": B, "shaky": C, "d": D}, [CLEAR, OPEN, CLEAR])[:3] == [
        "The best is one of these 2 of 4 arms: 'a' and 'shaky'.",
        f"'a' and 'shaky' cannot be told apart: 'a' is ahead by 1.00 points (95 % interval {MINUS}2.00 to 4.00, "
        f"{HOLDS}).",
        "'shaky' is far behind and cannot be ruled out only because 5 seeds do not show how far its figures may "
        "spread.",
    ]
    near = said({"a": A, "steady": B, "shaky": B, "d": D}, [CLEAR, OPEN, CLEAR])
    assert near[2] == "'steady' and 'd' are worse than 'a'."


def test_where_none_is_worse_any_may_be_the_best():
    found = said({"a": A, "b": B, "c": C}, [OPEN, EQUAL], margin=0.002)
    assert found[0] == "Any of the 3 arms may be the best: 'a', 'b' and 'c'."
    assert found[2] == "'c' is practically equal to 'a', within 0.20 points."


def test_many_arms_are_counted_rather_than_listed():
    names = {f"arm {place}": made_estimate(0.9 - place / 100) for place in range(12)}
    found = said(names, [OPEN] * 5 + [CLEAR] * 6)
    assert found[0] == "The best is one of these 6 of 12 arms: 'arm 0', 'arm 1', 'arm 2', 'arm 3' and 2 more arms."
    assert found[2] == "'arm 6', 'arm 7', 'arm 8', 'arm 9' and 2 more arms are worse than 'arm 0'."
    assert max(len(sentence) for sentence in found) < 250


def test_a_better_arm_with_a_bad_run_does_not_come_first_and_the_verdict_says_why():
    wild = made_estimate(0.97, **FAILED_ONE)
    assert said({"steady": A, "wild": wild}, [WORSE], luck=0.01) == [
        "'steady' comes first, because not every run of 'wild' ended well. On the seeds that both have, 'steady' is "
        "worse "
        f"than 'wild' by 5.00 points (95 % interval 3.00 to 7.00, {HOLDS}).",
        A_REACHES.replace("'a'", "'steady'"),
    ]
    third = said({"steady": A, "b": B, "wild": wild}, [OPEN, WORSE])
    assert third[0] == "Any of the 3 arms may be the best: 'steady', 'b' and 'wild'."
    assert third[2] == (
        "'wild' is better than 'steady' on the seeds that both have, but 'steady' comes first, because not every run "
        "of "
        "'wild' ended well."
    )


def test_where_every_arm_lost_a_run_the_better_mean_comes_first():
    first, other = made_estimate(0.92, **FAILED_ONE), made_estimate(0.91, **FAILED_ONE)
    assert said({"a": first, "b": other}, [WORSE])[0].startswith(
        "'a' comes first, because its mean over all runs that ended well is the better one. On the seeds that both "
        "have, "
        "'a' is worse than 'b' by 5.00 points"
    )


def test_one_seed_speaks_of_networks():
    one = {name: made_estimate(mean, **ONE_IMAGE_SET) for name, mean in (("a", 0.92), ("b", 0.9), ("c", 0.8))}
    better, open_ = (
        made_comparison(0.05, (0.03, 0.07), **ONE_IMAGE_SET),
        made_comparison(0.02, (-0.01, 0.05), **ONE_IMAGE_SET),
    )
    warning = (
        "With one seed per arm this speaks of the trained networks and not of the arms: with another seed it may turn "
        "round."
    )
    best = said(one, [better, better])
    assert best[0] == "Of the 3 trained networks, that of 'a' is the best."
    assert best[2] == warning
    assert said(one, [open_, better])[0] == "The best is one of these 2 of 3 trained networks: those of 'a' and 'b'."
    assert said(one, [open_, open_])[0] == "Any of the 3 trained networks may be the best: those of 'a', 'b' and 'c'."
    two = said({"a": one["a"], "b": one["b"]}, [better])
    assert two[:2] == [
        "'a' is better than 'b' by 5.00 points (95 % interval 3.00 to 7.00, for other images and these very networks).",
        warning,
    ]


def test_one_common_seed_is_not_called_one_seed_per_arm():
    found = said(
        {"a": made_estimate(0.92, **FAILED_ONE), "b": made_estimate(0.9, n=1, excluded=4)},
        [made_comparison(0.05, (0.03, 0.07), **ONE_IMAGE_SET)],
    )
    assert found[1].startswith("With one common seed this speaks of the trained networks and not of the arms")


def test_one_seed_without_images_says_nothing_about_chance():
    one = {name: made_estimate(mean, n=1) for name, mean in (("a", 0.92), ("b", 0.9))}
    assert said(one, [made_comparison(0.02, None, n=1)])[:2] == [
        "'a' and 'b' cannot be told apart: one seed alone says nothing about the spread between seeds.",
        "Five seeds of each arm, or more, would show how far chance moves them.",
    ]


def test_only_a_pair_with_given_weights_holds_for_them():
    plain, of_weights = f"{HOLDS})", "for other orders of the batches and other images, from these very weights)"
    third = said({"a": A, "b": C, "c": D}, [CLEAR, CLEAR], given_start=("c",))
    assert third[1].endswith(f"{plain}.")
    assert third[2].endswith(f"{plain}.")
    second = said({"a": A, "b": C, "c": D}, [CLEAR, CLEAR], given_start=("b",))
    assert second[1].endswith(f"{of_weights}.")
    assert second[2].endswith(f"{plain}.")  # the figure of 'a', which has a start of its own with every seed


def test_arms_without_common_seeds_are_compared_without_pairs():
    found = said({"a": A, "b": C}, [CLEAR], paired=False)
    assert found[1] == "The arms share too few seeds, so they are compared without pairs."
    turned = said({"a": A, "b": made_estimate(0.97, **FAILED_ONE)}, [WORSE], paired=False)
    assert "By the runs that ended well, 'a' is worse than 'b'" in turned[0]


def test_a_loss_is_no_share():
    lower = made_comparison(-0.05, (-0.07, -0.03), lower=True)
    low, high = made_estimate(0.31, (0.29, 0.33)), made_estimate(0.36, (0.34, 0.38))
    assert said({"a": low, "b": high}, [lower], kind="loss") == [
        f"'a' is better than 'b' by 0.0500 in loss (95 % interval 0.0300 to 0.0700, {HOLDS}).",
        "'a' reaches a validation loss of 0.3100 with 5 seeds on 500 images (95 % interval 0.2900 to 0.3300, "
        f"{HOLDS}).",
    ]


def test_a_score_has_no_unit():
    scores = {"a": made_estimate(12.5, (12.0, 13.0), images=None), "b": made_estimate(12.0, (11.5, 12.5), images=None)}
    assert said(scores, [made_comparison(0.5, (0.3, 0.7), holds_for="seeds")], kind="score", figure="score") == [
        "'a' is better than 'b' by 0.5000 (95 % interval 0.3000 to 0.7000, for other seeds on these very images).",
        f"'a' reaches a score of 12.5000 with 5 seeds (95 % interval 12.0000 to 13.0000, {HOLDS}).",
    ]


def test_a_figure_with_a_vowel_takes_an_n():
    assert said({"a": A}, figure="accuracy")[0].startswith("'a' reaches an accuracy of 92.00 %")


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (
            advice(seeds=12, cheaper="seeds", command="classlab sweep study.toml --seeds 12"),
            "About 12 seeds of each instead of 5 would probably tell 'a' from 'b'. Go on with: classlab sweep "
            "study.toml "
            "--seeds 12",
        ),
        (
            advice(seeds=12, cheaper="seeds"),
            "About 12 seeds of each instead of 5 would probably tell 'a' from 'b'.",
        ),
        (
            advice(seeds=8, images=2000, share=0.2, cheaper="seeds"),
            "About 8 seeds of each instead of 5 would probably tell 'a' from 'b'. About 2,000 images instead of 500 (a "
            "validation share of 0.2) would, too.",
        ),
        (
            advice(seeds=40, images=900, cheaper="images"),
            "About 900 images instead of 500 would probably tell 'a' from 'b'. About 40 seeds of each instead of 5 "
            "would, "
            "too.",
        ),
        (
            advice(images=900, share=0.09, cheaper="images"),
            "About 900 images instead of 500 (a validation share of 0.09) would probably tell 'a' from 'b'. No "
            "affordable "
            "number of seeds would.",
        ),
        (
            advice(together=(12, 1200)),
            "If the measured difference is the true one, neither more seeds nor more images alone would tell 'a' from "
            "'b'; about 12 seeds on 1,200 images would.",
        ),
        (
            advice(),
            "If the measured difference is the true one, no affordable number of seeds or images would tell 'a' from "
            "'b'.",
        ),
        (
            advice(seeds=12, cheaper="seeds", equal=True),
            "About 12 seeds of each instead of 5 would probably show that 'a' and 'b' are practically equal.",
        ),
        (
            advice(present_seeds=1, images=900, cheaper="images", command="classlab sweep study.toml --seeds 5"),
            "About 900 images instead of 500 would probably tell the network of 'a' from that of 'b'; telling the arms "
            "takes more seeds. Go on with: classlab sweep study.toml --seeds 5",
        ),
        (
            advice(too_many_images=41_000),
            "If the measured difference is the true one, no affordable number of seeds would tell 'a' from 'b'; about "
            "41,000 images would, more than can be set aside.",
        ),
        (
            advice(present_seeds=1, too_many_images=41_000),
            "About 41,000 images would tell the network of 'a' from that of 'b', more than can be set aside; telling "
            "the arms takes more seeds.",
        ),
        (
            advice(present_seeds=1),
            "No affordable number of images would tell the network of 'a' from that of 'b'; telling the arms takes "
            "more "
            "seeds.",
        ),
    ],
)
def test_the_advice_says_what_would_tell(found, sentence):
    assert said({"a": A, "b": B}, [OPEN], advice=found)[-1] == sentence


def test_an_arm_with_more_seeds_than_the_other_is_compared_on_those_that_both_have():
    arms = {"a": made_estimate(0.92, (0.91, 0.93), n=12), "b": made_estimate(0.9, (0.89, 0.91), n=3)}
    better = made_comparison(0.05, (0.03, 0.07), n=3)
    assert said(arms, [better])[0].startswith("On the 3 seeds that both have, 'a' is better than 'b' by 5.00 points")
    assert said(arms, [better], paired=False)[0].startswith("'a' is better than 'b'")  # all of them count
    assert said({"a": A, "b": B}, [made_comparison(0.05, (0.03, 0.07), n=A.n)])[0].startswith("'a' is better than 'b'")


def test_where_images_are_not_known_none_are_asked_for():
    seeds_only = made_comparison(0.01, (-0.02, 0.04), holds_for="seeds")
    assert said({"a": A, "b": B}, [seeds_only], advice=advice(present_images=None))[-1] == (
        "If the measured difference is the true one, no affordable number of seeds would tell 'a' from 'b'."
    )


def test_the_luck_of_coming_first_is_put_in_points():
    assert said({"a": A, "b": B, "c": C}, [OPEN, OPEN], luck=0.0043)[-1] == (
        "Having been picked from 3 that may be the best flatters 'a': about 0.43 points of its figure, or somewhat "
        "more, may be luck."
    )
    assert said({"a": A, "b": B}, [OPEN], luck=0.0004)[-1] == A_REACHES  # less than a twentieth of a point
