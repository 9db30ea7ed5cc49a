"""The version of classlab, in the one place that every other place asks."""

from __future__ import annotations

VERSION = "0.1.0"
