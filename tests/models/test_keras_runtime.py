import os
import subprocess
import sys
from pathlib import Path

import pytest

import classlab

PRINT_BACKEND = """
import os
from classlab.models.keras_runtime import keras
assert keras().__name__ == "keras"
print(os.environ.get("KERAS_BACKEND"))
"""


@pytest.mark.needs("torch")
@pytest.mark.parametrize(
    ("chosen", "imported", "backend"), [(None, "", "torch"), ("jax", "", "jax"), (None, "import keras", "None")]
)
def test_keras_runs_on_torch_unless_the_user_chose(
    tmp_path: Path, chosen: str | None, imported: str, backend: str
) -> None:
    (tmp_path / "keras.py").touch()  # stands in for Keras, which takes seconds to import
    environment = {key: value for key, value in os.environ.items() if key != "KERAS_BACKEND"}
    environment["PYTHONPATH"] = os.pathsep.join([str(tmp_path), str(Path(__file__).parents[2])])
    if chosen:
        environment["KERAS_BACKEND"] = chosen
    done = subprocess.run(
        [sys.executable, "-c", imported + PRINT_BACKEND], env=environment, capture_output=True, text=True, timeout=60
    )
    assert (done.stdout, done.stderr) == (f"{backend}\n", "")


def test_the_models_package_needs_neither_keras_nor_torch_before_a_call() -> None:
    code = (
        "import sys; import classlab.models as m; from classlab.models import keras_file, keras_export, layer_table;"
        "m.summary(m.build('cnn', input_shape=(28, 28, 1), classes=10));"
        "print(sorted({'keras', 'torch', 'h5py'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[]\n"


def test_every_public_name_is_there() -> None:
    import classlab.models as models

    assert all(hasattr(models, name) for name in models.__all__)
    assert set(models.__all__) <= set(dir(models))
    with pytest.raises(AttributeError, match=r"^module 'classlab.models' has no attribute 'nothing'$"):
        models.nothing  # noqa: B018


@pytest.mark.needs("keras")
def test_a_backend_that_is_not_there_is_a_sentence() -> None:
    program = "from classlab.models.keras_runtime import keras; keras()"
    place = {**os.environ, "KERAS_BACKEND": "nosuch", "PYTHONPATH": str(Path(classlab.__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", program], env=place, capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1] == (
        "classlab.errors.SpecError: Keras must be importable on the backend 'nosuch', but it says: Unable to import "
        "backend : nosuch. Unset KERAS_BACKEND, or install what it names."
    )
