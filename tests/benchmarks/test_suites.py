import pytest

from benchmarks import compare_training
from benchmarks.arrays import COLOR
from benchmarks.suites import NETWORKS, SEEDS, SELECTIONS, SUITES, alone, selected
from benchmarks.workloads import REFERENCE_ARM
from classlab.datasets.catalogue import PUBLISHED


def test_suites_and_selections_are_named_once_each_in_the_order_given() -> None:
    assert selected(["cnn", "b", "mlp"]) == ["cnn", "mlp", "mlp-activations", "mlp-fashion"]
    assert sorted(selected(list(SUITES))) == sorted(SELECTIONS)


def test_an_unknown_name_is_refused_with_what_there_is() -> None:
    with pytest.raises(
        ValueError, match=r"^there is no suite 'z'\. Choose from a, b, c, d, e, f, g, linear, .*cnn-seeds\.$"
    ):
        selected(["z"])


@pytest.mark.parametrize("name", list(SELECTIONS))
def test_selections_have_different_arms_and_sizes_within_them(name: str) -> None:
    selection = SELECTIONS[name]
    assert len(set(selection.arms)) == len(selection.arms) == selection.members[-1]
    assert selection.peer_arms <= len(selection.arms)
    if name != "mlp-fashion":  # whatever a tool trains, the table's accuracy is of one arm
        assert selection.arms[0][:2] == REFERENCE_ARM


@pytest.mark.parametrize(("name", "whole"), [("linear-seeds", "linear"), ("mlp-seeds", "mlp")])
def test_seeds_repeat_the_sweep(name: str, whole: str) -> None:
    arms = [SELECTIONS[whole].arms, SELECTIONS[name].arms]
    assert arms[1][: len(arms[0])] == arms[0]
    assert {arm._replace(seed=0) for arm in arms[1]} == set(arms[0])
    assert len(arms[1]) == SEEDS * len(arms[0])


@pytest.mark.parametrize("name", list(NETWORKS))
def test_a_brought_network_is_trained_alone_with_seeds_and_with_rates_on_the_same_images(name: str) -> None:
    one, sweep, seeds = (SELECTIONS[f"{alone(name)}{ending}"] for ending in ("", "-sweep", "-five"))
    assert {(each.network, each.data, each.batch_size) for each in (one, sweep, seeds)} == {
        (name, one.data, one.batch_size)
    }
    assert one.arms == sweep.arms[:1] == seeds.arms[:1]
    assert len({arm.learning_rate for arm in sweep.arms}) * len({arm.seed for arm in sweep.arms}) == 12
    assert len({arm.seed for arm in seeds.arms}) == len(seeds.arms) == SEEDS


def lined_up(peer: str, name: str, *more: str) -> list[int]:
    """How many arms the tool is given on a selection, size after size."""
    options = compare_training._options(["--peers", peer, *more])
    return [len(arms) for _, arms in compare_training.line_up(options, SELECTIONS[name])]


def test_tools_take_part_where_they_have_an_update_rule_and_the_layers() -> None:
    assert lined_up("sklearn-mlp", "mlp")
    assert not lined_up("sklearn-mlp", "mlp-fashion")  # RMSprop
    assert not lined_up("jax-population", "cnn")
    assert not lined_up("sklearn-sgd", "mlp")
    assert all(lined_up("classlab", name) for name in SELECTIONS)


def test_a_tool_that_has_none_of_the_rules_it_would_be_given_is_left_out() -> None:
    assert lined_up("sklearn-sgd", "linear") == [7]
    assert lined_up("sklearn-sgd", "linear", "--peer-arms", "1") == []  # Adam alone


@pytest.mark.parametrize("name", list(SELECTIONS))
def test_selections_name_data_that_classlab_knows(name: str) -> None:
    assert SELECTIONS[name].data.removesuffix(COLOR) in PUBLISHED
