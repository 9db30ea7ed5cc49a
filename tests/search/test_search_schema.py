"""The schema of search files takes what `read_search` takes, and refuses what it refuses."""

import tomllib

import pytest
from jsonschema import Draft202012Validator

from classlab.errors import SpecError
from classlab.search.search_file import checked_search
from classlab.search.search_schema import json_schema
from classlab.search.usual_space import usual_space

SCHEMA = Draft202012Validator(json_schema())
TAKEN = [
    "layers = {low = 1, high = 3}\nunits = {low = 32, high = 512}\nbatch_size = [64, 128]\nminutes = 10",
    "dropout = {low = 0.0, high = 0.5, step = 0.1}\nepochs = 20\nruns = 3",
    'second = "parameters"\nsampler = "random"\nfinalists = 0\nmodel = "cnn"\nfilters = [8, 16]',
    '[[arms]]\noptimizer = "sgd"\nlearning_rate = {low = 0.003, high = 0.3, log = true}\nmomentum = [0.0, 0.9]\n'
    '[[arms]]\noptimizer = "adam"\nlearning_rate = 0.001',
]
REFUSED = [
    "folds = 5",
    "epochs = [3, 5]",
    "validation = {low = 0.1, high = 0.2}",
    "dropout = {low = 0.0}",
    "dropout = {low = 0.0, high = 0.5, middle = 0.2}",
    'optimizer = {low = "adam", high = "sgd"}',
    "batch_size = {low = 32, high = 64.5}",
    "minuts = 3",
    'sampler = "best"',
    "runs = 0",
]


def _document(text):
    return tomllib.loads(f'name = "a"\ndata = "digits"\n{text}')


def test_the_schema_is_one():
    Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("text", TAKEN)
def test_what_a_search_takes_is_taken(text):
    checked_search(_document(text), place="FILE")
    SCHEMA.validate(_document(text))


@pytest.mark.parametrize("model", ["mlp", "cnn"])
def test_usual_spaces_are_taken(model):
    SCHEMA.validate({"name": "a", "data": "digits", **usual_space({"model": model})})


@pytest.mark.parametrize("text", REFUSED)
def test_what_a_search_refuses_is_refused(text):
    with pytest.raises(SpecError):
        checked_search(_document(text), place="FILE")
    assert not SCHEMA.is_valid(_document(text))
