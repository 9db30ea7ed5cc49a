from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import threading
import time

import pytest
import torch

from classlab.training.process import threads
from classlab.training.process.threads import limit_spinning, on_threads, shares


@pytest.mark.parametrize(
    ("available", "count", "expected"),
    [
        (1, 5, [(0, 5)]),
        (2, 5, [(0, 2), (2, 5)]),
        (3, 9, [(0, 3), (3, 6), (6, 9)]),
        (4, 3, [(0, 1), (1, 2), (2, 3)]),
        (4, 1, [(0, 1)]),
    ],
)
def test_shares_are_equal_and_as_many_as_threads_or_items(threads, available, count, expected):
    threads(available)
    assert shares(count) == expected


@pytest.mark.parametrize("count", [1, 2, 5])
def test_every_share_is_worked_on_once_and_the_first_one_here(count):
    parts = [(2 * place, 2 * place + 2) for place in range(count)]
    done, where = [], {}

    def work(part):
        done.append(part)
        where[part] = threading.get_ident()

    on_threads(work, parts, threads=count)
    assert sorted(done) == parts
    assert where[parts[0]] == threading.get_ident()


def test_shares_are_worked_on_at_the_same_time():
    """Each waits for all others."""
    meeting = threading.Barrier(3, timeout=30)
    on_threads(lambda _: meeting.wait(), [0, 1, 2], threads=3)


@pytest.mark.parametrize("failing", [0, 1])
def test_an_error_is_raised_once_all_shares_have_ended(failing):
    ended = []

    def work(place):
        if place == failing:
            raise MemoryError("no room")
        ended.append(place)

    with pytest.raises(MemoryError, match="no room"):
        on_threads(work, [0, 1], threads=2)
    assert ended == [1 - failing]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks safely")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_makes_threads_of_its_own():
    """Its parent's do not come along."""
    parts = [0, 1]
    on_threads(lambda _: None, parts, threads=2)
    here, there = multiprocessing.Pipe()

    def child():
        done = []
        on_threads(done.append, parts, threads=2)
        there.send(sorted(done))

    process = multiprocessing.get_context("fork").Process(target=child, daemon=True)
    process.start()
    try:
        assert here.poll(30), "the child waits for threads that it does not have"
        assert here.recv() == [0, 1]
    finally:
        process.kill()
        process.join()


def test_more_parts_than_threads_are_taken_by_whoever_is_free():
    """One thread is kept by its first part until the other has done all the rest."""
    done, all_others = [], threading.Event()

    def work(part):
        if part == 0:
            assert all_others.wait(30)
        done.append(part)
        if len(done) == 5:
            all_others.set()

    on_threads(work, list(range(6)), threads=2)
    assert done == [1, 2, 3, 4, 5, 0]


def test_after_an_interruption_nothing_more_is_begun():
    begun, interrupted = [], threading.Event()

    def work(part):
        begun.append(part)
        if part == 0:
            interrupted.set()
            raise KeyboardInterrupt
        assert interrupted.wait(30)
        time.sleep(0.2)  # longer than the interruption takes to reach whoever asked

    with pytest.raises(KeyboardInterrupt):
        on_threads(work, list(range(100)), threads=2)
    assert len(begun) <= 3


def test_an_interruption_is_told_to_parts_that_have_begun():
    begun, stopped = threading.Event(), threading.Event()

    def work(part):
        if part == 0:
            assert begun.wait(30)
            raise KeyboardInterrupt
        begun.set()
        assert stopped.wait(30)

    with pytest.raises(KeyboardInterrupt):
        on_threads(work, [0, 1], threads=2, interrupted=stopped.set)


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


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"GOMP_SPINCOUNT": "20000"}),
        ({"GOMP_SPINCOUNT": "7"}, {"GOMP_SPINCOUNT": "7"}),
        ({"OMP_WAIT_POLICY": "ACTIVE"}, {"OMP_WAIT_POLICY": "ACTIVE"}),
    ],
)
def test_spinning_is_limited_unless_the_user_decided_it(monkeypatch, before, after):
    monkeypatch.setattr(os, "environ", dict(before))
    limit_spinning()
    assert os.environ == after
