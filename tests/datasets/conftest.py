"""Small datasets on disk, and a web server that misbehaves on request."""

from __future__ import annotations

import contextlib
import gzip
import http.server
import os
import socketserver
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from classlab.datasets.known import IDX_FILES
from classlab.datasets.safe_read.idx import to_idx


@pytest.fixture
def isolated(monkeypatch, tmp_path):
    """No dataset of this machine can be found: every place that is looked into is an empty one."""
    for variable in ("KERAS_HOME", "TORCH_HOME", "CLASSLAB_CACHE"):
        monkeypatch.setenv(variable, str(tmp_path / variable.lower()))
    monkeypatch.delenv("CLASSLAB_DATA", raising=False)
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")
    return tmp_path


@pytest.fixture
def full_data():
    """The folder with the complete MNIST and Fashion-MNIST."""
    folder = os.environ.get("CLASSLAB_DATA")
    if not folder or not Path(folder, "mnist").is_dir():
        pytest.skip("CLASSLAB_DATA names no folder with the complete MNIST")
    return Path(folder)


@pytest.fixture
def idx_arrays():
    """Four small arrays under the official names: 20 training and 10 test images of 4x4 pixels, two classes."""
    rng = np.random.default_rng(3)
    labels = np.arange(20, dtype=np.uint8) % 2
    values = (
        rng.integers(0, 256, (20, 4, 4), np.uint8),
        labels,
        rng.integers(0, 256, (10, 4, 4), np.uint8),
        labels[:10],
    )
    return dict(zip(IDX_FILES, values, strict=True))


@pytest.fixture
def write_idx(idx_arrays):
    """Writes the four files into a folder."""

    def write(folder, *, packed=True):
        folder.mkdir(parents=True, exist_ok=True)
        for name, values in idx_arrays.items():
            content = to_idx(values)
            if packed:
                (folder / f"{name}.gz").write_bytes(gzip.compress(content, mtime=0))
            else:
                (folder / name).write_bytes(content)
        return folder

    return write


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._answer(*self.path.strip("/").split("/", 1))

    def _answer(self, behaviour, file):
        content = self.server.files.get(file, b"")
        if behaviour.isdigit():
            self.send_error(int(behaviour))
        elif behaviour == "silent":
            self.server.release.wait(20)
        elif behaviour == "stalling":
            self._head(len(content))
            self.wfile.write(content[:10])
            self.wfile.flush()
            self.server.release.wait(20)
        elif behaviour == "dripping":
            self._head(len(content))
            for byte in content:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(0.05)
        elif behaviour == "truncated":
            self._head(len(content))
            self.wfile.write(content[: len(content) // 2])
        elif behaviour == "wrong":
            self._send(content[:-9] + b"x" * 9)
        elif behaviour == "page":
            self._send(b"<!DOCTYPE html><title>Log in</title>")
        elif behaviour == "redirect":
            self.send_response(302)
            self.send_header("Location", "/page/login")
            self.end_headers()
        elif behaviour == "endless":
            self.send_response(200)
            self.end_headers()
            while not self.server.release.is_set():
                self.wfile.write(bytes(2**16))
        else:
            self._send(content)

    def _head(self, length):
        self.send_response(200)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def _send(self, content):
        self._head(len(content))
        self.wfile.write(content)

    def log_message(self, *_):
        pass


class _Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


@pytest.fixture
def server():
    """A local web server whose first path component says how it behaves; `files` holds what it serves."""
    with _Server(("127.0.0.1", 0), _Handler) as web:
        web.files, web.asked, web.release = {}, [], threading.Event()
        web.address = f"http://127.0.0.1:{web.server_address[1]}"
        thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield web
        web.release.set()
        web.shutdown()
        thread.join()
