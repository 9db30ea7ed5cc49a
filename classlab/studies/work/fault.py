"""Named moments at which a test can end the process as a power cut would; in ordinary use they do nothing."""

from __future__ import annotations

import os
import signal
from collections import Counter

VARIABLE = "CLASSLAB_FAULT"
_passages: Counter[str] = Counter()


def fault(name: str) -> None:
    """Ends this process without any clean-up where `CLASSLAB_FAULT=name:n` asks for it, at the n-th passage.

    Random kills hit long moments and miss short ones; a named moment is hit every time.

    Args:
        name: of the moment, as in `after-add`.
    """
    wanted, _, passage = os.environ.get(VARIABLE, "").partition(":")
    if wanted != name:
        return
    _passages[name] += 1
    if _passages[name] == int(passage or 1):
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
