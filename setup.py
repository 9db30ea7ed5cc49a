"""The engine's compiled kernels, and the README as an index shows it; everything else stands in pyproject.toml."""

import re
import tomllib
from pathlib import Path

from setuptools import Extension, setup


def long_description() -> str:
    """The README with links that work outside the checkout.

    A relative link leads nowhere on an index's page. It is put behind the address that pyproject.toml names as
    `Files` under `[project.urls]`; as long as the project has no public address, the file's name stands in its place.
    """
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    home = project.get("urls", {}).get("Files", "").rstrip("/")

    def absolute(link: re.Match[str]) -> str:
        words, path = link["words"], link["path"]
        return f"{words}({home}/{path})" if home else f"{words.lstrip('!')[1:-1]} (`{path}`)"

    readme = Path("README.md").read_text(encoding="utf-8")
    where = "" if home else "\nFiles that are named here lie in the source distribution.\n"
    return re.sub(r"(?P<words>!?\[[^]]*\])\((?!\w+:)(?P<path>[^)]+)\)", absolute, readme) + where


setup(
    long_description=long_description(),
    long_description_content_type="text/markdown",
    ext_modules=[
        Extension(
            "classlab_kernels",
            sorted(str(source) for source in Path("kernels").glob("*.c")),
            depends=sorted(str(header) for header in Path("kernels").glob("*.h")),
            # Results are the same bits on every processor only where each operation rounds by itself.
            extra_compile_args=["-O3", "-std=c11", "-ffp-contract=off"],
            py_limited_api=True,
            optional=True,  # without a C compiler, or with one that is not for them, the engine runs on PyTorch alone
        )
    ],
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)
