"""The engine's compiled kernels; everything else about the package stands in pyproject.toml."""

from pathlib import Path

from setuptools import Extension, setup

setup(
    ext_modules=[
        Extension(
            "classlab_kernels",
            ["kernels/module.c", "kernels/dense.c", "kernels/convolution.c"],
            depends=sorted(str(header) for header in Path("kernels").glob("*.h")),
            extra_compile_args=["-O3", "-std=c11"],
            py_limited_api=True,
            optional=True,  # without a C compiler, or with one that is not for them, the engine runs on PyTorch alone
        )
    ],
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)
