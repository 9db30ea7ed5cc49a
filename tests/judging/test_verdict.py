from __future__ import annotations

import numpy as np
import pytest
from judged_words import ALONE, COUNT, UNKNOWN, ahead, reached
from scipy import stats

from classlab.errors import SpecError
from classlab.judging.document import arm_rows, pair_rows
from classlab.judging.front import judge
from classlab.judging.judgement import JudgedResults, judge_results
from classlab.judging.results import Result, Results
from classlab.judging.sentences import accuracy_limit, difference_limit
from classlab.records import from_json, to_json
from classlab.statistics import compare, rank, sample

# Test accuracies on Fashion-MNIST, ten seeds each: Schneider, Balles, Hennig (2019), DeepOBS: a deep learning optimizer
# benchmark suite, ICLR; its published runs, measured on 9,984 test images.
DEEPOBS = {
    "SGD": [92.18, 92.38, 92.38, 92.64, 92.25, 92.03, 92.23, 92.41, 92.04, 92.21],
    "Momentum": [92.40, 92.24, 92.26, 92.42, 92.17, 92.13, 91.77, 92.08, 92.16, 91.84],
    "Adam": [92.94, 92.29, 92.53, 92.21, 92.53, 92.28, 92.06, 92.49, 91.89, 92.22],
}


def results(figures, *, seeds=True, **facts):
    rows = [
        Result(arm=arm, seed=str(seed), figure=figure, images=facts.get("images"))
        for arm, values in figures.items()
        for seed, figure in enumerate(values)
    ]
    facts.pop("images", None)
    return Results(rows=tuple(rows), paired=seeds, named=seeds, **facts)


def table(figures, name, seeds=None):
    """One dict per run, as a program would write them; `seeds` by arm."""
    return [
        {"arm": arm, name: figure} | ({} if seeds is None else {"seed": seeds[arm][place]})
        for arm, values in figures.items()
        for place, figure in enumerate(values)
    ]


def unpaired(first, second, **facts):
    return compare(sample(first), sample(second), paired=False, **facts)


def test_the_published_optimizers_cannot_be_told_apart_and_it_is_said_what_would():
    found = judge(DEEPOBS, images=9984, pairs="all")
    assert (found.first, found.verdict, found.candidates) == ("Adam", "cannot tell", ("Adam", "SGD", "Momentum"))
    for first, second in (("Adam", "SGD"), ("Adam", "Momentum"), ("SGD", "Momentum")):
        one, two = (np.array(DEEPOBS[arm]) / 100 for arm in (first, second))
        comparison, reference = found.comparison(first, second), stats.ttest_ind(one, two, equal_var=False)
        assert comparison.difference / np.sqrt(comparison.spread.variance) == pytest.approx(reference.statistic)
        assert comparison.interval == pytest.approx(unpaired(one, two, comparisons=3).interval)
    apart = found.comparison("Adam", "SGD")
    assert found.sentences == (
        "Any of the 3 arms may be the best: 'Adam', 'SGD' and 'Momentum'.",
        f"'Adam' and 'SGD' cannot be told apart: 'Adam' is ahead by 0.07 points ({ahead(found, 'Adam', 'SGD')}, for "
        "other runs on these very images, corrected for 3 comparisons).",
        UNKNOWN,
        f"'Adam' reaches an accuracy of 92.34 % with 10 runs on 9,984 images ({reached(found, 'Adam')}, "
        "for other runs on these very images).",
        f"About {apart.would_tell.seeds} runs of each instead of 10 would probably tell 'Adam' from 'SGD'.",
        ALONE,
        "9,984 images leave the accuracy of one network like those of 'Adam' between 91.81 and 92.85 %, and the "
        "difference of two networks open by up to \u00b10.77 points, less where both err on the same images.",
        "Other images may turn the 0.07 points between 'Adam' and 'SGD' round.",
    )


