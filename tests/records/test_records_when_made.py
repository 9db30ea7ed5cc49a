"""A record holds, when it is made, what reading it back will give; anything else is refused by a sentence."""

import re
from dataclasses import fields

import numpy as np
import pytest

from classlab.errors import SpecError
from classlab.records import Architecture, DataSpec, EarlyStopping, Loss, RunSpec, from_json, identity, to_json
from classlab.records.layers import Conv2D, Dense, Flatten, Normalization, Rescaling
from classlab.records.optimizers import OPTIMIZERS, SGD, Adam
from classlab.records.schedules import Constant, Step
from classlab.records.study import Arm, StudySpec

NET = Architecture(name="net", input_shape=(8, 8, 1), layers=(Flatten(), Dense(units=2)))
DATA = DataSpec(name="digits", digest="d" * 64)
RUN = RunSpec(data=DATA, architecture=NET)

ODD = [
    None,
    True,
    1.5,
    2.0,
    -1,
    0,
    10**30,
    1e400,
    float("nan"),
    1j,
    "3",
    "",
    b"3",
    [],
    {},
    (1,),
    object(),
    print,
    "\ud800",
]
PLACES = [
    (RunSpec, "epochs"),
    (RunSpec, "batch_size"),
    (RunSpec, "seed"),
    (RunSpec, "top_k"),
    (RunSpec, "optimizer"),
    (RunSpec, "schedule"),
    (RunSpec, "loss"),
    (RunSpec, "early_stopping"),
    (RunSpec, "precision"),
    (RunSpec, "initial_weights"),
    (RunSpec, "architecture"),
    (RunSpec, "data"),
    (DataSpec, "name"),
    (DataSpec, "validation"),
    (DataSpec, "limit"),
    (DataSpec, "preprocessing"),
    (EarlyStopping, "patience"),
    (EarlyStopping, "monitor"),
    (EarlyStopping, "min_delta"),
    (EarlyStopping, "restore_best_weights"),
    (Loss, "name"),
    (Loss, "from_logits"),
    (SGD, "learning_rate"),
    (SGD, "momentum"),
    (SGD, "nesterov"),
    (SGD, "weight_decay"),
    (SGD, "clipnorm"),
    (Constant, "warmup_epochs"),
    (Step, "every_epochs"),
    (Step, "factor"),
    (Dense, "units"),
    (Dense, "activation"),
    (Conv2D, "kernel_size"),
    (Conv2D, "padding"),
    (Rescaling, "scale"),
    (StudySpec, "seeds"),
    (StudySpec, "margin"),
    (StudySpec, "confidence"),
    (StudySpec, "name"),
    (StudySpec, "arms"),
]
NEEDED: dict[type, dict[str, object]] = {
    RunSpec: {"data": DATA, "architecture": NET},
    DataSpec: {"name": "digits"},
    Dense: {"units": 2},
    Conv2D: {"filters": 2},
    Rescaling: {"scale": 1.0},
    StudySpec: {"name": "s", "arms": (Arm(name="a", settings={}, spec=RUN),)},
}


@pytest.mark.parametrize("value", ODD, ids=range(len(ODD)))
@pytest.mark.parametrize(("kind", "name"), PLACES, ids=lambda part: getattr(part, "__name__", part))
def test_an_odd_value_is_refused_or_comes_back_from_the_file(kind, name, value) -> None:
    try:
        record = kind(**{**NEEDED.get(kind, {}), name: value})
    except SpecError as refusal:
        assert f"`{name}` must be " in str(refusal) or name in ("seeds", "arms")  # noqa: PT017
        return
    again = from_json(kind, to_json(record), where="here")
    assert again == record
    assert to_json(again) == to_json(record)
    assert [type(getattr(again, field.name)) for field in fields(kind)] == [
        type(getattr(record, field.name)) for field in fields(kind)
    ]


@pytest.mark.parametrize(
    ("made", "plain"),
    [
        (RunSpec(data=DATA, architecture=NET, epochs=np.int64(3)), RunSpec(data=DATA, architecture=NET, epochs=3)),
        (Adam(learning_rate=np.float32(0.5)), Adam(learning_rate=0.5)),
        (Adam(learning_rate=1), Adam(learning_rate=1.0)),
        (Constant(warmup_epochs=5), Constant(warmup_epochs=5.0)),
        (SGD(nesterov=np.True_), SGD(nesterov=True)),
        (Conv2D(filters=2, kernel_size=[3, 3]), Conv2D(filters=2, kernel_size=(3, 3))),
        (Normalization(mean=np.array([0.5]).tolist(), variance=(1,)), Normalization(mean=(0.5,), variance=(1.0,))),
    ],
    ids=lambda record: type(record).__name__,
)
def test_numbers_of_other_kinds_become_the_ones_that_a_file_holds(made, plain) -> None:
    assert to_json(made) == to_json(plain)
    assert [type(getattr(made, field.name)) for field in fields(made)] == [
        type(getattr(plain, field.name)) for field in fields(plain)
    ]


def test_the_way_a_number_is_written_does_not_name_another_run() -> None:
    assert identity(RunSpec(data=DATA, architecture=NET, schedule=Constant(warmup_epochs=5))) == identity(
        RunSpec(data=DATA, architecture=NET, schedule=Constant(warmup_epochs=5.0))
    )


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (
            lambda: RunSpec(data=DATA, architecture=NET, epochs=1.5),  # type: ignore[arg-type]
            "`epochs` must be a whole number of at least 1, but got epochs=1.5. Write for example epochs=5.",
        ),
        (
            lambda: RunSpec(data=DATA, architecture=NET, seed=True, epochs=2),
            "`seed` must be a whole number from 0 to 2**63 - 1, but got seed=True. Write for example seed=0.",
        ),
        (
            lambda: RunSpec(data=DATA, architecture=NET, optimizer="adam"),  # type: ignore[arg-type]
            "`optimizer` must be a record of its kind, but got optimizer='adam'. Give such a value.",
        ),
        (
            lambda: DataSpec(name="digits", validation="x"),  # type: ignore[arg-type]
            "`validation` must be a share between 0 and 1, or the word test or own, but got validation='x'. "
            "Write for example validation=0.1.",
        ),
        (
            lambda: DataSpec(name="digits", preprocessing="units"),  # type: ignore[arg-type]
            "`preprocessing` must be one of unit, symmetric, standardize, none, but got preprocessing='units'. "
            "Did you mean 'unit'?",
        ),
        (
            lambda: DataSpec(name="a\ud800"),
            "`name` must be text that UTF-8 can hold, but got name='a\\ud800'. Give such a value.",
        ),
        (
            lambda: EarlyStopping(restore_best_weights="yes"),  # type: ignore[arg-type]
            "`restore_best_weights` must be True or False, but got restore_best_weights='yes'. Give such a value.",
        ),
        (
            lambda: SGD(momentum=1.0),
            "`momentum` must be a number from 0 to below 1, but got momentum=1.0. Write for example momentum=0.9.",
        ),
        (
            lambda: RunSpec(data=DATA, architecture=NET, epochs="9" * 200),  # type: ignore[arg-type]
            f"`epochs` must be a whole number of at least 1, but got epochs='{'9' * 79}.... Write for "
            "example epochs=5.",
        ),
    ],
)
def test_the_refusal_names_the_field_and_what_it_takes(make, sentence) -> None:
    with pytest.raises(SpecError, match=f"^{re.escape(sentence)}$"):
        make()


def test_a_default_is_within_its_own_bounds() -> None:
    for kind in (*OPTIMIZERS.values(), EarlyStopping, Loss, Constant, Step):
        kind()
