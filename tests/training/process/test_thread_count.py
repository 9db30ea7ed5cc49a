from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from classlab.training.process import threads


def printed(code, **environment):
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.fixture
def restored(monkeypatch):
    before = torch.get_num_threads()
    monkeypatch.setattr(threads, "_chosen", None)
    yield
    torch.set_num_threads(before)


def test_what_is_chosen_reaches_pytorch_at_once_where_it_is_loaded(restored):
    threads.set_threads(3)
    assert torch.get_num_threads() == threads.thread_count() == 3


def test_pytorch_has_the_last_word(restored):
    threads.set_threads(3)
    torch.set_num_threads(2)
    assert threads.thread_count() == 2


CHOSEN = """
import sys
from classlab.training import set_threads
from classlab.training.process.threads import thread_count
set_threads(3)
assert "torch" not in sys.modules
print(thread_count())
import classlab.training.tensor.device
print(sys.modules["torch"].get_num_threads())
"""


def test_what_is_chosen_waits_for_pytorch():
    assert printed(CHOSEN) == ["3", "3"]


BEFORE = """
import sys
from classlab.training.process.threads import thread_count
print(thread_count())
assert "torch" not in sys.modules
import torch
print(torch.get_num_threads())
"""


@pytest.mark.parametrize("variable", [{}, {"OMP_NUM_THREADS": "1"}, {"OMP_NUM_THREADS": "3"}])
def test_without_a_choice_the_number_is_the_one_that_pytorch_begins_with(variable):
    found, expected = printed(BEFORE, **variable)
    assert found == expected


@pytest.mark.parametrize("words", ["", "many", "-2", "0", "3,2"])
def test_a_variable_that_is_no_number_counts_for_nothing(monkeypatch, words):
    monkeypatch.setenv("OMP_NUM_THREADS", words)
    assert threads._of_environment() is None
