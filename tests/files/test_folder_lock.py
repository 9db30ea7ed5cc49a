from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import classlab
from classlab.errors import LockedError, StorageError
from classlab.files.folder_lock import locked_folder

HOLDER = """
import sys, time
from pathlib import Path
from classlab.files.folder_lock import locked_folder
with locked_folder(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    place = {**os.environ, "PYTHONPATH": str(Path(classlab.__file__).parents[1])}
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "run")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=place) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_writer_is_told_who_holds_the_folder(holder, tmp_path):
    folder = tmp_path / "run"
    with pytest.raises(LockedError) as refusal, locked_folder(folder):
        pass
    assert str(refusal.value) == (
        f"only one process may write to {folder}, but process {holder.pid} on {socket.gethostname()!r} is doing so. "
        "Wait for it to finish, stop it, or choose another folder."
    )


def test_a_killed_holder_leaves_the_folder_free(holder, tmp_path):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with locked_folder(tmp_path / "run"):
        pass


def test_the_lock_is_given_back_after_an_error(tmp_path):
    with pytest.raises(KeyError), locked_folder(tmp_path):
        raise KeyError
    with locked_folder(tmp_path):
        pass


def test_an_unknown_holder_is_called_another_process(holder, tmp_path):
    folder = tmp_path / "run"
    (folder / ".lock-holder.json").write_text("[")
    with pytest.raises(LockedError, match="but another process is doing so"), locked_folder(folder):
        pass


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "a").write_text("")
    with pytest.raises(StorageError, match="must be writable, but the system says"), locked_folder(tmp_path / "a"):
        pass


def refused(folder, change):
    with locked_folder(folder):
        change()
        raise StorageError("no.")


def test_a_folder_made_for_it_goes_with_an_error_that_leaves_nothing_in_it(tmp_path):
    filled = tmp_path / "filled"
    for folder, change in (
        (tmp_path / "empty", lambda: None),
        (filled, (filled / "a").touch),
        (filled, (filled / "a").unlink),  # empty now, but it was there before
    ):
        with pytest.raises(StorageError, match="no"):
            refused(folder, change)
    assert [each.name for each in tmp_path.iterdir()] == ["filled"]
