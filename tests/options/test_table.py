"""The table against everything that must agree with it."""

from __future__ import annotations

import inspect
from dataclasses import asdict, fields
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

import classlab
from classlab.errors import SpecError
from classlab.models.blocks import build_blocks
from classlab.models.builtin import build
from classlab.options import OPTIONS, STUDY_KEYS, TABLE, check, checked, ready
from classlab.options.grid import GridOptions, SearchOptions
from classlab.options.nearest import nearest
from classlab.options.option import Option
from classlab.options.table import (
    OPTIMIZER_SETTINGS,
    FitOptions,
    SearchSettings,
    ShapeOptions,
    StudySettings,
    options_of,
)
from classlab.options.words import MODEL_NAMES
from classlab.records import DataSpec, EarlyStopping, Loss, RunSpec, StudySpec
from classlab.records.augmentation import Augmentation
from classlab.records.backbone import FineTuning
from classlab.records.optimizers import OPTIMIZERS
from classlab.records.schedules import SCHEDULES, Step
from classlab.records.search import SearchSpec
from classlab.studies.asked.spec_settings import SETTING_KINDS


@pytest.mark.parametrize("name", list(TABLE))
def test_an_option_takes_its_example_and_reads_what_it_writes(name):
    option = TABLE[name]
    assert option.refusal(option.example) is None
    read = option.read(option.written(option.example))
    assert read == option.example or list(read) == list(option.example)
    assert option.default is None or option.refusal(option.default) is None
    assert option.default is not None or option.otherwise or name in ("margin",)
    assert option.schema()
    assert set(vars(option)) <= set(Option.__annotations__)


@pytest.mark.parametrize("name", [name for name, option in TABLE.items() if "optimizer" in option.only_with])
def test_an_optimizers_settings_are_fields_of_its_record(name):
    takers = {kind for kind, record in OPTIMIZERS.items() if name in {field.name for field in fields(record)}}
    assert takers == set(TABLE[name].only_with["optimizer"])


def test_every_setting_of_the_table_is_one_of_some_optimizer():
    assert set(OPTIMIZER_SETTINGS) == {n for n, o in TABLE.items() if "optimizer" in o.only_with}
    assert TABLE["optimizer"].words == tuple(OPTIMIZERS)
    assert TABLE["schedule"].words == tuple(SCHEDULES)


def test_defaults_are_those_of_the_records():
    network = build("mlp", input_shape=(8, 8, 1), classes=10)
    run, step = RunSpec(data=DataSpec(name="d"), architecture=network), Step()
    found = {
        "backbone": run.data.backbone or "none",
        "optimizer": run.optimizer.kind,
        "momentum": OPTIMIZERS["sgd"]().momentum,
        "nesterov": OPTIMIZERS["sgd"]().nesterov,
        "schedule": run.schedule.kind,
        "step_epochs": step.every_epochs,
        "step_factor": step.factor,
        "warmup_epochs": step.warmup_epochs,
        "loss": Loss().name,
        "fine_tune_epochs": FineTuning(layers=1).epochs,
        "fine_tune_rate": FineTuning(layers=1).learning_rate,
        "class_weights": run.class_weights or "none",
        "monitor": EarlyStopping().monitor,
        "epochs": run.epochs,
        "batch_size": run.batch_size,
        "validation": run.data.validation,
        "preprocessing": run.data.preprocessing,
        "precision": run.precision,
        "seed": run.seed,
        **asdict(Augmentation()),
        **{name: parameter.default for name, parameter in inspect.signature(build_blocks).parameters.items()},
        **{name: parameter.default for name, parameter in inspect.signature(build).parameters.items()},
        **{field.name: field.default for field in fields(SearchSpec)},
    }
    wide = inspect.signature(build_blocks).parameters["filters"].default
    found |= {"layers": len(found["units"]), "blocks": len(wide), "filters": wide[0]}
    study = {field.name: field.default for field in fields(StudySpec)} | {"seeds": 5}
    for name, option in TABLE.items():
        if option.default is not None and name != "model":
            assert option.default == {**found, **study}[name], name


def test_stored_columns_have_the_tables_types():
    kinds = {"number": float, "whole": int, "word": str, "switch": bool, "text": str, "weights": str}
    common = set(SETTING_KINDS) & set(OPTIONS) - {"units"}
    assert {"momentum", "limit", "monitor", "nesterov"} <= common
    for name in common:
        assert SETTING_KINDS[name] is kinds[OPTIONS[name].kind], name
    assert set(OPTIONS) <= set(SETTING_KINDS)


