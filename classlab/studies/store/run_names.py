"""A short name for a run in other programs' lists: what tells it from its neighbours, then its identity."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from classlab.records import RunRecord

_OTHER = re.compile(r"[^A-Za-z0-9._]+")


def run_name(record: RunRecord) -> str:
    """Model, optimizer, rate, seed and identity; safe as the name of a folder."""
    spec = record.spec
    words = (spec.architecture.name, spec.optimizer.kind, f"{spec.optimizer.learning_rate:g}", f"seed{spec.seed}")
    name = "-".join(_OTHER.sub("_", word)[:40] for word in words)
    return f"{name.lstrip('.') or 'run'}-{record.identity[:8]}"
