"""Where something was measured: a claim without its machine is no claim."""

from __future__ import annotations

import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.instructions import units

if TYPE_CHECKING:
    from benchmarks.instructions import Isa

BUSY = 0.5  # processes that compute, averaged over the last minute


def describe_machine(threads: int | None = None, isa: Isa = "native") -> dict[str, Any]:
    """Processor, cores, system and Python of this machine, and the load that others put on it now.

    Args:
        threads: that a measured process may use.
        isa: the limit on vector instructions that measured processes keep to.
    """
    return {
        "processor": _processor(),
        "isa": isa,
        "units": units(isa),
        "cores": os.cpu_count(),
        "threads": threads,
        "platform": platform.platform(),
        "python": platform.python_version(),
        "load_before": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _processor() -> str:
    """The processor's name; Linux keeps it in a file, elsewhere Python's answer has to do."""
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def warn_if_busy(machine: dict[str, Any]) -> None:
    """Says on stderr that others compute on this machine, whose description was taken before anything was begun."""
    if (load := machine["load_before"] or 0.0) > BUSY:
        print(f"others keep this machine busy (load {load:.1f}): the figures will be worth little", file=sys.stderr)


def provenance(document: dict[str, Any]) -> str:
    """When, where and with which versions the measurements of one file were made, as a sentence."""
    machine = document["machine"]
    packages: dict[str, str] = {}
    for one in document["measurements"]:
        packages |= one.get("versions", {})
    listed = "; " + ", ".join(f"{name} {number}" for name, number in sorted(packages.items())) if packages else ""
    load = "" if machine["load_before"] is None else f", load before {machine['load_before']:.1f}"
    wide = f" ({', '.join(machine['units'])})" if machine.get("units") else ""
    limited = machine.get("isa", "native") != "native"
    limit = f" All tools were held to {', '.join(machine['units'])}, on a processor that has more." if limited else ""
    return (
        f"Measured {machine['measured'][:10]} on {machine['processor']}{wide}, "
        f"{machine['threads'] or machine['cores']} of {machine['cores']} cores{load}, "
        f"{machine['platform']}{listed}.{limit}"
    )