def test_named_seeds_are_paired_and_spoken_of():
    seeds = dict.fromkeys(DEEPOBS, range(42, 52))
    found = judge(table(DEEPOBS, "test_accuracy", seeds))
    apart, reference = found.comparison("Adam", "SGD"), stats.ttest_rel(DEEPOBS["Adam"], DEEPOBS["SGD"])
    assert apart.difference / np.sqrt(apart.spread.variance) == pytest.approx(reference.statistic)
    assert found.judgement.ranking == rank([sample(np.round(np.array(each) / 100, 15)) for each in DEEPOBS.values()])
    assert found.sentences == (
        "Any of the 3 arms may be the best: 'Adam', 'SGD' and 'Momentum'.",
        f"'Adam' and 'SGD' cannot be told apart: 'Adam' is ahead by 0.07 points ({ahead(found, 'Adam', 'SGD')}, for "
        "other seeds on these very images, corrected for 3 comparisons).",
        f"'Adam' reaches a test accuracy of 92.34 % with 10 seeds ({reached(found, 'Adam')}, for other "
        "seeds on these very images).",
        f"About {apart.would_tell.seeds} seeds of each instead of 10 would probably tell 'Adam' from 'SGD'.",
        ALONE,
        COUNT,
    )


def test_what_would_tell_tells_in_four_of_five_such_studies():
    """As many runs as advised, drawn with the measured means and spreads; the truth then is that Adam is ahead."""
    advised, told = judge(DEEPOBS).judgement.advice.seeds, 0
    generator = np.random.default_rng(0)
    for _ in range(300):
        one, two = (
            generator.normal(np.mean(DEEPOBS[arm]), np.std(DEEPOBS[arm], ddof=1), advised) / 100
            for arm in ("Adam", "SGD")
        )
        told += unpaired(one, two, comparisons=3).told_apart
    assert 0.72 < told / 300 < 0.88  # 0.80, within three standard errors


def test_pairs_of_known_seeds_are_judged_as_a_study_is():
    figures = {"a": [0.90, 0.92, None, 0.91], "b": [0.88, 0.91, 0.9, 0.88], "c": [0.5, 0.52, 0.55, 0.5]}
    found = judge_results(results(figures), family="all pairs")
    reference = rank([sample(values) for values in figures.values()], family="all pairs")
    assert found.judgement.ranking == reference
    assert found.comparison("a", "b") == reference.comparison(0, 1)


def test_an_arm_with_a_failed_run_comes_after_those_without_and_it_is_said_why():
    found = judge_results(results({"a": [0.99, 0.98, None], "b": [0.8, 0.81, 0.82], "c": [None, None, None]}))
    assert [found.judgement.names[arm] for arm in found.judgement.ranking.order] == ["b", "a", "c"]
    assert (found.verdict, found.candidates) == ("worse", ("b", "a"))
    assert found.sentences == (
        "'b' comes first, because not every run of 'a' ended well. On the seeds that both have, 'b' is worse than "
        "'a' "
        f"by 18.00 points ({ahead(found, 'b', 'a')}, for other seeds on these very images).",
        f"'b' reaches an accuracy of 81.00 % with 3 seeds ({reached(found, 'b')}, for other seeds on these "
        "very images).",
        ALONE,
        COUNT,
    )
    assert [row[:3] for row in arm_rows(found)[1:]] == [("b", "3", "0"), ("a", "3", "1"), ("c", "3", "3")]
    assert [row[7] for row in arm_rows(found)[1:]] == ["yes", "yes", "\u2013"]
    low, high = found.comparison("b", "a").interval
    interval = f"\u2212{-100 * low:.2f} to \u2212{-100 * high:.2f}"
    assert pair_rows(found)[1:] == (("b", "a", "\u221218.00", interval, "seeds", "worse"),)


