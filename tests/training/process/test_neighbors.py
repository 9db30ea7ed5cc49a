import pytest
import torch

from classlab.training.process import neighbors
from classlab.training.process.neighbors import cores_are_taken, one_thread


@pytest.fixture
def machine(monkeypatch):
    """A machine of two cores; sets how many threads run at each look."""
    monkeypatch.setattr(neighbors.os, "cpu_count", lambda: 2)
    monkeypatch.setattr(neighbors, "_APART", 0)

    def runs(*counts):
        left = list(counts)
        monkeypatch.setattr(neighbors, "_running", lambda: left.pop(0) if len(left) > 1 else left[0])

    return runs


@pytest.mark.parametrize(
    ("counts", "taken"),
    [((3,), True), ((5,), True), ((2,), False), ((1,), False), ((0,), False), ((5, 5, 2, 5), False)],
    ids=["a program per core", "more", "one beside", "alone", "not told", "a moment's crowd"],
)
def test_cores_are_taken_where_others_keep_all_of_them_busy(machine, counts, taken):
    machine(*counts)
    assert cores_are_taken() is taken


def test_the_system_tells_how_many_threads_run(tmp_path, monkeypatch):
    told = tmp_path / "loadavg"
    monkeypatch.setattr(neighbors, "_TOLD", told)
    assert neighbors._running() == 0
    told.write_text("0.20 0.18 0.12 3/80 11206\n")
    assert neighbors._running() == 3
    told.write_text("nonsense\n")
    assert neighbors._running() == 0


def test_one_thread_computes_inside_and_as_many_as_before_afterwards():
    before = torch.get_num_threads()
    with one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before

    def fails():
        with one_thread():
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert torch.get_num_threads() == before
