from __future__ import annotations

import gzip
import hashlib
import os
import time
from dataclasses import replace

import pytest

from classlab.datasets import load
from classlab.datasets.download import download
from classlab.datasets.known import KMNIST, MNIST, PUBLISHED
from classlab.datasets.safe_read.idx import to_idx
from classlab.errors import DownloadError, StorageError

REASONS = {
    "404": "it answered with status 404",
    "403": "it answered with status 403",
    "503": "it answered with status 503",
    "silent": "no answer in time",
    "stalling": "no answer in time",
    "truncated": "it sent something other than the official file",
    "wrong": "it sent something other than the official file",
    "page": "it sent something other than the official file",
    "redirect": "it sent something other than the official file",
    "endless": "it sent something other than the official file",
}
# A cut-off transfer is noticed as such, or by its digest, depending on the version of urllib3.
CUT_OFF = (REASONS["truncated"], "no connection, or it broke off")


@pytest.fixture
def publish(server, idx_arrays):
    """A dataset on the local server; takes how its mirrors behave, and by which digests it is known."""

    def make(*behaviours, by="content"):
        contents = {name: to_idx(values) for name, values in idx_arrays.items()}
        server.files = {f"{name}.gz": gzip.compress(content, mtime=0) for name, content in contents.items()}
        content = {name: hashlib.sha256(each).hexdigest() for name, each in contents.items()}
        packed = {name: hashlib.sha256(each).hexdigest() for name, each in server.files.items()}
        mirrors = tuple(f"{server.address}/{behaviour}/" for behaviour in behaviours)
        known = replace(MNIST, mirrors=mirrors, content=content, class_names=("0", "1"), largest=100_000)
        return known if by == "content" else replace(known, name="kmnist", content={}, packed=packed)

    return make


def _quietly(_sentence):
    pass


@pytest.mark.parametrize("by", ["content", "packed"])
@pytest.mark.parametrize("behaviour", REASONS)
def test_a_bad_mirror_is_left_for_a_good_one(tmp_path, publish, server, behaviour, by):
    known = publish(behaviour, "good", by=by)
    said = []
    used = download(known, tmp_path / "c", say=said.append, stall=0.3)
    assert used == f"{server.address}/good/"
    assert sorted(path.name for path in (tmp_path / "c").iterdir()) == sorted(known.files)
    for name, content in server.files.items():
        assert (tmp_path / "c" / name).read_bytes() == content
    reasons = CUT_OFF if behaviour == "truncated" else (REASONS[behaviour],)
    assert said[1] in [f"{server.address}/{behaviour}/ did not give {known.files[0]}: {reason}." for reason in reasons]


@pytest.mark.parametrize("behaviour", REASONS)
def test_without_a_good_mirror_nothing_is_left_behind(tmp_path, publish, server, behaviour):
    known = publish(behaviour, "503")
    with pytest.raises(DownloadError) as refusal:
        download(known, tmp_path / "c", say=_quietly, stall=0.3)
    reasons = CUT_OFF if behaviour == "truncated" else (REASONS[behaviour],)
    assert str(refusal.value) in [
        f"mnist must come from one of its mirrors, but none gave it: {server.address}/{behaviour}/ ({reason}); "
        f"{server.address}/503/ (it answered with status 503). Put the files {', '.join(known.files)} into a folder "
        "'mnist' within a folder that you name in CLASSLAB_DATA, try again later, or use mnist5k or digits, which need "
        "no network."
        for reason in reasons
    ]
    assert list((tmp_path / "c").iterdir()) == []


def test_a_server_that_is_not_there_is_left(tmp_path, publish, server):
    known = replace(publish("good"), mirrors=("http://127.0.0.1:9/", f"{server.address}/good/"))
    said = []
    download(known, tmp_path / "c", say=said.append)
    assert said[1] == ("http://127.0.0.1:9/ did not give train-images-idx3-ubyte.gz: no connection, or it broke off.")


@pytest.mark.parametrize("behaviour", ["dripping", "silent", "stalling"])
def test_waiting_is_bounded_in_all(tmp_path, publish, behaviour):
    known = publish(*[behaviour] * 4)
    start = time.monotonic()
    with pytest.raises(DownloadError, match="no answer in time"):
        download(known, tmp_path / "c", say=_quietly, wait=0.8, stall=0.5)
    assert time.monotonic() - start < 3


def test_what_is_there_and_right_is_kept(tmp_path, publish, server):
    known = publish("good")
    download(known, tmp_path / "c", say=_quietly)
    (tmp_path / "c" / known.files[1]).unlink()
    (tmp_path / "c" / known.files[2]).write_bytes(b"damaged")
    server.asked.clear()
    download(known, tmp_path / "c", say=_quietly)
    assert server.asked == [f"/good/{known.files[1]}", f"/good/{known.files[2]}"]


def test_another_mirrors_compression_is_accepted(tmp_path, publish, server):
    known = publish("good")
    server.files = {name: gzip.compress(gzip.decompress(each), 1) for name, each in server.files.items()}
    assert download(known, tmp_path / "c", say=_quietly)


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="permissions do not bind root")
def test_a_cache_that_is_read_only_is_a_matter_of_storage(tmp_path, publish):
    (tmp_path / "c").mkdir(mode=0o500)
    with pytest.raises(StorageError, match="must be writable to keep mnist"):
        download(publish("good"), tmp_path / "c", say=_quietly)


def test_a_file_in_the_way_of_the_cache_is_a_matter_of_storage(tmp_path, publish):
    (tmp_path / "c").write_text("in the way")
    with pytest.raises(StorageError) as refusal:
        download(publish("good"), tmp_path / "c", say=_quietly)
    assert str(refusal.value) == (
        f"{tmp_path / 'c'} must be writable to keep mnist, but is not (File exists). Name another folder in "
        "CLASSLAB_CACHE."
    )


def test_loading_downloads_once_and_then_works_offline(isolated, publish, server, monkeypatch, capfd):
    monkeypatch.setitem(PUBLISHED, "mnist", publish("404", "good"))
    said = []
    dataset = load("mnist", say=said.append)
    folder = isolated / "classlab_cache" / "mnist"
    assert dataset.source == f"downloaded from {server.address}/good/ into classlab's cache: {folder}"
    assert said[0] == f"Downloading {server.address}/404/train-images-idx3-ubyte.gz"
    server.asked.clear()
    again = load("mnist")
    assert (again.source, again.digest) == (f"classlab's cache: {folder}", dataset.digest)
    assert server.asked == []
    assert capfd.readouterr() == ("", "")


def test_a_damaged_cache_is_repaired(isolated, publish, monkeypatch):
    monkeypatch.setitem(PUBLISHED, "mnist", publish("good"))
    first = load("mnist")
    damaged = isolated / "classlab_cache" / "mnist" / "train-labels-idx1-ubyte.gz"
    damaged.write_bytes(damaged.read_bytes()[:20])
    assert load("mnist").digest == first.digest


def test_files_known_by_their_packed_digest_are_loaded(isolated, publish, monkeypatch):
    monkeypatch.setitem(PUBLISHED, "kmnist", publish("good", by="packed"))
    assert KMNIST.packed
    assert load("kmnist").notes == ()
