"""Records travel through JSON unchanged, and damage on the way is named."""

import dataclasses
import json
import math
import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import TypeAdapter

from classlab.errors import RecordError
from classlab.records import (
    Architecture,
    DataSpec,
    EarlyStopping,
    Environment,
    Figures,
    KerasArchitecture,
    Loss,
    RunRecord,
    RunSpec,
    codec,
    from_json,
    identity,
    to_json,
    to_plain,
)
from classlab.records.layers import (
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    Initializer,
    LeakyReLU,
    MaxPooling2D,
    Normalization,
    Regularizer,
    ReLU,
    Rescaling,
)
from classlab.records.optimizers import OPTIMIZERS, SGD, Adam
from classlab.records.progress import EpochReport, MemberProgress, Silent
from classlab.records.schedules import Constant, Cosine, Step

EVERY_LAYER = Architecture(
    name="every layer \u00e9",
    input_shape=(28, 27, 3),
    layers=(
        Normalization(mean=(1.5, 2.0, 3.0), variance=(4.0, 5.0, 6.5)),
        Rescaling(scale=1 / 255, offset=-0.5),
        Conv2D(filters=3, kernel_size=(5, 1), strides=(2, 1), padding="same", kernel_regularizer=Regularizer(l1=0.1)),
        MaxPooling2D(pool_size=(3, 2), strides=(1, 2)),
        BatchNormalization(momentum=0.9, scale=False),
        AveragePooling2D(padding="same"),
        LeakyReLU(negative_slope=0.2),
        Activation(activation="gelu"),
        ReLU(),
        Dropout(rate=0.5),
        GlobalAveragePooling2D(),
        Flatten(),
        Dense(units=4, activation="softmax", kernel_initializer=Initializer(name="constant", value=0.1)),
    ),
)
GENERAL = KerasArchitecture(
    name="theirs", input_shape=(8, 8, 1), config={"class_name": "Functional", "config": {"layers": []}}, reason="why"
)
SPEC = RunSpec(data=DataSpec(name="digits", digest="d" * 64), architecture=EVERY_LAYER)
ENVIRONMENT = Environment(
    classlab="0.1.0",
    python="3.11",
    platform="any",
    processor="any",
    device="cpu",
    threads=2,
    precision="float32",
    packages={"torch": "2"},
)
RECORD = RunRecord(
    spec=SPEC,
    identity="0" * 16,
    state="diverged",
    reason="The loss was no number.",
    epochs_done=1,
    history={"loss": (0.25, math.inf), "val_loss": (-math.inf,)},
    training=Figures(images=10, loss=0.5, accuracy=0.25, top_k_accuracy=0.75),
    validation=None,
    test=None,
    parameters=7,
    seconds=1.5,
    input_layer=Normalization(mean=(1.0,), variance=(2.0,)),
    path="engine",
    class_names=("a", "b"),
    environment=ENVIRONMENT,
    created="2026-01-01T00:00:00Z",
    command="classlab train",
    notes=("One.", "Two."),
)


@pytest.mark.parametrize(
    "record",
    [
        EVERY_LAYER,
        GENERAL,
        SPEC,
        RECORD,
        dataclasses.replace(SPEC, architecture=GENERAL, precision="auto", top_k=3, initial_weights="f" * 64),
        dataclasses.replace(SPEC, data=DataSpec(name="x", validation="test", limit=9, preprocessing="none")),
        dataclasses.replace(SPEC, early_stopping=EarlyStopping(monitor="accuracy", min_delta=0.5)),
        *(dataclasses.replace(SPEC, optimizer=kind(learning_rate=0.5, clipnorm=1.0)) for kind in OPTIMIZERS.values()),
        *(dataclasses.replace(SPEC, schedule=each) for each in (Constant(warmup_epochs=2), Step(), Cosine(alpha=0.1))),
        dataclasses.replace(SPEC, loss=Loss(name="mean_squared_error", from_logits=True)),
        dataclasses.replace(RECORD, input_layer=Rescaling(scale=1 / 255), path="keras"),
        EpochReport(
            epoch=1,
            epochs=2,
            members=(MemberProgress(label="seed 0", state="training", figures={"loss": 0.5}),),
            seconds=1.0,
            seconds_left=2.0,
        ),
    ],
    ids=lambda record: type(record).__name__,
)
def test_a_record_survives_json(record: object) -> None:
    text = to_json(record)
    assert from_json(type(record), text, where="here") == record
    assert to_json(from_json(type(record), text.encode(), where="here")) == text
    json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))


