"""The engine's compiled kernels; everything else about the package stands in pyproject.toml."""

from pathlib import Path

from setuptools import Extension, setup

setup(
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
