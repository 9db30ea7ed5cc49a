from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (
            ["--host", "localhost"], 2,
            "`--host` must be an address such as 127.0.0.1, but got --host localhost. Leave it out.",
        ),
        (
            ["--host", "::"], 2,
            "`--host` must be the address by which others reach this machine, but got --host ::. Give that one.",
        ),
        (
            ["--host", "192.0.2.1"], 2,
            "`--host` must be of this machine alone unless `--open-to-network` is given, but got --host 192.0.2.1. With "
            "it, whoever reads the link on its way can see every run here and start trainings, because nothing is "
            "encrypted; give it in a network that you trust.",
        ),
        (["--port", "99999"], 2, "argument --port: must be a whole number from 0 to 65535, but got '99999'."),
    ],
)  # fmt: skip
def test_what_cannot_be_served_is_a_sentence(classlab, words, code, sentence):
    answer = classlab("serve", "--no-browser", *words)
    assert answer.code == code
    assert sentence in answer.err


def test_a_port_that_is_taken_is_a_sentence(classlab):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = classlab("serve", "--no-browser", "--port", port)
    assert answer.code == 5
    assert (
        f"127.0.0.1:{port} must be free, but the system says: Address already in use. Give another --port" in answer.err
    )


@pytest.mark.light
def test_without_its_packages_it_names_the_extra(classlab, monkeypatch):
    monkeypatch.setitem(sys.modules, "starlette", None)
    answer = classlab("serve", "--no-browser")
    assert answer.code == 4
    assert answer.err == (
        "classlab: `classlab serve` needs Starlette, which is not installed. "
        'Install it with `pip install "classlab[web]"`.\n'
    )


@pytest.mark.needs("starlette", "uvicorn")
@pytest.mark.skipif(os.name != "posix", reason="stops it by a signal")
def test_the_printed_link_lets_one_browser_in_and_ctrl_c_ends_it(tmp_path):
    words = [sys.executable, "-m", "classlab", "serve", "store", "--no-browser", "--json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(words, cwd=tmp_path, env=environment, **pipes) as server:
        try:
            lines = iter(server.stdout.readline, "")
            text = next(lines)
            while not text.rstrip().endswith("}"):
                text += next(lines)
            link = json.loads(text)["link"]
            assert link.startswith("http://127.0.0.1:")
            assert (
                urllib.request.build_opener(urllib.request.HTTPCookieProcessor()).open(link, timeout=30).status == 200
            )
            with pytest.raises(urllib.error.HTTPError) as refusal:
                urllib.request.build_opener().open(link, timeout=30)
            assert refusal.value.code == 403
            refusal.value.close()
        finally:
            server.send_signal(signal.SIGINT)
        _, told = server.communicate(timeout=30)
    assert (server.returncode, told.splitlines()[-1]) == (130, "classlab: stopped.")
    assert list(tmp_path.iterdir()) == []
