"""The space of a search, and what a search file may say of it."""

import tomllib

import pytest

from classlab.errors import SpecError
from classlab.search.search_file import checked_search, read_search
from classlab.search.space import Range, Space, Table

BASIS = 'name = "s"\ndata = "digits"\n'
ARMS = """
[[arms]]
optimizer = "sgd"
learning_rate = {low = 0.01, high = 1.0}
momentum = [0.0, 0.9]
[[arms]]
name = "adaptive"
optimizer = ["adam", "nadam"]
learning_rate = {low = 0.0001, high = 0.01}
"""


def space_of(text: str) -> Space:
    return checked_search(tomllib.loads(BASIS + text), place="s.toml", text=BASIS + text).space


def lowest(key, dimension):
    return 0 if dimension.low is None else dimension.low


def highest(key, dimension):
    return len(dimension.choices) - 1 if dimension.high is None else dimension.high


def test_a_list_is_a_choice_a_table_of_two_ends_a_range_and_one_value_is_fixed():
    space = space_of('units = [[8], [8, 4]]\ndropout = {low = 0.0, high = 0.5, step = 0.1}\nactivation = "tanh"')
    assert [(each.name, each.choices, each.high) for each in space.dimensions.values()] == [
        ("units", ("8", "8,4"), None),
        ("dropout", (), 0.5),
    ]
    point = space.draw(highest)
    assert point.options == {"units": [8, 4], "activation": "tanh", "dropout": 0.5}
    assert space.settings(point) == {"units": "8,4", "dropout": 0.5}


def test_each_table_of_arms_has_dimensions_of_its_own_and_is_chosen_first():
    space = space_of(ARMS)
    assert space.arms == ("sgd", "adaptive")
    assert list(space.dimensions) == [
        *("arm", "sgd: learning_rate", "sgd: momentum", "adaptive: optimizer", "adaptive: learning_rate"),
    ]
    assert space.draw(lowest).options == {"optimizer": "sgd", "learning_rate": 0.01, "momentum": 0.0}
    assert space.draw(highest).options == {"optimizer": "nadam", "learning_rate": 0.01}
    assert space.draw(highest).arm == "adaptive"


def test_what_would_have_no_effect_is_not_drawn():
    space = space_of('optimizer = ["adam", "sgd"]\nmomentum = {low = 0.0, high = 0.99}')
    assert space.draw(lowest).drawn == {"optimizer": 0}
    assert space.draw(highest).drawn == {"optimizer": 1, "momentum": 0.99}


def test_every_layer_and_every_block_has_a_width_of_its_own():
    space = space_of("layers = {low = 1, high = 3}\nunits = {low = 8, high = 64}")
    assert space.draw(lowest).options["units"] == (8,)
    assert space.draw(highest).options["units"] == (64, 64, 64)
    blocks = space_of('model = "cnn"\nblocks = [1, 2]\nfilters = [4, 8]')
    assert blocks.draw(highest).options["filters"] == (8, 8)
    assert list(blocks.dimensions) == ["blocks", "filters_1", "filters_2"]


def test_structure_is_what_runs_in_lock_step_must_share():
    space = space_of("layers = [1, 2]\nunits = {low = 8, high = 64}\nbatch_size = [32, 64]" + ARMS)
    assert space.structure == ("layers", "units_1", "units_2", "batch_size")
    assert "arm" in space_of("[[arms]]\nbatch_size = 32\n[[arms]]\nbatch_size = 64").structure


def test_a_rate_is_drawn_by_ratio_unless_the_file_says_otherwise():
    rates = "learning_rate = {{low = 0.001, high = 0.1{}}}"
    assert space_of(rates.format("")).tables[0].options["learning_rate"] == Range(low=0.001, high=0.1, log=True)
    assert not space_of(rates.format(", log = false")).tables[0].options["learning_rate"].log


def test_options_that_never_have_an_effect_are_refused():
    with pytest.raises(SpecError) as refusal:
        Space([Table(name="", options={"optimizer": ["adam", "nadam"], "momentum": [0.9]})])
    assert str(refusal.value) == (
        "`momentum` has no effect with optimizer='adam', but got momentum=0.9. It belongs to sgd and rmsprop."
    )


