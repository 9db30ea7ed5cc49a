"""Files are opened in `classlab/files` only; whoever opens one elsewhere is named here, with the reason."""

from __future__ import annotations

import ast
from pathlib import Path

import classlab

ROOT = Path(classlab.__file__).parent
FORBIDDEN = {
    "open",
    "read_text",
    "read_bytes",
    "write_text",
    "write_bytes",
    "fromfile",
    "memmap",
    "open_memmap",
    "loadtxt",
    "genfromtxt",
    "safe_open",
    "load_file",
    "save_file",
    "fdopen",
    "copyfile",
    "copytree",
    "mkstemp",
    "NamedTemporaryFile",
    "File",  # h5py's
    "ZipFile",
    "GzipFile",
    "ParquetFile",
    "rename",
    "replace_file",
}
ALLOWED = {
    "cli/main.py": "standard streams that were closed lead into os.devnull",
    "datasets/download.py": "the only writer of downloads: a scratch folder, and a name once the file is the right one",
    "datasets/safe_read/cifar.py": "a tar archive as a stream over a file that `open_data` opened",
    "datasets/safe_read/file_kind.py": "gzip and a zip archive's directory over a file that `open_data` opened",
    "datasets/safe_read/hdf5.py": "HDF5 over a file that `open_data` opened",
    "datasets/safe_read/idx.py": "gzip over a file that `open_data` opened",
    "datasets/safe_read/npz.py": "a zip archive over a file that `open_data` opened",
    "datasets/safe_read/parquet.py": "pyarrow over a file that `open_data` opened",
    "datasets/safe_read/pixel_table.py": "gzip over a file that `open_data` opened, and lines that are in memory",
    "datasets/safe_read/picture.py": "Pillow over bytes that `read_file` read",
    "datasets/safe_read/zip_tree.py": "a zip archive over a file that `open_data` opened",
    "judging/table_files.py": "pyarrow over a file that `open_file` opened",
    "lab/notebooks.py": "scripts that travel with the package",
    "models/keras_archive.py": "a zip archive over a file that `open_file` opened, or in memory",
    "models/keras_arrays.py": "HDF5 in memory",
    "models/keras_build.py": "an archive for Keras to open, in a temporary folder",
    "models/keras_export.py": "the archive that is proven beside its final name",
    "models/tflite_conversion.py": "arrays from standard input, for a program of its own",
    "models/tflite_export.py": "a zip archive in memory, and arrays from a temporary folder",
    "studies/store/database.py": "the last bytes of a journal, which was found to be regular",
    "studies/store/ledger.py": "lines are appended, under a lock, to a file that was found to be regular",
    "studies/store/rebuild.py": "the former database is renamed beside the new one",
    "training/process/neighbors.py": "/proc/loadavg",
    "training/process/processor.py": "/proc/cpuinfo",
}


def calls(tree: ast.AST) -> set[str]:
    """Names of called functions and methods that open, read or write files."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func
            name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            own = isinstance(function, ast.Name) and name in ("read_text", "write_text")  # functions of this package
            if name in FORBIDDEN and not own:
                found.add(name)
            if (
                name == "load"
                and isinstance(function, ast.Attribute)
                and ast.unparse(function.value) in ("np", "numpy")
            ):
                found.add("np.load")
    return found


def test_files_are_opened_in_one_place():
    found = {
        str(path.relative_to(ROOT)): names
        for path in sorted(ROOT.rglob("*.py"))
        if (names := calls(ast.parse(path.read_text(encoding="utf-8"))))
        and path.relative_to(ROOT).parts[0] != "files"
        and path.relative_to(ROOT).parts[:3] != ("doctor", "audit", "library")  # names of functions in users' scripts
        and path.relative_to(ROOT).parts[:2] != ("lab", "scripts")  # code that is handed to users
    }
    assert sorted(found) == sorted(ALLOWED), found


def test_the_test_finds_what_it_looks_for():
    for line in ("open('x')", "path.read_text()", "np.load('x')", "h5py.File('x')", "Image.open(x)", "os.open(x, 0)"):
        assert calls(ast.parse(line))
    assert not calls(ast.parse("json.loads(text); text.replace('a', 'b'); read_file(path, limit=3)"))