def test_an_arm_that_was_run_with_fewer_seeds_has_not_failed():
    """It keeps its place by its mean; only the seeds that both have are subtracted."""
    figures, seeds = {"a": [0.90, 0.91, 0.92, 0.93], "b": [0.94, 0.96]}, {"a": [0, 1, 2, 3], "b": [1, 2]}
    found = judge(table(figures, "acc", seeds))
    assert found.first == "b"
    assert [estimate.excluded for estimate in found.judgement.ranking.estimates] == [0, 0]
    comparison = found.comparison("b", "a")
    assert (comparison.n, comparison.excluded, comparison.verdict) == (2, 2, "cannot tell")
    assert comparison == compare(sample([None, 0.94, 0.96, None], absent=2), sample([0.90, 0.91, 0.92, 0.93]))
    assert found.notes == ("Read from the table: the arm from 'arm', the seed from 'seed', the figure from 'acc'.",)


def test_an_order_that_common_seeds_turn_round_is_explained():
    figures, seeds = {"a": [0.90, 0.90, 0.97, 0.98], "b": [0.92, 0.921, 0.9]}, {"a": [0, 1, 2, 3], "b": [0, 1, 9]}
    found = judge(table(figures, "acc", seeds))
    assert found.sentences[0] == (
        "'a' comes first, because its mean over all runs is the better one. On the seeds that both have, 'a' is "
        f"worse than 'b' by 2.05 points ({ahead(found, 'a', 'b')}, for other seeds on these very images)."
    )


def test_seeds_that_arms_do_not_share_are_no_pairs_and_it_is_said_what_would_tell():
    figures = {"a": [0.9, 0.91, 0.92, 0.93], "b": [0.89, 0.90, 0.91]}
    found = judge(table(figures, "acc", {"a": [0, 1, 2, 3], "b": [10, 11, 12]}))
    comparison = found.comparison("a", "b")
    assert comparison == unpaired(figures["a"], figures["b"])
    assert found.sentences[1] == "The arms share too few seeds, so they are compared without pairs."
    assert found.sentences[3] == (
        f"About {comparison.would_tell.seeds} seeds of each instead of 3 and 4 would probably tell 'a' from 'b'."
    )


def test_what_is_not_known_is_not_claimed():
    figures = {"a": [0.90, 0.92, 0.94], "b": [0.88, 0.90, 0.92]}
    paired, unpaired = judge_results(results(figures)), judge_results(results(figures, seeds=False))
    assert (paired.verdict, unpaired.verdict) == ("cannot tell", "cannot tell")
    assert paired.sentences[:2] == (
        "'a' and 'b' cannot be told apart: they differ by the same on 3 seeds, which says nothing about the spread.",
        "More seeds would show how far chance moves them.",
    )
    assert unpaired.sentences[:2] == (
        f"'a' and 'b' cannot be told apart: 'a' is ahead by 2.00 points ({ahead(unpaired, 'a', 'b')}, for other "
        "runs on these very images).",
        UNKNOWN,
    )
    assert ALONE in paired.sentences


def test_one_run_per_arm_shows_no_spread_and_more_would():
    assert judge({"a": [0.9], "b": [0.8]}).sentences == (
        "'a' and 'b' cannot be told apart: one run alone says nothing about the spread between runs.",
        "Five runs of each arm, or more, would show how far chance moves them.",
        "'a' reaches an accuracy of 90.00 % with 1 run.",
        ALONE,
        COUNT,
    )
    found = judge({"a": [0.9], "b": [0.8], "c": [0.89]}, images=1000)
    assert found.sentences == (
        "Any of the 3 arms may be the best: 'a', 'c' and 'b'.",
        "'a' and 'c' cannot be told apart: one run alone says nothing about the spread between runs.",
        "Five runs of each arm, or more, would show how far chance moves them.",
        "'a' reaches an accuracy of 90.00 % with 1 run on 1,000 images (95 % interval 87.98 to 91.71 %, for other "
        "images and this very network).",
        ALONE,
        "1,000 images leave the difference of two networks open by up to \u00b12.84 points, less where both err on "
        "the same images.",
        "Other images may turn the 1.00 points between 'a' and 'c' round.",
    )


