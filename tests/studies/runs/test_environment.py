from __future__ import annotations

import platform
from importlib import metadata
from importlib.util import find_spec

from classlab.studies.runs.environment import ABSENT, PACKAGES, environment, version
from classlab.training import EnvironmentFacts
from classlab.version import VERSION

MODULES = [(name, {"pillow": "PIL", "scikit-learn": "sklearn"}.get(name, name)) for name in PACKAGES]


def test_versions_are_those_of_the_installed_packages():
    found = environment(EnvironmentFacts(device="cpu", threads=2, processor="p", precision="float32"))
    assert found.packages == {name: metadata.version(name) if find_spec(module) else ABSENT for name, module in MODULES}
    assert (found.classlab, found.python, found.processor) == (VERSION, platform.python_version(), "p")


def test_a_missing_package_is_called_absent():
    assert version("no-such-package-anywhere") == ABSENT == "absent"
