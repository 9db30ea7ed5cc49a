"""What this machine reaches: operations per second of matrix products, bytes per second of a memory copy."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.arithmetic import Product
from benchmarks.measure import limit_threads, versions

if TYPE_CHECKING:
    from collections.abc import Callable

REPEATS = 5


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is to be measured.

    Args:
        threads: processor cores and threads.
        products: matrix products by name: `(matrices, rows, inner, columns, dtype)`, several matrices as one batch.
        copies: bytes of the memory that is copied, by name.
        seconds: how long each is repeated at the least, five times over.
    """

    threads: int
    products: dict[str, tuple[int, int, int, int, str]]
    copies: dict[str, int]
    seconds: float

    def to_argument(self) -> str:
        """The question as one command-line argument."""
        return json.dumps(asdict(self))


def main() -> None:
    question = Question(**json.loads(sys.argv[1]))
    limit_threads(question.threads)
    import torch

    torch.set_num_threads(question.threads)
    with torch.inference_mode():
        products = {name: _product(*shape, question.seconds) for name, shape in question.products.items()}
        copies = {name: _copy(size, question.seconds) for name, size in question.copies.items()}
    print(json.dumps({"products": products, "copies": copies, "versions": versions("torch")}), flush=True)


def _product(matrices: int, rows: int, inner: int, columns: int, dtype: str, seconds: float) -> dict[str, Any]:
    import torch

    kind = getattr(torch, dtype)
    stream = torch.Generator().manual_seed(0)
    left = torch.randn(matrices, rows, inner, generator=stream).to(kind)
    right = torch.randn(matrices, inner, columns, generator=stream).to(kind)
    out = torch.empty(matrices, rows, columns, dtype=kind)
    call = (
        (lambda: torch.mm(left[0], right[0], out=out[0])) if matrices == 1 else lambda: torch.bmm(left, right, out=out)
    )
    taken = repeated(call, seconds)
    operations = matrices * Product(rows, inner, columns).operations
    return {"seconds": median(taken), "least": min(taken), "gflops": operations / median(taken) / 1e9}


def _copy(size: int, seconds: float) -> dict[str, Any]:
    import torch

    source, target = torch.ones(size, dtype=torch.uint8), torch.empty(size, dtype=torch.uint8)
    taken = repeated(lambda: target.copy_(source), seconds)
    return {"seconds": median(taken), "least": min(taken), "gbytes": 2 * size / median(taken) / 1e9}


def repeated(call: Callable[[], Any], seconds: float) -> list[float]:
    """Seconds per call, one figure per repeat, after a call that warms up; a repeat takes `seconds` or one call."""
    call()
    found = []
    for _ in range(REPEATS):
        count, began = 0, time.perf_counter()
        while (passed := time.perf_counter() - began) < seconds or not count:
            call()
            count += 1
        found.append(passed / count)
    return found


if __name__ == "__main__":
    main()