def test_a_difference_that_no_images_turn_round_is_said_to_be_one():
    found = judge(table({"a": [0.99, 0.99, 0.991], "b": [0.9, 0.91, 0.9], "c": [None] * 3}, "acc"), images=10000)
    assert found.sentences[-1] == "The 8.70 points between 'a' and 'b' are more than that."


def test_arms_are_counted_where_they_have_a_figure_and_the_best_is_said_once():
    figures = {"a": [0.99, 0.99, 0.991], "b": [0.9, 0.91, 0.9], "c": [0.8, 0.81, 0.8], "d": [None] * 3}
    found = judge_results(results(figures))
    assert found.sentences[:3] == (
        "'a' is the best of the 3 arms with a figure.",
        f"'a' is better than 'b' by 8.70 points ({ahead(found, 'a', 'b')}, for other seeds on these very images, "
        "corrected for 2 comparisons).",
        f"'a' reaches an accuracy of 99.03 % with 3 seeds ({reached(found, 'a')}, for other seeds on these "
        "very images).",
    )


def test_error_rates_are_read_as_accuracies():
    errors = {"a": [2.1, 2.3, 2.2], "b": [2.5, 2.7, 2.6]}
    found = judge(table(errors, "test_error"), images=10000)
    right = judge({arm: [100 - error for error in values] for arm, values in errors.items()}, images=10000)
    assert found.comparison("a", "b").interval == pytest.approx(right.comparison("a", "b").interval)
    assert found.sentences[0] == (
        f"'a' is better than 'b' by 0.40 points ({ahead(found, 'a', 'b')}, for other runs on these very images)."
    )
    assert found.sentences[2] == (
        f"'a' reaches an accuracy (1 minus test error) of 97.80 % with 3 runs on 10,000 images "
        f"({reached(found, 'a')}, for other runs on these very images)."
    )
    assert found.notes[-1] == "Error rates are shown as accuracies: 1 minus test error."


def test_lower_losses_win_by_their_own_unit():
    figures = {"a": [1.5, 1.6, 1.55], "b": [0.5, 0.52, 0.53], "c": [0.51, 0.55, 0.5]}
    found = judge(table(figures, "val_loss", dict.fromkeys(figures, range(3))))
    assert (found.verdict, found.candidates) == ("cannot tell", ("b", "c"))
    assert found.sentences == (
        "The best is one of these 2 of 3 arms: 'b' and 'c'.",
        "'b' and 'c' cannot be told apart: 'b' is ahead by 0.0033 in loss "
        f"({ahead(found, 'b', 'c', scale=1, digits=4)}, for other seeds on these very images, corrected for 2 "
        "comparisons).",
        "'a' is worse than 'b'.",
        f"'b' reaches a validation loss of 0.5167 with 3 seeds ({reached(found, 'b', scale=1, digits=4)}, for other "
        "seeds on these very images).",
        f"About {found.judgement.advice.seeds} seeds of each instead of 3 would probably tell 'b' from 'c'.",
    )

    def interval(second):
        return ahead(found, "b", second, scale=1, digits=4).removeprefix("95 % interval ")

    assert pair_rows(found)[1:] == (
        ("b", "c", "0.0033", interval("c"), "seeds", "not told apart"),
        ("b", "a", "1.0333", interval("a"), "seeds", "better"),
    )
    lower = judge(table({"a": [15, 16, 15.5], "b": [5, 5.2, 5.3]}, "perplexity"), figure="perplexity")
    assert lower.sentences[0] == (
        f"'b' is better than 'a' by 10.3333 ({ahead(lower, 'b', 'a', scale=1, digits=4)}, for other runs on these "
        "very images)."
    )


