"""R4: whichever change of the disk the system refuses, the command ends with a sentence and succeeds the next time."""

from __future__ import annotations

import errno
import json
import shutil

import pytest

from tests.faults.test_power import LINEAR

pytestmark = pytest.mark.faults("R4")

VARYING = ("seconds", "created", "time", "openings", "command", "trained_before")
REFUSALS = [(error, on) for error in (errno.ENOSPC, errno.EIO, errno.EACCES) for on in (False, True)]


def lasting(found):
    """A document without what differs between any two trainings."""
    if isinstance(found, dict):
        return {name: lasting(value) for name, value in found.items() if name not in VARYING}
    return [lasting(value) for value in found] if isinstance(found, list) else found


COMMANDS = {
    "sweep": lambda place: (
        "sweep", *LINEAR, "--optimizer", "sgd,adam", "--seeds", 2, "--name", "s", "--store", place / "store", "--json",
    ),
    "train": lambda place: ("train", *LINEAR, "--epochs", "2", "-o", place / "new", "--json"),
    "keras": lambda place: ("export", place / "run", "--quiet", "-o", place / "m.keras"),
    "onnx": lambda place: ("export", place / "run", "--quiet", "-o", place / "m.onnx"),
    "report": lambda place: ("report", place / "run", "--quiet", "-o", place / "r.md"),
}  # fmt: skip
FULL = pytest.mark.faults("R4", full=True)


@pytest.mark.parametrize(
    "name", ["sweep", *(pytest.param(name, marks=FULL) for name in ("train", "keras", "onnx", "report"))]
)
def test_a_refused_change_is_told_and_nothing_half_written_stays(disk, tmp_path, trials, name):
    place, before, command = tmp_path / "place", tmp_path / "before", COMMANDS[name]
    before.mkdir()
    assert disk.run("train", *LINEAR, "-o", before / "run").code == 0
    shutil.copytree(before, place)
    straight = disk.run(*command(place), watched=place)
    assert straight.code == 0, straight.err
    files = {path.relative_to(place) for path in place.rglob("*") if path.is_file() and ".lock" not in path.name}
    numbers = range(1, straight.changes + 1)
    # Every change is refused alone and with all that follow, each time with another errno; the quick set has some.
    wanted = [(number, *REFUSALS[(number + turn) % 6]) for number in numbers for turn in (0, 3)]
    for number, error, on in trials.some(wanted, quick=6):
        with trials.trial(f"{name}: change {number} refused with {errno.errorcode[error]}, all later ones: {on}"):
            shutil.rmtree(place)
            shutil.copytree(before, place)
            done = disk.run(*command(place), watched=place, failing=(number, error, on))
            assert done.is_told, done.err
            assert done.code in (0, 5), done
            assert done.code == 0 or "must be" in done.err, done.err
            left = [path for path in place.rglob("*.tmp") if not on]  # where nothing can be removed, nothing is
            assert not left or error == errno.EACCES, left  # the removal itself was what was refused
            again = disk.run(*command(place), *(("--resume",) if name == "train" and (place / "new").exists() else ()))
            assert again.code == 0, again.err
            found = {path.relative_to(place) for path in place.rglob("*") if path.is_file()}
            assert files <= found, files - found
            if "--json" in command(place):
                assert lasting(json.loads(again.out)) == lasting(json.loads(straight.out))