RANGE = "Write for example learning_rate = {low = 0.001, high = 0.1}."


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "learning_rate = {low = 0.1}",
            "s.toml, line 3: `learning_rate` must be a range of `low`, `high` and perhaps `log` and `step`, but got "
            f"{{'low': 0.1}}. {RANGE}",
        ),
        (
            "learning_rate = {low = 0.1, high = 0.01}",
            "s.toml, line 3: `learning_rate` must be a range with `low` below `high`, where `log` is true or false, "
            f"but got {{'low': 0.1, 'high': 0.01}}. {RANGE}",
        ),
        (
            "learning_rate = {low = 0.1, high = 1, log = true, step = 0.1}",
            "s.toml, line 3: `learning_rate` must be a range with `low` above 0 and without `step` where `log` is "
            f"true, but got {{'low': 0.1, 'high': 1, 'log': True, 'step': 0.1}}. {RANGE}",
        ),
        (
            "batch_size = {low = 32, high = 64, step = 0.5}",
            "s.toml, line 3: `batch_size` must be a range with a positive `step` that fits between `low` and `high`, "
            "but got {'low': 32, 'high': 64, 'step': 0.5}. Write for example batch_size = {low = 32, high = 512}.",
        ),
        (
            "learning_rate = {low = -0.1, high = 1}",
            "s.toml, line 3: `learning_rate[1]` must be a positive number, but got -0.1. Write for example "
            "learning_rate = 0.001.",
        ),
        (
            "units = {low = 8, high = 64}",
            "s.toml: `layers` and a range of `units` must be given together, but got `units` alone. Write for example "
            "layers = {low = 1, high = 3} and units = {low = 32, high = 512}.",
        ),
        (
            "epochs = [3, 10]",
            "s.toml: `epochs` must have one value for all candidates of a search, but got several. Give it once, at "
            "the top level.",
        ),
        (
            'validation = "test"',
            "s.toml: `validation` must not be test for a search, which would choose by the test images, but got "
            "validation='test'. Give a share.",
        ),
        (
            "folds = 3",
            "s.toml: a search compares candidates on one division of the images, so it takes no `folds`. "
            "Cross-validate its finalists with a study.",
        ),
        (
            'select = "val_macro_f1"',
            "s.toml: `select` must be val_accuracy or val_loss for a search, which looks at it after every epoch, but "
            "got select='val_macro_f1'. Rank the finalists' study by it afterwards.",
        ),
        (
            '[[arms]]\noptimizer = "sgd"\n[[arms]]\noptimizer = "sgd"',
            "s.toml: arms must have names of their own, but two are called 'sgd'. Give one another `name`.",
        ),
    ],
)
def test_what_cannot_be_searched_is_refused_with_its_place(text, sentence):
    with pytest.raises(SpecError) as refusal:
        space_of(text)
    assert str(refusal.value) == sentence


def test_a_file_is_read_and_a_budget_beside_it_replaces_all_of_its_budgets(tmp_path):
    path = tmp_path / "s.toml"
    path.write_text(BASIS + "learning_rate = [0.1, 1.0]\nminutes = 3\nepochs = 7\nseeds = 4")
    draft = read_search(path)
    assert (draft.epochs, draft.settings["minutes"], draft.study.seeds) == (7, 3.0, (0, 1, 2, 3))
    replaced = read_search(path, {"runs": 9})
    assert (replaced.settings["minutes"], replaced.settings["runs"]) == (None, 9)


def test_without_a_budget_it_is_ten_minutes():
    assert checked_search({"name": "s", "data": "digits"}, place="s.toml").settings["minutes"] == 10.0


def test_a_key_that_no_search_has_is_refused():
    with pytest.raises(SpecError, match=r"^s.toml, line 3: a search has no key 'minuets'. Did you mean 'minutes'\?"):
        space_of("minuets = 3")