def test_figures_that_are_no_numbers_survive_json() -> None:
    figures = Figures(images=1, loss=math.nan, accuracy=0.0)
    read = from_json(Figures, to_json(figures), where="here")
    assert math.isnan(read.loss)
    assert to_plain(figures)["loss"] == "NaN"


def test_silence_watches_nothing() -> None:
    Silent().epoch_finished(EpochReport(epoch=1, epochs=1, members=(), seconds=0.0, seconds_left=0.0))


def test_an_identity_is_the_same_today_and_tomorrow() -> None:
    """The literal pins the canonical form: a change here makes every stored run unknown."""
    spec = RunSpec(
        data=DataSpec(name="digits", digest="0" * 64),
        architecture=Architecture(
            name="net", input_shape=(8, 8, 1), layers=(Flatten(), Dense(units=10, activation="softmax"))
        ),
        optimizer=Adam(),
    )
    assert identity(spec) == "d30a1271efff2989"


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 1},
        {"epochs": 11},
        {"batch_size": 64},
        {"optimizer": SGD()},
        {"optimizer": Adam(learning_rate=0.002)},
        {"schedule": Cosine()},
        {"loss": Loss(from_logits=True)},
        {"precision": "bfloat16"},
        {"top_k": 3},
        {"initial_weights": "0" * 64},
        {"early_stopping": EarlyStopping()},
        {"architecture": dataclasses.replace(EVERY_LAYER, layers=EVERY_LAYER.layers[:-1])},
        {"data": DataSpec(name="digits", digest="e" * 64)},
        {"data": DataSpec(name="digits", digest="d" * 64, preprocessing="symmetric")},
        {"data": DataSpec(name="digits", digest="d" * 64, validation=0.2)},
    ],
    ids=str,
)
def test_whatever_determines_a_run_changes_its_identity(change: dict[str, object]) -> None:
    assert identity(dataclasses.replace(SPEC, **change)) != identity(SPEC)  # type: ignore[arg-type]


def test_an_identity_does_not_depend_on_the_way_through_json() -> None:
    assert identity(from_json(RunSpec, to_json(SPEC), where="here")) == identity(SPEC)


def broken(**changes: object) -> str:
    return json.dumps({**to_plain(SPEC), **changes})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "{",
            "run.json is not valid JSON (Expecting property name enclosed in double quotes: line 1 column 2 (char 1)). "
            "Restore the file or train the run again.",
        ),
        ("[]", "run.json is damaged at the top level: Input should be a dictionary or an instance of RunSpec. "),
        (
            broken(seed="one"),
            "run.json is damaged at seed: Input should be a valid integer, unable to parse string as ",
        ),
        (broken(colour=1), "run.json is damaged at colour: Unexpected keyword argument. Restore the file."),
        (
            broken(epochs=0),
            "run.json is damaged at the top level: `epochs` must be a whole number of at least 1, but got epochs=0. "
            "Write for example epochs=5. ",
        ),
        (
            broken(optimizer={"kind": "magic"}),
            "run.json is damaged at optimizer: Input tag 'magic' found using 'kind' does not match any of the expected "
            "tags: 'sgd', 'adam', 'adamw', 'rmsprop', 'adagrad', 'nadam'. Restore the file.",
        ),
    ],
)
def test_damage_is_named_with_its_place(text: str, sentence: str) -> None:
    with pytest.raises(RecordError, match=f"^{re.escape(sentence)}"):
        from_json(RunSpec, text, where="run.json")


def test_a_newer_layout_is_refused() -> None:
    text = json.dumps({**to_plain(RECORD), "version": 99})
    sentence = "run.json was written by a newer classlab (layout 99, this one reads up to 4). Upgrade classlab."
    with pytest.raises(RecordError, match=f"^{re.escape(sentence)}$"):
        from_json(RunRecord, text, where="run.json")


def test_threads_that_write_records_at_once_build_one_adapter(monkeypatch):
    built = []

    def slow(kind):
        built.append(kind)
        time.sleep(0.05)  # long enough for every thread to ask meanwhile
        return TypeAdapter(kind)

    monkeypatch.setattr(codec, "_adapters", {})
    monkeypatch.setattr(codec, "TypeAdapter", slow)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(to_plain, [Rescaling(scale=1 / 255)] * 4))
    assert built == [Rescaling]
    assert found == [found[0]] * 4
