"""The page's own JavaScript, run in Node, and a run of centred ink to make pages of."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from classlab.offline.script import script
from classlab.studies.fit import fit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from classlab.studies.runs.run import Run

_READ = """
import { readFileSync } from "node:fs";
const given = JSON.parse(readFileSync(process.argv[2], "utf8"));
const numbers = new Float32Array(Uint8Array.from(readFileSync(process.argv[3])).buffer);
"""


@pytest.fixture
def in_node(tmp_path: Path) -> Callable[..., Any]:
    """Evaluates an expression of the page's modules, of `given` and `numbers`, in Node."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs Node, which is not installed")

    def call(expression: str, given: object, numbers: Any = ()) -> Any:
        program, facts, floats = (tmp_path / name for name in ("program.mjs", "given.json", "numbers.bin"))
        program.write_text(f"{script('answer.js')}{_READ}console.log(JSON.stringify({expression}));\n")
        facts.write_text(json.dumps(given))
        floats.write_bytes(np.asarray(numbers, "<f4").tobytes())
        done = subprocess.run([node, program, facts, floats], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return call


@pytest.fixture(scope="session")
def inked() -> Run:
    """A run on MNIST's images, calibrated."""
    return fit("mnist5k", "mlp", units=(16,), epochs=2)
