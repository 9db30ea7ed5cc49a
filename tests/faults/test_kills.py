"""R1 and R2: a command that is killed or stopped at any moment, and given again, ends as an undisturbed one."""

from __future__ import annotations

import json
import random
import shutil
import signal

import pytest

import classlab
from classlab.records import to_json
from classlab.studies.store import open_store
from tests.faults.test_refused_changes import lasting

DATA = ("--data", "digits", "--limit", "60", "--quiet")


def sweep(place):
    """Two arms, two seeds, two populations."""
    options = ("--batch-size", "16,32", "--seeds", 2, "--epochs", 20, "--name", "s")
    return ("sweep", *DATA, "--model", "linear", *options, "--store", place, "--json")


def train(place):
    return ("train", *DATA, "--model", "mlp", "--dropout", 0.2, "--epochs", 30, "--seeds", 2, "-o", place)


def table(done):
    """What the command printed, without what differs between any two trainings."""
    assert done.code == 0, done.err
    return lasting(json.loads(done.out)) if done.out.startswith("{") else None


def finished(place):
    """The records of the runs that a store holds, by identity."""
    if not (place / "store.sqlite").exists():
        return {}
    with open_store(place, write=False) as store:
        return {run.identity: to_json(run) for run in store.runs()}


def bits(place):
    """The weights of every run of a training."""
    return [
        sorted((name, array.tobytes()) for name, array in classlab.open_run(each).weights.items())
        for each in (place / "seed-0", place / "seed-1")
    ]


class Sweeps:
    """A killed sweep, given again, prints the table of an undisturbed one and trains nothing twice."""

    command = staticmethod(sweep)

    def __init__(self, server, place, watched=None):
        self.server = server
        self.straight = server.run(*sweep(place), watched=watched)
        self.table = table(self.straight)

    def goes_on(self, place):
        before = finished(place)
        assert table(self.server.run(*sweep(place))) == self.table
        after = finished(place)
        assert len(after) == 4
        assert before.items() <= after.items()


class Trainings:
    """A killed training, resumed, ends in the bits of an undisturbed one."""

    command = staticmethod(train)

    def __init__(self, server, place, watched=None):
        self.server = server
        self.straight = server.run(*train(place), watched=watched)
        assert self.straight.code == 0, self.straight.err
        self.bits = bits(place)

    def goes_on(self, place):
        done = self.server.run(*train(place), *(("--resume",) if place.exists() else ()))
        assert done.code == 0, done.err
        assert bits(place) == self.bits


KINDS = pytest.mark.parametrize("kind", [Sweeps, Trainings])


@pytest.mark.faults("R1")
@KINDS
def test_a_kill_before_any_change_of_the_disk_costs_nothing(kind, disk, tmp_path, trials):
    place = tmp_path / "place"  # of all of them: what a command advises names it
    one = kind(disk, place, place)
    for number in trials.some(list(range(1, one.straight.changes + 1)), quick=3):
        shutil.rmtree(place, ignore_errors=True)
        killed = disk.run(*one.command(place), watched=place, failing=(number, 0, False))
        if 0 <= killed.changes < number:  # it wrote less often where it stands than the undisturbed one, and ended
            continue
        with trials.trial(f"killed before change {number}"):
            assert killed.code == -signal.SIGKILL, killed
            one.goes_on(place)


@pytest.mark.faults("R1")
@KINDS
def test_a_kill_at_a_random_moment_costs_nothing(kind, commands, tmp_path, trials):
    place = tmp_path / "place"
    one = kind(commands, place)
    rng = random.Random(kind.__name__)  # noqa: S311  (moments, not secrets)
    wanted, most = trials.count(quick=2, full=100), 1000
    while trials.tried < wanted and (most := most - 1):
        shutil.rmtree(place, ignore_errors=True)
        wait = rng.uniform(0, one.straight.seconds)
        killed = commands.run(*one.command(place), signals=[(wait, signal.SIGKILL)])
        if killed.code == 0:  # it ended before
            continue
        with trials.trial(f"killed after {wait:.3f} s"):
            assert killed.code == -signal.SIGKILL, killed
            one.goes_on(place)
    assert trials.tried == wanted


@pytest.mark.faults("R2")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("times", [1, 2])
@KINDS
def test_a_signal_stops_a_command_in_time_and_the_next_one_goes_on(kind, times, number, commands, tmp_path, trials):
    place = tmp_path / "place"
    one = kind(commands, place)
    rng = random.Random(f"{kind.__name__}{number}{times}")  # noqa: S311
    wanted, most = trials.count(quick=1, full=20), 1000
    while trials.tried < wanted and (most := most - 1):
        shutil.rmtree(place, ignore_errors=True)
        waits = [rng.uniform(0, one.straight.seconds), *(rng.uniform(0, 0.05) for _ in range(times - 1))]
        stopped = commands.run(*one.command(place), signals=[(wait, number) for wait in waits])
        if stopped.code == 0:  # it ended before
            continue
        with trials.trial(f"{number.name} after {waits} s"):
            # The second signal ends it by itself, and so does one that comes before it has begun or when it has ended.
            assert stopped.code in (128 + number, -number), stopped
            assert times == 2 or stopped.code > 0 or stopped.out or not place.exists(), stopped
            assert stopped.seconds < 5
            assert "Traceback" not in stopped.err
            one.goes_on(place)
    assert trials.tried == wanted


def test_a_killed_store_is_readable_before_anything_is_given_again(disk, tmp_path):
    place = tmp_path / "store"
    changes = disk.run(*sweep(tmp_path / "straight"), watched=tmp_path / "straight").changes
    disk.run(*sweep(place), watched=place, failing=(changes // 2, 0, False))
    listed = disk.run("runs", "--store", place, "--json")
    assert listed.is_told, listed.err
    assert {run["identity"] for run in json.loads(listed.out)["runs"]} == set(finished(place))
