"""The job script for Slurm, with stand-ins for the cluster's commands that note how they were called."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "examples" / "slurm" / "sweep_on_ray.sh"
# What the first node's Ray does here: it listens, so that the others are only started after it.
LISTEN = "import socket, sys, time; s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); time.sleep(60)"
STAND_INS = {
    "srun": 'while [[ $1 == --* ]]; do shift; done\nexec "$@"',
    "hostname": 'if [[ $# -gt 0 ]]; then echo "127.0.0.1 "; else echo first; fi',
    "ray": f"""
for word in "$@"; do
    if [[ $word == --port=* ]]; then exec "{sys.executable}" -S -c "{LISTEN}" "${{word#--port=}}"; fi
done
exec sleep 60""",
    # What waits for all nodes of the cluster.
    "python": """cat > /dev/null
until [[ $(grep -c "^ray start" "$LOG") -ge $SLURM_JOB_NUM_NODES ]]; do sleep 0.05; done""",
    "classlab": "exit 7",
    "rm": "true",
}

pytestmark = [
    pytest.mark.light,
    pytest.mark.skipif(os.name == "nt" or shutil.which("bash") is None, reason="needs bash"),
]


@pytest.fixture
def port():
    """Where the first node's Ray listens: a free port in the range that a job's number is mapped to."""
    first = 20001 + os.getpid() * 7 % 9000  # another one in each process that tests run in
    for number in range(first, first + 900):
        with suppress(OSError), socket.create_server(("127.0.0.1", number)):
            return number
    raise AssertionError("no port is free")


def script(tmp_path, port, *words, nodes="2") -> tuple[int, str, list[str]]:
    log = tmp_path / "log"
    log.touch()
    for name, body in STAND_INS.items():
        path = tmp_path / name
        path.write_text(f'#!/bin/bash\necho "{name} $*" >> "{log}"\n{body}\n', encoding="utf-8")
        path.chmod(0o755)
    place = {
        "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
        "SLURM_JOB_ID": str(port),
        "SLURM_CPUS_ON_NODE": "8",
        "LOG": str(log),
    }
    place |= {"SLURM_JOB_NUM_NODES": nodes}
    done = subprocess.run(["bash", str(SCRIPT), *words], capture_output=True, text=True, env=place, timeout=30)
    return done.returncode, done.stderr, log.read_text(encoding="utf-8").splitlines()


def test_ray_is_started_on_every_node_and_the_sweep_on_the_first(tmp_path, port):
    code, errors, called = script(tmp_path, port, "study.toml", "--seeds", "3")
    assert (code, errors) == (7, "")  # the sweep's own
    at = f"127.0.0.1:{port}"
    assert f"classlab sweep study.toml --seeds 3 --on ray --ray-address {at}" in called
    starts = [line for line in called if line.startswith("ray start")]
    assert starts == [
        f"ray start --head --node-ip-address=127.0.0.1 --port={port} --num-cpus=8 --num-gpus=0 "
        f"--include-dashboard=false --disable-usage-stats --temp-dir=/tmp/ray-{port} --block",
        f"ray start --address={at} --num-cpus=8 --num-gpus=0 --block",
    ]
    (others,) = [line for line in called if line.startswith("srun") and "--exclude=first" in line]
    assert "--nodes=1 --ntasks=1 --ntasks-per-node=1" in others


def test_one_node_is_enough(tmp_path, port):
    _, _, called = script(tmp_path, port, "study.toml", nodes="1")
    assert sum(line.startswith("ray start") for line in called) == 1


def test_a_job_without_a_study_says_how_it_is_given(tmp_path, port):
    code, errors, called = script(tmp_path, port)
    assert (code, called) == (2, [])
    assert errors == "usage: sbatch sweep_on_ray.sh FILE [options of `classlab sweep`]\n"
