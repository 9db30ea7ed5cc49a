"""What the source distribution holds, and what an index shows of it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RELATIVE_LINK = re.compile(r"!?\[[^]]*\]\((?!https?:|mailto:)([^)]+)\)")
HOME = "https://example.org/classlab/files/v1"


@pytest.fixture(scope="module")
def tracked() -> list[str]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listing.returncode or not listing.stdout:
        pytest.skip("this is no checkout that git could list")
    return [name for name in listing.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def checkout(tracked, tmp_path_factory) -> Path:
    """A copy of the tracked files: building leaves folders behind."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in tracked:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, copy / name)
    return copy


def source_distribution(checkout: Path, place: Path) -> dict[str, bytes]:
    """Builds it without a network.

    Returns:
        The files by their names below the archive's one folder.
    """
    code = f"from setuptools.build_meta import build_sdist; build_sdist({str(place)!r})"
    subprocess.run([sys.executable, "-c", code], cwd=checkout, capture_output=True, check=True)
    (archive,) = place.glob("classlab-*.tar.gz")
    with tarfile.open(archive) as files:
        return {member.name.partition("/")[2]: files.extractfile(member).read() for member in files if member.isfile()}


def test_the_source_distribution_holds_every_file_of_the_project(tracked, checkout, tmp_path):
    for_the_checkout_alone = {name for name in tracked if name.startswith(".") and "/" not in name}  # as .gitignore
    held = source_distribution(checkout, tmp_path)
    made = {name for name in held if name in ("PKG-INFO", "setup.cfg") or name.startswith("classlab.egg-info/")}
    assert set(held) - made == set(tracked) - for_the_checkout_alone
    assert RELATIVE_LINK.search(held["PKG-INFO"].decode()) is None
    assert held["PKG-INFO"].decode().endswith("\nFiles that are named here lie in the source distribution.\n")


def test_links_of_the_long_description_lead_to_the_address_that_the_project_names(checkout, tmp_path):
    place = tmp_path / "copy"
    shutil.copytree(checkout, place, ignore=shutil.ignore_patterns("benchmarks", "tests", "*.egg-info"))
    project = (place / "pyproject.toml").read_text(encoding="utf-8")
    (place / "pyproject.toml").write_text(f'{project}\n[project.urls]\nFiles = "{HOME}/"\n', encoding="utf-8")
    shown = source_distribution(place, tmp_path)["PKG-INFO"].decode()
    linked = RELATIVE_LINK.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    assert [path for path in linked if f"({HOME}/{path})" not in shown] == []


def test_every_relative_link_of_the_readme_leads_to_a_file():
    linked = RELATIVE_LINK.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(linked) > 10
    assert [path for path in linked if not (ROOT / path.partition("#")[0]).exists()] == []


def test_the_command_line_runs_as_a_module():
    done = subprocess.run([sys.executable, "-m", "classlab", "--version"], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout.partition(" ")[0]) == (0, "classlab")
