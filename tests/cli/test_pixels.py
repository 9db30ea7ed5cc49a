from __future__ import annotations

import io

import numpy as np

from classlab.cli.pixels import characters, show_pixels


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_brightness_becomes_characters():
    pixels = np.array([[0, 128, 255], [0, 128, 255]], np.uint8)[..., None]
    assert characters(pixels) == " +@"


def test_an_odd_last_row_counts_once():
    assert characters(np.full((3, 2, 1), 255, np.uint8)) == "@@\n@@"


def test_colour_counts_by_luminance():
    assert characters(np.array([[[0, 255, 0], [0, 0, 255]]], np.uint8)) == "+."


def test_a_large_input_is_thinned_out():
    stream = io.StringIO()
    show_pixels(np.full((640, 640, 1), 255, np.uint8), stream=stream)
    lines = stream.getvalue().splitlines()
    assert (len(lines), len(lines[0])) == (32, 64)


def test_a_terminal_gets_half_blocks_in_colour(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.delenv("NO_COLOR", raising=False)
    stream = Terminal()
    show_pixels(np.array([[[1, 2, 3]], [[4, 5, 6]]], np.uint8), stream=stream)
    assert "38;2;1;2;3;48;2;4;5;6m▀" in stream.getvalue()