@pytest.mark.parametrize("kind", [FitOptions, StudySettings])
def test_static_types_are_those_of_the_kinds(kind):
    """What a type checker lets pass at `fit(epochs=...)` is what the table takes there."""
    named = {"number": float, "whole": int, "switch": bool}
    for name, hint in get_type_hints(kind, vars(ready)).items():
        option = options_of(kind)[name]
        if option.kind in named:
            assert named[option.kind] in (hint, *get_args(hint)), name
        if option.kind == "word":
            words = [set(get_args(each)) for each in (hint, *get_args(hint))]
            assert option.ready or set(option.words) in words or set(option.words) < set(get_args(hint)), name


def test_python_sees_every_option_in_signature_and_help():
    for function in (classlab.fit, classlab.fit_seeds):
        parameters = inspect.signature(function).parameters
        assert set(options_of(FitOptions)) <= set(parameters)
        assert parameters["epochs"].default == 10
        for name in options_of(FitOptions):
            assert f"\n    {name}: " in inspect.getdoc(function)
    assert set(inspect.signature(classlab.Study.from_file).parameters) == {"path", *options_of(StudySettings)}


def test_every_public_call_names_all_that_it_takes():
    """In its signature at run time and, where that comes from the table, for a type checker as well."""
    public = [getattr(classlab, name) for name in classlab.__all__ if name != "__version__"]
    calls = [each for each in public if not (isinstance(each, type) and issubclass(each, Exception))]
    methods = [each for owner in calls for name, each in vars(owner).items() if callable(each) and name[0] != "_"]
    for call in (*calls, *methods):
        kinds = {parameter.kind for parameter in inspect.signature(call).parameters.values()}
        assert not kinds & {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}, call
    assert list(GridOptions.__annotations__) == list(options_of(FitOptions))
    listed = {*options_of(FitOptions, ShapeOptions, SearchSettings, StudySettings)}
    assert set(SearchOptions.__annotations__) == listed
    assert inspect.signature(classlab.find_network).parameters.keys() > listed
    assert str(inspect.signature(classlab.Study).parameters["epochs"]) == "epochs: 'int | list' = 10"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"lerning_rate": 0.1}, "`fit` takes no option 'lerning_rate'. Did you mean 'learning_rate'?"),
        (
            {"epochs": "3"},
            "`epochs` must be a whole number of at least 1, but got epochs='3'. Write for example epochs=5.",
        ),
        (
            {"clipnorm": 1, "global_clipnorm": 1},
            "at most one way of gradient clipping may be given, but got `clipnorm` and `global_clipnorm`. Keep one.",
        ),
        (
            {"seed": 10**5000},
            "`seed` must be a whole number from 0 to 2**63 - 1, but got seed=an int that cannot be written out. "
            "Write for example seed=0.",
        ),
        (
            {"learning_rate": 10**400},
            f"`learning_rate` must be a positive number, but got learning_rate=1{'0' * 79}.... "
            "Write for example learning_rate=0.001.",
        ),
        (
            {"validation": float("nan")},
            "`validation` must be a share between 0 and 1, or the word test or own, but got validation=nan. "
            "Write for example validation=0.1.",
        ),
        (
            {"seed": 1.0},
            "`seed` must be a whole number from 0 to 2**63 - 1, but got seed=1.0. Write for example seed=0.",
        ),
        (
            {"monitor": "loss", "early_stopping": EarlyStopping()},
            "`monitor` must be left out where `early_stopping` is a ready one, but both were given. Set it in the "
            "early stopping.",
        ),
    ],
)
def test_what_python_gives_wrongly_is_said_in_pythons_words(options, sentence):
    with pytest.raises(SpecError) as refused:
        classlab.fit("digits", **options)
    assert str(refused.value) == sentence


def test_values_become_those_of_records():
    import numpy as np

    found = checked({"learning_rate": 1, "epochs": np.int64(3), "dropout": np.float32(0.5), "top_k": None})
    assert found == {"learning_rate": 1.0, "epochs": 3, "dropout": 0.5}
    assert [type(value) for value in found.values()] == [float, int, float]
    assert check("units", (3, 4)) == [3, 4]


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("mpl", "mlp"),
        ("lenet", "lenet5"),
        ("resnet", None),
        ("cnnsmall", "cnn-small"),
        ("vgg", None),
        ("linaer", "linear"),
        ("MLP", "mlp"),
    ],
)
def test_the_nearest_word_is_one_that_could_have_been_meant(word, meant):
    assert nearest(word, MODEL_NAMES) == meant


def test_a_study_file_has_every_key():
    study = ["name", "question", "seeds", "folds", "select", "margin", "confidence", "data", "size", "fit"]
    assert list(STUDY_KEYS) == study


def test_an_option_passes_through_few_hands():
    """The table and its type in a grid, the record that holds it, and the place that computes with it."""
    root = Path(classlab.__file__).parent
    hands = {str(file.relative_to(root)) for file in root.rglob("*.py") if "global_clipnorm" in file.read_text("utf-8")}
    assert hands == {
        "options/table.py",
        "options/grid.py",
        "records/optimizers.py",
        "training/loop/update_rules.py",
    }
