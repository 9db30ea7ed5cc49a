"""How quickly the page answers a drawing while many people draw, and what it makes of hostile requests.

    python -m benchmarks.drawing_clients --seconds 60 -o drawing.json --page docs/evidence/drawing.md

A store gets a perceptron and a linear classifier of `mnist5k`; `classlab serve` runs as a process of its own, and every
client as a thread of this one with a connection of its own. A client draws sevens of MNIST's test images stroke by
stroke and, as the page does, asks again 60 ms after each answer, or twice as long as it took. Then come a body of 10
MiB, no JSON, pixels that are no numbers, a picture of 100 million pixels, and clients that never finish their request,
while one goes on drawing.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np
from PIL import Image

from benchmarks.machine import describe_machine, provenance, warn_if_busy
from benchmarks.page import replace_between, table
from tests.web.recorded_strokes import drawn, recorded

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
PAUSE, REST = 0.06, 2  # seconds before the next question, or so many times the wait for the last: as the page's script
SIDE = 168  # pixels of a drawing, as the page sends it to models of 28 x 28
SLOW = 20  # clients that never finish their request
CASES = ((1, 1), (20, 1), (20, 2), (100, 1))  # clients, and models that each of them asks


@dataclass
class Served:
    """The page of a store, in a process of its own.

    Args:
        host: and port, as a browser names them.
        cookie: of a browser that was let in.
        process: its id.
    """

    host: str
    cookie: str
    process: int

    def connect(self) -> HTTPConnection:
        """A connection of one client."""
        return HTTPConnection(self.host, timeout=60)

    def post(self, connection: HTTPConnection, body: bytes) -> int:
        """Asks; the status of the answer, which is read whole."""
        headers = {"Cookie": self.cookie, "Origin": f"http://{self.host}", "Content-Type": "application/json"}
        connection.request("POST", "/draw/answer", body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status

    def memory(self) -> float:
        """MiB that the process holds."""
        lines = Path(f"/proc/{self.process}/status").read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))

    def worked(self) -> float:
        """Seconds of processor time that it has taken."""
        fields = Path(f"/proc/{self.process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # utime and stime, see proc(5)


@dataclass
class Client:
    """One who draws until the time is over."""

    served: Served
    bodies: list[bytes]
    until: float
    seconds: list[float] = field(default_factory=list)
    errors: int = 0

    def draw(self, start: int = 0) -> None:
        """Asks, and waits a little, until the time is over."""
        connection, place = self.served.connect(), start
        while time.perf_counter() < self.until:
            began = time.perf_counter()
            try:
                status = self.served.post(connection, self.bodies[place % len(self.bodies)])
            except OSError:
                connection, status = self.served.connect(), 0
            self.seconds.append(time.perf_counter() - began)
            self.errors += status != 200
            place += 1
            time.sleep(max(PAUSE, REST * self.seconds[-1]))
        connection.close()


def main() -> None:
    options = _options()
    machine = describe_machine()
    warn_if_busy(machine)
    with tempfile.TemporaryDirectory() as name:
        store = Path(name) / "store"
        models = made_models(store)
        with served(store) as site:
            crowd([_body(models[:1])], site, clients=1, seconds=2)  # opens the model
            measured = [case(site, models[:count], clients, options.seconds) for clients, count in CASES]
            hostile = refusals(site, models)
    document = {"machine": machine, "seconds": options.seconds, "measurements": measured, "hostile": hostile}
    if options.output:
        Path(options.output).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    text = page_text(document)
    print(text)
    if options.page:
        replace_between(Path(options.page), "drawing-clients", text)


def page_text(document: dict[str, Any]) -> str:
    """The tables for the page."""
    rows = [
        [
            f"{one['clients']} drawing, {one['models']} model{'s' * (one['models'] != 1)}",
            f"{one['answers']:,}",
            f"{1000 * one['median']:.1f}",
            f"{1000 * one['p95']:.1f}",
            f"{1000 * one['worked']:.1f}",
            str(one["errors"]),
            f"{one['grown']:+.1f}",
        ]
        for one in document["measurements"]
    ]
    head = ["", "answers", "median, ms", "95th percentile, ms", "processor time each, ms", "errors", "memory, MiB"]
    said = [[name, found] for name, found in document["hostile"].items()]
    return (
        f"{table(head, rows)}\n\n{document['seconds']} seconds each; memory is what the process grew by.\n\n"
        f"{table(['hostile request', 'answer'], said)}\n\n{provenance(document)}"
    )


def made_models(store: Path) -> list[str]:
    """Trains what is drawn for; the identities."""
    from classlab.studies.study import Study

    found = []
    for model in ("mlp", "linear"):
        result = Study(model, data="mnist5k", model=model, epochs=5, seeds=1).run(store)
        result.run(result.best, result.record.spec.seeds[0]).calibrate(_images())
        found.append(result.record.runs[0].identity)
    return found


def _images() -> Any:
    from classlab.datasets import load

    return load("mnist5k")


@contextmanager
def served(store: Path) -> Iterator[Served]:
    """`classlab serve`, with the cookie of a browser that opened its link."""
    words = [sys.executable, "-m", "classlab", "serve", str(store), "--no-browser", "--quiet"]
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    process = subprocess.Popen(
        words, stdout=subprocess.PIPE, text=True, cwd=store, env={**os.environ, "PYTHONPATH": path}
    )
    try:
        link = urlsplit(process.stdout.readline().strip())  # type: ignore[union-attr]
        yield Served(link.netloc, _let_in(link.netloc, f"{link.path}?{link.query}"), process.pid)
    finally:
        process.terminate()
        process.wait(timeout=10)


def _let_in(host: str, address: str) -> str:
    for _ in range(100):
        try:
            connection = HTTPConnection(host, timeout=10)
            connection.request("GET", address)
            cookie = connection.getresponse().getheader("Set-Cookie")
            return str(cookie).partition(";")[0]
        except OSError:  # it listens before it answers
            time.sleep(0.1)
    raise SystemExit("`classlab serve` does not answer.")


def case(site: Served, models: list[str], clients: int, seconds: float) -> dict[str, Any]:
    """Some clients at once; what they waited for, and what the process grew by."""
    bodies = drawing_bodies(models)
    crowd(bodies, site, clients=clients, seconds=min(seconds, 2))
    before, began = site.memory(), site.worked()
    crowded = crowd(bodies, site, clients=clients, seconds=seconds)
    waits = sorted(wait for client in crowded for wait in client.seconds)
    return {
        "clients": clients,
        "models": len(models),
        "answers": len(waits),
        "median": median(waits),
        "p95": float(np.quantile(waits, 0.95)),
        "worked": (site.worked() - began) / len(waits),
        "errors": sum(client.errors for client in crowded),
        "grown": site.memory() - before,
    }


def crowd(bodies: list[bytes], site: Served, *, clients: int, seconds: float) -> list[Client]:
    until = time.perf_counter() + seconds
    crowded = [Client(site, bodies, until) for _ in range(clients)]
    threads = [threading.Thread(target=client.draw, args=(7 * place,)) for place, client in enumerate(crowded)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return crowded


def drawing_bodies(models: list[str]) -> list[bytes]:
    """What the page sends while sevens are drawn, in the middle and in a corner."""
    test = _images().test
    found = []
    for image in test.images[test.labels == 7][:3, ..., 0]:
        for place, height in (((0.3, 0.2), 0.6), ((0.05, 0.05), 0.2)):
            strokes, width = recorded(image, place=place, height=height)
            steps = range(1, len(strokes) + 1, 3)
            found += [_body(models, drawn(strokes[:count], width, side=SIDE)) for count in steps]
    return found


def _body(models: list[str], picture: Image.Image | None = None) -> bytes:
    file = io.BytesIO()
    (picture or Image.new("L", (SIDE, SIDE))).save(file, format="PNG")
    asked = {"models": models, "seen": "righted", "drawn": True, "picture": base64.b64encode(file.getvalue()).decode()}
    return json.dumps(asked).encode()


def refusals(site: Served, models: list[str]) -> dict[str, str]:
    """The status of each hostile request, and how long a client that draws meanwhile waits."""
    before, found = site.memory(), {}
    bomb = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(bomb, format="PNG")
    for name, body in {
        "a body of 10 MiB": b"[" + b"0," * (5 * 2**20),
        "no JSON": b"{",
        "pixels that are no numbers": json.dumps({"models": models[:1], "pixels": [[float("nan")]]}).encode(),
        "a picture of 100 million pixels": json.dumps(
            {"models": models[:1], "picture": base64.b64encode(bomb.getvalue()).decode()}
        ).encode(),
    }.items():
        try:
            found[name] = str(site.post(site.connect(), body))
        except OSError:  # the answer came before the body was read, and the connection was closed
            found[name] = "closed"
    host, port = site.host.rsplit(":", 1)
    slow = [socket.create_connection((host, int(port))) for _ in range(SLOW)]
    for place, connection in enumerate(slow):
        whole = (
            f"POST /draw/answer HTTP/1.1\r\nHost: {site.host}\r\nOrigin: http://{site.host}\r\n"
            f"Cookie: {site.cookie}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
        )
        connection.sendall(whole[: None if place % 2 else 40].encode())
    (client,) = crowd(drawing_bodies(models[:1]), site, clients=1, seconds=5)
    found[f"{SLOW} requests that never end"] = (
        f"others wait {1000 * median(client.seconds):.1f} ms (median), {client.errors} errors"
    )
    for connection in slow:
        connection.close()
    found["all of them"] = f"memory {site.memory() - before:+.1f} MiB"
    return found


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", default=60.0, type=float, help="that each crowd draws")
    parser.add_argument("-o", "--output", help="write the measurements as JSON")
    parser.add_argument("--page", help="write the tables between the marks of this page")
    return parser.parse_args()


if __name__ == "__main__":
    main()
