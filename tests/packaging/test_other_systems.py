"""What macOS and Windows lack, taken away: training must not miss it."""

from __future__ import annotations

import os
import signal
import sys

from classlab.cli.main import main

LACKING = {
    os: ["fork", "posix_fadvise", "pread", "preadv", "pwrite", "sched_getaffinity", "sched_setaffinity", "sendfile"],
    signal: ["SIGALRM", "SIGCHLD", "SIGHUP", "SIGKILL", "SIGPIPE", "pthread_sigmask", "setitimer"],
}


def test_a_study_is_trained_and_reported_without_the_calls_of_linux(tmp_path, monkeypatch, capsys):
    for module, names in LACKING.items():
        for name in names:
            monkeypatch.delattr(module, name, raising=False)
    for name in ("pwd", "resource", "termios"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.chdir(tmp_path)
    sweep = ["sweep", "--data", "digits", "--model", "linear,cnn-small", "--epochs", "1", "--seeds", "2", "--name", "a"]
    assert main([*sweep, "--quiet"]) == 0
    trained = capsys.readouterr().out
    assert main([*sweep, "--quiet"]) == 0  # the ledger and the store are read, and nothing is trained twice
    assert capsys.readouterr().out == trained
    assert main(["report", "a"]) == 0
