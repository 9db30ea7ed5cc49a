"""R13: files that ask for memory or lie about themselves are refused, each within 512 MiB above the start."""

from __future__ import annotations

import pytest

from tests.faults.hostile import cases

pytestmark = pytest.mark.faults("R13")

MEMORY = 512 * 2**20  # bytes above the start of the process


def test_hostile_files_take_little_memory_and_end_in_a_sentence(commands, tmp_path, trials):
    made = cases(tmp_path, large=trials.full)
    assert len(made) >= 300
    for what, words in trials.some(made, quick=25):
        with trials.trial(what):
            done = commands.run(*words)
            assert done.is_told, f"code {done.code}: {done.err[-300:]}"
            assert done.memory <= MEMORY, f"{done.memory / 2**20:.0f} MiB"
