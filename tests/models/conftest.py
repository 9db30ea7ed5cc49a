import sys
from pathlib import Path

# lets the tests of this folder share `random_architectures`; pytest's importlib mode adds no folder by itself
sys.path.insert(0, str(Path(__file__).parent))
