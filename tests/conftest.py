"""One thread of arithmetic for each test process.

The suite runs one process per core; PyTorch's own threads on top of that would wait for each other. The setting must
stand before torch is imported, and subprocesses of the tests inherit it.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
