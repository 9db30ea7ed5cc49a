from __future__ import annotations

import errno
import os
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from classlab.errors import StorageError
from classlab.files.mapped_file import MappedFile, is_mapped

_GO_THROUGH = """
import os, resource, sys
import numpy as np
from pathlib import Path
from classlab.files.held_pages import HELD_BYTES
from classlab.files.mapped_file import MappedFile

MIB = 2**20
file, piece = MappedFile(Path(sys.argv[1]), step="do something"), np.ones(16 * MIB, np.uint8)
for _ in range(28):
    file.write(piece)
whole = file.mapped((28, 16 * MIB))

def peak():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert sum(int(np.count_nonzero(part)) for each in whole for part in each.reshape(16, MIB)) == whole.size
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024

assert peak() < 4 * HELD_BYTES < whole.size * 3 // 5, "in the process"
child = os.fork()
if not child:
    os._exit(0 if peak() < 4 * HELD_BYTES else 1)
assert os.waitpid(child, 0)[1] == 0, "in a process that it forked"
"""


def test_an_array_shows_what_was_written_and_the_file_has_no_name(tmp_path):
    file = MappedFile(tmp_path / "new", step="do something")
    parts = [np.arange(6, dtype=np.uint8).reshape(2, 3), np.full((1, 3), 9, np.uint8)]
    assert [file.write(each) for each in parts] == [0, 6]
    assert file.read(3, (1, 3)).tolist() == [[3, 4, 5]]
    found = file.mapped((3, 3))
    assert found.tolist() == [[0, 1, 2], [3, 4, 5], [9, 9, 9]]
    assert is_mapped(found)
    assert is_mapped(found[1:])
    assert not is_mapped(found[[0, 1]])
    assert not is_mapped(np.zeros(3))
    if os.name == "posix":
        assert not any((tmp_path / "new").iterdir())


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not say what a process holds of a file")
def test_little_of_a_file_is_held_while_all_of_it_is_read(tmp_path):
    subprocess.run([sys.executable, "-c", _GO_THROUGH, str(tmp_path)], check=True)


def test_a_disk_without_room_is_said_before_it_is_full(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_bavail=1000, f_frsize=4096), raising=False)
    with pytest.raises(StorageError) as refusal:
        MappedFile(tmp_path, step="do something").write(np.zeros(3, np.uint8))
    assert str(refusal.value) == (
        f"{tmp_path} must have room for pictures beside 1 GiB that stays free, but it has less. Make room, name "
        "another folder by CLASSLAB_CACHE, or do something."
    )


def test_what_the_system_refuses_is_a_matter_of_storage(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    file = MappedFile(tmp_path, step="do something")
    monkeypatch.setattr(file, "_file", SimpleNamespace(seek=full, write=full))
    with pytest.raises(StorageError, match="No space left on device"):
        file.write(np.zeros(3, np.uint8))
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match="must be writable"):
        MappedFile(tmp_path / "file", step="do something")
    monkeypatch.setattr("tempfile.TemporaryFile", full)
    with pytest.raises(StorageError, match="No space left on device"):
        MappedFile(tmp_path, step="do something")
