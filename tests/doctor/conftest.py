"""Lets the tests of this folder share `cases`; pytest's importlib mode adds no folder by itself."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

# Programs of their own, run on one Keras backend after the other: they import keras before a backend is chosen here.
collect_ignore_glob = ["keras_*.py"]
