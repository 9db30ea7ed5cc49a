"""Where a run was trained: versions, processor, device, threads and arithmetic."""

from __future__ import annotations

import platform
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING

from classlab.records import Environment
from classlab.version import VERSION

if TYPE_CHECKING:
    from classlab.training import EnvironmentFacts

# What decides figures: the arithmetic and the readers of images.
PACKAGES = ("torch", "keras", "numpy", "pillow", "safetensors", "pydantic")
ABSENT = "absent"


def environment(facts: EnvironmentFacts) -> Environment:
    """Describes this process, without importing any package only to ask for its version.

    Args:
        facts: what the engine knows.
    """
    return Environment(
        classlab=VERSION,
        python=platform.python_version(),
        platform=platform.platform(),
        processor=facts.processor,
        device=facts.device,
        threads=facts.threads,
        precision=facts.precision,
        packages={name: version(name) for name in PACKAGES},
    )


@cache  # a study asks for every run, and each answer takes milliseconds
def version(package: str) -> str:
    """The installed version of a package, or `ABSENT`."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ABSENT
