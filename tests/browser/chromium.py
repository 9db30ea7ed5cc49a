"""Where Chromium is, and how it is started; never a browser that was downloaded for the tests."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import Literal

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Containers run as root, where Chromium refuses its sandbox, and have a /dev/shm too small for it.
ARGUMENTS = ("--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars")


def find_browser() -> str | None:
    """The browser's program; None where there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def arguments() -> list[str]:
    """What it is started with."""
    return [*ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]


@dataclass(frozen=True)
class View:
    """How a reader looks at a page.

    Args:
        scheme: what the reader prefers.
        size: of the screen.
    """

    scheme: Literal["light", "dark"]
    size: Literal["desktop", "phone", "paper"]

    @property
    def name(self) -> str:
        """For files and tests."""
        return f"{self.scheme}-{self.size}"

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height in CSS pixels; 360 is the narrowest telephone in common use, paper is A4."""
        return {"desktop": (1280, 800), "phone": (360, 740), "paper": (794, 1123)}[self.size]


DESKTOP = View("light", "desktop")
VIEWS = (DESKTOP, View("dark", "desktop"), View("light", "phone"), View("dark", "phone"))
PAPER = View("light", "paper")  # as it would be printed
