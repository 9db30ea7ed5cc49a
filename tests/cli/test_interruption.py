from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import classlab
from classlab.cli.interruption import Interruption, interruptible

STUBBORN = """
import signal, time
from classlab.cli.interruption import interruptible
with interruptible():
    try:
        print("ready", flush=True)
        time.sleep(60)
    except KeyboardInterrupt:
        print("first", flush=True)
        time.sleep(60)
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_becomes_an_interruption_with_the_exit_code_of_shells(number, code):
    before = signal.getsignal(number)
    with pytest.raises(Interruption) as stop, interruptible():
        os.kill(os.getpid(), number)
    signal.signal(number, before)
    assert stop.value.exit_code == code
    assert isinstance(stop.value, KeyboardInterrupt)


def _wrapped():
    """Ctrl-C amid a library that makes an error of its own of it, as pydantic does while it builds a validator."""
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except KeyboardInterrupt as interruption:
        raise ValueError(str(interruption)) from None


def test_what_a_library_makes_of_an_interruption_is_one_again():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(Interruption) as stop, interruptible():
        _wrapped()
    signal.signal(signal.SIGINT, before)
    assert stop.value.exit_code == 130
    with pytest.raises(ValueError, match="of the command"), interruptible():
        raise ValueError("of the command")


def test_handlers_are_put_back():
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with interruptible():
        pass
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_ends_the_process_at_once(number):
    place = {**os.environ, "PYTHONPATH": str(Path(classlab.__file__).parents[1])}
    with subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE, text=True, env=place) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.stdout.readline() == "first\n"
        process.send_signal(number)
        assert process.wait(timeout=5) == -number


TOGETHER = """
import os, signal
from classlab.cli.interruption import Interruption, interruptible
both = {signal.SIGINT, signal.SIGTERM}
try:
    with interruptible():
        signal.pthread_sigmask(signal.SIG_BLOCK, both)
        for each in both:
            os.kill(os.getpid(), each)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, both)
except Interruption as stop:
    print("stopped by one of them", stop.number in both)
"""


def test_two_signals_that_come_together_are_one():
    done = subprocess.run([sys.executable, "-c", TOGETHER], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("stopped by one of them True\n", "")
