from __future__ import annotations

import pytest
from made_studies import made_study

from classlab.analysis.notices import duplicates, notices
from classlab.datasets import Dataset
from classlab.models.keras_runtime import keras as load_keras
from classlab.studies.asked.built_study import build_study
from classlab.studies.asked.study_file import draft_from_python

keras = load_keras()


def study_of(digits: Dataset, *arms: dict, seeds=2, **options):
    draft = draft_from_python("s", data=digits, arms=arms, settings={"seeds": seeds}, options=options)
    return build_study(draft, digits).spec


def notices_of(digits: Dataset, *arms: dict, **options) -> tuple[str, ...]:
    draft = draft_from_python("s", data=digits, arms=arms, settings={"seeds": options.pop("seeds", 2)}, options=options)
    return build_study(draft, digits).notices


def test_a_sound_study_needs_no_notice(digits):
    assert notices_of(digits, optimizer=["sgd", "adam"]) == ()


def test_one_configuration_under_several_names_is_found(digits):
    arms = ({"name": "a", "optimizer": "sgd"}, {"name": "b", "optimizer": "sgd", "learning_rate": 0.01}, {"name": "c"})
    assert duplicates(study_of(digits, *arms)) == [("a", "b")]
    assert notices_of(digits, *arms) == (
        "The arms 'a' and 'b' are one and the same configuration under 2 names; a difference between them cannot mean "
        "anything.",
    )


def test_many_groups_of_duplicates_are_counted(digits):
    rates = [0.01 * number for number in range(1, 8)]
    arms = [{"name": f"{name}{number}", "learning_rate": rate} for number, rate in enumerate(rates) for name in "ab"]
    found = notices_of(digits, *arms)
    assert len(found) == 6
    assert found[5] == "2 more groups of arms are one configuration under several names."


@pytest.mark.parametrize(
    ("select", "margin", "sentences"),
    [
        (
            "val_loss",
            0.9,
            ("The margin of 0.9 is one of accuracy and does not count here, because the arms are ranked by loss.",),
        ),
        ("val_loss", 0.002, ()),
        ("val_accuracy", 0.9, ()),
    ],
)
def test_a_margin_that_does_not_count_is_said(select, margin, sentences):
    study = made_study({"a": (0.9, 0.8), "b": (0.7, 0.6)}, select=select, margin=margin)
    assert notices(study.spec) == sentences


@pytest.mark.parametrize(
    ("name", "optimizer", "sentence"),
    [
        (
            "RMSprop 20 epochs",
            "adam",
            "The arm 'RMSprop 20 epochs' is called after rmsprop, but its optimizer is adam.",
        ),
        ("adam_long", "sgd", "The arm 'adam_long' is called after adam, but its optimizer is sgd."),
        ("adamw", "adamw", None),
        ("adam against sgd", "adam", None),
        ("madam", "sgd", None),
    ],
)
def test_an_arm_called_after_another_optimizer_is_found(digits, name, optimizer, sentence):
    found = notices_of(digits, {"name": name, "optimizer": optimizer}, {"name": "other", "learning_rate": 0.5})
    assert found == (() if sentence is None else (sentence,))


def test_one_seed_the_test_set_and_unequal_lengths_are_said(digits):
    assert notices_of(digits, seeds=1, validation="test", epochs=[2, 5]) == (
        "Every arm was trained from one seed only, so the figures say nothing about the spread between seeds.",
        "The arms are ranked on the test images, because they validate on them, so the winner's test figure is "
        "flattered.",
        "The arms were not trained equally long: from 2 to 5 epochs.",
    )


def dense(*, l2: float | None = None):
    keras.utils.set_random_seed(0)
    penalty = None if l2 is None else keras.regularizers.L2(l2)
    last = keras.layers.Dense(10, activation="softmax", kernel_regularizer=penalty)
    return keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), last], name=f"l2_{l2}".replace(".", "_"))


@pytest.mark.parametrize(
    ("arms", "said"),
    [
        ({"loss": ["categorical_crossentropy", "mean_squared_error"]}, "figures of different kinds"),
        ({"loss": ["categorical_crossentropy", "sparse_categorical_crossentropy"]}, None),  # one figure
        ({"model": [dense(l2=0.1), dense()]}, "different penalties on weights"),
        ({"model": [dense(l2=0.1)], "optimizer": ["sgd", "adam"]}, None),
    ],
)
def test_losses_that_are_no_one_figure_are_said_where_arms_are_ranked_by_loss(digits, arms, said):
    found = notices_of(digits, select="val_loss", **arms)
    assert (said is None and found == ()) or (len(found) == 1 and said in found[0])
    assert notices_of(digits, **arms) == ()


def copies(*seeds: int):
    """One network made several times, each with other weights and under another name."""
    made = []
    for seed in seeds:
        keras.utils.set_random_seed(seed)
        x = keras.Input((8, 8, 1))
        left = keras.layers.Conv2D(2, 3, padding="same")(x)
        joined = keras.layers.Add()([left, keras.layers.Conv2D(2, 3, padding="same")(left)])
        scores = keras.layers.Dense(10, activation="softmax")(keras.layers.Flatten()(joined))
        made.append(keras.Model(x, scores, name=f"net{seed}"))
    return made


def test_copies_of_one_untrained_network_are_one_configuration(digits):
    plain = [
        keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(10)], name=name)
        for name in "ab"
    ]
    for models, names in ((plain, ("a", "b")), (copies(1, 2), ("net1", "net2"))):
        assert duplicates(study_of(digits, model=models)) == [names]
        assert duplicates(study_of(digits, model=models, start="given")) == []


def test_layers_connected_otherwise_are_another_network(digits):
    (one,) = copies(1)
    config = one.get_config()
    add = next(layer for layer in config["layers"] if layer["class_name"] == "Add")
    conv = next(layer for layer in config["layers"] if layer["class_name"] == "Conv2D")
    for tensor in add["inbound_nodes"][0]["args"][0]:
        tensor["config"]["keras_history"][0] = conv["config"]["name"]
    other = keras.Model.from_config(config)
    assert duplicates(study_of(digits, model=[one, other])) == []


def test_one_start_for_all_seeds_is_said_where_it_is_so(digits):
    one, other = copies(1, 2)
    given = {"model": one, "start": "given"}
    assert notices_of(digits, {"name": "a", **given}, {"name": "b"}) == (
        "Every seed of the arm 'a' starts from the same given weights, so a difference from other arms says nothing "
        "about architectures, only about these weights.",
    )
    assert notices_of(digits, {"name": "a", **given}, {"name": "b", **given, "epochs": 10, "batch_size": 32}) == (
        "Every seed of the arms 'a' and 'b' starts from the same given weights, so what is found holds for a start "
        "from these weights only.",
    )
    assert notices_of(digits, model=[one, other], start="given") == tuple(
        f"Every seed of the arm {name!r} starts from the same given weights, so a difference from other arms says "
        "nothing about architectures, only about these weights."
        for name in ("net1", "net2")
    )
    assert notices_of(digits, {"name": "a", "model": one}, {"name": "b"}) == ()
    assert not any(
        "given weights" in each for each in notices_of(digits, {"name": "a", **given}, {"name": "b"}, seeds=1)
    )