@pytest.mark.parametrize(("margin", "verdict"), [(0.03, "practically equal"), (0.005, "cannot tell")])
def test_scores_have_no_scale_and_a_margin_in_their_own_unit(margin, verdict):
    figures = {"a": [0.81, 0.82, 0.80], "b": [0.8, 0.815, 0.80]}
    found = judge(table(figures, "f1", dict.fromkeys(figures, range(3))), figure="f1", margin=margin, images=100)
    assert found.verdict == verdict
    if verdict == "practically equal":
        assert found.sentences == (
            "'a' and 'b' are practically equal: 'a' is ahead by 0.0050 "
            f"({ahead(found, 'a', 'b', scale=1, digits=4)}, for other seeds on these very images), and up to 0.0300 "
            "do not matter.",
            "'a' reaches an f1 of 0.8100 with 3 seeds on 100 images "
            f"({reached(found, 'a', scale=1, digits=4)}, for other seeds on these very images).",
        )


def test_a_margin_makes_small_differences_equal():
    found = judge({"a": [0.900, 0.901, 0.902, 0.9], "b": [0.9, 0.9005, 0.901, 0.9015]}, margin=0.02)
    assert (found.verdict, found.candidates) == ("practically equal", ("a", "b"))
    assert found.sentences[0] == (
        f"'a' and 'b' are practically equal: their means are the same ({ahead(found, 'a', 'b')}, for other runs "
        "on these very images), and up to 2.00 points do not matter."
    )


def test_a_judgement_makes_the_trip_to_json_and_back():
    found = judge(DEEPOBS, images=9984)
    assert from_json(JudgedResults, to_json(found), where="here") == found
    assert str(found) == "\n".join(found.sentences)


def test_settings_that_make_no_sense_are_refused():
    with pytest.raises(SpecError) as refusal:
        judge({"a": [0.9], "b": [0.8]}, margin=-1)
    assert str(refusal.value) == "`margin` must be zero or more, but got margin=-1. 0.002 is two images in a thousand."
    with pytest.raises(SpecError) as refusal:
        judge({f"a{arm}": [0.9, 0.8] for arm in range(61)}, pairs="all")
    assert str(refusal.value) == ("all pairs can be shown of 60 arms at most, but there are 61. Choose pairs='best'.")
    with pytest.raises(SpecError) as refusal:
        judge(DEEPOBS).comparison("SGD", "Momentum")
    assert str(refusal.value) == (
        "two arms that were compared must be named, but got 'SGD' and 'Momentum'. The arms are 'SGD', 'Momentum' and "
        "'Adam'; pairs='all' compares every two."
    )


@pytest.mark.parametrize(("p", "q", "shared"), [(0.9, 0.88, 0.0), (0.9, 0.88, 0.5), (0.6, 0.3, 0.2)])
def test_no_two_networks_differ_by_more_than_the_limit(p, q, shared):
    """Two networks with these accuracies, however many mistakes they share, on many draws of images."""
    generator, images = np.random.default_rng(0), 1000
    both_wrong = shared * min(1 - p, 1 - q) + max(0.0, 1 - p - q)
    cells = [p + q - 1 + both_wrong, 1 - q - both_wrong, 1 - p - both_wrong, both_wrong]
    draws = generator.multinomial(images, cells, size=4000)
    spread = ((draws[:, 1] - draws[:, 2]) / images).std() * 1.96
    limit = difference_limit(p, q, images)
    assert spread <= limit * 1.03
    if not shared:
        assert spread >= limit * 0.97  # the limit is reached where they never err on the same image


def test_the_limit_of_one_network_is_that_of_its_images():
    assert accuracy_limit(0.97, 1000) == pytest.approx((0.9575, 0.9789), abs=5e-5)


def test_a_margin_of_the_whole_scale_is_taken_for_per_cent_and_refused():
    with pytest.raises(SpecError) as refusal:
        judge({"adam": [0.93, 0.92], "sgd": [0.88, 0.87]}, margin=2)
    assert str(refusal.value) == (
        "`margin` must be below 1 where figures are shares, but got margin=2. Write margin=0.02 for 2 %."
    )
