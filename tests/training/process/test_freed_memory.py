import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from classlab.training.process import settings
from classlab.training.process.settings import freed_memory_kept


@pytest.mark.skipif(settings._glibc() is None, reason="only glibc can be told")
def test_freed_blocks_are_used_again_without_page_faults():
    """In a process of its own: earlier tests have moved the limits of this one."""
    code = """
        import resource
        import torch
        from classlab.training.process.settings import freed_memory_kept

        def step():
            return [torch.ones(7_000_000) for _ in range(3)]  # 28 MB each, as a convolution's values

        def faults():
            before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
            for _ in range(10):
                step()
            return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

        torch.set_num_threads(1)
        step()
        without = faults()
        with freed_memory_kept():
            step()
            print(without, faults())
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3])
    without, within = map(int, done.stdout.split())
    assert within < without / 3


def test_where_the_library_cannot_be_told_nothing_happens(monkeypatch):
    monkeypatch.setattr(settings.platform, "libc_ver", lambda: ("", ""))
    with freed_memory_kept():
        assert settings._glibc() is None
