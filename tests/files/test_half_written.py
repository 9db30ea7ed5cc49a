from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from classlab.files.folder_lock import locked_folder
from classlab.files.half_written import half_written, half_written_sentence

KILLED = """
import os, sys
from pathlib import Path
from classlab.files.atomic_file import write_atomically

def pieces():
    yield b"half"
    os.kill(os.getpid(), 9)

write_atomically(Path(sys.argv[1]), pieces())
"""


@pytest.fixture
def killed(tmp_path):
    """A folder in which a writer was killed twice: once in it, once in a folder of it."""
    places = [tmp_path / "a.json", tmp_path / "runs" / "b.json"]
    places[1].parent.mkdir()
    for place in places:
        ended = subprocess.run([sys.executable, "-c", KILLED, place], check=False)
        assert ended.returncode == -signal.SIGKILL
    (tmp_path / ".a.json.tmp").touch()
    (tmp_path / "notes.123456789abc.tmp").touch()
    return tmp_path


@pytest.mark.skipif(os.name != "posix", reason="kills as POSIX does")
def test_what_killed_writers_left_is_found_and_nothing_else(killed):
    own, inner = half_written(killed)
    assert (own.parent, inner.parent) == (killed, killed / "runs")
    assert own.name.startswith(".a.json.")
    assert half_written(killed, within=(".",)) == [own]
    assert half_written(killed, within=("runs", "nowhere")) == [inner]
    assert half_written_sentence([own, inner]) == (
        f"2 files were left half-written, {own} the first, by a process that was killed. Nothing reads them; "
        "remove them when you like."
    )
    assert half_written_sentence([inner]) == (
        f"{inner} was left half-written, by a process that was killed. Nothing reads it; remove it when you like."
    )
    assert half_written_sentence([]) is None


@pytest.mark.skipif(os.name != "posix", reason="kills as POSIX does")
def test_what_is_being_written_is_nobody_s_leftover(killed):
    (killed / ".lock-holder.json").write_text(f'{{"pid": {os.getppid()}, "host": "{os.uname().nodename}"}}')
    assert half_written(killed) == []
    (killed / ".lock-holder.json").unlink()
    with locked_folder(killed):  # the one who asks is the writer, as a rebuild is
        assert len(half_written(killed)) == 2
