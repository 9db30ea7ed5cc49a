"""How long the arithmetic's threads spin while they wait for one another."""

from __future__ import annotations

import os

# GNU OpenMP lets a waiting thread spin for billions of turns before it sleeps. On a busy machine the thread it waits
# for is then kept from running by the one that waits: with two other busy processes on two cores an epoch took 8 to 30
# times as long. 20,000 turns (some ten microseconds) cover the gaps between the operations of a training step, and
# cost nothing measurable on an idle machine.
_TURNS = "20000"


def limit_spinning() -> None:
    """Limits the spinning unless the user has decided it; has an effect only before PyTorch is first imported."""
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", _TURNS)
