"""Another program on the same cores: `busy` counts without end, `training` is a PyTorch loop whose threads spin.

Takes a mode, the number of threads, and whom it belongs to: it ends when that process has ended. A line says when it
has begun in earnest.
"""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from benchmarks.measure import limit_threads

if TYPE_CHECKING:
    from collections.abc import Callable

IMAGES, BATCH, PIXELS = 1024, 128, 784


def main() -> None:
    mode, threads, owner = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    limit_threads(threads)
    step = _training(threads) if mode == "training" else _count
    step()
    print("begun", flush=True)
    looked = time.monotonic()
    while True:
        step()
        if time.monotonic() - looked > 1:
            looked = time.monotonic()
            if os.getppid() != owner:
                return


def _count() -> None:
    total = 0
    for number in range(100_000):
        total += number


def _training(threads: int) -> Callable[[], None]:
    os.environ["OMP_WAIT_POLICY"] = "active"  # threads that wait keep their core, as many programs' do
    import torch
    from torch import nn
    from torch.nn.functional import cross_entropy

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(PIXELS, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))
    optimizer = torch.optim.Adam(network.parameters())
    x, y = torch.rand(IMAGES, PIXELS), torch.randint(10, (IMAGES,))

    def step() -> None:
        for start in range(0, IMAGES, BATCH):
            optimizer.zero_grad()
            loss = cross_entropy(network(x[start : start + BATCH]), y[start : start + BATCH])
            loss.backward()  # type: ignore[no-untyped-call]  # PyTorch's own annotation is missing
            optimizer.step()

    return step


if __name__ == "__main__":
    main()
