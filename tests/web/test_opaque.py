"""Ids from outside lead to what the store lists, and nowhere else."""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from classlab.studies.store import open_store
from classlab.web.opaque import opaque_id

sys.path.insert(0, str(Path(__file__).parents[1] / "analysis"))

from made_studies import made_study

CANARY = "canary-that-must-not-be-seen"
_BASES = (
    "../canary.txt", "../../canary.txt", "..", ".", "/etc/passwd", "/canary.txt", "C:\\canary.txt", "\\\\host\\share",
    "..\\canary.txt", "....//canary.txt", "..;/canary.txt", "canary.txt\x00", "\x00", "link", "store/../canary.txt",
    "%2e%2e%2fcanary.txt", "%252e%252e%252fcanary.txt", "..%c0%afcanary.txt", "..%ef%bc%8fcanary.txt", "file:///canary.txt",
    "~/canary.txt", "$HOME", "*", "?", "#", " ", "nul", "con", "a" * 5000, "é", "😀", "<script>", "' OR 1=1 --",
)  # fmt: skip
PAYLOADS = [
    spelled
    for base in _BASES
    for spelled in ("".join(f"%{byte:02x}" for byte in base.encode()), quote(quote(base, safe=""), safe=""))
    if spelled.strip(".")  # a client takes dots away itself
]


@pytest.fixture
def client(open_page, tmp_path):
    folder = tmp_path / "store"
    with open_store(folder, write=True) as store:
        store.save_study(made_study({"good": (0.9, 0.91), "poor": (0.5, 0.52)}, name="which"))
    (tmp_path / "canary.txt").write_text(CANARY, encoding="utf-8")
    (folder / "canary.txt").write_text(CANARY, encoding="utf-8")
    (folder / "runs" / "link").parent.mkdir(exist_ok=True)
    (folder / "runs" / "link").symlink_to(tmp_path / "canary.txt")
    return open_page(folder)


def test_no_id_leads_out_of_the_store(client, trials):
    assert len(PAYLOADS) >= 50
    routes = [route for route in client.app.routes if route.param_convertors and "GET" in route.methods]
    for route in routes:
        for varied in route.param_convertors:
            for payload in PAYLOADS:
                path = route.path
                for name in route.param_convertors:
                    value = payload if name == varied else "0"
                    for spelled in (f"{{{name}}}", f"{{{name}:int}}", f"{{{name}:path}}"):
                        path = path.replace(spelled, value)
                answer = client.get(path)
                right = answer.status_code in (404, 307) and CANARY not in answer.text
                trials.add((path, answer.status_code), right=right)


def test_an_id_is_a_digest_and_not_the_name():
    assert opaque_id("which") != "which"
    assert len(opaque_id("a" * 1000)) == 16
    assert opaque_id("a\ud800") == opaque_id("a?")  # half of a pair, which no digest takes
