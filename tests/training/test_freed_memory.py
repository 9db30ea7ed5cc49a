import subprocess
import sys
import textwrap

import pytest

from classlab.training import freed_memory


@pytest.mark.skipif(freed_memory._glibc() is None, reason="only glibc can be told")
def test_freed_blocks_are_used_again_without_page_faults():
    """In a process of its own: earlier tests have moved the limits of this one."""
    code = """
        import resource
        import torch
        from classlab.training import freed_memory

        def faults():
            before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
            for _ in range(10):
                torch.ones(5_000_000)
            return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

        torch.set_num_threads(1)
        with freed_memory.kept():
            torch.ones(5_000_000)
            within = faults()
        print(faults() > 5 * max(within, 100), within)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("True "), done.stdout


def test_where_the_library_cannot_be_told_nothing_happens(monkeypatch):
    monkeypatch.setattr(freed_memory.platform, "libc_ver", lambda: ("", ""))
    with freed_memory.kept():
        assert freed_memory._glibc() is None
