from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

import classlab
from benchmarks import lab_both_ways
from benchmarks.lab_both_ways import Comparison, compared, text


def study(seeds: int) -> classlab.Study:
    """Five steps of two arms."""
    rates = [{"optimizer": "adam", "learning_rate": [0.001, 0.01]}]
    return classlab.Study(
        "rates", data="digits", model="linear", epochs=1, limit=60, batch_size=16, seeds=seeds, arms=rates
    )


@pytest.fixture
def labs(tmp_path, monkeypatch):
    """As installed, a copy of it, and PyTorch alone."""
    study(2).run(tmp_path / "installed" / "store")
    shutil.copytree(tmp_path / "installed", tmp_path / "blocked")
    monkeypatch.setenv("CLASSLAB_KERNELS", "off")
    study(2).run(tmp_path / "off" / "store")
    return tmp_path


def test_every_study_is_compared_by_bits_accuracies_and_words(labs):
    blocked, off = compared(labs)
    same = {"same_candidates": True, "same_order": True, "same_sentences": True}
    assert blocked == Comparison(study="rates", way="blocked", runs=4, same_bits=4, accuracy=0.0, **same)
    assert (off.way, off.runs) == ("off", 4)
    assert off.same_bits < 4  # two libraries add up in two orders
    other = replace(off, same_bits=0, accuracy=0.0125, same_sentences=False)
    said = text([blocked, other])
    assert "| rates | PyTorch alone | 4 | 0 | 1.25 | same | same | other |" in said
    assert "With kernels, and PyTorch blocked, 4 of 4 runs end with the same bits; of 1 studies 1 have the same" in said


def test_a_lab_that_fails_ends_the_command(tmp_path):
    with pytest.raises(SystemExit, match=r"^the lab with PyTorch alone ended with exit code 2\.$"):
        lab_both_ways.run_lab("off", tmp_path, ["--only", "nine"])
